"""When the team is at work: weekly hours, and time off from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tortoise.expressions import F

from modules.errors import Checks, InvalidInput, NotFound, OutOfRange
from modules.services import models
from modules.services.rules.opening import Hours
from modules.services.rules.team import changed
from modules.text import line
from modules.viewer import Viewer

FAR = timedelta(days=5 * 366)
"""How far from today time off may lie, either way."""


MOST_SPANS = 100
DAYS = 7


class HoursOverlap(InvalidInput):
    """Two spans of the same day overlap."""

    code = "HOURS_OVERLAP"
    remedy = "Join them, or let the second begin when the first ends."


class EndsBeforeStart(InvalidInput):
    """The end has to come after the start."""

    code = "ENDS_BEFORE_START"
    remedy = "Swap them, or choose a later end."


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


async def set_working_hours(by: Viewer, *, staff_id: UUID, hours: Sequence[Hours]) -> UUID:
    """Replace somebody's weekly hours; appointments already made stay."""
    check_spans(hours, MOST_SPANS)
    # Two people who set the same hours wait for each other here; and it counts as a change.
    await touch(by, staff_id)
    await by.rows(models.WorkingHours).filter(staff_id=staff_id).delete()
    await models.WorkingHours.bulk_create(
        [
            models.WorkingHours(
                business_id=by.of_business(),
                staff_id=staff_id,
                weekday=span.weekday,
                starts=span.starts,
                ends=span.ends,
            )
            for span in hours
        ]
    )
    changed(by, staff_id)
    return staff_id


async def add_time_off(
    by: Viewer, *, staff_id: UUID, starts_at: datetime, ends_at: datetime, reason: str | None = None
) -> UUID:
    """Keep somebody from being booked for a while; appointments already made stay.

    Answers the time off's id.
    """
    checks = Checks()
    with checks:
        _check_near(starts_at, "starts_at")
    with checks:
        if ends_at <= starts_at:
            raise EndsBeforeStart(field="ends_at")
        _check_near(ends_at, "ends_at")
    with checks:
        reason = line(reason, "reason", limit=200)
    checks.done()
    await touch(by, staff_id)
    off = await models.TimeOff.create(
        business_id=by.of_business(),
        staff_id=staff_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
    )
    changed(by, staff_id)
    return off.id


async def remove_time_off(by: Viewer, *, time_off_id: UUID) -> UUID:
    """Let somebody be booked again where they had time off; answers who."""
    off = await by.rows(models.TimeOff).get_or_none(id=time_off_id)
    if off is None:
        raise NotFound("There is no such time off.", field="id")
    await off.delete()
    staff_id: UUID = off.staff_id
    await touch(by, staff_id)
    changed(by, staff_id)
    return staff_id


async def touch(by: Viewer, staff_id: UUID) -> None:
    """Count it as a change of somebody; who changes the same waits. Refuses: NotFound."""
    if not await by.rows(models.Staff).filter(id=staff_id).update(version=F("version")):
        raise NotFound("There is no such member of staff.", field="staff_id")


def _check_near(at: datetime, field: str) -> None:
    if not now() - FAR < at < now() + FAR:
        raise OutOfRange("Time off has to lie within five years from today.", field=field)


def check_spans(hours: Sequence[Hours], most: int) -> None:
    """Make sure that spans make sense together, and are not too many.

    Refuses: OutOfRange, HoursOverlap, EndsBeforeStart, InvalidInput.
    """
    if len(hours) > most:
        raise OutOfRange("At most {most} spans at once.", field="hours", most=most)
    checks = Checks()
    for index, span in enumerate(hours):
        at = f"hours.{index}"
        with checks:
            if not 1 <= span.weekday <= DAYS:
                raise OutOfRange(
                    "Weekdays run from 1, Monday, to 7, Sunday.", field=f"{at}.weekday"
                )
        with checks:
            _check_span(span, hours[:index], at)
    checks.done()


def _check_span(span: Hours, before: Sequence[Hours], at: str) -> None:
    if any(t.tzinfo or t.second or t.microsecond for t in (span.starts, span.ends)):
        raise InvalidInput("Hours are whole minutes on the wall.", field=at)
    starts, ends = span.minutes()
    if ends <= starts:
        raise EndsBeforeStart(field=f"{at}.ends")
    for other in before:
        begins, stops = other.minutes()
        if other.weekday == span.weekday and starts < stops and begins < ends:
            raise HoursOverlap(field=at)
