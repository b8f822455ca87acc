"""The nearest free times when the wished one is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from uuid import UUID

import asyncpg

from modules.appointments.rules.facts import AHEAD, hours_of
from modules.appointments.rules.refusals import Slot
from modules.errors import NotFound
from modules.services.rules import may_see, open_spans
from modules.services.rules.opening import DAY, Span
from modules.viewer import TEAM, Viewer
from modules.zones import ZoneInfo
from storage import database

AROUND = timedelta(days=7)
"""How far from the wished time to look, either way."""
STEP = timedelta(minutes=15)
"""Times are offered at full quarters of an hour."""
COUNT = 5
"""How many to offer."""

_PERFORMERS = """
SELECT t.id, b.zone,
    (SELECT array_agg((h.weekday, h.starts, h.ends)) FROM working_hours h
        WHERE h.business_id = t.business_id AND h.staff_id = t.id) AS hours
FROM service_staff p
JOIN staff t ON t.business_id = p.business_id AND t.id = p.staff_id
JOIN businesses b ON b.id = p.business_id
WHERE p.business_id = $1 AND p.service_id = $2 AND t.active"""

_BUSY = """
SELECT k.holder_id, lower(k.during), upper(k.during), false AS off
FROM unnest($2::uuid[]) AS who (id) JOIN claims k ON k.holder_id = who.id
WHERE k.business_id = $1 AND k.during && tstzrange($3, $4)
    AND k.taker_id IS DISTINCT FROM $5::uuid
UNION ALL
SELECT staff_id, starts_at, ends_at, true FROM time_off
WHERE business_id = $1 AND staff_id = ANY($2) AND starts_at < $4 AND ends_at > $3"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The time a service takes, and its buffers."""

    before: timedelta
    service: timedelta
    after: timedelta


async def nearest(
    by: Viewer,
    *,
    service_id: UUID,
    staff_id: UUID,
    starts_at: datetime,
    needs: Needs,
    moving: UUID | None = None,
) -> list[Slot]:
    """Find up to five free times for a service, the nearest first, with anybody who performs it.

    Among times equally near, those with the wished staff come first. The place of the appointment
    that is `moving` counts as free.
    """
    now = datetime.now(UTC)
    first = max(starts_at - AROUND, now)
    last = min(starts_at + AROUND, now + AHEAD)
    performers = await database.fetch(_PERFORMERS, by.business_id, service_id)
    busy: dict[UUID, list[Span]] = {each["id"]: [] for each in performers}
    since, until = first - needs.before, last + needs.after
    for row in await database.fetch(_BUSY, by.business_id, list(busy), since, until, moving):
        busy[row["holder_id"]].append(_forbidden(row, needs))
    found = (
        (abs(start - starts_at), each["id"] != staff_id, start, each["id"], each["zone"])
        for each in performers
        for span in open_spans(
            hours_of(each["hours"]), ZoneInfo(each["zone"]), first.date() - DAY, last.date() + DAY
        )
        for start in _starts(
            max(span[0], first), min(span[1] - needs.service, last), busy[each["id"]], starts_at
        )
    )
    return [
        Slot(starts_at=start, staff_id=who, zone=zone)
        for _, _, start, who, zone in nsmallest(COUNT, found)
    ]


def _forbidden(row: asyncpg.Record, needs: Needs) -> Span:
    """Turn a stretch in which somebody is busy into the starts it makes impossible."""
    _, since, until, off = row
    if off:  # buffers may reach into time off, the service may not
        return since - needs.service, until
    return since - needs.service - needs.after, until + needs.before


def _starts(
    first: datetime, last: datetime, busy: Iterable[Span], wish: datetime
) -> Iterator[datetime]:
    """List the possible starts nearest to the wish in each free stretch from first to last."""
    free_from = first
    for since, until in sorted(busy):
        if until <= free_from:
            continue
        if since >= last:
            break
        yield from _near(free_from, since, wish)
        free_from = until
    yield from _near(free_from, last, wish)


def _near(first: datetime, last: datetime, wish: datetime) -> Iterator[datetime]:
    """List at most ten quarters from first to last, both included, around the wish."""
    middle = _quarter(min(max(wish, first), last))
    for n in range(-COUNT, COUNT + 1):
        if first <= (start := middle + n * STEP) <= last:
            yield start


def _quarter(moment: datetime) -> datetime:
    since = moment - datetime.min.replace(tzinfo=UTC)
    return moment - since % STEP


async def free_slots(
    by: Viewer, *, service_id: UUID, staff_id: UUID, around: datetime
) -> list[Slot]:
    """Find up to five free times for a service within a week around an instant, nearest first.

    Among times equally near, those with the wished staff come first. Refuses: NotFound.
    """
    service = await database.fetchrow(
        "SELECT duration_minutes, buffer_before_minutes, buffer_after_minutes FROM services"
        " WHERE business_id = $1 AND id = $2",
        by.business_id, service_id,
    )  # fmt: skip
    if service is None or not (by.role in TEAM or await may_see(by, service_id=service_id)):
        raise NotFound("There is no such service.", field="service_id")
    length, before, after = (timedelta(minutes=minutes) for minutes in service)
    needs = Needs(before=before, service=length, after=after)
    return await nearest(
        by, service_id=service_id, staff_id=staff_id, starts_at=around, needs=needs
    )
