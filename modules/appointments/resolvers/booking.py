"""Booking, moving and cancelling appointments."""

from __future__ import annotations

from modules.appointments import rules
from modules.appointments.types import (
    Appointment,
    BookAppointmentInput,
    CancelAppointmentInput,
    CancelAppointmentsInput,
    CancelledAppointments,
    RescheduleAppointmentInput,
    UpdateAppointmentInput,
    wishes,
)
from modules.errors import InvalidInput, NotFound, OutOfRange
from modules.services.rules import CurrencyDiffers
from modules.text import TextNotAllowed, TextTooLong
from modules.viewer import SIGNED_IN, Viewer
from schema import (
    Mutation,
    Payload,
    extend,
    given,
    mutation,
    ref,
)

PLACE = (
    NotFound,
    InvalidInput,
    rules.StaffInactive,
    rules.StaffDoesNotPerform,
    rules.StartsInPast,
    rules.TooSoon,
    rules.TooFarAhead,
    rules.OutsideHours,
    rules.Closed,
    rules.StaffOff,
    rules.SlotTaken,
    rules.Blocked,
)


BOOKING = (
    rules.ClientBlocked,
    rules.GroupRequired,
    rules.ServiceInactive,
    rules.CurrenciesDiffer,
    rules.VisitTooLong,
    rules.HoldExpired,
    TextTooLong,
    TextNotAllowed,
    *PLACE,
)


@extend(Mutation)
class AppointmentMutations:
    """Taking slots, moving them, giving them back."""

    @mutation(audience=SIGNED_IN, refuses=(rules.RequestRequired, *BOOKING))
    @staticmethod
    async def book_appointment(by: Viewer, input: BookAppointmentInput) -> Payload[Appointment]:
        """Book a visit at the prices its services have now; clients do so for themselves.

        One service, or several one after another; with whom one likes, or with whoever is free.
        """
        return await rules.book(
            by,
            client_id=input.client_id,
            service_id=input.service_id,
            staff_id=input.staff_id,
            segments=wishes(input.segments),
            starts_at=input.starts_at,
            note=input.note,
            client_note=input.client_note,
            despite_block=input.despite_block,
            hold=input.hold,
        )

    @mutation(
        audience=SIGNED_IN,
        updates=Appointment,
        refuses=(
            rules.CannotReschedule,
            rules.HasBegun,
            rules.TooLateToMove,
            rules.GroupRequired,
            *PLACE,
        ),
    )
    @staticmethod
    async def reschedule_appointment(
        by: Viewer, input: RescheduleAppointmentInput
    ) -> Payload[Appointment]:
        """Move an appointment to another time, another member of staff, or both.

        Clients do so until it begins; the team may also put right what is over.
        """
        return await rules.reschedule(
            by, appointment_id=input.id, starts_at=input.starts_at, staff_id=input.staff_id
        )

    @mutation(
        audience=SIGNED_IN,
        updates=Appointment,
        refuses=(
            rules.CannotReschedule,
            rules.HasBegun,
            rules.GroupRequired,
            rules.CurrenciesDiffer,
            rules.VisitTooLong,
            OutOfRange,
            CurrencyDiffers,
            TextTooLong,
            TextNotAllowed,
            *PLACE,
        ),
    )
    @staticmethod
    async def update_appointment(by: Viewer, input: UpdateAppointmentInput) -> Payload[Appointment]:
        """Change the notes of an appointment, its services, with whom, how long or how much.

        It starts when it did. Clients change their own note only, until it begins.
        """
        return await rules.update(by, appointment_id=input.id, **given(input))

    @mutation(
        audience=SIGNED_IN,
        updates=Appointment,
        refuses=(
            rules.AlreadyCancelled,
            rules.CannotCancel,
            rules.HasBegun,
            rules.TooLateToCancel,
            TextTooLong,
            TextNotAllowed,
        ),
    )
    @staticmethod
    async def cancel_appointment(by: Viewer, input: CancelAppointmentInput) -> Payload[Appointment]:
        """Cancel an appointment, which frees its slot.

        Clients do so until it begins; the team may also put right what is over.
        """
        return await rules.cancel(by, appointment_id=input.id, reason=input.reason)

    @mutation(
        refuses=(
            NotFound,
            rules.AlreadyCancelled,
            rules.CannotCancel,
            rules.TooManyAtOnce,
            TextTooLong,
            TextNotAllowed,
        ),
    )
    @staticmethod
    async def cancel_appointments(
        by: Viewer, input: CancelAppointmentsInput
    ) -> CancelledAppointments:
        """Cancel many appointments, all of them or none; each causes the notices it would alone."""
        cancelled = await rules.cancel_many(by, ids=input.ids, reason=input.reason)
        return CancelledAppointments(appointments=[ref(Appointment, each.id) for each in cancelled])
