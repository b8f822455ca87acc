"""The nearest free times when the wished one is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from uuid import UUID

from modules.appointments.rules.availability import Needs, availability
from modules.appointments.rules.minutes import nearest as nearest_minutes
from modules.appointments.rules.offering import Wanted, Wish, barred, between
from modules.appointments.rules.refusals import Elsewhere, Slot
from modules.errors import NotFound, Refusal
from modules.services.rules import policy, step, terms
from modules.viewer import Viewer

AROUND = timedelta(days=7)
"""How far from the wished time to look, either way."""
COUNT = 5
"""How many to offer."""


@asynccontextmanager
async def offered(
    by: Viewer,
    service_ids: Sequence[UUID],
    around: datetime,
    search: Callable[[datetime], Awaitable[Sequence[Slot]]],
) -> AsyncIterator[None]:
    """Add the nearest times that would do to what is refused of a time, or of whom it is with.

    They are searched around the wished time, or the nearest to it that somebody may book at all.
    """
    try:
        yield
    except Refusal as refusal:
        found = [each for each in refusal.every if isinstance(each, Elsewhere)]
        if found and not await barred(by):
            bound = await policy(by, service_ids, hidden=True)
            first, last = bound.bookable(by, datetime.now(UTC))
            others = await search(min(max(around, first), last))
            for each in found:
                each.alternatives = others
        raise


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
    bound = await policy(by, [service_id], hidden=True)
    earliest, latest = bound.bookable(by, datetime.now(UTC))
    first, last = max(starts_at - AROUND, earliest), min(starts_at + AROUND, latest)
    if last <= first:
        return []
    found = await availability(
        by.of_business(),
        [service_id],
        since=first,
        until=last,
        longest=needs.service + needs.after,
        step=await step(by.of_business()),
        moving=moving,
    )
    window = found.window
    near = (
        (abs(start - starts_at), person.id != staff_id, start, person.id)
        for person in found.performers.get(service_id, ())
        for minute in nearest_minutes(
            person.starts(window, needs) & found.offered, window.minute(starts_at), COUNT
        )
        for start in (window.at(minute),)
    )
    return [
        Slot(starts_at=start, ends_at=start + needs.service, staff_id=who, zone=found.zone.key)
        for _, _, start, who in nsmallest(COUNT, near)
    ]


async def free_slots(
    by: Viewer, *, service_id: UUID, staff_id: UUID, around: datetime
) -> list[Slot]:
    """Find up to five free times for a service within a week around an instant, nearest first.

    Among times equally near, those with the wished staff come first. Refuses: NotFound.
    """
    service = (await terms(by, [service_id])).get(service_id)
    if service is None:
        raise NotFound("There is no such service.", field="service_id")
    needs = Needs.of(service)
    return await nearest(
        by, service_id=service_id, staff_id=staff_id, starts_at=around, needs=needs
    )


async def nearest_visits(by: Viewer, wishes: Sequence[Wish], *, around: datetime) -> list[Slot]:
    """Find up to five free times for services one after another, within a week, nearest first.

    With the staff wished for, and anybody where none is; a single service also with others.
    """
    known = await terms(by, [wish.service_id for wish in wishes])
    if not all(wish.service_id in known for wish in wishes):
        return []
    if len(wishes) == 1 and wishes[0].staff_id:
        service = known[wishes[0].service_id]
        return await nearest(
            by,
            service_id=service.id,
            staff_id=wishes[0].staff_id,
            starts_at=around,
            needs=Needs.of(service),
        )
    wanted = [Wanted(known[wish.service_id], wish.staff_id) for wish in wishes]
    found = await between(by, wanted, around - AROUND, around + AROUND)
    near = nsmallest(COUNT, found, key=lambda one: abs(one.segments[0].starts_at - around))
    return [
        Slot(
            starts_at=offer.segments[0].starts_at,
            ends_at=offer.segments[-1].ends_at,
            staff_id=offer.segments[0].staff_id,
            zone=offer.zone,
        )
        for offer in near
    ]
