"""Why a time cannot be had: every reason at once, for whoever asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import asyncpg

from modules.appointments.rules import audience, facts
from modules.appointments.rules.assigning import assigned
from modules.appointments.rules.offering import (
    MOST_SERVICES,
    WIDEST,
    Offer,
    Wanted,
    Wish,
    barred,
    between,
    wanted_of,
)
from modules.appointments.rules.refusals import (
    ClientBlocked,
    Closed,
    GroupRequired,
    OutsideHours,
    ServiceInactive,
    StaffDoesNotPerform,
    StaffInactive,
    StaffOff,
    StartsInPast,
    TooFarAhead,
    TooSoon,
)
from modules.appointments.rules.windows import in_window
from modules.errors import Checks, InvalidInput, NotFound, Refusal
from modules.services.rules import OPENING, policy
from modules.translations import Text, template
from modules.viewer import TEAM, Viewer
from storage import database


class SlotReasonCode(StrEnum):
    """Why a time cannot be had."""

    STARTS_IN_PAST = "STARTS_IN_PAST"
    """The time has passed."""
    LEAD_TIME = "LEAD_TIME"
    """Clients have to book it earlier."""
    TOO_FAR_AHEAD = "TOO_FAR_AHEAD"
    """It cannot be booked so far ahead."""
    SERVICE_INACTIVE = "SERVICE_INACTIVE"
    """A service is not offered any more."""
    CLIENT_BLOCKED = "CLIENT_BLOCKED"
    """The client may not book."""
    GROUP_REQUIRED = "GROUP_REQUIRED"
    """A service is for chosen clients only."""
    NOBODY_PERFORMS = "NOBODY_PERFORMS"
    """Nobody who can be booked performs a service."""
    STAFF_INACTIVE = "STAFF_INACTIVE"
    """The member of staff cannot be booked any more."""
    STAFF_DOES_NOT_PERFORM = "STAFF_DOES_NOT_PERFORM"
    """The member of staff does not perform a service."""
    CLOSED = "CLOSED"
    """The business is closed then."""
    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    """The member of staff is not at work then."""
    TIME_OFF = "TIME_OFF"
    """The member of staff has time off then."""
    BLOCKED = "BLOCKED"
    """The time is blocked on the calendar; clients are told STAFF_BUSY."""
    STAFF_BUSY = "STAFF_BUSY"
    """The member of staff has an appointment then."""
    BUFFER = "BUFFER"
    """It leaves no room for what is needed before or after; clients are told STAFF_BUSY."""


CODES: dict[type[Refusal], SlotReasonCode] = {
    StartsInPast: SlotReasonCode.STARTS_IN_PAST,
    TooSoon: SlotReasonCode.LEAD_TIME,
    TooFarAhead: SlotReasonCode.TOO_FAR_AHEAD,
    ServiceInactive: SlotReasonCode.SERVICE_INACTIVE,
    ClientBlocked: SlotReasonCode.CLIENT_BLOCKED,
    GroupRequired: SlotReasonCode.GROUP_REQUIRED,
    StaffInactive: SlotReasonCode.STAFF_INACTIVE,
    StaffDoesNotPerform: SlotReasonCode.STAFF_DOES_NOT_PERFORM,
    StaffOff: SlotReasonCode.TIME_OFF,
    Closed: SlotReasonCode.CLOSED,
    OutsideHours: SlotReasonCode.OUTSIDE_HOURS,
}
"""What a booking would refuse, as a reason."""
BUSY = template("{name} has an appointment then.")
TAKEN = template("{name} is taken then.")
BLOCKED = template("The time of {name} is blocked then.")
BUFFER = template("{name} needs the time before or after it.")
NOBODY = template("Nobody who can be booked performs it.")
TOGETHER = template("The services cannot follow each other then.")

_FACTS = """
SELECT w.position, t.id AS staff_id, t.name AS staff_name, t.active AS staff_active, b.zone,
    w.starts_at, w.ends_at, {opening},
    EXISTS (SELECT FROM service_staff p WHERE p.service_id = w.service_id AND p.staff_id = t.id)
        AS performs,
    EXISTS (SELECT FROM time_off o WHERE o.business_id = $1 AND o.staff_id = t.id
        AND o.ends_at > w.starts_at AND o.starts_at < w.ends_at) AS off,
    EXISTS (SELECT FROM blocked_times o WHERE o.business_id = $1 AND o.staff_id = t.id
        AND o.ends_at > w.taken_from AND o.starts_at < w.taken_until) AS blocked,
    taken.busy, taken.near
FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
    $7::timestamptz[]) WITH ORDINALITY
    AS w (service_id, staff_id, starts_at, ends_at, taken_from, taken_until, position)
JOIN businesses b ON b.id = $1
JOIN staff t ON t.business_id = $1 AND (t.id = w.staff_id OR w.staff_id IS NULL AND t.active
    AND EXISTS (SELECT FROM service_staff p WHERE p.service_id = w.service_id
        AND p.staff_id = t.id))
CROSS JOIN LATERAL (
    SELECT count(*) > 0 AS near, coalesce(bool_or(
        tstzrange(coalesce(g.starts_at, lower(k.during)), coalesce(g.ends_at, upper(k.during)))
        && tstzrange(w.starts_at, w.ends_at)), false) AS busy
    FROM claims k
    LEFT JOIN blocked_times o ON o.business_id = k.business_id AND o.id = k.taker_id
    LEFT JOIN appointment_segments g ON g.appointment_id = k.taker_id
        AND g.staff_id = k.holder_id AND tstzrange(g.blocked_from, g.blocked_until) = k.during
    WHERE k.business_id = $1 AND k.holder_id = t.id AND o.id IS NULL
        AND k.during && tstzrange(w.taken_from, w.taken_until)
        AND (k.expires_at IS NULL OR k.expires_at > now())
) taken
ORDER BY w.position, t.name, t.id""".format(  # noqa: S608 -- columns of ours
    opening=OPENING.format(business="$1", staff="t.id", since="w.starts_at", until="w.ends_at")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotReason:
    """One reason why a time cannot be had."""

    code: SlotReasonCode
    message: str
    """In the words and the language of whoever asked."""
    staff_id: UUID | None = None
    """The member of staff it is about, if it is about one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Whether a time can be had; where it cannot, why not, and the next one that can."""

    reasons: Sequence[SlotReason]
    next: Offer | None


async def explain(
    by: Viewer, wishes: Sequence[Wish], starts_at: datetime, *, client_id: UUID | None = None
) -> Explanation:
    """Say why services cannot be had one after another from an instant on; no reason: they can.

    `client_id` is for whom the team would book. A service that clients have to request can be had
    where it can be requested. Refuses: InvalidInput, NotFound.
    """
    if not 1 <= len(wishes) <= MOST_SERVICES:
        raise InvalidInput("Ask for 1 to {most} services.", field="services", most=MOST_SERVICES)
    wanted = await wanted_of(by, wishes)
    reasons = [
        *(await _in_general(by, wanted, starts_at, client_id)),
        *(await _of_staff(by, wanted, starts_at)),
    ]
    if not reasons:
        return Explanation(reasons=(), next=None)
    later = starts_at + timedelta(microseconds=1)
    found = await between(by, wanted, later, later + WIDEST, most=1)
    return Explanation(reasons=reasons, next=found[0] if found else None)


async def _in_general(
    by: Viewer, wanted: Sequence[Wanted], starts_at: datetime, client_id: UUID | None
) -> list[SlotReason]:
    """List the reasons that are nobody's: the time itself, the services, the client."""
    checks, ids = Checks(), [one.service.id for one in wanted]
    with checks:
        facts.in_time(by, starts_at)
    if by.role not in TEAM and not checks:
        with checks:
            in_window(by, await policy(by, ids), starts_at)
    for one in wanted:
        with checks:
            if not one.service.active:
                raise ServiceInactive
    with checks:
        await _client(by, ids, client_id)
    return [_reason(by, refusal) for refusal in checks.found if type(refusal) in CODES]


