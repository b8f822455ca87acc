"""What is sent to book, move and cancel."""

from __future__ import annotations

from datetime import datetime

from modules.appointments import rules
from modules.appointments.types.appointments import Appointment
from modules.clients.types import Client
from modules.services.types import Service, Staff
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

    def wishes(self) -> list[rules.Wish] | None:
        """List the segments, where there are any."""
        return None if self.segments is None else [each.wish() for each in self.segments]


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
