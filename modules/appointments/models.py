"""The slots clients hold."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q, Subquery
from tortoise.models import Model

from modules.appointments.events import AppointmentSource, AppointmentStatus, CancelledBy
from modules.viewer import TEAM
from storage.models import Owned, Versioned


class Appointment(Owned, Versioned):
    """A slot a client holds."""

    client: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "clients.Client", related_name="appointments"
    )
    client_id: UUID
    service: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "services.Service", related_name="appointments"
    )
    service_id: UUID
    staff: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
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
    client_note = fields.TextField(null=True)
    source = fields.CharEnumField(AppointmentSource, max_length=6, null=True)
    answer_by = fields.DatetimeField(null=True)
    """Until when a request or a proposal waits for an answer."""
    proposal_id: UUID | None = fields.UUIDField(null=True)
    """The same for times that were proposed together."""
    cancelled_at = fields.DatetimeField(null=True)
    cancelled_by = fields.CharEnumField(CancelledBy, max_length=6, null=True)
    cancel_reason = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "appointments"

    @classmethod
    def scope(cls, viewer: Any) -> Q:
        """Show the team all of its business, and clients what they hold themselves."""
        ours = super().scope(viewer)
        if viewer.role in TEAM:
            return ours
        clients = cls._meta.fields_map["client"].related_model  # type: ignore[attr-defined]
        own = clients.filter(clients.scope(viewer)).values("id")
        return ours & Q(client_id__in=Subquery(own))


class AppointmentSegment(Owned):
    """One service of an appointment."""

    appointment: fields.ForeignKeyRelation[Appointment] = fields.ForeignKeyField(
        "appointments.Appointment", related_name="segments"
    )
    appointment_id: UUID
    position = fields.SmallIntField()
    service: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "services.Service", related_name=False
    )
    service_id: UUID
    staff: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "services.Staff", related_name="segments"
    )
    staff_id: UUID
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    blocked_from = fields.DatetimeField()
    blocked_until = fields.DatetimeField()
    price_minor = fields.IntField()
    currency = fields.CharField(max_length=3)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "appointment_segments"

    @classmethod
    def scope(cls, viewer: Any) -> Q:
        """Show the team all of its business, and clients what is of their own appointments."""
        ours = super().scope(viewer)
        if viewer.role in TEAM:
            return ours
        own = Appointment.filter(Appointment.scope(viewer)).values("id")
        return ours & Q(appointment_id__in=Subquery(own))


class BlockedTime(Owned, Versioned):
    """Time in which somebody cannot be booked, as it stands in the calendar."""

    staff: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "services.Staff", related_name="blocked_times"
    )
    staff_id: UUID
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    reason = fields.CharField(max_length=200, null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "blocked_times"


class AppointmentStep(Model):
    """Something that happened to an appointment, as the log keeps it."""

    seq = fields.BigIntField(primary_key=True)
    business_id: UUID = fields.UUIDField()
    appointment: fields.ForeignKeyRelation[Appointment] = fields.ForeignKeyField(
        "appointments.Appointment", related_name="steps"
    )
    appointment_id: UUID
    step = fields.TextField()
    at = fields.DatetimeField()
    account: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    account_id: UUID | None
    status = fields.TextField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    staff: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "services.Staff", related_name=False
    )
    staff_id: UUID

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "appointment_steps"

    @classmethod
    def scope(cls, viewer: Any) -> Q:
        """Show the team what happened at its business, and clients to their own appointments."""
        ours = Q(business_id=viewer.business_id)
        if viewer.role in TEAM:
            return ours
        own = Appointment.filter(Appointment.scope(viewer)).values("id")
        return ours & Q(appointment_id__in=Subquery(own))


class ClientFigures(Model):
    """How a client comes and goes: a row for each, under the client's own id.

    The database itself keeps it, by triggers; nothing else writes it.
    """

    client: fields.OneToOneRelation[Any] = fields.OneToOneField(
        "clients.Client", related_name="figures", source_field="id", primary_key=True
    )
    business_id: UUID = fields.UUIDField()
    opened_at = fields.DatetimeField()
    """When the file was opened: those who never came are sorted by it."""
    visit_count = fields.IntField()
    no_show_count = fields.IntField()
    late_cancel_count = fields.IntField()
    spent_minor = fields.BigIntField()
    last_visit_at = fields.DatetimeField(null=True)
    next_visit_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_figures"


class ErasedVisits(Owned):
    """How many came on a day, of those whose files were deleted since."""

    day = fields.DateField()
    service: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "services.Service", related_name=False
    )
    service_id: UUID
    staff: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "services.Staff", related_name=False
    )
    staff_id: UUID
    status = fields.CharEnumField(AppointmentStatus, max_length=9)
    currency = fields.CharField(max_length=3)
    count = fields.IntField()
    total_minor = fields.BigIntField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "erased_visits"
