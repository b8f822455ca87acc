"""The points clients were given."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from storage.models import Owned

if TYPE_CHECKING:
    from modules.appointments.models import Appointment


class Award(Owned):
    """The points of one booking."""

    client_id: UUID = fields.UUIDField()
    appointment: fields.ForeignKeyRelation[Appointment] = fields.ForeignKeyField(
        "appointments.Appointment", related_name=False
    )
    appointment_id: UUID
    points: int = fields.IntField()
    earned_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "loyalty_awards"
