"""Changing what an appointment is for: its notes, its services, with whom, how long, how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from modules.appointments.events import AppointmentStatus, AppointmentUpdated
from modules.appointments.models import Appointment
from modules.appointments.rules import alternatives, changing, facts, taking
from modules.appointments.rules.booking import LONGEST_NOTE
from modules.appointments.rules.facts import Place
from modules.appointments.rules.offering import Wish
from modules.appointments.rules.refusals import (
    CannotReschedule,
    CurrenciesDiffer,
    Slot,
    VisitTooLong,
)
from modules.appointments.rules.taking import LONGEST_VISIT
from modules.errors import Checks, InvalidInput, NotFound, between, checked
from modules.events import record
from modules.services.rules import LONGEST, Price, Terms, now, same_currency, terms
from modules.text import paragraphs
from modules.viewer import TEAM, Viewer
from storage import database

NOTES = {"note": "note", "client_note": "client_note"}
"""The texts of an appointment, and where an input has them."""
MOST_MINOR = 1_000_000_000
"""The highest price of a segment, in the smallest unit of its currency."""

_REPLACE = """
INSERT INTO appointment_segments (business_id, appointment_id, position, service_id, staff_id,
    starts_at, ends_at, blocked_from, blocked_until, price_minor, currency)
SELECT $1, $2, position, s.service_id, s.staff_id, s.starts_at, s.ends_at, s.taken_from,
    s.taken_until, s.price_minor, $10
FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
    $8::timestamptz[], $9::int[]) WITH ORDINALITY
    AS s (service_id, staff_id, starts_at, ends_at, taken_from, taken_until, price_minor, position)
"""
_VISIT = """
UPDATE appointments a SET service_id = f.service_id, staff_id = f.staff_id, ends_at = v.ends_at,
    blocked_from = v.blocked_from, blocked_until = v.blocked_until, price_minor = v.price_minor
