"""What has to be true before somebody's time is given away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

import asyncpg

from modules.appointments.models import Appointment
from modules.appointments.rules import audience
from modules.appointments.rules.refusals import (
    Closed,
    OutsideHours,
    StaffDoesNotPerform,
    StaffInactive,
    StaffOff,
    StartsInPast,
    TooFarAhead,
)
from modules.errors import InvalidInput, NotFound, Refusal
from modules.services.rules import OPENING, Opening, at_work, closed_then
from modules.viewer import TEAM, Viewer
from modules.zones import ZoneInfo
from storage import database


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment is in the calendar."""

    service_id: UUID
    staff_id: UUID
    starts_at: datetime
    ends_at: datetime
    taken_from: datetime
    """From when it takes the time of its staff, with what the service needs before."""
    taken_until: datetime


Known = asyncpg.Record | Mapping[str, Any]
"""What a statement of this module, or somebody who read it all beforehand, says."""

AHEAD = timedelta(days=365)
"""How far ahead a slot can be taken."""
PAST = timedelta(days=7)
"""How long ago a visit may be that the team enters afterwards."""
GRACE = timedelta(minutes=5)
"""How long somebody may take to press the button."""

# Taking the rows of the staff, in one order, makes appointments that move to the same people wait
# for each other: two updates that each wait for the other's new place would be a deadlock.
_MOVING = """
SELECT w.position, b.zone, t.id AS staff_id, t.name AS staff_name, t.active AS staff_active,
    (SELECT s.audience = 'EVERYONE' FROM services s WHERE s.business_id = t.business_id
        AND s.id = w.service_id) AS for_everyone,
    EXISTS (SELECT FROM service_staff p WHERE p.service_id = w.service_id AND p.staff_id = t.id)
        AS performs,
    {opening},
    EXISTS (SELECT FROM time_off o WHERE o.business_id = t.business_id AND o.staff_id = t.id
        AND o.ends_at > w.starts_at AND o.starts_at < w.ends_at) AS off,
    EXISTS (SELECT FROM claims k WHERE k.business_id = t.business_id AND k.holder_id = t.id
        AND k.taker_id <> $2 AND k.during && tstzrange(w.taken_from, w.taken_until)
        AND (k.expires_at IS NULL OR k.expires_at > now())) AS taken
FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
    $8::timestamptz[]) WITH ORDINALITY
    AS w (service_id, staff_id, starts_at, ends_at, taken_from, taken_until, position)
JOIN staff t ON t.business_id = $1 AND t.id = w.staff_id
JOIN businesses b ON b.id = t.business_id
ORDER BY t.id
FOR NO KEY UPDATE OF t""".format(  # noqa: S608 -- columns of ours
    opening=OPENING.format(
        business="t.business_id", staff="t.id", since="w.starts_at", until="w.ends_at"
    )
)


async def for_moving(
    by: Viewer, held: Appointment, before: Sequence[Place], places: Sequence[Place]
) -> bool:
    """Make sure that an appointment may move to these places; tells whether others have the time.

    There is one for each segment. Refuses: NotFound, GroupRequired, StaffInactive,
    StaffDoesNotPerform, OutsideHours, Closed, StaffOff.
    """
    rows = await database.fetch(_MOVING, by.business_id, held.id, *columns(places))
    if len(rows) < len(places):
        raise NotFound("There is no such member of staff.", field="staff_id")
    for row in sorted(rows, key=itemgetter("position")):
        index = row["position"] - 1
        was, place = before[index] if index < len(before) else None, places[index]
        if not row["for_everyone"]:
            await audience.may_move(by, service_id=place.service_id, client_id=held.client_id)
        if was is None or (was.staff_id, was.service_id) != (place.staff_id, place.service_id):
            able(row)  # whoever has an appointment keeps it, whatever changed
        free(row, place.starts_at, place.ends_at)
    return any(row["taken"] for row in rows)


def columns(places: Sequence[Place]) -> list[list[Any]]:
    """Give places as a statement takes them: a list for each of what they have."""
    return [list(column) for column in zip(*map(astuple, places), strict=True)]


def in_time(
    by: Viewer, starts_at: datetime, *, now: datetime | None = None, entered: bool = True
) -> None:
    """Make sure that a slot is neither over nor too far away. Refuses: StartsInPast, TooFarAhead.

    The team may also enter visits of the last seven days, where it is `entered` and not asked for.
    """
    if starts_at.tzinfo is None:
        raise InvalidInput("An instant needs a zone.", field="starts_at")
    now = now or datetime.now(UTC)
    if starts_at < now - (PAST if entered and by.role in TEAM else GRACE):
        raise StartsInPast(field="starts_at")
    if starts_at > now + AHEAD:
        raise TooFarAhead(field="starts_at")


def able(facts: Known) -> None:
    """Make sure that somebody can be booked. Refuses: StaffInactive, StaffDoesNotPerform."""
    if not facts["staff_active"]:
        raise StaffInactive(field="staff_id")
    if not facts["performs"]:
        raise StaffDoesNotPerform(field="staff_id")


def free(facts: Known, starts_at: datetime, ends_at: datetime) -> None:
    """Make sure that somebody is at work all this time. Refuses: StaffOff, Closed, OutsideHours."""
    for refusal in unfree(facts, starts_at, ends_at):
        raise refusal


def unfree(facts: Known, starts_at: datetime, ends_at: datetime) -> Iterator[Refusal]:
    """Go through what keeps somebody from being at work all this time, the plainest first."""
    if facts["off"]:
        yield StaffOff(field="starts_at")
    opening, zone = Opening.of(facts), ZoneInfo(facts["zone"])
    if closed_then(opening, zone, starts_at, ends_at):
        yield Closed(field="starts_at")
    if not at_work(replace(opening, closed=()), zone, starts_at, ends_at):
        yield OutsideHours(
            "{name} is not at work then.", field="starts_at", name=facts["staff_name"]
        )
