"""The slots clients hold."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from storage.models import Owned, Versioned

if TYPE_CHECKING:
    from modules.clients.models import Client
    from modules.services.models import Service, Staff


class AppointmentStatus(StrEnum):
    """What became of an appointment."""

    BOOKED = "BOOKED"
    """It is going to happen, or nobody has said yet how it went."""
    COMPLETED = "COMPLETED"
    """The client came."""
    NO_SHOW = "NO_SHOW"
    """The client did not come."""
    CANCELLED = "CANCELLED"
    """It was called off; the slot is free again."""


class Appointment(Owned, Versioned):
    """A slot a client holds."""

    client: fields.ForeignKeyRelation[Client] = fields.ForeignKeyField(
        "clients.Client", related_name="appointments"
    )
    client_id: UUID
    service: fields.ForeignKeyRelation[Service] = fields.ForeignKeyField(
        "services.Service", related_name="appointments"
    )
    service_id: UUID
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "services.Staff", related_name="appointments"
    )
    staff_id: UUID
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    blocked_from = fields.DatetimeField()
    """When the staff's time is taken from, the buffer before included."""
    blocked_until = fields.DatetimeField()
    status = fields.CharEnumField(AppointmentStatus, max_length=9, default=AppointmentStatus.BOOKED)
    price_minor = fields.IntField()
    currency = fields.CharField(max_length=3)
    note = fields.TextField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    cancel_reason = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "appointments"
