"""Time zones: one set of rules, the pinned `tzdata`, says what a clock on the wall shows.

Python would take the rules of the machine before it, which are as old as the machine; PostgreSQL
has rules of its own, so no statement asks it for a time on a wall. Whoever needs a zone imports it
from here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

reset_tzpath(to=())

__all__ = ["ZoneInfo", "available_timezones", "differing", "midnight", "offset", "on_the_wall"]

AHEAD, STEP = 26, timedelta(days=15)
"""How many moments are compared, and how far they are apart: a year and a month in all."""


class Source(Protocol):
    """Whatever runs a statement."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Run a statement and give its rows."""
        ...


def on_the_wall(instant: datetime, zone: str) -> str:
    """Write what a clock there shows, to the minute: `2026-03-29T09:30`."""
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")[:16]


def offset(instant: datetime, zone: str) -> str:
    """Write how far a clock there is ahead of UTC: `+02:00`."""
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")[16:22]


def midnight(day: date | None, after: int, zone: str) -> datetime:
    """Say when a day begins there, some days after another; no day means today.

    Where the clock skips midnight, the day begins when the clock goes on; of two midnights it is
    the first.
    """
    first = datetime.now(ZoneInfo(zone)).date() if day is None else day
    try:
        begins = datetime.combine(first + timedelta(days=after), time(), tzinfo=ZoneInfo(zone))
        return begins.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if after > 0 else datetime.min.replace(tzinfo=UTC)


async def differing(source: Source, now: datetime | None = None) -> list[str]:
    """List the zones of which PostgreSQL knows nothing, or other offsets for the year to come."""
    first = (now or datetime.now(UTC)).replace(microsecond=0)
    moments = [first + STEP * n for n in range(AHEAD)]
    rows = await source.fetch(_OFFSETS, moments)
    theirs = {row["name"]: list(row["offsets"]) for row in rows}
    ours = {name: _offsets(name, moments) for name in sorted(available_timezones())}
    return [name for name, offsets in ours.items() if theirs.get(name) != offsets]


def _offsets(name: str, moments: list[datetime]) -> list[int]:
    zone = ZoneInfo(name)
    found = (moment.astimezone(zone).utcoffset() or timedelta() for moment in moments)
    return [round(offset.total_seconds()) for offset in found]


_OFFSETS = """
SELECT zone.name, (SELECT array_agg(extract(epoch FROM
        (moment AT TIME ZONE zone.name) - (moment AT TIME ZONE 'UTC'))::int ORDER BY moment)
    FROM unnest($1::timestamptz[]) AS moment) AS offsets
FROM pg_timezone_names AS zone"""
