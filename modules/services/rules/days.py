"""Days that are not like their weekday: other hours of somebody, closing days of the business."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from modules import text
from modules.errors import Checks, NotFound, OutOfRange
from modules.events import record
from modules.services import models
from modules.services.events import ClosingsChanged
from modules.services.rules.hours import EndsBeforeStart, check_spans, touch
from modules.services.rules.opening import Hours
from modules.services.rules.team import changed
from modules.viewer import Viewer
from modules.zones import ZoneInfo
from storage import database

FAR = timedelta(days=5 * 366)
"""How far from today such days may lie, either way."""
MOST_SPANS = 20
"""Spans of one day."""
MOST_DAYS = 1_000
"""Days of one member of staff that are not like their weekday."""
MOST_CLOSINGS = 1_000
LONGEST_CLOSING = timedelta(days=366)


def today(zone: str) -> date:
    """Tell which day it is there."""
    return datetime.now(ZoneInfo(zone)).date()


async def set_dated_hours(
    by: Viewer, *, staff_id: UUID, day: date, hours: Sequence[Hours] | None
) -> UUID:
    """Replace the hours somebody has on one day; none: they do not work; None: as every week.

    Appointments already made stay. Refuses: NotFound, OutOfRange, HoursOverlap, EndsBeforeStart,
    InvalidInput.
    """
    checks = Checks()
    with checks:
        _near(day, "day")
    with checks:
        check_spans(hours or (), MOST_SPANS)
    checks.done()
    await touch(by, staff_id)
    rows = by.rows(models.DatedHours).filter(staff_id=staff_id)
    await rows.filter(day=day).delete()
    if hours is not None:
        days = await database.fetchval(
            "SELECT count(DISTINCT day) FROM dated_hours WHERE business_id = $1 AND staff_id = $2",
            by.of_business(), staff_id,
        )  # fmt: skip
        if days >= MOST_DAYS:
            raise OutOfRange("At most {most} days have other hours.", field="day", most=MOST_DAYS)
        spans: list[Any] = [(span.starts, span.ends) for span in hours] or [(None, None)]
        await models.DatedHours.bulk_create(
            [
                models.DatedHours(
                    business_id=by.of_business(), staff_id=staff_id, day=day, starts=a, ends=b
                )
                for a, b in spans
            ]
        )
    changed(by, staff_id)
    return staff_id


async def add_closing(by: Viewer, *, name: str, first_day: date, last_day: date) -> UUID:
    """Close the business on some days; appointments already made stay. Answers the closing's id.

    Refuses: NameRequired, TextTooLong, TextNotAllowed, OutOfRange, EndsBeforeStart.
    """
    checks = Checks()
    with checks:
        name = text.name(name, "name")
    with checks:
        _near(first_day, "first_day")
    with checks:
        _near(last_day, "last_day")
        if last_day < first_day:
            raise EndsBeforeStart("The last day comes before the first.", field="last_day")
        if last_day - first_day > LONGEST_CLOSING:
            raise OutOfRange("A closing is at most a year.", field="last_day")
    checks.done()
    # Who adds at the same time waits here, so that all are counted.
    await database.execute("SELECT FROM businesses WHERE id = $1 FOR NO KEY UPDATE", by.business_id)
    if await by.rows(models.Closing).count() >= MOST_CLOSINGS:
        raise OutOfRange("At most {most} closings are kept.", field="first_day", most=MOST_CLOSINGS)
    made = await models.Closing.create(
        business_id=by.of_business(), name=name, first_day=first_day, last_day=last_day
    )
    _closings_changed(by)
    return made.id


async def remove_closing(by: Viewer, *, closing_id: UUID) -> UUID:
    """Open the business on closing days after all; answers the business. Refuses: NotFound."""
    if not await by.rows(models.Closing).filter(id=closing_id).delete():
        raise NotFound("There are no such closing days.", field="id")
    _closings_changed(by)
    return by.of_business()


def _closings_changed(by: Viewer) -> None:
    record(ClosingsChanged(business_id=by.of_business(), subject=by.of_business()))


def _near(day: date, field: str) -> None:
    if abs(day - datetime.now(UTC).date()) > FAR:
        raise OutOfRange("The day has to lie within five years from today.", field=field)
