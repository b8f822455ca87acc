"""Points as the API shows them."""

from __future__ import annotations

from datetime import datetime

from loyalty import models
from modules.appointments.types import Appointment
from schema import Node, table


@table(models.Award, prefix="awd")
class Award(Node):
    """The points a client was given for one booking."""

    appointment: Appointment
    """What for."""
    points: int
    """How many."""
    earned_at: datetime
    """When."""
