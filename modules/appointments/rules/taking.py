"""Taking time: one statement knows what an appointment depends on, and makes it if it may."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import combinations
from uuid import UUID

import asyncpg

from modules.appointments.events import AppointmentSource, AppointmentStatus
from modules.appointments.rules import alternatives, assigning, audience, blocking, facts, windows
from modules.appointments.rules.assigning import Field
from modules.appointments.rules.facts import Place
from modules.appointments.rules.offering import MOST_SERVICES, Wish
from modules.appointments.rules.refusals import (
    Blocked,
    ClientBlocked,
    CurrenciesDiffer,
    ServiceInactive,
    Slot,
    SlotTaken,
    VisitTooLong,
)
from modules.errors import Checks, InvalidInput, NotFound, Refusal
from modules.services.rules import OPENING
from modules.translations import template
from modules.viewer import TEAM, Viewer
from storage import database

LONGEST_VISIT = timedelta(hours=24)
"""The calendar finds what is under way by looking back that far."""

# `known` has a row for each segment, whose gaps say which of the ids are wrong. `at_work` is the
# plain case: one span of one day holds the service, and the clock does not change meanwhile. It may
# be wrong, and PostgreSQL's time zones other than ours: `facts.free` has the last word on either
# answer. `taken` is what the claims of others say, and other segments; who takes the time at this
# very moment decides their constraint, and the change is made again, to be told. Services are held,
# as foreign keys do anyway: nobody books on the word of an audience that is narrowed meanwhile.
_TAKE = """
WITH service AS MATERIALIZED (
    SELECT id, active, audience, duration_minutes, buffer_before_minutes, buffer_after_minutes,
        price_minor, currency
    FROM services WHERE business_id = $1 AND id = ANY($3::uuid[]) FOR KEY SHARE
), segment AS MATERIALIZED (
    SELECT w.position, w.staff_id AS wished_staff, s.*, $5::timestamptz + make_interval(
        mins => (sum(s.duration_minutes) OVER (ORDER BY w.position))::int - s.duration_minutes
    ) AS starts_at
    FROM unnest($3::uuid[], $4::uuid[]) WITH ORDINALITY AS w (service_id, staff_id, position)
    LEFT JOIN service s ON s.id = w.service_id
), known AS MATERIALIZED (
    SELECT s.position, b.zone, c.id AS client_id, s.id AS service_id, t.id AS staff_id,
        c.blocked_at IS NOT NULL AND NOT $7::boolean AS blocked,
        s.active AS service_active, s.audience = 'EVERYONE' AS for_everyone,
        s.price_minor, s.currency,
        t.name AS staff_name, t.active AS staff_active, s.starts_at, utc.ends_at,
        EXISTS (SELECT FROM service_staff p WHERE p.service_id = s.id AND p.staff_id = t.id)
            AS performs,
        EXISTS (SELECT FROM time_off o WHERE o.business_id = $1 AND o.staff_id = t.id
            AND o.ends_at > s.starts_at AND o.starts_at < utc.ends_at) AS off,
        EXISTS (SELECT FROM working_hours h WHERE h.business_id = $1 AND h.staff_id = t.id
            AND h.weekday = extract(isodow FROM wall.starts) AND h.starts <= wall.starts::time
            AND (wall.ends::time <= h.ends OR h.ends = '00:00')
            AND wall.starts::date = wall.ends::date
            AND wall.ends - wall.starts = utc.ends_at - s.starts_at
        ) AND NOT EXISTS (SELECT FROM dated_hours d WHERE d.business_id = $1
            AND d.staff_id = t.id AND d.day = wall.starts::date
        ) AND NOT EXISTS (SELECT FROM closings c WHERE c.business_id = $1
            AND wall.starts::date BETWEEN c.first_day AND c.last_day) AS at_work,
        EXISTS (SELECT FROM claims k WHERE k.business_id = $1 AND k.holder_id = t.id
            AND k.during && utc.during AND (k.expires_at IS NULL OR k.expires_at > now())) AS taken,
        lower(utc.during) AS taken_from, upper(utc.during) AS taken_until
    FROM businesses b
    CROSS JOIN segment s
    LEFT JOIN clients c ON c.business_id = b.id AND c.id = $2
        AND ($8 OR c.account_id = $9)
    LEFT JOIN staff t ON t.business_id = b.id AND t.id = s.wished_staff
    CROSS JOIN LATERAL (
        SELECT s.starts_at + make_interval(mins => s.duration_minutes) AS ends_at, tstzrange(
            s.starts_at - make_interval(mins => s.buffer_before_minutes),
            s.starts_at
                + make_interval(mins => s.duration_minutes + s.buffer_after_minutes)) AS during
    ) utc
    CROSS JOIN LATERAL (
        SELECT s.starts_at AT TIME ZONE b.zone AS starts,
            utc.ends_at AT TIME ZONE b.zone AS ends
    ) wall
    WHERE b.id = $1
), booked AS (
    INSERT INTO appointments (business_id, client_id, service_id, staff_id, starts_at, ends_at,
        blocked_from, blocked_until, price_minor, currency, note, client_note, status, source,
        answer_by, proposal_id)
    SELECT $1, $2, ($3::uuid[])[1], ($4::uuid[])[1], $5, max(ends_at), min(taken_from),
        max(taken_until), sum(price_minor), min(currency), $6, $10, $11, $12, $13, $14
    FROM known
    HAVING bool_and(coalesce(client_id IS NOT NULL AND NOT blocked AND service_active
            AND for_everyone AND staff_active AND performs AND NOT off AND at_work AND NOT taken,
            false))
        AND min(currency) = max(currency) AND max(ends_at) <= $5 + $15::interval
        AND sum(price_minor) < 2147483648 AND $16
    RETURNING id
), segments AS (
    INSERT INTO appointment_segments (business_id, appointment_id, position, service_id, staff_id,
        starts_at, ends_at, blocked_from, blocked_until, price_minor, currency)
    SELECT $1, booked.id, position, service_id, staff_id, starts_at, ends_at, taken_from,
        taken_until, price_minor, currency
    FROM booked CROSS JOIN known
)
SELECT known.*, booked.id, {opening}
FROM known LEFT JOIN booked ON true ORDER BY position""".format(  # noqa: S608 -- columns of ours
    opening=OPENING.format(
        business="$1", staff="known.staff_id", since="known.starts_at", until="known.ends_at"
    )
)
_TAKE_ALL_THE_SAME = """
WITH booked AS (
    INSERT INTO appointments (business_id, client_id, service_id, staff_id, starts_at, ends_at,
        blocked_from, blocked_until, price_minor, currency, note, client_note, status, source,
        answer_by, proposal_id)
    SELECT $1, $2, ($3::uuid[])[1], ($4::uuid[])[1], min(starts_at), max(ends_at),
        min(blocked_from), max(blocked_until), sum(price_minor), $10, $11, $12, $13, $14, $15, $16
    FROM unnest($5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[],
        $9::int[]) AS s (starts_at, ends_at, blocked_from, blocked_until, price_minor)
    RETURNING id
), segments AS (
    INSERT INTO appointment_segments (business_id, appointment_id, position, service_id, staff_id,
        starts_at, ends_at, blocked_from, blocked_until, price_minor, currency)
    SELECT $1, booked.id, s.position, s.service_id, s.staff_id, s.starts_at, s.ends_at,
        s.blocked_from, s.blocked_until, s.price_minor, $10
    FROM booked CROSS JOIN unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[],
        $7::timestamptz[], $8::timestamptz[], $9::int[]) WITH ORDINALITY
        AS s (service_id, staff_id, starts_at, ends_at, blocked_from, blocked_until, price_minor,
            position)
)
SELECT id FROM booked"""

_CLIENT_THERE = """
SELECT EXISTS (SELECT FROM clients WHERE business_id = $1 AND id = $2
    AND ($3 OR account_id = $4))"""
_THERE = """
SELECT EXISTS (SELECT FROM services WHERE business_id = $1 AND id = w.service_id) AS service_id,
    w.staff_id IS NULL OR EXISTS (SELECT FROM staff WHERE business_id = $1 AND id = w.staff_id)
        AS staff_id
FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS w (service_id, staff_id, position)
ORDER BY w.position"""
MISSING = {
    "service_id": template("There is no such service."),
    "staff_id": template("There is no such member of staff."),
}
"""What is said where what a segment names is not there."""
NO_CLIENT = template("There is no such client.")


def listed(position: int, name: str) -> tuple[str, ...]:
    """Name a field of a segment in a list, counted from 1, as problems do."""
    return "segments", str(position - 1), name


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAppointment:
    """An appointment that is wanted."""

    client_id: UUID
    wishes: Sequence[Wish]
    """The services, one after another."""
    starts_at: datetime
    listed: bool = False
    """Whether the services stand in a list, `segments`, which problems then name."""
    note: str | None = None
    client_note: str | None = None
    status: AppointmentStatus = AppointmentStatus.BOOKED
    source: AppointmentSource
    answer_by: datetime | None = None
    proposal_id: UUID | None = None
    despite_block: bool = False

    def field(self, position: int, name: str) -> tuple[str, ...]:
        """Name a field of a segment, counted from 1, as problems do."""
        return listed(position, name) if self.listed else (name,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An appointment that was made."""

    id: UUID
    service_id: UUID
    staff_id: UUID
    ends_at: datetime
    staff_ids: Sequence[UUID]
    """With whom, one for each segment, where there are several."""


