"""Moving an appointment, and cancelling it."""

from __future__ import annotations

from datetime import datetime
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
from modules.appointments.rules import alternatives, facts
from modules.appointments.rules.availability import Needs
from modules.appointments.rules.refusals import (
    AlreadyCancelled,
    CannotCancel,
    CannotReschedule,
    HasBegun,
    SlotTaken,
)
from modules.errors import Checks, NotFound
from modules.events import record
from modules.services.rules import now
from modules.text import paragraphs
from modules.viewer import TEAM, Viewer
from storage import database


async def reschedule(
    by: Viewer,
    *,
    appointment_id: UUID,
    starts_at: datetime | None = None,
    staff_id: UUID | None = None,
) -> UUID:
    """Move an appointment to another time, another member of staff, or both; answers its id.

    It keeps its length, its buffers and its price. Moving it to where it is changes nothing.
    Clients move what has not begun; the team also puts right what is over.

    Refuses: NotFound, CannotReschedule, HasBegun, GroupRequired, StaffInactive,
    StaffDoesNotPerform, StartsInPast, TooFarAhead, OutsideHours, StaffOff, SlotTaken.
    """
    held = await _to_move(by, appointment_id, starts_at)
    if held.status is not AppointmentStatus.BOOKED:
        raise CannotReschedule(field="id")
    not_begun(by, held)
    new_start, new_staff = starts_at or held.starts_at, staff_id or held.staff_id
    if (new_start, new_staff) == (held.starts_at, held.staff_id):
        return appointment_id
    if new_start != held.starts_at:
        facts.in_time(by, new_start)
    needs = Needs(
        before=held.starts_at - held.blocked_from,
        service=held.ends_at - held.starts_at,
        after=held.blocked_until - held.ends_at,
    )
    new_end = new_start + needs.service
    taken = await facts.for_moving(
        by, held, staff_id=new_staff, starts_at=new_start, ends_at=new_end,
        during=(new_start - needs.before, new_end + needs.after),
    )  # fmt: skip
    if taken:
        raise SlotTaken(
            await alternatives.nearest(
                by,
                service_id=held.service_id,
                staff_id=new_staff,
                starts_at=new_start,
                needs=needs,
                moving=appointment_id,
            )
        )
    await database.execute(
        "UPDATE appointments SET staff_id = $2, starts_at = $3, ends_at = $4, blocked_from = $5,"
        " blocked_until = $6 WHERE id = $1",
        appointment_id, new_staff, new_start, new_end, new_start - needs.before,
        new_end + needs.after,
    )  # fmt: skip
    record(
        AppointmentRescheduled(
            business_id=held.business_id,
            subject=appointment_id,
            client_id=held.client_id,
            service_id=held.service_id,
            staff_id=new_staff,
            starts_at=new_start,
            ends_at=new_end,
            status=held.status,
            before=_before(held),
            past=max(held.starts_at, new_start) <= now(),
        )
    )
    return appointment_id


async def _to_move(by: Viewer, appointment_id: UUID, starts_at: datetime | None) -> Appointment:
    """Hold what is to move. Refuses: NotFound, and then also what is wrong with the time."""
    try:
        return await _taken(by, appointment_id)
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

    Refuses: NotFound, AlreadyCancelled, CannotCancel, HasBegun, TextTooLong, TextNotAllowed.
    """
    reason = paragraphs(reason, "reason", limit=1_000)
    held = await _taken(by, appointment_id)
    if held.status is AppointmentStatus.CANCELLED:
        raise AlreadyCancelled(field="id")
    if held.status is not AppointmentStatus.BOOKED:
        raise CannotCancel(field="id")
    not_begun(by, held)
    await Appointment.filter(id=appointment_id).update(**cancellation(by, reason))
    note_cancelled(by, held)
    return appointment_id


def not_begun(by: Viewer, held: Appointment, field: str = "id") -> None:
    """Make sure that somebody may still change an appointment. Refuses: HasBegun."""
    if by.role not in TEAM and held.starts_at <= now():
        raise HasBegun(field=field)


def cancellation(by: Viewer, reason: str | None) -> dict[str, Any]:
    """Give the columns of an appointment that is cancelled at this moment."""
    return {
        "status": AppointmentStatus.CANCELLED,
        "cancelled_at": now(),
        "cancelled_by": _side(by),
        "cancel_reason": reason,
    }


def note_cancelled(by: Viewer, held: Appointment) -> None:
    """Note that an appointment, read before, was cancelled."""
    record(
        AppointmentCancelled(
            business_id=held.business_id,
            subject=held.id,
            client_id=held.client_id,
            service_id=held.service_id,
            staff_id=held.staff_id,
            starts_at=held.starts_at,
            ends_at=held.ends_at,
            status=AppointmentStatus.CANCELLED,
            before=_before(held),
            past=held.ends_at <= now(),
            cancelled_by=_side(by),
        )
    )


def _side(by: Viewer) -> CancelledBy:
    return CancelledBy.TEAM if by.role in TEAM else CancelledBy.CLIENT


async def _taken(by: Viewer, appointment_id: UUID) -> Appointment:
    """Read an appointment and hold it until the end: whoever else changes it has to wait."""
    rows = by.rows(Appointment).filter(id=appointment_id).select_for_update(no_key=True)
    held: Appointment | None = await rows.first()
    if held is None:
        raise NotFound("There is no such appointment.", field="id")
    return held


def _before(held: Appointment) -> Before:
    return Before(
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        staff_id=held.staff_id,
        status=held.status,
    )
