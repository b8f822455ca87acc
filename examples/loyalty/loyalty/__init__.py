"""Points for clients who come back."""

from __future__ import annotations

from loyalty import resolvers, rules
from loyalty.events import PointsEarned
from modules.appointments.events import AppointmentBooked
from modules.contract import Module

module = Module(
    name="loyalty",
    requires=("appointments", "clients"),
    schema=(resolvers.ClientPoints,),
    events=(PointsEarned,),
    reactions={AppointmentBooked: [rules.award]},
)
