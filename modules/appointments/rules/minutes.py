"""Stretches of time as sets of minutes: bit n of an integer is the nth minute of a window.

So "at work and not taken" is an AND, "anybody of these" an OR, "then the next service" a shift and
an AND, each over a whole month at once. Minutes are those of UTC: what a clock on a wall does in
between is over before anything is painted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from modules.services.rules.opening import Span

DAY = 24 * 60
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Some days from an instant on, cut into minutes."""

    begins: datetime
    """The first minute; a whole one."""
    days: int

    @property
    def whole(self) -> int:
        """All of its minutes."""
        return (1 << self.days * DAY) - 1

    def minute(self, instant: datetime) -> int:
        """Tell which minute an instant is in."""
        return (instant - self.begins) // _MINUTE

    def minute_after(self, instant: datetime) -> int:
        """Tell which is the first minute that begins at an instant or later."""
        return -((self.begins - instant) // _MINUTE)

    def at(self, minute: int) -> datetime:
        """Give the instant at which a minute begins."""
        return self.begins + minute * _MINUTE

    def within(self, spans: Iterable[Span]) -> int:
        """Collect the minutes that lie within spans as a whole."""
        return self.painted((self.minute_after(a), self.minute(b)) for a, b in spans)

    def between(self, since: datetime, until: datetime) -> int:
        """Collect the minutes that begin from one instant on and before another."""
        return self.painted([(self.minute_after(since), self.minute_after(until))])

    def every(self, step: int, ahead: timedelta = timedelta()) -> int:
        """Collect each minute at which a clock that is `ahead` of UTC shows a multiple of `step`.

        `step` are minutes that divide an hour.
        """
        first = -(self.begins.minute + ahead // _MINUTE) % step
        day = sum(1 << minute for minute in range(first, DAY, step))
        return int.from_bytes(day.to_bytes(DAY // 8, "little") * self.days, "little")

    def painted(self, stretches: Iterable[tuple[int, int]]) -> int:
        """Collect the minutes from one number on and before another, those there are.

        Days are painted one by one and joined: a stretch costs a day, not the whole window.
        """
        days = [0] * self.days
        for start, end in stretches:
            first, last = max(start, 0), min(end, self.days * DAY)
            while first < last:
                day = first // DAY
                stop = min(last, (day + 1) * DAY)
                days[day] |= ((1 << (stop - first)) - 1) << (first - day * DAY)
                first = stop
        return int.from_bytes(b"".join(day.to_bytes(DAY // 8, "little") for day in days), "little")


def runs(minutes: int, length: int) -> int:
    """Collect the minutes from which on `length` minutes are all there, in log2(length) steps."""
    have = 1
    while have * 2 <= length:
        minutes &= minutes >> have
        have *= 2
    return minutes & minutes >> (length - have) if have < length else minutes


def each(minutes: int) -> Iterator[int]:
    """Go through a set, the first minute first."""
    first = 0
    mask = (1 << DAY) - 1
    while minutes:
        day = minutes & mask
        while day:
            lowest = day & -day
            yield first + lowest.bit_length() - 1
            day ^= lowest
        minutes >>= DAY
        first += DAY


def nearest(minutes: int, wish: int, count: int) -> Iterator[int]:
    """Give the `count` minutes of a set that come after or at a wished one, and as many before."""
    wish = max(wish, 0)
    after, before = minutes >> wish << wish, minutes & ((1 << wish) - 1)
    for _ in range(count):
        if after:
            lowest = after & -after
            yield lowest.bit_length() - 1
            after ^= lowest
        if before:
            highest = before.bit_length() - 1
            yield highest
            before ^= 1 << highest