async def _client(by: Viewer, service_ids: Sequence[UUID], client_id: UUID | None) -> None:
    """Make sure that the client may book. Refuses: NotFound, ClientBlocked, GroupRequired."""
    if by.role not in TEAM:
        if await barred(by):
            raise ClientBlocked
        return
    if client_id is None:
        return
    row = await database.fetchrow(
        "SELECT blocked_at IS NOT NULL AS blocked FROM clients WHERE business_id = $1 AND id = $2",
        by.business_id, client_id,
    )  # fmt: skip
    if row is None:
        raise NotFound("There is no such client.", field="client_id")
    if row["blocked"]:
        raise ClientBlocked
    selected = await database.fetch(
        "SELECT id FROM services"
        " WHERE business_id = $1 AND id = ANY($2) AND audience <> 'EVERYONE'",
        by.business_id, service_ids,
    )  # fmt: skip
    for each in selected:
        await audience.may_book(by, service_id=each["id"], client_id=client_id)


async def _of_staff(by: Viewer, wanted: Sequence[Wanted], starts_at: datetime) -> list[SlotReason]:
    """List the reasons of those who would perform it, where no choice of them is free."""
    wishes = [Wish(one.service.id, one.staff_id) for one in wanted]
    if await assigned(by, wishes, starts_at):
        return []
    rows = await database.fetch(_FACTS, by.of_business(), *_columns(wanted, starts_at))
    candidates = {position: list(each) for position, each in groupby(rows, itemgetter("position"))}
    reasons: list[SlotReason] = []
    for position, one in enumerate(wanted, 1):
        people = candidates.get(position, [])
        if not people and one.staff_id:
            raise NotFound("There is no such member of staff.", field="staff_id")
        if not people:
            reasons.append(_told(by, SlotReasonCode.NOBODY_PERFORMS, NOBODY))
        found = [list(_against(by, row)) for row in people]
        if all(found):
            reasons += (reason for each in found for reason in each)
    return list(dict.fromkeys(reasons)) or [_told(by, SlotReasonCode.BUFFER, TOGETHER)]


def _columns(wanted: Sequence[Wanted], starts_at: datetime) -> Iterator[list[object]]:
    """Give the segments, a list for each column of the statement."""
    rows = []
    for one in wanted:
        ends_at = starts_at + one.needs.service
        taken = starts_at - one.needs.before, ends_at + one.needs.after
        rows.append((one.service.id, one.staff_id, starts_at, ends_at, *taken))
        starts_at = ends_at
    return map(list, zip(*rows, strict=True))


def _against(by: Viewer, row: asyncpg.Record) -> Iterator[SlotReason]:
    """Go through what keeps somebody from performing a segment."""
    who, name = row["staff_id"], row["staff_name"]
    for inactive, refusal in (
        (not row["staff_active"], StaffInactive()),
        (not row["performs"], StaffDoesNotPerform()),
    ):
        if inactive:
            yield _reason(by, refusal, who)
    for refused in facts.unfree(row, row["starts_at"], row["ends_at"]):
        yield _reason(by, refused, who)
    if by.role not in TEAM:
        if row["blocked"] or row["near"]:
            yield _told(by, SlotReasonCode.STAFF_BUSY, TAKEN, who, name=name)
        return
    if row["blocked"]:
        yield _told(by, SlotReasonCode.BLOCKED, BLOCKED, who, name=name)
    if row["busy"]:
        yield _told(by, SlotReasonCode.STAFF_BUSY, BUSY, who, name=name)
    elif row["near"]:
        yield _told(by, SlotReasonCode.BUFFER, BUFFER, who, name=name)


def _reason(by: Viewer, refusal: Refusal, staff_id: UUID | None = None) -> SlotReason:
    return SlotReason(code=CODES[type(refusal)], message=refusal.message_for(by), staff_id=staff_id)


def _told(
    by: Viewer, code: SlotReasonCode, text: str, staff_id: UUID | None = None, **values: str
) -> SlotReason:
    return SlotReason(code=code, message=Text(text, values).told(by.locale), staff_id=staff_id)
