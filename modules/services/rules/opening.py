"""When somebody is at work: wall time in the business's zone, turned into instants.

Somebody is at work exactly while the clock on the wall shows a time within their hours. So an hour
the clock skips is no work, and one it shows twice is work twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self

import asyncpg

from modules.zones import ZoneInfo

MIDNIGHT = time()
DAY = timedelta(days=1)

Span = tuple[datetime, datetime]
"""From an instant until an instant, the end not included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A span of a weekday, 1 for Monday to 7 for Sunday; an end at 00:00 is the day's midnight."""

    weekday: int
    starts: time
    ends: time

    def minutes(self) -> tuple[int, int]:
        """Count both ends in minutes from the beginning of the day."""
        ends = 24 * 60 if self.ends == MIDNIGHT else self.ends.hour * 60 + self.ends.minute
        return self.starts.hour * 60 + self.starts.minute, ends


Minutes = tuple[int, int]
"""From which minute of a day until which, the end not included."""


@dataclass(frozen=True, slots=True)
class Opening:
    """When somebody is at work: hours of every week, other hours on some days, closing days."""

    weekly: Sequence[Hours] = ()
    dated: Mapping[date, Sequence[Minutes]] = field(default_factory=dict)
    """Days that are not like their weekday: their spans, none where nobody works."""
    closed: Sequence[tuple[date, date]] = ()
    """Stretches in which the business is closed: the first day and the last."""

    @classmethod
    def of(cls, row: asyncpg.Record | Mapping[str, Any]) -> Self:
        """Read what a statement with the columns of `OPENING` says."""
        dated: dict[date, list[Minutes]] = {}
        for day, starts, ends in row["dated"] or ():
            spans = dated.setdefault(day, [])
            if starts is not None:
                spans.append(Hours(weekday=day.isoweekday(), starts=starts, ends=ends).minutes())
        weekly = [Hours(weekday=day, starts=a, ends=b) for day, a, b in row["hours"] or ()]
        return cls(weekly, dated, row["closed"] or ())

    def on(self, day: date) -> Iterable[Minutes]:
        """Give the spans of a day."""
        if self.is_closed(day):
            return ()
        if day in self.dated:
            return self.dated[day]
        weekday = day.isoweekday()
        return [span.minutes() for span in self.weekly if span.weekday == weekday]

    def is_closed(self, day: date) -> bool:
        """Tell whether the business is closed on a day."""
        return any(first <= day <= last for first, last in self.closed)


OPENING = """(
    SELECT array_agg((h.weekday, h.starts, h.ends)) FROM working_hours h
    WHERE h.business_id = {business} AND h.staff_id = {staff}
) AS hours, (
    SELECT array_agg((d.day, d.starts, d.ends)) FROM dated_hours d
    WHERE d.business_id = {business} AND d.staff_id = {staff}
        AND d.day BETWEEN ({since})::date - 2 AND ({until})::date + 2
) AS dated, (
    SELECT array_agg((c.first_day, c.last_day)) FROM closings c
    WHERE c.business_id = {business}
        AND c.last_day >= ({since})::date - 2 AND c.first_day <= ({until})::date + 2
) AS closed"""
"""The columns of a statement that say when somebody is at work between two instants.

Days of whatever zone: two more on either side are read.
"""


def at_work(opening: Opening, zone: ZoneInfo, starts: datetime, ends: datetime) -> bool:
    """Say whether somebody is at work all the time from start to end."""
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    if first.utcoffset() == last.utcoffset() and _within_one(opening, first, last):
        return True
    # The rare rest: over midnight, from one span into the next, on the night the clock changes.
    spans = open_spans(opening, zone, first.date() - DAY, last.date() + DAY)
    return any(opens <= starts and ends <= closes for opens, closes in spans)


def closed_then(opening: Opening, zone: ZoneInfo, starts: datetime, ends: datetime) -> bool:
    """Say whether the business is closed on a day from start to end."""
    first, last = starts.astimezone(zone).date(), ends.astimezone(zone)
    until = last.date() - DAY if last.time() == MIDNIGHT else last.date()
    return any(first <= closes and opens <= until for opens, closes in opening.closed)


def open_spans(opening: Opening, zone: ZoneInfo, first: date, last: date) -> list[Span]:
    """List the spans at work from the first day to the last, in order, those that touch joined."""
    joined: list[Span] = []
    for opens, closes in sorted(_spans(opening, zone, first, last)):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(closes, joined[-1][1]))
        else:
            joined.append((opens, closes))
    return joined


def _within_one(opening: Opening, first: datetime, last: datetime) -> bool:
    if first.date() != last.date():
        return False
    # Both are by the same clock: what lies between them is what it shows.
    begins = first.replace(hour=0, minute=0, second=0, microsecond=0, fold=first.fold)
    starts, ends = first - begins, last - begins
    return any(
        timedelta(minutes=opens) <= starts and ends <= timedelta(minutes=closes)
        for opens, closes in opening.on(first.date())
    )


def _spans(opening: Opening, zone: ZoneInfo, first: date, last: date) -> Iterator[Span]:
    days = [
        (day, opening.on(day)) for n in range((last - first).days + 1) for day in [first + n * DAY]
    ]
    for since, until, offset in steady(zone, first, last):
        for day, spans in days:
            midnight = datetime.combine(day, time(), tzinfo=UTC) - offset
            for span in spans:
                starts, ends = (midnight + timedelta(minutes=m) for m in span)
                if (opens := max(starts, since)) < (closes := min(ends, until)):
                    yield opens, closes


def steady(
    zone: ZoneInfo, first: date, last: date
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cut the days from first to last where the clock changes: from, until, offset in between."""
    since = datetime.combine(first, time(), tzinfo=UTC) - DAY
    end = datetime.combine(last, time(), tzinfo=UTC) + 2 * DAY
    moment = since
    while moment < end:
        later = moment + DAY
        if _offset(later, zone) != _offset(moment, zone):
            change = _change(moment, later, zone)
            yield since, change, _offset(moment, zone)
            since = change
        moment = later
    yield since, end, _offset(since, zone)


def _change(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """Find, to the second, when the clock changes between two instants."""
    offset = _offset(early, zone)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if _offset(middle, zone) == offset:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
