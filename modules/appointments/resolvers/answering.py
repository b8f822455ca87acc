"""Requesting, proposing, accepting and declining appointments; holding times."""

from __future__ import annotations

from modules.appointments import rules
from modules.appointments.resolvers.booking import BOOKING, PLACE
from modules.appointments.types import (
    AcceptAppointmentInput,
    AcceptProposalInput,
    Appointment,
    DeclineAppointmentInput,
    HeldSlot,
    HoldSlotInput,
    ProposeAppointmentInput,
    ProposedAppointments,
    ReleasedSlot,
    ReleaseSlotInput,
    RequestAppointmentInput,
    slot_segment,
    wishes,
)
from modules.text import TextNotAllowed, TextTooLong
from modules.viewer import SIGNED_IN, Viewer
from schema import Mutation, Payload, extend, mutation, ref


@extend(Mutation)
class AnsweringMutations:
    """What the other side has to agree to, and times that are held meanwhile."""

    @mutation(audience=SIGNED_IN, refuses=BOOKING)
    @staticmethod
    async def request_appointment(
        by: Viewer, input: RequestAppointmentInput
    ) -> Payload[Appointment]:
        """Ask for an appointment, which keeps its time until the team answers, or it expires."""
        return await rules.request(
            by,
            client_id=input.client_id,
            service_id=input.service_id,
            staff_id=input.staff_id,
            segments=wishes(input.segments),
            starts_at=input.starts_at,
            note=input.note,
            hold=input.hold,
        )

    @mutation(updates=Appointment, refuses=(rules.NotWaiting, rules.AnswerTooLate))
    @staticmethod
    async def accept_appointment(by: Viewer, input: AcceptAppointmentInput) -> Payload[Appointment]:
        """Accept what a client asked for: it is booked from now on."""
        return await rules.accept(by, appointment_id=input.id)

    @mutation(
        audience=SIGNED_IN,
        updates=Appointment,
        refuses=(rules.NotWaiting, TextTooLong, TextNotAllowed),
    )
    @staticmethod
    async def decline_appointment(
        by: Viewer, input: DeclineAppointmentInput
    ) -> Payload[Appointment]:
        """Decline what was requested, or all the times that were proposed together.

        Their time is free again. The team declines requests, clients what was proposed to them.
        """
        return await rules.decline(by, appointment_id=input.id, reason=input.reason)

    @mutation(refuses=BOOKING)
    @staticmethod
    async def propose_appointment(
        by: Viewer, input: ProposeAppointmentInput
    ) -> ProposedAppointments:
        """Propose one or several times to a client; all are kept until they pick one.

        Each is an appointment with the status PROPOSED until then.
        """
        made = await rules.propose(
            by,
            client_id=input.client_id,
            options=[each.option() for each in input.options],
            note=input.note,
            answer_by=input.answer_by,
        )
        return ProposedAppointments(appointments=[ref(Appointment, each) for each in made])

    @mutation(
        audience=SIGNED_IN, updates=Appointment, refuses=(rules.NotWaiting, rules.AnswerTooLate)
    )
    @staticmethod
    async def accept_proposal(by: Viewer, input: AcceptProposalInput) -> Payload[Appointment]:
        """Pick one of the times that were proposed: it is booked, and the others are free again."""
        return await rules.accept_proposal(by, appointment_id=input.id)

    @mutation(audience=SIGNED_IN, refuses=(*PLACE, rules.ServiceInactive, rules.TooManyHolds))
    @staticmethod
    async def hold_slot(by: Viewer, input: HoldSlotInput) -> HeldSlot:
        """Keep others from a time for the minutes the business has set, to book it meanwhile."""
        held = await rules.hold(
            by,
            service_id=input.service_id,
            staff_id=input.staff_id,
            segments=wishes(input.segments),
            starts_at=input.starts_at,
        )
        return HeldSlot(
            hold=held.secret,
            expires_at=held.expires_at,
            segments=[slot_segment(each, by.zone) for each in held.segments],
        )

    @mutation(audience=SIGNED_IN, refuses=(rules.HoldExpired,))
    @staticmethod
    async def release_slot(by: Viewer, input: ReleaseSlotInput) -> ReleasedSlot:
        """Give a time that is held back before it ends by itself."""
        return ReleasedSlot(starts_at=await rules.release(by, secret=input.hold))
