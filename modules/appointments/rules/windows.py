"""When clients may book, move and cancel by themselves; the team may at any time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from modules.appointments.models import Appointment
from modules.appointments.rules.refusals import (
    RequestRequired,
    TooFarAhead,
    TooLateToCancel,
    TooLateToMove,
    TooSoon,
)
from modules.services.rules import BookingMode, Policy, now, policy
from modules.viewer import TEAM, Viewer
from modules.zones import on_the_wall


async def may_book(
    by: Viewer,
    *,
    service_ids: Collection[UUID],
    starts_at: datetime,
    requested: bool = False,
    field: Sequence[str] = ("service_id",),
) -> None:
    """Make sure that somebody may book services at a time, or request them where it is `requested`.

    `field` names the service.

    Refuses: RequestRequired, TooSoon, TooFarAhead.
    """
    if by.role in TEAM:
        return
    found = await policy(by, service_ids)
    if found.booking_mode is BookingMode.REQUEST and not requested:
        raise RequestRequired(field=field)
    in_window(by, found, starts_at)


async def may_move(by: Viewer, held: Appointment, starts_at: datetime) -> None:
    """Make sure that somebody may move an appointment to a time.

    Where only the staff is another, the time they have is early enough. Refuses: TooLateToMove,
    TooSoon, TooFarAhead.
    """
    if by.role in TEAM:
        return
    found = await policy(by, [held.service_id], hidden=True)
    if (until := held.starts_at - timedelta(minutes=found.move_until_minutes)) < now():
        raise TooLateToMove(
            "Clients could move this until {until}.", field="id", until=_told(by, until)
        )
    if starts_at != held.starts_at:
        in_window(by, found, starts_at)


async def may_cancel(by: Viewer, held: Appointment, field: str = "id") -> None:
    """Make sure that somebody may cancel an appointment. Refuses: TooLateToCancel."""
    if by.role in TEAM:
        return
    found = await policy(by, [held.service_id], hidden=True)
    if (until := held.starts_at - timedelta(minutes=found.cancel_until_minutes)) < now():
        raise TooLateToCancel(
            "Clients could cancel this until {until}.", field=field, until=_told(by, until)
        )


def in_window(by: Viewer, found: Policy, starts_at: datetime) -> None:
    """Make sure that clients book neither too late nor too far ahead.

    Refuses: TooSoon, TooFarAhead.
    """
    first, last = found.bookable(by, now())
    # What may be pressed a little late needs no lead at all: `facts.in_time` looks after it.
    if found.lead_minutes and starts_at < first:
        raise TooSoon(
            "This can be booked from {first} on.", field="starts_at", first=_told(by, first)
        )
    if starts_at > last:
        raise TooFarAhead(
            "This can be booked until {last}.", field="starts_at", last=_told(by, last)
        )


def _told(by: Viewer, instant: datetime) -> str:
    return on_the_wall(instant, by.zone).replace("T", " ")
