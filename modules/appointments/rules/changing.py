"""Moving an appointment, and cancelling it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from modules.appointments.events import (
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatus,
    Before,
    CancelledBy,
)
from modules.appointments.models import Appointment
from modules.appointments.rules import alternatives, blocking, facts, windows
from modules.appointments.rules.availability import Needs
from modules.appointments.rules.facts import Place
from modules.appointments.rules.offering import Wish
from modules.appointments.rules.refusals import (
    AlreadyCancelled,
    Blocked,
    CannotCancel,
    CannotReschedule,
    HasBegun,
    Slot,
    SlotTaken,
)
from modules.appointments.rules.taking import overlap
from modules.errors import Checks, NotFound
from modules.events import record
from modules.services.rules import now
from modules.text import paragraphs
from modules.viewer import TEAM, Viewer
from storage import database

_PLACES = """
SELECT service_id, staff_id, starts_at, ends_at, blocked_from, blocked_until
FROM appointment_segments WHERE business_id = $1 AND appointment_id = $2 ORDER BY position"""
_MOVE = """
WITH moved AS (
    UPDATE appointment_segments SET starts_at = starts_at + $3, ends_at = ends_at + $3,
        blocked_from = blocked_from + $3, blocked_until = blocked_until + $3,
        staff_id = CASE WHEN position = 1 THEN $2::uuid ELSE staff_id END
    WHERE appointment_id = $1
)
UPDATE appointments SET staff_id = $2, starts_at = starts_at + $3, ends_at = ends_at + $3,
    blocked_from = blocked_from + $3, blocked_until = blocked_until + $3
