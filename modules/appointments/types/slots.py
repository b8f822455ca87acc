"""Free times as the API shows them."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Any

from modules.appointments import rules
from modules.services.types import Money, Service, Staff
from modules.zones import offset, on_the_wall
from schema import (
    MinorUnits,
    enum,
    object,
    ref,
)


@object
class SlotSegment:
    """One service of a free time: when, and with whom."""

    service: Service
    """The service it is for."""
    staff: Staff
    """The member of staff who is free to perform it."""
    starts_at: datetime
    """When the service starts: book it at this instant."""
    ends_at: datetime
    """When the service ends."""
    local_start: str
    """When it starts by the clock on the business's wall: `2026-03-29T09:30`."""
    local_end: str
    """When it ends by that clock: `2026-03-29T10:00`."""
    price: Money
    """What the service costs now."""


@object
class Slot:
    """A time that is still free."""

    starts_at: datetime
    """When the free time starts."""
    ends_at: datetime
    """When what is wanted would end."""
    local_start: str
    """When it starts by the clock on the business's wall: `2026-03-29T09:30`."""
    local_end: str
    """When it ends by that clock: `2026-03-29T10:00`."""
    utc_offset: str
    """How far that clock is ahead of UTC when it starts: `+02:00`."""
    staff: Staff
    """The member of staff who is free, to begin with."""


@object
class AvailableSlot(Slot):
    """A time at which all that is wanted can be booked."""

    segments: list[SlotSegment]
    """One for each service, in the order they were asked for, without a pause in between."""
    price: Money | None
    """What all of it costs now; null where the services have prices in several currencies."""


@object
class AvailableSlots:
    """The times that can be booked on some days."""

    nodes: list[AvailableSlot]
    """All of them, the first one first; each start stands once."""
    next_day: date | None
    """Where there are none: the next day of the business that has any, within a year from today."""
    time_zone: str
    """The IANA zone in which days begin and clocks are read: `Europe/Amsterdam`."""


SlotReasonCode = enum(rules.SlotReasonCode)


@object
class SlotReason:
    """One reason why a time cannot be had."""

    code: rules.SlotReasonCode
    """The reason, for programs."""
    message: str
    """The reason in one sentence, in the words and the language of whoever asks."""
    staff: Staff | None
    """The member of staff it is about; null where it is about the time, a service or the client."""


@object
class SlotExplanation:
    """Whether a time can be had, and why not."""

    free: bool
    """Whether it can be booked, or requested where clients request."""
    reasons: list[SlotReason]
    """Every reason why it cannot be had; none where it is free."""
    next: AvailableSlot | None
    """Where it is not free: the next time within 31 days that is; null where there is none."""


SLICE = 50
"""Times that are made ready to be shown between two chances for everybody else."""


def slot(free: rules.Slot) -> dict[str, Any]:
    """Show what every free time has."""
    return {
        "starts_at": free.starts_at,
        "ends_at": free.ends_at,
        "local_start": on_the_wall(free.starts_at, free.zone),
        "local_end": on_the_wall(free.ends_at, free.zone),
        "utc_offset": offset(free.starts_at, free.zone),
        "staff": ref(Staff, free.staff_id),
    }


def slot_segment(segment: rules.Segment, zone: str) -> SlotSegment:
    """Show one service of a free time, or of one that is held."""
    return SlotSegment(
        service=ref(Service, segment.service.id),
        staff=ref(Staff, segment.staff_id),
        starts_at=segment.starts_at,
        ends_at=segment.ends_at,
        local_start=on_the_wall(segment.starts_at, zone),
        local_end=on_the_wall(segment.ends_at, zone),
        price=Money(
            amount_minor=MinorUnits(segment.service.price_minor),
            currency=segment.service.currency,
        ),
    )


async def offered(offers: rules.Offers) -> AvailableSlots:
    """Show the times of some days, some at a time, so that others get their turn in between."""
    nodes = []
    for offer in offers.found:
        nodes.append(_offered(offer))
        if len(nodes) % SLICE == 0:
            await asyncio.sleep(0)
    return AvailableSlots(nodes=nodes, next_day=offers.next_day, time_zone=offers.zone)


def explained(found: rules.Explanation) -> SlotExplanation:
    """Show why a time cannot be had."""
    return SlotExplanation(
        free=not found.reasons,
        reasons=[
            SlotReason(
                code=each.code,
                message=each.message,
                staff=ref(Staff, each.staff_id) if each.staff_id else None,
            )
            for each in found.reasons
        ],
        next=_offered(found.next) if found.next else None,
    )


def _offered(offer: rules.Offer) -> AvailableSlot:
    first, last = offer.segments[0], offer.segments[-1]
    whole = rules.Slot(
        starts_at=first.starts_at, ends_at=last.ends_at, staff_id=first.staff_id, zone=offer.zone
    )
    return AvailableSlot(
        **slot(whole),
        segments=[slot_segment(segment, offer.zone) for segment in offer.segments],
        price=_price(*(segment.service for segment in offer.segments)),
    )


def _price(*services: Any) -> Money | None:
    currencies = {each.currency for each in services}
    if len(currencies) > 1:
        return None
    total = MinorUnits(sum(each.price_minor for each in services))
    return Money(amount_minor=total, currency=currencies.pop())
