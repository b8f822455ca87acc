"""Who comes when, to whom and for what: booked, moved, cancelled, and watched live."""

from __future__ import annotations

from modules.appointments import rules
from modules.appointments.events import (
    AppointmentAccepted,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentDeclined,
    AppointmentExpired,
    AppointmentProposed,
    AppointmentRequested,
    AppointmentRescheduled,
    AppointmentsImported,
    AppointmentUpdated,
    BlockedTimeUpdated,
    SlotHeld,
    SlotReleased,
    TimeBlocked,
    TimeUnblocked,
)
from modules.appointments.notices import EMAILS
from modules.appointments.profile import FIGURES
from modules.appointments.resolvers import SCHEMA
from modules.client_data import ClientData
from modules.clients.hooks import BEFORE_DELETING
from modules.contract import Module

module = Module(
    name="appointments",
    requires=["accounts", "clients", "services"],
    schema=SCHEMA,
    events=[
        AppointmentBooked,
        AppointmentRescheduled,
        AppointmentCancelled,
        TimeBlocked,
        BlockedTimeUpdated,
        TimeUnblocked,
        AppointmentRequested,
        AppointmentProposed,
        AppointmentAccepted,
        AppointmentDeclined,
        AppointmentExpired,
        AppointmentUpdated,
        AppointmentsImported,
        SlotHeld,
        SlotReleased,
    ],
    hooks={BEFORE_DELETING: rules.cancel_for_deletion},
    client_data=[
        ClientData(table="appointments", name="appointments"),
        ClientData(table="parting_notices", name="last notices", hidden=True),
    ],
    emails=EMAILS,
    profile=FIGURES,
    every_minute=[rules.count_ended, rules.expire_unanswered, rules.drop_expired],
)
