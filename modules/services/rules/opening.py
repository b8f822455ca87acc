"""When somebody is at work: wall time in the business's zone, turned into instants.

Hours follow the clock on the wall. Where the clock jumps ahead, a time that never happens means the
moment of the jump; where it is put back, the repeated hour belongs to the hours both times round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

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


def at_work(hours: Iterable[Hours], zone: ZoneInfo, starts: datetime, ends: datetime) -> bool:
    """Say whether somebody with these hours is at work all the time from start to end."""
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    hours = list(hours)
    if first.utcoffset() == last.utcoffset() and _within_one(hours, first, last):
        return True
    # The rare rest: over midnight, from one span into the next, on the night the clock changes.
    spans = open_spans(hours, zone, first.date() - DAY, last.date() + DAY)
    return any(opens <= starts and ends <= closes for opens, closes in spans)


def open_spans(hours: Iterable[Hours], zone: ZoneInfo, first: date, last: date) -> list[Span]:
    """List the spans at work from the first day to the last, in order, those that touch joined."""
    joined: list[Span] = []
    for opens, closes in sorted(_spans(list(hours), zone, first, last)):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(closes, joined[-1][1]))
        else:
            joined.append((opens, closes))
    return joined


def instant(day: date, wall: time, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """Find when the wall shows this time: where it does so twice, the first or the last time."""
    naive = datetime.combine(day, wall, tzinfo=zone)
    before, after = (naive.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if before <= after:
        return after if last else before
    return _jump(after, before, zone)


def _within_one(hours: list[Hours], first: datetime, last: datetime) -> bool:
    if first.date() != last.date():
        return False
    weekday, opens, closes = first.isoweekday(), first.time(), last.time()
    return any(
        span.weekday == weekday
        and span.starts <= opens
        and (closes <= span.ends or span.ends == MIDNIGHT)
        for span in hours
    )


def _spans(hours: list[Hours], zone: ZoneInfo, first: date, last: date) -> Iterator[Span]:
    for offset in range((last - first).days + 1):
        day = first + offset * DAY
        for span in hours:
            if span.weekday != day.isoweekday():
                continue
            until = day + DAY if span.ends == MIDNIGHT else day
            opens = instant(day, span.starts, zone)
            closes = instant(until, span.ends, zone, last=span.ends != MIDNIGHT)
            if opens < closes:  # a span that falls into the jump altogether never happens
                yield opens, closes


def _jump(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """Find, to the second, when the clock jumps ahead between two instants."""
    offset = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