def wished(
    service_id: UUID | None, staff_id: UUID | None, segments: Sequence[Wish] | None
) -> Sequence[Wish]:
    """List the services that are wanted: one, or those of a list. Refuses: InvalidInput."""
    if segments is None:
        return [Wish(service_id, staff_id)] if service_id else []
    if service_id or staff_id:
        raise InvalidInput("Name either a service, or segments.", field="segments")
    return segments


def check_number(wishes: Sized, field: str) -> None:
    """Make sure that a visit has a service, and not too many. Refuses: InvalidInput."""
    if not 1 <= len(wishes) <= MOST_SERVICES:
        raise InvalidInput(
            "Name a service, or 1 to {most} segments.", field=field, most=MOST_SERVICES
        )


def source_of(by: Viewer) -> AppointmentSource:
    """Say how an appointment comes to be that somebody makes now."""
    return AppointmentSource.TEAM if by.role in TEAM else AppointmentSource.CLIENT


async def make(by: Viewer, new: NewAppointment, checks: Checks) -> Made:
    """Take the time of an appointment, if nothing was and is wrong with it; see `take`.

    Refuses also: InvalidInput, StartsInPast, RequestRequired, TooSoon, TooFarAhead, and all of it
    that was heard before.
    """
    service_ids = [wish.service_id for wish in new.wishes]

    async def others(around: datetime) -> Sequence[Slot]:
        return await alternatives.nearest_visits(by, new.wishes, around=around)

    async with alternatives.offered(by, service_ids, new.starts_at, others):
        return await _make(by, new, checks)


async def _make(by: Viewer, new: NewAppointment, checks: Checks) -> Made:
    with checks:
        facts.in_time(by, new.starts_at, entered=new.status is AppointmentStatus.BOOKED)
    with checks:
        if not checks:
            check_number(new.wishes, "segments" if new.listed else "service_id")
    if checks:  # nothing will be booked; but who is not there either is told as well
        await check_there(by, new, checks)
    checks.done()
    await windows.may_book(
        by,
        service_ids=[wish.service_id for wish in new.wishes],
        starts_at=new.starts_at,
        requested=new.status is AppointmentStatus.REQUESTED,
        field=new.field(1, "service_id"),
    )
    return await take(by, new)


async def check_there(by: Viewer, new: NewAppointment, checks: Checks) -> None:
    """Hear which of those that it names are not there for this viewer. Refuses: NotFound."""
    business_id = by.of_business()
    with checks:
        if not await database.fetchval(
            _CLIENT_THERE, business_id, new.client_id, by.role in TEAM, by.account_id
        ):
            raise NotFound(NO_CLIENT, field="client_id")
    await check_wishes(by, new.wishes, new.field, checks)


async def check_wishes(by: Viewer, wishes: Sequence[Wish], field: Field, checks: Checks) -> None:
    """Hear which services and staff that are wanted are not there. Refuses: NotFound."""
    rows = await database.fetch(_THERE, by.of_business(), *_ids(wishes))
    for position, row in enumerate(rows, 1):
        _present(field, position, row, checks)


