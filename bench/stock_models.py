"""The stock server's tables, as Tortoise's documentation has one write them."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model


class Business(Model):
    """A business."""

    id = fields.UUIDField(primary_key=True)
    name = fields.TextField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "businesses"


class Client(Model):
    """A client."""

    id = fields.UUIDField(primary_key=True)
    business: fields.ForeignKeyRelation[Business] = fields.ForeignKeyField(
        "models.Business", related_name="clients"
    )
    first_name = fields.CharField(max_length=200)
    last_name = fields.CharField(max_length=200)
    email = fields.TextField(null=True)
    phone = fields.CharField(max_length=16, null=True)
    birthday = fields.DateField(null=True)
    note = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    sort_name = fields.TextField()
    search_text = fields.TextField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "clients"


class ClientWords(Model):
    """What a client is found by."""

    id = fields.UUIDField(primary_key=True)
    business_id = fields.UUIDField()
    words = fields.TextField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_words"


class Service(Model):
    """A service."""

    id = fields.UUIDField(primary_key=True)
    business_id: UUID
    business: fields.ForeignKeyRelation[Business] = fields.ForeignKeyField(
        "models.Business", related_name="services"
    )
    name = fields.CharField(max_length=200)
    duration_minutes = fields.IntField()
    buffer_before_minutes = fields.IntField()
    buffer_after_minutes = fields.IntField()
    colour = fields.CharField(max_length=7)
    price_minor = fields.IntField()
    currency = fields.CharField(max_length=3)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "services"


class Staff(Model):
    """A member of staff."""

    id = fields.UUIDField(primary_key=True)
    business: fields.ForeignKeyRelation[Business] = fields.ForeignKeyField(
        "models.Business", related_name="staff"
    )
    name = fields.CharField(max_length=200)
    colour = fields.CharField(max_length=7)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "staff"


class Appointment(Model):
    """An appointment."""

    id = fields.UUIDField(primary_key=True)
    business: fields.ForeignKeyRelation[Business] = fields.ForeignKeyField(
        "models.Business", related_name="appointments"
    )
    client: fields.ForeignKeyRelation[Client] = fields.ForeignKeyField(
        "models.Client", related_name="appointments"
    )
    service: fields.ForeignKeyRelation[Service] = fields.ForeignKeyField(
        "models.Service", related_name="appointments"
    )
    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "models.Staff", related_name="appointments"
    )
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    blocked_from = fields.DatetimeField()
    blocked_until = fields.DatetimeField()
    status = fields.CharField(max_length=9, default="BOOKED")
    price_minor = fields.IntField()
    currency = fields.CharField(max_length=3)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "appointments"


class Segment(Model):
    """One service of an appointment, which takes the time of its staff."""

    id = fields.UUIDField(primary_key=True)
    business_id = fields.UUIDField()
    appointment_id = fields.UUIDField()
    position = fields.SmallIntField(default=1)
    service_id = fields.UUIDField()
    staff_id = fields.UUIDField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    blocked_from = fields.DatetimeField()
    blocked_until = fields.DatetimeField()
    price_minor = fields.IntField()
    currency = fields.CharField(max_length=3)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "appointment_segments"
