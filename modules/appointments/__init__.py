"""Who comes when, to whom and for what: booked, moved, called off, and watched live."""

from __future__ import annotations

from modules.appointments import resolvers, types
from modules.appointments.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentsImported,
)
from modules.appointments.notices import EMAILS
from modules.contract import Module

module = Module(
    name="appointments",
    requires=["accounts", "clients", "services"],
    schema=[
        resolvers.BusinessCalendar,
        resolvers.ClientAppointments,
        resolvers.StaffAppointments,
        resolvers.AppointmentMutations,
        resolvers.AppointmentSubscriptions,
    ],
    types=[types.SlotTaken, types.GroupRequired],
    events=[AppointmentBooked, AppointmentRescheduled, AppointmentCancelled, AppointmentsImported],
    emails=EMAILS,
)
