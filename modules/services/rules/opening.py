"""When somebody is at work: wall time in the business's zone, turned into instants.

Somebody is at work exactly while the clock on the wall shows a time within their hours. So an hour
the clock skips is no work, and one it shows twice is work twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

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
    for since, until, offset in steady(zone, first, last):
        for n in range((last - first).days + 1):
            midnight = datetime.combine(first + n * DAY, time(), tzinfo=UTC) - offset
            for span in hours:
                if span.weekday != (first + n * DAY).isoweekday():
                    continue
                starts, ends = (midnight + timedelta(minutes=m) for m in span.minutes())
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
