"""Taking a slot: one statement knows what a booking depends on, and books if it may."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from modules.appointments.events import AppointmentBooked, AppointmentStatus
from modules.appointments.rules import alternatives, audience, facts
from modules.appointments.rules.availability import Needs
from modules.appointments.rules.refusals import ClientBlocked, ServiceInactive, SlotTaken
from modules.errors import Checks, NotFound
from modules.events import record
from modules.services.rules import now
from modules.text import paragraphs
from modules.translations import template
from modules.viewer import TEAM, Viewer
from storage import database

# `known` has one row, whose gaps say which of the ids are wrong. `at_work` is the plain case: one
# span of one day holds the service, and the clock does not change meanwhile. It may be wrong, and
# PostgreSQL's time zones other than ours: `facts.free` has the last word on either answer. `taken`
# is what the claims of others say; who takes the time at this very moment decides their constraint,
# and the change is made again, to be told. The service is held, as the foreign key does anyway:
# nobody books on the word of an audience that is narrowed meanwhile.
_BOOK = """
WITH service AS MATERIALIZED (
    SELECT id, active, audience, duration_minutes, buffer_before_minutes, buffer_after_minutes,
        price_minor, currency
    FROM services WHERE business_id = $1 AND id = $3 FOR KEY SHARE
), known AS MATERIALIZED (
    SELECT b.zone, c.id AS client_id, s.id AS service_id, t.id AS staff_id,
        c.blocked_at IS NOT NULL AND NOT $7::boolean AS blocked,
        s.active AS service_active, s.audience = 'EVERYONE' AS for_everyone,
        s.price_minor, s.currency,
        t.name AS staff_name, t.active AS staff_active, utc.ends_at,
        EXISTS (SELECT FROM service_staff p WHERE p.service_id = s.id AND p.staff_id = t.id)
            AS performs,
        EXISTS (SELECT FROM time_off o WHERE o.business_id = $1 AND o.staff_id = t.id
            AND o.ends_at > $5 AND o.starts_at < utc.ends_at) AS off,
        EXISTS (SELECT FROM working_hours h WHERE h.business_id = $1 AND h.staff_id = t.id
            AND h.weekday = extract(isodow FROM wall.starts) AND h.starts <= wall.starts::time
            AND (wall.ends::time <= h.ends OR h.ends = '00:00')
            AND wall.starts::date = wall.ends::date
            AND wall.ends - wall.starts = utc.ends_at - $5) AS at_work,
        EXISTS (SELECT FROM claims k WHERE k.business_id = $1 AND k.holder_id = t.id
            AND k.during && utc.during) AS taken,
        lower(utc.during) AS taken_from, upper(utc.during) AS taken_until
    FROM businesses b
    LEFT JOIN clients c ON c.business_id = b.id AND c.id = $2
        AND ($8 OR c.account_id = $9)
    LEFT JOIN service s ON true
    LEFT JOIN staff t ON t.business_id = b.id AND t.id = $4
    CROSS JOIN LATERAL (
        SELECT $5::timestamptz + make_interval(mins => s.duration_minutes) AS ends_at, tstzrange(
            $5::timestamptz - make_interval(mins => s.buffer_before_minutes),
            $5::timestamptz
                + make_interval(mins => s.duration_minutes + s.buffer_after_minutes)) AS during
    ) utc
    CROSS JOIN LATERAL (
        SELECT $5::timestamptz AT TIME ZONE b.zone AS starts,
            utc.ends_at AT TIME ZONE b.zone AS ends
    ) wall
    WHERE b.id = $1
), booked AS (
    INSERT INTO appointments (business_id, client_id, service_id, staff_id, starts_at, ends_at,
        blocked_from, blocked_until, price_minor, currency, note)
    SELECT $1, client_id, service_id, staff_id, $5, ends_at, taken_from, taken_until, price_minor,
        currency, $6
    FROM known
    WHERE client_id IS NOT NULL AND NOT blocked AND service_active AND for_everyone
        AND staff_active AND performs AND NOT off AND at_work AND NOT taken
    RETURNING id
)
SELECT known.*, booked.id, (
    SELECT array_agg((h.weekday, h.starts, h.ends)) FROM working_hours h
    WHERE h.business_id = $1 AND h.staff_id = $4
) AS hours FROM known LEFT JOIN booked ON true"""

_THERE = """
SELECT EXISTS (SELECT FROM clients WHERE business_id = $1 AND id = $2
        AND ($5 OR account_id = $6)) AS client_id,
    EXISTS (SELECT FROM services WHERE business_id = $1 AND id = $3) AS service_id,
    EXISTS (SELECT FROM staff WHERE business_id = $1 AND id = $4) AS staff_id"""
MISSING = {
    "client_id": template("There is no such client."),
    "service_id": template("There is no such service."),
    "staff_id": template("There is no such member of staff."),
}
"""What is said where what an appointment names is not there."""

_BOOK_ALL_THE_SAME = """
INSERT INTO appointments (business_id, client_id, service_id, staff_id, starts_at, ends_at,
    blocked_from, blocked_until, price_minor, currency, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
RETURNING id"""


async def book(
    by: Viewer,
    *,
    client_id: UUID,
    service_id: UUID,
    staff_id: UUID,
    starts_at: datetime,
    note: str | None = None,
    despite_block: bool = False,
) -> UUID:
    """Take a slot for a client, at the price the service has now; answers the appointment's id.

    The service has to lie within the staff's hours; its buffers only keep other appointments away.
    Only the team books despite a block, or for others: clients book for themselves. When the team
    enters a visit that has begun, nobody is sent a mail.

    Refuses: NotFound, ClientBlocked, GroupRequired, ServiceInactive, StaffInactive,
    StaffDoesNotPerform, StartsInPast, TooFarAhead, OutsideHours, StaffOff, SlotTaken, TextTooLong,
    TextNotAllowed.
    """
    checks = Checks()
    with checks:
        facts.in_time(by, starts_at)
    with checks:
        note = paragraphs(note, "note", limit=5_000)
    if checks:  # nothing will be booked; but who is not there either is told as well
        await _there(by, checks, client_id=client_id, service_id=service_id, staff_id=staff_id)
    checks.done()
    business_id = by.of_business()
    known = await database.fetchrow(
        _BOOK, business_id, client_id, service_id, staff_id, starts_at, note,
        despite_block and by.role in TEAM, by.role in TEAM, by.account_id,
    )  # fmt: skip
    if known is None:
        raise NotFound("There is no such business.")
    booked: UUID | None = known["id"]
    if booked is None:
        booked = await _second_look(by, known, starts_at, note)
    else:
        facts.free(known, starts_at, known["ends_at"])
    if booked is None:
        raise SlotTaken(
            await alternatives.nearest(
                by,
                service_id=service_id,
                staff_id=staff_id,
                starts_at=starts_at,
                needs=_needs(known, starts_at),
            )
        )
    record(
        AppointmentBooked(
            business_id=business_id,
            subject=booked,
            client_id=client_id,
            service_id=service_id,
            staff_id=staff_id,
            starts_at=starts_at,
            ends_at=known["ends_at"],
            status=AppointmentStatus.BOOKED,
            # What a client books for themselves is to come, even pressed a little late.
            past=by.role in TEAM and starts_at <= now(),
        )
    )
    return booked


async def _there(by: Viewer, checks: Checks, **ids: UUID) -> None:
    """Hear which of those that an appointment names are not there for this viewer."""
    known = await database.fetchrow(
        _THERE, by.of_business(), *ids.values(), by.role in TEAM, by.account_id
    )
    for column in ids:
        with checks:
            if known is None or not known[column]:
                raise NotFound(MISSING[column], field=column)


async def _second_look(
    by: Viewer, known: asyncpg.Record, starts_at: datetime, note: str | None
) -> UUID | None:
    """Say why nothing was booked; or book after all, where that took more than one statement.

    It does where the hours are hard to read, and where a service is not for everyone.
    """
    checks = Checks()
    for column, message in MISSING.items():
        with checks:
            if known[column] is None:
                raise NotFound(message, field=column)
    checks.done()
    if known["blocked"]:
        raise ClientBlocked(field="client_id")
    if not known["for_everyone"]:
        await audience.may_book(by, service_id=known["service_id"], client_id=known["client_id"])
    if not known["service_active"]:
        raise ServiceInactive(field="service_id")
    facts.able(known)
    facts.free(known, starts_at, known["ends_at"])
    if known["taken"]:
        return None
    booked: UUID = await database.fetchval(
        _BOOK_ALL_THE_SAME, by.of_business(), known["client_id"], known["service_id"],
        known["staff_id"], starts_at, known["ends_at"], known["taken_from"], known["taken_until"],
        known["price_minor"], known["currency"], note,
    )  # fmt: skip
    return booked


def _needs(known: asyncpg.Record, starts_at: datetime) -> Needs:
    return Needs(
        before=starts_at - known["taken_from"],
        service=known["ends_at"] - starts_at,
        after=known["taken_until"] - known["ends_at"],
    )
