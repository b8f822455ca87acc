"""Which stretch of time a calendar shows, and a search for times looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from modules.appointments.models import Appointment
from modules.appointments.rules.refusals import RangeInvalid
from modules.viewer import Viewer
from modules.zones import ZoneInfo

WIDEST = timedelta(days=62)
"""Two months, with the days around them that a calendar shows."""


YEARS = (1900, 2200)
"""No appointment is older, and further ahead the arithmetic of dates ends."""


def check_range(from_: datetime, to: datetime) -> None:
    """Make sure that a calendar can show this stretch. Refuses: RangeInvalid."""
    if to <= from_:
        raise RangeInvalid("The calendar has to end after it starts.", field="to")
    if to - from_ > WIDEST:
        raise RangeInvalid("A calendar shows at most 62 days.", field="to")
    if not YEARS[0] <= from_.year <= to.year <= YEARS[1]:
        raise RangeInvalid("A calendar shows the years from 1900 to 2200.", field="from")


def check_days(day: date | None, days: int) -> None:
    """Make sure that a calendar can show these days. Refuses: RangeInvalid."""
    if not 1 <= days <= WIDEST.days:
        raise RangeInvalid("Ask for 1 to 62 days.", field="days")
    if day is not None and not YEARS[0] <= day.year < YEARS[1]:
        raise RangeInvalid("A calendar shows the years from 1900 to 2200.", field="day")


def check_ends(from_: datetime | None, to: datetime | None, day: date | None) -> None:
    """Make sure that a calendar can show what lies between two instants. Refuses: RangeInvalid."""
    if from_ is None or to is None:
        raise RangeInvalid("Send both ends, or days instead.", field="to" if from_ else "from")
    if day is not None:
        raise RangeInvalid("Send either days or two instants.", field="day")
    check_range(from_, to)


def spelled(staff_ids: Sequence[UUID] | None, cancelled: bool) -> str:
    """Write what a calendar shows, so that the same is always written in the same way."""
    only = "all" if staff_ids is None else ",".join(sorted({each.hex for each in staff_ids}))
    return f"{only} {cancelled}"


class Span(Protocol):
    """A span of time."""

    @property
    def starts_at(self) -> datetime:
        """When it begins."""

    @property
    def ends_at(self) -> datetime:
        """When it ends."""


class Place(Span, Protocol):
    """Where something is in the calendar."""

    @property
    def staff_id(self) -> UUID:
        """Whose time it takes."""

    @property
    def staff_ids(self) -> Sequence[UUID]:
        """The same of several segments; nothing of one."""


def within(
    place: Place, from_: datetime | None, to: datetime | None, staff: Sequence[UUID] | None
) -> bool:
    """Say whether a place is in a stretch of the calendar of some of the staff, or of all."""
    return (
        (from_ is None or place.ends_at > from_)
        and (to is None or place.starts_at < to)
        and (staff is None or any(each in staff for each in place.staff_ids or [place.staff_id]))
    )


def days_of(span: Span, zone: str) -> Iterator[date]:
    """List the days of a business that something touches, at most three."""
    first = span.starts_at.astimezone(ZoneInfo(zone)).date()
    last = span.ends_at.astimezone(ZoneInfo(zone)).date()
    for n in range(min((last - first).days, 2) + 1):
        yield first + timedelta(days=n)


async def may_see(by: Viewer, appointment_id: UUID) -> bool:
    """Tell whether an appointment is there for somebody."""
    found: bool = await by.rows(Appointment).filter(id=appointment_id).exists()
    return found
