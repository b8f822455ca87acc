"""Entering a whole diary at once, such as the one kept before this program was here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from modules.appointments.events import AppointmentsImported, AppointmentStatus
from modules.appointments.rules import audience, facts
from modules.appointments.rules.refusals import (
    GroupRequired,
    ServiceInactive,
    SlotTaken,
    StartsInPast,
    TooFarAhead,
)
from modules.errors import NotFound, Refusal
from modules.events import record
from modules.services.rules import OPENING
from modules.text import paragraphs
from modules.viewer import Viewer
from storage import database
from storage.models import uuid7

_SERVICES = """
SELECT s.id, s.active, s.audience = 'EVERYONE' AS for_everyone, s.duration_minutes,
    s.buffer_before_minutes, s.buffer_after_minutes, s.price_minor, s.currency,
    ARRAY(SELECT p.staff_id FROM service_staff p WHERE p.service_id = s.id) AS staff
FROM services s WHERE s.business_id = $1"""
_STAFF = """
SELECT t.id, t.name AS staff_name, t.active AS staff_active, b.zone,
    {opening},
    (SELECT array_agg((o.starts_at, o.ends_at)) FROM time_off o
        WHERE o.business_id = t.business_id AND o.staff_id = t.id) AS times_off
FROM staff t JOIN businesses b ON b.id = t.business_id WHERE t.business_id = $1""".format(  # noqa: S608 -- columns of ours
    opening=OPENING.format(
        business="t.business_id",
        staff="t.id",
        since="timestamptz '1900-01-03 00:00Z'",
        until="timestamptz '2200-01-01 00:00Z'",
    )
)
_CLIENTS = "SELECT id FROM clients WHERE business_id = $1"
_TAKE = """
WITH visit AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[],
        $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::int[], $11::text[],
        $12::text[], $13::text[], $14::timestamptz[]) AS v (id, client_id, service_id, staff_id,
        starts_at, ends_at, blocked_from, blocked_until, price_minor, currency, note, status,
        cancelled_at)
), segments AS (
    INSERT INTO appointment_segments (business_id, appointment_id, position, service_id, staff_id,
        starts_at, ends_at, blocked_from, blocked_until, price_minor, currency)
    SELECT $1, id, 1, service_id, staff_id, starts_at, ends_at, blocked_from, blocked_until,
        price_minor, currency FROM visit
)
INSERT INTO appointments (business_id, source, id, client_id, service_id, staff_id, starts_at,
    ends_at, blocked_from, blocked_until, price_minor, currency, note, status, cancelled_at)
SELECT $1, 'IMPORT', visit.* FROM visit"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A line of a diary: who came or comes, for what, to whom, when, and how it went."""

    client_id: UUID
    service_id: UUID
    staff_id: UUID
    starts_at: datetime
    status: AppointmentStatus = AppointmentStatus.BOOKED
    note: str | None = None


async def book_many(by: Viewer, visits: Sequence[Visit]) -> int:
    """Enter many appointments, past ones too, each checked as `book` checks it; answers how many.

    The log gets one entry for them all, and nobody gets mail. When one is refused none is entered;
    the refusal's field path starts with its index: `visits.17.starts_at`.
    """
    business_id = by.of_business()
    services = {row["id"]: row for row in await database.fetch(_SERVICES, business_id)}
    staff = {row["id"]: row for row in await database.fetch(_STAFF, business_id)}
    clients = {row["id"] for row in await database.fetch(_CLIENTS, business_id)}
    now = datetime.now(UTC)
    chosen = await _chosen(by, visits, services)
    known: dict[str, Any] = {
        "services": services,
        "staff": staff,
        "clients": clients,
        "chosen": chosen,
    }
    rows = []
    for index, visit in enumerate(visits):
        try:
            rows.append(_row(visit, **known, now=now))
        except Refusal as refusal:
            refusal.field = ("visits", str(index), *refusal.field)
            raise
    if not rows:
        return 0
    try:
        await database.execute(_TAKE, business_id, *map(list, zip(*rows, strict=True)))
    except asyncpg.ExclusionViolationError as error:
        raise SlotTaken from error
    record(AppointmentsImported(business_id=business_id, subject=business_id, count=len(rows)))
    return len(rows)


async def _chosen(
    by: Viewer, visits: Sequence[Visit], services: dict[UUID, Any]
) -> dict[UUID, set[UUID]]:
    """Say, for each service that is not for everyone, who of these clients was chosen for it."""
    asked: dict[UUID, list[UUID]] = {}
    for visit in visits:
        if visit.service_id in services and not services[visit.service_id]["for_everyone"]:
            asked.setdefault(visit.service_id, []).append(visit.client_id)
    return {
        service_id: await audience.chosen(by, service_id=service_id, client_ids=client_ids)
        for service_id, client_ids in asked.items()
    }


def _row(
    visit: Visit,
    *,
    services: dict[UUID, Any],
    staff: dict[UUID, Any],
    clients: set[UUID],
    chosen: dict[UUID, set[UUID]],
    now: datetime,
) -> tuple[Any, ...]:
    service, person = services.get(visit.service_id), staff.get(visit.staff_id)
    if visit.client_id not in clients:
        raise NotFound("There is no such client.", field="client_id")
    if service is None:
        raise NotFound("There is no such service.", field="service_id")
    if person is None:
        raise NotFound("There is no such member of staff.", field="staff_id")
    if not service["active"]:
        raise ServiceInactive(field="service_id")
    starts_at = visit.starts_at
    if starts_at > now and visit.client_id not in chosen.get(visit.service_id, clients):
        raise GroupRequired(service_id=visit.service_id, field="service_id")
    if starts_at > now + facts.AHEAD:
        raise TooFarAhead(field="starts_at")
    if starts_at > now and visit.status in (AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW):
        raise StartsInPast("What is still to come has not been completed.", field="status")
    ends_at = starts_at + timedelta(minutes=service["duration_minutes"])
    facts.able({**person, "performs": visit.staff_id in service["staff"]})
    off = any(a < ends_at and starts_at < b for a, b in person["times_off"] or ())
    facts.free({**person, "off": off}, starts_at, ends_at)
    return (
        uuid7(),
        visit.client_id,
        visit.service_id,
        visit.staff_id,
        starts_at,
        ends_at,
        starts_at - timedelta(minutes=service["buffer_before_minutes"]),
        ends_at + timedelta(minutes=service["buffer_after_minutes"]),
        service["price_minor"],
        service["currency"],
        paragraphs(visit.note, "note", limit=5_000),
        visit.status,
        now if visit.status is AppointmentStatus.CANCELLED else None,
    )