async def take(by: Viewer, new: NewAppointment) -> Made:
    """Take the time of an appointment, at the prices the services have now.

    Each service has to lie within the hours of its staff; its buffers only keep others away. Where
    anybody will do, it is whoever performs it and has least to do that day.

    Refuses: NotFound, ClientBlocked, GroupRequired, ServiceInactive, StaffInactive,
    StaffDoesNotPerform, OutsideHours, StaffOff, SlotTaken, CurrenciesDiffer, VisitTooLong.
    """
    wishes = await _staffed(by, new)
    known = await database.fetch(
        _TAKE, by.of_business(), new.client_id, *_ids(wishes), new.starts_at, new.note,
        new.despite_block and by.role in TEAM, by.role in TEAM, by.account_id, new.client_note,
        new.status, new.source, new.answer_by, new.proposal_id, LONGEST_VISIT,
        not _repeats(wishes),
    )  # fmt: skip
    if not known:
        raise NotFound("There is no such business.")
    booked: UUID | None = known[0]["id"]
    if booked is None:
        booked = await _second_look(by, new, known)
    else:
        for row in known:
            facts.free(row, row["starts_at"], row["ends_at"])
    if booked is None:
        blocked = [
            await blocking.is_blocked(by, row["staff_id"], row["taken_from"], row["taken_until"])
            for row in known
        ]
        kind = Blocked if any(blocked) else SlotTaken
        raise kind(alternatives=await alternatives.nearest_visits(by, wishes, around=new.starts_at))
    staff_ids = [row["staff_id"] for row in known]
    return Made(
        id=booked,
        service_id=known[0]["service_id"],
        staff_id=staff_ids[0],
        ends_at=known[-1]["ends_at"],
        staff_ids=staff_ids if len(staff_ids) > 1 else (),
    )


async def _staffed(by: Viewer, new: NewAppointment) -> Sequence[Wish]:
    """Choose with whom, where anybody will do. Refuses: NotFound, ServiceInactive, SlotTaken."""
    if all(wish.staff_id for wish in new.wishes):
        return new.wishes
    checks = Checks()
    await check_there(by, new, checks)
    checks.done()
    chosen = await assigning.assigned(by, new.wishes, new.starts_at, new.field)
    if not chosen:
        raise SlotTaken(
            "Nobody who performs it is free then.",
            alternatives=await alternatives.nearest_visits(by, new.wishes, around=new.starts_at),
        )
    return [Wish(wish.service_id, who) for wish, who in zip(new.wishes, chosen, strict=True)]


async def _second_look(
    by: Viewer, new: NewAppointment, known: Sequence[asyncpg.Record]
) -> UUID | None:
    """Say why nothing was booked; or book after all, where that took more than one statement.

    It does where hours are hard to read, where a service is not for everyone, and where somebody
    performs several of them.
    """
    checks = Checks()
    with checks:
        if known[0]["client_id"] is None:
            raise NotFound(NO_CLIENT, field="client_id")
    for row in known:
        _present(new.field, row["position"], row, checks)
    checks.done()
    if known[0]["blocked"]:
        raise ClientBlocked(field="client_id")
    for row in known:
        with checks:
            await _bookable(by, new, row)
    checks.done()
    if len({row["currency"] for row in known}) > 1:
        raise CurrenciesDiffer(field="segments")
    if known[-1]["ends_at"] - new.starts_at > LONGEST_VISIT:
        raise VisitTooLong(field="segments")
    places = [Place(*(row[field.name] for field in fields(Place))) for row in known]
    if any(row["taken"] for row in known) or overlap(places):
        return None
    booked: UUID = await database.fetchval(
        _TAKE_ALL_THE_SAME, by.of_business(), new.client_id, *facts.columns(places),
        [row["price_minor"] for row in known], known[0]["currency"], new.note, new.client_note,
        new.status, new.source, new.answer_by, new.proposal_id,
    )  # fmt: skip
    return booked


async def _bookable(by: Viewer, new: NewAppointment, row: asyncpg.Record) -> None:
    """Make sure that a segment may be booked by this client, of this staff, at this time."""
    try:
        if not row["for_everyone"]:
            await audience.may_book(by, service_id=row["service_id"], client_id=row["client_id"])
        if not row["service_active"]:
            raise ServiceInactive(field="service_id")
        facts.able(row)
    except Refusal as refusal:
        refusal.field = new.field(row["position"], refusal.field[-1])
        raise
    facts.free(row, row["starts_at"], row["ends_at"])


def _present(
    field: Field,
    position: int,
    row: asyncpg.Record,
    checks: Checks,
) -> None:
    for column, message in MISSING.items():
        with checks:
            if not row[column]:
                raise NotFound(message, field=field(position, column))


def _ids(wishes: Sequence[Wish]) -> tuple[list[UUID], list[UUID | None]]:
    return [wish.service_id for wish in wishes], [wish.staff_id for wish in wishes]


def _repeats(wishes: Sequence[Wish]) -> bool:
    """Tell whether somebody performs several of these."""
    return len({wish.staff_id for wish in wishes}) < len(wishes)


def overlap(places: Sequence[Place]) -> bool:
    """Tell whether segments take the same time of somebody, with what they need around."""
    return any(
        one.staff_id == other.staff_id
        and one.taken_from < other.taken_until
        and other.taken_from < one.taken_until
        for one, other in combinations(places, 2)
    )
