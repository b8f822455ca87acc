"""What is sent to book, move and cancel."""

from __future__ import annotations

from datetime import datetime

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
class BookAppointmentInput:
    """An appointment to book."""

    client_id: IdOf[Client]
    """The client who comes."""
    service_id: IdOf[Service]
    """The service to book."""
    staff_id: IdOf[Staff]
    """The member of staff who performs it."""
    starts_at: datetime
    """When it starts: up to a year ahead; the team may also enter visits of the last seven days."""
    note: str | None = None
    """What the team wants to remember of it, up to 5,000 characters."""
    despite_block: bool = False
    """Book also when the client is blocked, as the team may."""


@input
class RescheduleAppointmentInput(VersionedInput):
    """Where to move an appointment; what is left out stays."""

    id: IdOf[Appointment]
    """The appointment to reschedule."""
    starts_at: datetime | None = None
    """When it starts now; it keeps its length."""
    staff_id: IdOf[Staff] | None = None
    """Whom it is with now."""


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
