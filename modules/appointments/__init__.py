"""Who comes when, to whom and for what: booked, moved, called off, and watched live."""

from __future__ import annotations

from modules.appointments import resolvers, rules, types
from modules.appointments.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentsImported,
)
from modules.appointments.notices import EMAILS
from modules.belongings import Belonging
from modules.clients.questions import LEAVING
from modules.contract import Module

module = Module(
    name="appointments",
    requires=["accounts", "clients", "services"],
    schema=[
        resolvers.BusinessCalendar,
        resolvers.BusinessErasedVisits,
        resolvers.ClientAppointments,
        resolvers.StaffAppointments,
        resolvers.AppointmentMutations,
        resolvers.AppointmentSubscriptions,
    ],
    types=[types.SlotTaken, types.GroupRequired],
    events=[AppointmentBooked, AppointmentRescheduled, AppointmentCancelled, AppointmentsImported],
    answers={LEAVING: rules.call_off},
    belongings=[
        Belonging(table="appointments", name="appointments"),
        Belonging(table="parting_notices", name="last notices", hidden=True),
    ],
    emails=EMAILS,
    every_minute=[rules.count_ended],
)
