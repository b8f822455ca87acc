"""What happened to an appointment, as the API shows it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from modules.accounts.types import Account
from modules.appointments import events, models
from modules.services.types import Staff
from modules.viewer import SIGNED_IN, TEAM
from schema import computed, enum, table, visible


@enum
class AppointmentChangeKind(Enum):
    """What happened to an appointment."""

    BOOKED = "BOOKED"
    """The appointment was made."""
    RESCHEDULED = "RESCHEDULED"
    """It moved to another time, another member of staff, or both."""
    CANCELLED = "CANCELLED"
    """The appointment was cancelled."""
    REQUESTED = "REQUESTED"
    """A client asked for the appointment, and the team has not answered yet."""
    PROPOSED = "PROPOSED"
    """The team proposed the time, and the client has not answered yet."""
    ACCEPTED = "ACCEPTED"
    """What was requested or proposed was accepted: it is booked."""
    DECLINED = "DECLINED"
    """What was requested or proposed was declined, and its time is free."""
    EXPIRED = "EXPIRED"
    """Nobody answered in time, or another time was picked; this one is free."""
    UPDATED = "UPDATED"
    """Something else of it changed: notes, services, staff, length or price."""


@table(models.AppointmentStep, audience=SIGNED_IN)
class AppointmentStep:
    """Something that happened to an appointment."""

    at: datetime
    """When the step happened."""
    actor: Account | None = visible(TEAM, column="account")
    """Who did it; null when nobody did, or their file was erased since."""
    starts_at: datetime
    """When the appointment starts from then on."""
    ends_at: datetime
    """When the appointment ends from then on."""
    staff: Staff = visible(SIGNED_IN, followed=True)
    """The member of staff it is with from then on; of several services, the first."""

    @computed(needs=("step",), audience=SIGNED_IN)
    def kind(self) -> AppointmentChangeKind:
        """What happened to the appointment."""
        return AppointmentChangeKind[self.step.upper()]  # type: ignore[attr-defined]

    @computed(needs=("status",), audience=SIGNED_IN)
    def status(self) -> events.AppointmentStatus:
        """What the appointment is from then on."""
        return events.AppointmentStatus(self.status)
