"""Who comes when, to whom and for what: booked, moved, called off, and watched live."""

from __future__ import annotations

from modules.appointments.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentsImported,
)
from modules.contract import Module

module = Module(
    name="appointments",
    requires=["accounts", "clients", "services"],
    events=[AppointmentBooked, AppointmentRescheduled, AppointmentCancelled, AppointmentsImported],
)
