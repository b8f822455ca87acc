"""How clients book: in which way, how early, how late. The team is not bound by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from modules.errors import OutOfRange, between
from modules.services import models
from modules.services.models import BookingMode
from modules.settings import read, setting, settings, within
from modules.viewer import TEAM, Viewer

QUARTER = 90 * 24 * 60
"""The longest lead time and window, in minutes: 90 days."""
YEAR = 365
"""How many days ahead anything can be booked, by anybody."""
STEPS = (5, 6, 10, 12, 15, 20, 30, 60)
"""The steps, in minutes, that divide an hour and are no shorter than five minutes."""


def _step(value: int, name: str) -> None:
    if value not in STEPS:
        raise OutOfRange("Choose 5, 6, 10, 12, 15, 20, 30 or 60 minutes.", field=name)


@settings(table="booking_settings", refuses=(OutOfRange,))
class BookingSettings:
    """How clients book at a business, unless a service says otherwise; the team is not bound."""

    booking_mode: BookingMode = BookingMode.INSTANT
    """Whether clients book, or request and wait for an answer."""
    lead_minutes: int = setting(0, within(0, QUARTER))
    """How many minutes ahead clients have to book, 0 to 129,600: 90 days."""
    horizon_days: int = setting(YEAR, within(1, YEAR))
    """How many days ahead clients can book, 1 to 365."""
    cancel_until_minutes: int = setting(0, within(0, QUARTER))
    """Until how many minutes before the start clients themselves may cancel, 0 to 129,600."""
    move_until_minutes: int = setting(0, within(0, QUARTER))
    """Until how many minutes before the start clients themselves may reschedule, 0 to 129,600."""
    step_minutes: int = setting(15, _step)
    """Every how many minutes, from the full hour, a start is offered: 5, 6, 10, 12, 15, 20, 30, 60.
    """
    hold_minutes: int = setting(10, within(1, 60))
    """For how many minutes a time is held for whoever is about to book it, 1 to 60."""
    request_expires_minutes: int = setting(24 * 60, within(15, 30 * 24 * 60))
    """After how many minutes a request nobody answered expires, 15 to 43,200: 30 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How clients book one service, or several in one visit; see `BookingSettings`."""

    booking_mode: BookingMode
    lead_minutes: int
    horizon_days: int
    cancel_until_minutes: int
    move_until_minutes: int

    def bookable(self, by: Viewer, at: datetime) -> tuple[datetime, datetime]:
        """Say from when until when a start can be booked by somebody at an instant."""
        if by.role in TEAM:
            return at, at + timedelta(days=YEAR)
        return at + timedelta(minutes=self.lead_minutes), at + timedelta(days=self.horizon_days)


OWN = tuple(field.name for field in fields(Policy))
"""What a service may say for itself: columns of `services`, null where it does not."""


async def policy(by: Viewer, service_ids: Collection[UUID], *, hidden: bool = False) -> Policy:
    """Read how clients book these services together: of several, the strictest of each.

    A service that somebody may not know of counts as one that says nothing for itself, so that it
    is not told apart from one that is not there; unless what is `hidden` counts too.
    """
    usual = await read(BookingSettings, by.of_business())
    rows = by.rows(models.Service)
    if hidden:
        rows = models.Service.filter(business_id=by.of_business())
    said = await rows.filter(id__in=set(service_ids)).values(*OWN)
    each = {
        name: [getattr(usual, name) if row[name] is None else row[name] for row in said]
        or [getattr(usual, name)]
        for name in OWN
    }
    return _strictest(**each)


async def step(business_id: UUID) -> int:
    """Tell every how many minutes starts are offered."""
    return (await read(BookingSettings, business_id)).step_minutes


def _strictest(
    booking_mode: Collection[BookingMode],
    lead_minutes: Iterable[int],
    horizon_days: Iterable[int],
    cancel_until_minutes: Iterable[int],
    move_until_minutes: Iterable[int],
) -> Policy:
    on_request = BookingMode.REQUEST in booking_mode
    return Policy(
        booking_mode=BookingMode.REQUEST if on_request else BookingMode.INSTANT,
        lead_minutes=max(lead_minutes),
        horizon_days=min(horizon_days),
        cancel_until_minutes=max(cancel_until_minutes),
        move_until_minutes=max(move_until_minutes),
    )


def own(value: Any, column: str) -> Any:
    """Check what a service says for itself; null is as the business does. Refuses: OutOfRange."""
    if value is None or column == "booking_mode":
        return value
    return between(value, column, *((1, YEAR) if column == "horizon_days" else (0, QUARTER)))
