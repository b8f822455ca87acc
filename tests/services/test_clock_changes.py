"""Hours on a wall, on the days on which the clock changes, in every zone there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from modules.services import rules
from modules.zones import ZoneInfo, available_timezones

WEEK, QUARTER = timedelta(days=7), timedelta(minutes=15)
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
SPANS = ((time(0), time(1, 15)), (time(2, 30), time(3, 15)), (time(9), time(17)))
"""Hours of every day, some of them where clocks change."""
OPENING = rules.Opening(
    [
        rules.Hours(weekday=day, starts=starts, ends=ends)
        for day in range(1, 8)
        for starts, ends in SPANS
    ]
)


def changes() -> dict[tuple[datetime, timedelta, timedelta], ZoneInfo]:
    """Find when clocks change from 2020 to 2037, each kind of change once, with a zone for it."""
    found = {}
    for name in sorted(available_timezones()):
        zone, moment = ZoneInfo(name), FIRST
        while moment < LAST:
            before, after = (at.astimezone(zone).utcoffset() for at in (moment, moment + WEEK))
            assert before is not None
            assert after is not None
            if before != after:
                found.setdefault((_change(zone, moment), before, after), zone)
            moment += WEEK
    return found


def _change(zone: ZoneInfo, since: datetime) -> datetime:
    """Find the quarter of an hour in which a clock changes within a week."""
    offset, low, high = since.astimezone(zone).utcoffset(), 0, WEEK // QUARTER
    while high - low > 1:
        middle = (low + high) // 2
        same = (since + middle * QUARTER).astimezone(zone).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    return since + high * QUARTER


def test_hours_are_what_the_clock_on_the_wall_shows_in_every_zone() -> None:
    """09:00 stays 09:00; an hour that is skipped is no work, and one that comes twice is twice."""
    kinds = changes()
    for (change, _, _), zone in kinds.items():
        day = change.astimezone(zone).date()
        spans = rules.open_spans(OPENING, zone, day - timedelta(days=1), day + timedelta(days=1))

        assert _quarters(spans, change) == _walk(zone, change), (zone, change)
        begins = {opens.astimezone(zone) for opens, _ in spans}
        nines = {at.date() for at in begins if at.time() == time(9)}
        assert {day - timedelta(days=1), day + timedelta(days=1)} <= nines, (zone, change)
    assert len(kinds) > 500


def _quarters(spans: list[tuple[datetime, datetime]], change: datetime) -> list[datetime]:
    """List the quarters of an hour around a change that lie in spans."""
    return [at for at in _around(change) if any(a <= at < b for a, b in spans)]


def _walk(zone: ZoneInfo, change: datetime) -> list[datetime]:
    """List those at which a clock shows a time within the hours, by looking at each."""
    walls = [(at, at.astimezone(zone).time().replace(fold=0)) for at in _around(change)]
    return [at for at, wall in walls if any(a <= wall < b for a, b in SPANS)]


def _around(change: datetime) -> list[datetime]:
    return [change + n * QUARTER for n in range(-72, 72)]


def test_a_day_that_never_was_has_no_hours() -> None:
    """Where a zone skipped a whole day, nothing is open on it, and the days around are whole."""
    zone = ZoneInfo("Pacific/Apia")
    spans = rules.open_spans(OPENING, zone, date(2011, 12, 29), date(2011, 12, 31))

    days = [opens.astimezone(zone).date().day for opens, _ in spans]
    assert days == [29] * 3 + [31] * 3
