"""Moving an appointment, and calling it off."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from modules.appointments.events import (
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatus,
    Before,
)
from modules.appointments.models import Appointment
from modules.appointments.rules import alternatives, facts
from modules.appointments.rules.refusals import (
    AlreadyCancelled,
    CannotCancel,
    CannotReschedule,
    SlotTaken,
)
from modules.errors import NotFound
from modules.events import record
from modules.text import paragraphs
from modules.viewer import Viewer
from storage import database

OVERLAP = "appointments_overlap"
"""The constraint that nobody is in two places at once."""


async def reschedule(
    by: Viewer,
    *,
    appointment_id: UUID,
    starts_at: datetime | None = None,
    staff_id: UUID | None = None,
) -> UUID:
    """Move an appointment to another time, another member of staff, or both; answers its id.

    It keeps its length, its buffers and its price. Moving it to where it is changes nothing.

    Refuses: NotFound, CannotReschedule, GroupRequired, StaffInactive, StaffDoesNotPerform,
    StartsInPast, TooFarAhead, OutsideHours, StaffOff, SlotTaken.
    """
    held = await _taken(by, appointment_id)
    if held.status is not AppointmentStatus.BOOKED:
        raise CannotReschedule(field="id")
    new_start, new_staff = starts_at or held.starts_at, staff_id or held.staff_id
    if (new_start, new_staff) == (held.starts_at, held.staff_id):
        return appointment_id
    if new_start != held.starts_at:
        facts.in_time(by, new_start)
    needs = alternatives.Needs(
        before=held.starts_at - held.blocked_from,
        service=held.ends_at - held.starts_at,
        after=held.blocked_until - held.ends_at,
    )
    new_end = new_start + needs.service
    await facts.for_moving(
        by,
        client_id=held.client_id,
        service_id=held.service_id,
        staff_id=new_staff,
        other=new_staff != held.staff_id,
        starts_at=new_start,
        ends_at=new_end,
    )
    try:
        async with database.transaction():
            await database.execute(
                "UPDATE appointments SET staff_id = $2, starts_at = $3, ends_at = $4,"
                " blocked_from = $5, blocked_until = $6 WHERE id = $1",
                appointment_id, new_staff, new_start, new_end,
                new_start - needs.before, new_end + needs.after,
            )  # fmt: skip
    except asyncpg.ExclusionViolationError as error:
        raise SlotTaken(
            await alternatives.nearest(
                by,
                service_id=held.service_id,
                staff_id=new_staff,
                starts_at=new_start,
                needs=needs,
                moving=appointment_id,
            )
        ) from error
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
        )
    )
    return appointment_id


async def cancel(by: Viewer, *, appointment_id: UUID, reason: str | None = None) -> UUID:
    """Call an appointment off, which frees its slot; answers its id.

    Refuses: NotFound, AlreadyCancelled, CannotCancel, TextTooLong, TextNotAllowed.
    """
    reason = paragraphs(reason, "reason", limit=1_000)
    held = await _taken(by, appointment_id)
    if held.status is AppointmentStatus.CANCELLED:
        raise AlreadyCancelled(field="id")
    if held.status is not AppointmentStatus.BOOKED:
        raise CannotCancel(field="id")
    await Appointment.filter(id=appointment_id).update(
        status=AppointmentStatus.CANCELLED, cancelled_at=datetime.now(UTC), cancel_reason=reason
    )
    called_off(held)
    return appointment_id


def called_off(held: Appointment) -> None:
    """Note that an appointment, read before, was called off."""
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
        )
    )


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
