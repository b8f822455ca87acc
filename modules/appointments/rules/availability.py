"""Who can be had when: what every offer of a time is made from.

A booking asks the database whether one time can be had; this asks the same of all times of some
days at once, and has to come to the same answer for each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

import asyncpg

from modules.appointments.rules.minutes import DAY as DAY_MINUTES
from modules.appointments.rules.minutes import Window, runs
from modules.services.rules import OPENING, Opening, Terms, open_spans
from modules.services.rules.opening import DAY, steady
from modules.zones import ZoneInfo
from storage import database

_MARGIN = timedelta(days=1)
"""How much around the times that are offered is looked at: buffers reach that far, and less."""

_PERFORMERS = """
SELECT p.service_id, t.id, t.name, b.zone, {opening}
FROM service_staff p
JOIN staff t ON t.business_id = p.business_id AND t.id = p.staff_id
JOIN businesses b ON b.id = p.business_id
WHERE p.business_id = $1 AND p.service_id = ANY($2::uuid[]) AND t.active
ORDER BY t.name, t.id""".format(
    opening=OPENING.format(
        business="t.business_id",
        staff="t.id",
        since="$3::timestamptz",
        until="$4::timestamptz",
    )
)
# In minutes of the window, of which whatever has a part is busy: a row for each, not one for each
# appointment.
_BUSY = """
SELECT busy.id, busy.off,
    array_agg(floor(extract(epoch FROM busy.since - $3::timestamptz) / 60)::int) AS first,
    array_agg(ceil(extract(epoch FROM busy.until - $3::timestamptz) / 60)::int) AS after
FROM (
    SELECT who.id, false AS off, lower(k.during) AS since, upper(k.during) AS until
    FROM unnest($2::uuid[]) AS who (id) JOIN claims k ON k.holder_id = who.id
    WHERE k.business_id = $1 AND k.during && tstzrange($3, $4)
        AND k.taker_id IS DISTINCT FROM $5::uuid AND (k.expires_at IS NULL OR k.expires_at > now())
    UNION ALL
    SELECT staff_id, true, starts_at, ends_at FROM time_off
    WHERE business_id = $1 AND staff_id = ANY($2) AND starts_at < $4 AND ends_at > $3
) busy
GROUP BY busy.id, busy.off"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The time a service takes, and its buffers."""

    before: timedelta
    service: timedelta
    after: timedelta

    @classmethod
    def of(cls, service: Terms) -> Self:
        """Give what a service needs by now."""
        before, length, after = (
            timedelta(minutes=minutes)
            for minutes in (
                service.buffer_before_minutes,
                service.duration_minutes,
                service.buffer_after_minutes,
            )
        )
        return cls(before=before, service=length, after=after)


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff within a window: the minutes they work, and those taken already."""

    id: UUID
    works: int
    taken: int

    def starts(self, window: Window, needs: Needs) -> int:
        """Collect the minutes at which they can begin something.

        They have to be at work as long as it takes; what is needed before and after only keeps
        other appointments away.
        """
        before, length, after = (
            -(-part // timedelta(minutes=1)) for part in (needs.before, needs.service, needs.after)
        )
        starts = runs(self.works & ~self.taken, length)
        if before or after:
            starts &= runs(window.whole & ~self.taken, before + length + after) << before
        return starts


@dataclass(frozen=True, slots=True)
class Availability:
    """Who performs which service within a window."""

    window: Window
    offered: int
    """The minutes at which anything may be offered."""
    zone: ZoneInfo
    performers: Mapping[UUID, Sequence[Person]]
    """Those who perform each service, by name."""


async def availability(
    business_id: UUID,
    service_ids: Iterable[UUID],
    *,
    since: datetime,
    until: datetime,
    longest: timedelta,
    step: int = 1,
    moving: UUID | None = None,
) -> Availability:
    """Read who can be had for these services from one instant on and before another.

    What begins last may take `longest`, with what is needed after it. A start is offered every
    `step` minutes, from the full hour of the business's clock. What the appointment that is
    `moving` takes counts as free. Two statements, however many staff and days there are.
    """
    begins = since.astimezone(UTC).replace(second=0, microsecond=0) - _MARGIN
    ends = until.astimezone(UTC) + longest
    window = Window(begins, -(-(ends - begins) // DAY))
    rows = await database.fetch(_PERFORMERS, business_id, list(service_ids), begins, ends)
    people = {row["id"]: row for row in rows}
    busy: dict[tuple[UUID, bool], asyncpg.Record] = {}
    if people:
        found = await database.fetch(_BUSY, business_id, list(people), begins, ends, moving)
        busy = {(row["id"], row["off"]): row for row in found}
    zone = ZoneInfo(rows[0]["zone"] if rows else "UTC")
    days = begins.date() - DAY, ends.date() + DAY
    made = {}
    for key, row in people.items():
        opened = window.within(open_spans(Opening.of(row), zone, *days))
        off, taken = (_painted(window, busy.get((key, is_off))) for is_off in (True, False))
        made[key] = Person(key, opened & ~off, taken)
        await asyncio.sleep(0)
    performers: dict[UUID, list[Person]] = {}
    for row in rows:
        performers.setdefault(row["service_id"], []).append(made[row["id"]])
    offered = _starts(window, zone, step) & window.between(since, until)
    return Availability(window, offered, zone, performers)


def _starts(window: Window, zone: ZoneInfo, step: int) -> int:
    """Collect the minutes at which a clock on the wall shows a multiple of `step` minutes."""
    if step == 1:
        return window.whole
    first, last = window.begins.date(), window.at(window.days * DAY_MINUTES).date()
    found = 0
    for since, until, ahead in steady(zone, first, last):
        found |= window.every(step, ahead) & window.between(since, until)
    return found


def _painted(window: Window, busy: asyncpg.Record | None) -> int:
    return window.painted(zip(busy["first"], busy["after"], strict=True)) if busy else 0
