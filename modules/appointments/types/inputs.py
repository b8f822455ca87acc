"""What is sent to book, move and cancel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from strawberry import UNSET

from modules.appointments import rules
from modules.appointments.types.appointments import Appointment
from modules.appointments.types.slots import SlotSegment
from modules.clients.types import Client
from modules.services.types import MoneyInput, Service, Staff
from schema import (
    IdOf,
    VersionedInput,
    input,
    payload,
)


@input
class SegmentInput:
    """One service of a visit."""

    service_id: IdOf[Service]
    """The service that is wanted."""
    staff_id: IdOf[Staff] | None = None
    """With whom; without it, with whoever is free and has least to do that day."""

    def wish(self) -> rules.Wish:
        """Say what is wanted, as rules do."""
        return rules.Wish(self.service_id, self.staff_id)


def wishes(segments: Sequence[SegmentInput] | None) -> list[rules.Wish] | None:
    """Say what is wanted in a list, where there is one."""
    return None if segments is None else [each.wish() for each in segments]


@input
class BookAppointmentInput:
    """An appointment to book."""

    client_id: IdOf[Client]
    """The client who comes."""
    service_id: IdOf[Service] | None = None
    """The service to book, unless there are `segments`."""
    staff_id: IdOf[Staff] | None = None
    """The member of staff who performs it; without it, whoever is free and has least to do."""
    segments: list[SegmentInput] | None = None
    """Several services of one visit, one after another, 1 to 5; in place of `serviceId`."""
    starts_at: datetime
    """When it starts: up to a year ahead; the team may also enter visits of the last seven days."""
    note: str | None = None
    """What the team wants to remember of it, up to 5,000 characters; of clients, their own note."""
    client_note: str | None = None
    """What the client wants the team to know, up to 5,000 characters."""
    despite_block: bool = False
    """Book also when the client is blocked, as the team may."""
    hold: str | None = None
    """The secret of the time that is held and booked now, as `holdSlot` answered it."""


@input
class RequestAppointmentInput:
    """An appointment to ask for."""

    client_id: IdOf[Client]
    """The client who would come."""
    service_id: IdOf[Service] | None = None
    """The service that is wanted, unless there are `segments`."""
    staff_id: IdOf[Staff] | None = None
    """With whom; without it, with whoever is free and has least to do."""
    segments: list[SegmentInput] | None = None
    """Several services of one visit, one after another, 1 to 5; in place of `serviceId`."""
    starts_at: datetime
    """When it would start: up to a year ahead."""
    note: str | None = None
    """What the client wants the team to know, up to 5,000 characters; of the team, its own note."""
    hold: str | None = None
    """The secret of the time that is held and asked for now, as `holdSlot` answered it."""


@input
class AcceptAppointmentInput(VersionedInput):
    """A request to accept."""

    id: IdOf[Appointment]
    """The appointment that was requested."""


@input
class DeclineAppointmentInput(VersionedInput):
    """A request to decline, or a proposal."""

    id: IdOf[Appointment]
    """The appointment that was requested, or one of those that were proposed together."""
    reason: str | None = None
    """Why, for the other side to read, up to 1,000 characters."""


@input
class ProposedTimeInput:
    """A time to propose, and what for."""

    starts_at: datetime
    """When it would start: up to a year ahead."""
    service_id: IdOf[Service] | None = None
    """The service it is for, unless there are `segments`."""
    staff_id: IdOf[Staff] | None = None
    """With whom; without it, with whoever is free and has least to do."""
    segments: list[SegmentInput] | None = None
    """Several services of one visit, one after another, 1 to 5; in place of `serviceId`."""

    def option(self) -> rules.Option:
        """Say what is proposed, as rules do."""
        return rules.Option(
            starts_at=self.starts_at,
            service_id=self.service_id,
            staff_id=self.staff_id,
            segments=wishes(self.segments),
        )


@input
class ProposeAppointmentInput:
    """Times to propose to a client, of which they pick one."""

    client_id: IdOf[Client]
    """The client who would come."""
    options: list[ProposedTimeInput]
    """The times, 1 to 5; all of them are kept until one is picked."""
    note: str | None = None
    """What the team wants to remember of it, up to 5,000 characters."""
    answer_by: datetime | None = None
    """Until when they are kept; without it, as long as the business keeps requests."""


@payload
class ProposedAppointments:
    """Times that were proposed together."""

    appointments: list[Appointment]
    """One for each time, in the order of the input."""


@input
class AcceptProposalInput(VersionedInput):
    """The time to pick, of those that were proposed together."""

    id: IdOf[Appointment]
    """The appointment with that time."""


@input
class HoldSlotInput:
    """A time to hold for whoever is about to book it."""

    service_id: IdOf[Service] | None = None
    """The service that is wanted, unless there are `segments`."""
    staff_id: IdOf[Staff] | None = None
    """With whom; without it, with whoever is free and has least to do."""
    segments: list[SegmentInput] | None = None
    """Several services of one visit, one after another, 1 to 5; in place of `serviceId`."""
    starts_at: datetime
    """When it would start: up to a year ahead."""


@payload
class HeldSlot:
    """A time that is held."""

    hold: str
    """The secret by which whoever holds it books or releases it."""
    expires_at: datetime
    """When others can have the time again."""
    segments: list[SlotSegment]
    """What is held: one for each service, in their order."""


@input
class ReleaseSlotInput:
    """A time to give back."""

    hold: str
    """The secret of the time that is held, as `holdSlot` answered it."""


@payload
class ReleasedSlot:
    """A time that was given back."""

    starts_at: datetime
    """When the time that is free again starts."""


@input
class ChangedSegmentInput:
    """A service an appointment is for from now on."""

    service_id: IdOf[Service]
    """The service that is performed."""
    staff_id: IdOf[Staff]
    """The member of staff who performs it."""
    duration_minutes: int | None = None
    """How long it takes, 1 to 1440; without it as long as it did, or as the service takes."""
    price: MoneyInput | None = None
    """What it costs; without it what it did, or what the service costs now."""


@input
class UpdateAppointmentInput(VersionedInput):
    """What to change about an appointment; what is left out stays."""

    id: IdOf[Appointment]
    """The appointment to change."""
    note: str | None = UNSET
    """What the team wants to remember of it, up to 5,000 characters; null removes it."""
    client_note: str | None = UNSET
    """What the client wants the team to know, up to 5,000 characters; null removes it."""
    segments: list[ChangedSegmentInput] | None = UNSET
    """All its services from now on, one after another, 1 to 5: those not listed are dropped."""


@input
class RescheduleAppointmentInput(VersionedInput):
    """Where to move an appointment; what is left out stays."""

    id: IdOf[Appointment]
    """The appointment to reschedule."""
    starts_at: datetime | None = None
    """When it starts now; it keeps its length."""
    staff_id: IdOf[Staff] | None = None
    """Whom it is with now; of several services, the first."""


@input
class CancelAppointmentInput(VersionedInput):
    """An appointment to cancel."""

    id: IdOf[Appointment]
    """The appointment to cancel."""
    reason: str | None = None
    """Why, up to 1,000 characters."""


@input
class CancelAppointmentsInput:
    """Appointments to cancel, all of them or none."""

    ids: list[IdOf[Appointment]]
    """Which, up to 200; one that is named twice is cancelled once."""
    reason: str | None = None
    """Why, up to 1,000 characters."""


@payload
class CancelledAppointments:
    """Appointments that were cancelled."""

    appointments: list[Appointment]
    """They, in the order of their ids in the input."""
