"""What can happen to an appointment: enough of it to tell a watcher's own from the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from modules.events import Event


class AppointmentStatus(StrEnum):
    """What became of an appointment.

    In SQL, functions named like the properties here say the same of a status.
    """

    REQUESTED = "REQUESTED"
    """The client asked for it, and the team has not answered yet; the time is kept for them."""
    PROPOSED = "PROPOSED"
    """The team proposed it, and the client has not answered yet; the time is kept for them."""
    BOOKED = "BOOKED"
    """It is going to happen, or nobody has said yet how it went."""
    ARRIVED = "ARRIVED"
    """The client is there."""
    COMPLETED = "COMPLETED"
    """The client came, and it took place."""
    NO_SHOW = "NO_SHOW"
    """The client did not come."""
    CANCELLED = "CANCELLED"
    """It was cancelled; the time is free again."""
    DECLINED = "DECLINED"
    """It was asked for or proposed, and the other side declined; the time is free again."""
    EXPIRED = "EXPIRED"
    """Nobody answered in time, or another of the times proposed was picked; this one is free."""

    @property
    def takes_time(self) -> bool:
        """Whether nobody else can have the time."""
        return self not in _FREED

    @property
    def is_unanswered(self) -> bool:
        """Whether one side still waits for the other."""
        return self in _UNANSWERED

    @property
    def is_expected(self) -> bool:
        """Whether it is agreed on, and nobody has said yet how it went."""
        return self in _EXPECTED


_FREED = (AppointmentStatus.CANCELLED, AppointmentStatus.DECLINED, AppointmentStatus.EXPIRED)
_UNANSWERED = (AppointmentStatus.REQUESTED, AppointmentStatus.PROPOSED)
_EXPECTED = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED)


class CancelledBy(StrEnum):
    """Which side cancelled an appointment."""

    CLIENT = "CLIENT"
    """The client, for themselves."""
    TEAM = "TEAM"
    """Somebody who works there, also on the client's behalf."""


class AppointmentSource(StrEnum):
    """How an appointment came to be."""

    TEAM = "TEAM"
    """The team entered it, or proposed it."""
    CLIENT = "CLIENT"
    """The client made it, signed in."""
    SITE = "SITE"
    """A visitor of the business's site made it."""
    IMPORT = "IMPORT"
    """It came with a diary that was entered at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What an appointment was before a change."""

    starts_at: datetime
    ends_at: datetime
    staff_id: UUID
    status: AppointmentStatus
    staff_ids: Sequence[UUID] = ()


@dataclass(frozen=True, kw_only=True)
class AppointmentEvent(Event):
    """A change of an appointment, with what it is now."""

    client_id: UUID
    service_id: UUID
    staff_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    staff_ids: Sequence[UUID] = ()
    """With whom, one for each segment, where there are several."""
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
class AppointmentRequested(AppointmentEvent):
    """A client asked for an appointment, which takes its time until it is answered."""


@dataclass(frozen=True, kw_only=True)
class AppointmentProposed(AppointmentEvent):
    """The team proposed a time to a client, perhaps beside others."""


@dataclass(frozen=True, kw_only=True)
class AppointmentAccepted(AppointmentEvent):
    """What was asked for or proposed was accepted, and is booked."""


@dataclass(frozen=True, kw_only=True)
class AppointmentDeclined(AppointmentEvent):
    """What was asked for or proposed was declined, which frees its time."""

    declined_by: CancelledBy


@dataclass(frozen=True, kw_only=True)
class AppointmentExpired(AppointmentEvent):
    """Nobody answered in time, or another time was picked, which frees the time."""


@dataclass(frozen=True, kw_only=True)
class AppointmentUpdated(AppointmentEvent):
    """Something else of an appointment changed: its notes, its services, its price."""

    changed: Sequence[str] = ()
    """Which, as columns are called."""


@dataclass(frozen=True, kw_only=True)
class SlotHeld(Event):
    """A time is held for somebody; the subject is the business."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class SlotReleased(Event):
    """A time that was held was given back, or is booked now; the subject is the business."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class AppointmentsImported(Event):
    """Many appointments were entered at once; the subject is the business."""

    count: int
    """How many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedBefore:
    """Where blocked time was before a change."""

    starts_at: datetime
    ends_at: datetime
    staff_id: UUID


@dataclass(frozen=True, kw_only=True)
class BlockedTimeEvent(Event):
    """A change of blocked time, with where it is now, or was last."""

    staff_id: UUID
    starts_at: datetime
    ends_at: datetime
    before: BlockedBefore | None = None


@dataclass(frozen=True, kw_only=True)
class TimeBlocked(BlockedTimeEvent):
    """Time was blocked."""


@dataclass(frozen=True, kw_only=True)
class BlockedTimeUpdated(BlockedTimeEvent):
    """Blocked time moved, or its reason changed."""


@dataclass(frozen=True, kw_only=True)
class TimeUnblocked(BlockedTimeEvent):
    """Blocked time can be booked again."""