WHERE id = $1"""


async def reschedule(
    by: Viewer,
    *,
    appointment_id: UUID,
    starts_at: datetime | None = None,
    staff_id: UUID | None = None,
) -> UUID:
    """Move an appointment to another time, another member of staff, or both; answers its id.

    It keeps its length, its buffers and its price. Its segments move together; the staff is that of
    the first. Moving it to where it is changes nothing.
    Clients move what has not begun; the team also puts right what is over.

    Refuses: NotFound, CannotReschedule, HasBegun, TooLateToMove, TooSoon, GroupRequired,
    StaffInactive, StaffDoesNotPerform, StartsInPast, TooFarAhead, OutsideHours, StaffOff,
    SlotTaken.
    """
    held = await _to_move(by, appointment_id, starts_at)
    if held.status not in (AppointmentStatus.BOOKED, AppointmentStatus.REQUESTED):
        raise CannotReschedule(field="id")
    not_begun(by, held)
    new_start, new_staff = starts_at or held.starts_at, staff_id or held.staff_id
    if (new_start, new_staff) == (held.starts_at, held.staff_id):
        return appointment_id
    before = await places(held)
    later = new_start - held.starts_at
    moved = [
        _moved(place, later, new_staff if index == 0 else place.staff_id)
        for index, place in enumerate(before)
    ]
    service_ids = [place.service_id for place in moved]

    async def others(around: datetime) -> Sequence[Slot]:
        return await _alternatives(by, held, moved, around)

    async with alternatives.offered(by, service_ids, new_start, others):
        await may_take(by, held, before, moved)
    await database.execute(_MOVE, appointment_id, new_staff, later)
    record(
        AppointmentRescheduled(
            business_id=held.business_id,
            subject=appointment_id,
            client_id=held.client_id,
            service_id=held.service_id,
            staff_id=new_staff,
            staff_ids=_several(moved),
            starts_at=new_start,
            ends_at=held.ends_at + later,
            status=held.status,
            before=before_change(held, _several(before)),
            past=max(held.starts_at, new_start) <= now(),
        )
    )
    return appointment_id


async def may_take(
    by: Viewer, held: Appointment, before: Sequence[Place], places: Sequence[Place]
) -> None:
    """Make sure that an appointment may move to these places, and that nobody else has them."""
    starts_at = places[0].starts_at
    await windows.may_move(by, held, starts_at)
    if starts_at != held.starts_at:
        facts.in_time(by, starts_at)
    if await facts.for_moving(by, held, before, places) or overlap(places):
        blocked = [
            await blocking.is_blocked(by, place.staff_id, place.taken_from, place.taken_until)
            for place in places
        ]
        kind = Blocked if any(blocked) else SlotTaken
        raise kind(alternatives=await _alternatives(by, held, places, starts_at))


async def _alternatives(
    by: Viewer, held: Appointment, places: Sequence[Place], around: datetime
) -> list[Slot]:
    """Find other times for what an appointment is for, which keep its lengths if it is one."""
    first = places[0]
    if len(places) > 1:
        wishes = [Wish(place.service_id, place.staff_id) for place in places]
        return await alternatives.nearest_visits(by, wishes, around=around)
    return await alternatives.nearest(
        by,
        service_id=first.service_id,
        staff_id=first.staff_id,
        starts_at=around,
        needs=Needs(
            before=first.starts_at - first.taken_from,
            service=first.ends_at - first.starts_at,
            after=first.taken_until - first.ends_at,
        ),
        moving=held.id,
    )


async def prices(held: Appointment) -> list[int]:
    """List what each segment of an appointment costs."""
    rows = await database.fetch(
        "SELECT price_minor FROM appointment_segments"
        " WHERE business_id = $1 AND appointment_id = $2 ORDER BY position",
        held.business_id, held.id,
    )  # fmt: skip
    return [row["price_minor"] for row in rows]


async def places(held: Appointment) -> list[Place]:
    """List where each segment of an appointment is."""
    rows = await database.fetch(_PLACES, held.business_id, held.id)
    return [Place(*row) for row in rows]


def _moved(place: Place, later: timedelta, staff_id: UUID) -> Place:
    return Place(
        place.service_id,
        staff_id,
        place.starts_at + later,
        place.ends_at + later,
        place.taken_from + later,
        place.taken_until + later,
    )


def _several(places: Sequence[Place]) -> Sequence[UUID]:
    return [place.staff_id for place in places] if len(places) > 1 else ()


async def _to_move(by: Viewer, appointment_id: UUID, starts_at: datetime | None) -> Appointment:
    """Hold what is to move. Refuses: NotFound, and then also what is wrong with the time."""
    try:
        return await lock(by, appointment_id)
    except NotFound as missing:
        checks = Checks()
        with checks:
            raise missing  # noqa: TRY201 - to be heard with the rest
        if starts_at is not None:
            with checks:
                facts.in_time(by, starts_at)
        checks.done()
        raise


async def cancel(by: Viewer, *, appointment_id: UUID, reason: str | None = None) -> UUID:
    """Cancel an appointment, which frees its slot; answers its id.

    Clients cancel what has not begun; the team also puts right what is over.

    Refuses: NotFound, AlreadyCancelled, CannotCancel, HasBegun, TooLateToCancel, TextTooLong,
    TextNotAllowed.
    """
    reason = paragraphs(reason, "reason", limit=1_000)
    held = await lock(by, appointment_id)
    if held.status is AppointmentStatus.CANCELLED:
        raise AlreadyCancelled(field="id")
    if not (held.status.is_expected or held.status.is_unanswered):
        raise CannotCancel(field="id")
    not_begun(by, held)
    await windows.may_cancel(by, held)
    await Appointment.filter(id=appointment_id).update(**cancellation(by, reason))
    note_cancelled(by, held, (await staff_of([appointment_id])).get(appointment_id, ()))
    return appointment_id


def not_begun(by: Viewer, held: Appointment, field: str = "id") -> None:
    """Make sure that somebody may still change an appointment. Refuses: HasBegun."""
    if by.role not in TEAM and held.starts_at <= now():
        raise HasBegun(field=field)


def cancellation(by: Viewer, reason: str | None) -> dict[str, Any]:
    """Give the columns of an appointment that is cancelled at this moment."""
    return {
        "status": AppointmentStatus.CANCELLED,
        "answer_by": None,
        "cancelled_at": now(),
        "cancelled_by": side(by),
        "cancel_reason": reason,
    }


async def staff_of(appointment_ids: Sequence[UUID]) -> dict[UUID, Sequence[UUID]]:
    """Say with whom each segment is of those of these appointments that have several."""
    rows = await database.fetch(
        "SELECT appointment_id, array_agg(staff_id ORDER BY position) AS staff_ids"
        " FROM appointment_segments WHERE appointment_id = ANY($1::uuid[])"
        " GROUP BY 1 HAVING count(*) > 1",
        list(appointment_ids),
    )
    return {row["appointment_id"]: row["staff_ids"] for row in rows}


def note_cancelled(by: Viewer, held: Appointment, staff_ids: Sequence[UUID]) -> None:
    """Note that an appointment, read before, was cancelled; `staff_ids` are of its segments."""
    record(
        AppointmentCancelled(
            **facts_of(held, staff_ids),
            status=AppointmentStatus.CANCELLED,
            before=before_change(held, staff_ids),
            past=held.ends_at <= now(),
            cancelled_by=side(by),
        )
    )


def side(by: Viewer) -> CancelledBy:
    """Say which side somebody is on."""
    return CancelledBy.TEAM if by.role in TEAM else CancelledBy.CLIENT


async def lock(by: Viewer, appointment_id: UUID) -> Appointment:
    """Read an appointment and hold it until the end: whoever else changes it has to wait."""
    rows = by.rows(Appointment).filter(id=appointment_id).select_for_update(no_key=True)
    held: Appointment | None = await rows.first()
    if held is None:
        raise NotFound("There is no such appointment.", field="id")
    return held


def facts_of(held: Appointment, staff_ids: Sequence[UUID]) -> dict[str, Any]:
    """Give what an event says of an appointment as it is, but its status; see `staff_of`."""
    return {
        "business_id": held.business_id,
        "subject": held.id,
        "client_id": held.client_id,
        "service_id": held.service_id,
        "staff_id": held.staff_id,
        "staff_ids": staff_ids,
        "starts_at": held.starts_at,
        "ends_at": held.ends_at,
    }


def before_change(held: Appointment, staff_ids: Sequence[UUID]) -> Before:
    """Say what an appointment was before a change."""
    return Before(
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        staff_id=held.staff_id,
        staff_ids=staff_ids,
        status=held.status,
    )
