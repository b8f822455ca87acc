"""What can happen to an appointment: enough of it to tell a watcher's own from the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from modules.events import Event


class AppointmentStatus(StrEnum):
    """What became of an appointment.

    In SQL, `takes_time(status)` says what `takes_time` says here.
    """

    BOOKED = "BOOKED"
    """It is going to happen, or nobody has said yet how it went."""
    COMPLETED = "COMPLETED"
    """The client came, and it took place."""
    NO_SHOW = "NO_SHOW"
    """The client did not come."""
    CANCELLED = "CANCELLED"
    """It was cancelled; the slot is free again."""

    @property
    def takes_time(self) -> bool:
        """Whether nobody else can have the time."""
        return self is not AppointmentStatus.CANCELLED


class CancelledBy(StrEnum):
    """Which side cancelled an appointment."""

    CLIENT = "CLIENT"
    """The client, for themselves."""
    TEAM = "TEAM"
    """Somebody who works there, also on the client's behalf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What an appointment was before a change."""

    starts_at: datetime
    ends_at: datetime
    staff_id: UUID
    status: AppointmentStatus


@dataclass(frozen=True, kw_only=True)
class AppointmentEvent(Event):
    """A change of an appointment, with what it is now."""

    client_id: UUID
    service_id: UUID
    staff_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    before: Before | None = None
    past: bool = False
    """Whether it only puts the past right, which no mail is sent about."""


@dataclass(frozen=True, kw_only=True)
class AppointmentBooked(AppointmentEvent):
    """A slot was taken."""


@dataclass(frozen=True, kw_only=True)
class AppointmentRescheduled(AppointmentEvent):
    """An appointment moved to another time, another member of staff, or both."""


@dataclass(frozen=True, kw_only=True)
class AppointmentCancelled(AppointmentEvent):
    """An appointment was cancelled."""

    cancelled_by: CancelledBy | None = None
    """By which side; None in entries of the log from before that was kept."""


@dataclass(frozen=True, kw_only=True)
class AppointmentsImported(Event):
    """Many appointments were entered at once; the subject is the business."""

    count: int
    """How many."""