FROM appointment_segments f, (
    SELECT max(ends_at) AS ends_at, min(blocked_from) AS blocked_from,
        max(blocked_until) AS blocked_until, sum(price_minor) AS price_minor
    FROM appointment_segments WHERE appointment_id = $1
) v
WHERE a.id = $1 AND f.appointment_id = a.id AND f.position = 1"""


class SegmentWish(TypedDict):
    """A service an appointment is for from now on; what is left out stays, or is as the service is.

    What stays is that of the segment at the same place, where that is the same service.
    """

    service_id: UUID
    staff_id: UUID
    duration_minutes: NotRequired[int | None]
    price: NotRequired[Price | None]


class AppointmentChanges(TypedDict, total=False):
    """What can be changed about an appointment; what is left out stays."""

    note: str | None
    client_note: str | None
    segments: Sequence[SegmentWish] | None


async def update(
    by: Viewer, *, appointment_id: UUID, **changes: Unpack[AppointmentChanges]
) -> UUID:
    """Change what an appointment is for; it starts when it did. Answers its id.

    Clients change their own note, until it begins. Who already performs a segment at its place
    keeps it, whatever was changed about them since.

    Refuses: NotFound, HasBegun, CannotReschedule, InvalidInput, OutOfRange, CurrencyDiffers,
    CurrenciesDiffer, VisitTooLong, StaffInactive, StaffDoesNotPerform, OutsideHours, StaffOff,
    SlotTaken, TextTooLong, TextNotAllowed.
    """
    asked: dict[str, Any] = dict(changes)
    segments = asked.pop("segments", None)
    columns = checked(asked, lambda name, text: paragraphs(text, NOTES[name], limit=LONGEST_NOTE))
    held = await changing.lock(by, appointment_id)
    changing.not_begun(by, held)
    if by.role not in TEAM and (segments is not None or "note" in columns):
        await _there(by, segments or ())
        raise InvalidInput(
            "Only the team changes this.", field="segments" if segments is not None else "note"
        )
    changed = [name for name, value in columns.items() if getattr(held, name) != value]
    staff = (await changing.staff_of([appointment_id])).get(appointment_id, ())
    if columns:
        await Appointment.filter(id=appointment_id).update(**columns)
    if segments is not None and await _replace(by, held, segments):
        changed.append("segments")
    if changed:
        await _note(held, changed, staff)
    return appointment_id


async def _there(by: Viewer, wishes: Sequence[SegmentWish]) -> None:
    checks = Checks()
    services = [Wish(wish["service_id"], wish["staff_id"]) for wish in wishes]
    await taking.check_wishes(by, services, taking.listed, checks)
    checks.done()


async def _note(held: Appointment, changed: Sequence[str], staff_before: Sequence[UUID]) -> None:
    after = await Appointment.get(id=held.id)
    staff_ids = (await changing.staff_of([held.id])).get(held.id, ())
    record(
        AppointmentUpdated(
            **changing.facts_of(after, staff_ids),
            status=after.status,
            before=changing.before_change(held, staff_before),
            changed=changed,
            past=after.ends_at <= now(),
        )
    )


async def _replace(by: Viewer, held: Appointment, wishes: Sequence[SegmentWish]) -> bool:
    """Put other segments in the place of those there are; tells whether any is another."""
    if held.status is AppointmentStatus.PROPOSED or not held.status.takes_time:
        raise CannotReschedule(field="id")
    taking.check_number(wishes, "segments")
    known = await terms(by, [wish["service_id"] for wish in wishes])
    before = await changing.places(held)
    prices = await changing.prices(held)
    places, costs = _planned(held, wishes, known, before, prices)
    if places[-1].ends_at - held.starts_at > LONGEST_VISIT:
        raise VisitTooLong(field="segments")
    if places == before and costs == prices:
        return False
    if places != before:
        services = [Wish(wish["service_id"], wish["staff_id"]) for wish in wishes]

        async def others(around: datetime) -> Sequence[Slot]:
            return await alternatives.nearest_visits(by, services, around=around)

        async with alternatives.offered(by, list(known), held.starts_at, others):
            await changing.may_take(by, held, before, places)
    await database.execute(
        "DELETE FROM appointment_segments WHERE business_id = $1 AND appointment_id = $2",
        held.business_id, held.id,
    )  # fmt: skip
    await database.execute(
        _REPLACE, held.business_id, held.id, *facts.columns(places), costs, held.currency
    )
    await database.execute(_VISIT, held.id)
    return True


def _planned(
    held: Appointment,
    wishes: Sequence[SegmentWish],
    known: Mapping[UUID, Terms],
    before: Sequence[Place],
    prices: Sequence[int],
) -> tuple[list[Place], list[int]]:
    """Say where each segment is from now on, and what it costs."""
    places, costs, checks, starts_at = list[Place](), list[int](), Checks(), held.starts_at
    stays = [*zip_longest(before[: len(wishes)], prices[: len(wishes)])]
    for index, wish in enumerate(wishes):
        at, service = f"segments.{index}", known.get(wish["service_id"])
        was, cost = stays[index] if index < len(stays) else (None, None)
        if was is not None and was.service_id != wish["service_id"]:
            was = cost = None
        with checks:
            if service is None:
                raise NotFound("There is no such service.", field=f"{at}.service_id")
            if service.currency != held.currency and was is None:
                raise CurrenciesDiffer(field=f"{at}.service_id")
            length = _length(wish, service, was, f"{at}.duration_minutes")
            before_, after = _buffers(service, was)
            ends_at = starts_at + length
            taken = starts_at - before_, ends_at + after
            places.append(Place(service.id, wish["staff_id"], starts_at, ends_at, *taken))
            costs.append(_cost(wish, service, cost, held.currency, f"{at}.price"))
            starts_at = ends_at
    checks.done()
    return places, costs


def _length(wish: SegmentWish, service: Terms, was: Place | None, field: str) -> timedelta:
    if (minutes := wish.get("duration_minutes")) is not None:
        return timedelta(minutes=between(minutes, field, 1, LONGEST))
    return was.ends_at - was.starts_at if was else timedelta(minutes=service.duration_minutes)


def _buffers(service: Terms, was: Place | None) -> tuple[timedelta, timedelta]:
    if was is not None:
        return was.starts_at - was.taken_from, was.taken_until - was.ends_at
    return (
        timedelta(minutes=service.buffer_before_minutes),
        timedelta(minutes=service.buffer_after_minutes),
    )


def _cost(wish: SegmentWish, service: Terms, was: int | None, currency: str, field: str) -> int:
    if (price := wish.get("price")) is None:
        return service.price_minor if was is None else was
    same_currency(price.get("currency"), currency, f"{field}.currency")
    return between(price["amount_minor"], f"{field}.amount_minor", 0, MOST_MINOR)
