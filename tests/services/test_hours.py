"""Weekly hours and time off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import asyncpg
import pytest

from modules.errors import InvalidInput, NotFound, Refusal
from modules.services import rules
from modules.zones import ZoneInfo
from storage import database as db
from storage.models import uuid7

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def span(weekday: int, starts: str, ends: str) -> rules.Hours:
    """Write hours the short way."""
    a, b = time.fromisoformat(starts), time.fromisoformat(ends)
    return rules.Hours(weekday=weekday, starts=a, ends=b)


async def hours() -> list[tuple[Any, ...]]:
    """What is written down."""
    rows = await db.fetch("SELECT weekday, starts, ends FROM working_hours ORDER BY 1, 2")
    return [tuple(row) for row in rows]


async def test_hours_replace_those_before_and_may_touch(by: Any, do: Any) -> None:
    """Several spans a day, until midnight; setting them counts as a change of the staff."""
    ann = await do(rules.create_staff, by, name="Ann")
    await do(rules.set_working_hours, by, staff_id=ann, hours=[span(7, "00:00", "00:00")])

    week = [span(1, "13:00", "00:00"), span(1, "09:00", "13:00"), span(2, "09:00", "12:30")]
    await do(rules.set_working_hours, by, staff_id=ann, hours=week)

    assert await hours() == [
        (1, time(9), time(13)),
        (1, time(13), time(0)),
        (2, time(9), time(12, 30)),
    ]
    assert await db.fetchval("SELECT version FROM staff") == 3


@pytest.mark.parametrize(
    ("week", "refusal", "field"),
    [
        ([span(1, "09:00", "12:00"), span(1, "11:59", "13:00")], rules.HoursOverlap, "hours.1"),
        ([span(1, "09:00", "00:00"), span(1, "23:00", "23:30")], rules.HoursOverlap, "hours.1"),
        ([span(1, "09:00", "09:00")], rules.EndsBeforeStart, "hours.0.ends"),
        ([span(1, "22:00", "06:00")], rules.EndsBeforeStart, "hours.0.ends"),
        ([span(0, "09:00", "10:00")], rules.OutOfRange, "hours.0.weekday"),
        ([span(8, "09:00", "10:00")], rules.OutOfRange, "hours.0.weekday"),
        ([span(1, "09:00:30", "10:00")], InvalidInput, "hours.0"),
        ([span(1, "09:00+02:00", "10:00+02:00")], InvalidInput, "hours.0"),
        ([span(1, "09:00", "10:00")] * 101, rules.OutOfRange, "hours"),
    ],
)
async def test_hours_that_make_no_sense_are_refused(
    by: Any, do: Any, week: list[rules.Hours], refusal: type[Refusal], field: str
) -> None:
    """And those there were stay."""
    ann = await do(rules.create_staff, by, name="Ann")
    await do(rules.set_working_hours, by, staff_id=ann, hours=[span(3, "09:00", "17:00")])

    with pytest.raises(refusal) as caught:
        await do(rules.set_working_hours, by, staff_id=ann, hours=week)

    assert ".".join(caught.value.field) == field
    assert await hours() == [(3, time(9), time(17))]


async def test_overlapping_hours_are_forbidden_by_the_database_too(by: Any, do: Any) -> None:
    """Whatever writes them."""
    ann = await do(rules.create_staff, by, name="Ann")
    await do(rules.set_working_hours, by, staff_id=ann, hours=[span(3, "20:00", "00:00")])

    with pytest.raises(asyncpg.ExclusionViolationError):
        await db.execute(
            "INSERT INTO working_hours (business_id, staff_id, weekday, starts, ends)"
            " VALUES ($1, $2, 3, '23:00', '23:30')",
            by.business_id, ann,
        )  # fmt: skip


async def test_time_off_comes_and_goes(by: Any, do: Any, stranger: Any) -> None:
    """It ends after it starts, and only its own business removes it."""
    ann = await do(rules.create_staff, by, name="Ann")
    start = datetime.now(UTC) + timedelta(days=3)
    end = start + timedelta(days=7)
    off = await do(
        rules.add_time_off, by, staff_id=ann, starts_at=start, ends_at=end, reason=" Skiing "
    )

    row = await db.fetchrow("SELECT id, staff_id, starts_at, ends_at, reason FROM time_off")
    assert tuple(row or ()) == (off, ann, start, end, "Skiing")
    with pytest.raises(NotFound):
        await do(rules.remove_time_off, stranger, time_off_id=off)
    assert await do(rules.remove_time_off, by, time_off_id=off) == ann
    with pytest.raises(NotFound):
        await do(rules.remove_time_off, by, time_off_id=off)
    assert await db.fetchval("SELECT count(*) FROM time_off") == 0


async def test_time_off_that_makes_no_sense_is_refused(by: Any, do: Any) -> None:
    """The end first, another planet's years, nobody's time."""
    ann = await do(rules.create_staff, by, name="Ann")
    now = datetime.now(UTC)
    far = datetime(9999, 1, 1, tzinfo=UTC)

    for refusal, staff, start, end in (
        (rules.EndsBeforeStart, ann, now, now),
        (rules.OutOfRange, ann, now, far),
        (NotFound, uuid7(), now, now + timedelta(hours=1)),
    ):
        with pytest.raises(refusal):
            await do(rules.add_time_off, by, staff_id=staff, starts_at=start, ends_at=end)

    assert await db.fetchval("SELECT count(*) FROM time_off") == 0


def test_a_night_across_the_change_of_the_clock_is_one_span() -> None:
    """From 22:00 to 06:00 is seven hours in spring and nine in autumn."""
    night = [span(6, "22:00", "00:00"), span(7, "00:00", "06:00")]

    for sunday, length in ((date(2026, 3, 29), 7), (date(2026, 10, 25), 9)):
        spans = rules.open_spans(
            rules.Opening(night), AMSTERDAM, sunday - timedelta(days=1), sunday
        )
        assert [(b - a) // timedelta(hours=1) for a, b in spans] == [length]
