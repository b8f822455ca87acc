"""What the business sells, who works there, and when they are at work."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.fields.base import Field
from tortoise.models import Model

from modules.services.hooks import CHOSEN
from modules.viewer import TEAM
from storage.models import Owned, Versioned


class Audience(StrEnum):
    """Whom a service is for."""

    EVERYONE = "EVERYONE"
    """Whoever has a file here, and whoever wants one."""
    SELECTED = "SELECTED"
    """Those who were chosen; nobody else learns of it."""


class BookingMode(StrEnum):
    """How clients come by an appointment."""

    INSTANT = "INSTANT"
    """They book a free time, and have it."""
    REQUEST = "REQUEST"
    """They request a free time, and have it once the business accepts."""


class WallTime(Field[time], time):
    """A time on the clock on the wall; Tortoise's own would carry an offset on PostgreSQL."""

    SQL_TYPE = "TIME"
    skip_to_python_if_native = True


class ServiceCategory(Owned, Versioned):
    """A part of the price list, with a place in its order."""

    name = fields.CharField(max_length=200)
    description = fields.TextField(null=True)
    position = fields.IntField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "service_categories"


class Service(Owned, Versioned):
    """A treatment on the price list."""

    name = fields.CharField(max_length=200)
    description = fields.TextField(null=True)
    duration_minutes = fields.IntField()
    buffer_before_minutes = fields.IntField(default=0)
    buffer_after_minutes = fields.IntField(default=0)
    price_minor = fields.IntField()
    currency = fields.CharField(max_length=3)
    colour = fields.CharField(max_length=7)
    active = fields.BooleanField(default=True)
    audience = fields.CharEnumField(Audience, max_length=8, default=Audience.EVERYONE)
    # What is left open is as the business's settings say: `rules.policy`.
    booking_mode = fields.CharEnumField(BookingMode, max_length=7, null=True)
    lead_minutes = fields.IntField(null=True)
    horizon_days = fields.IntField(null=True)
    cancel_until_minutes = fields.IntField(null=True)
    move_until_minutes = fields.IntField(null=True)
    category: fields.ForeignKeyNullableRelation[ServiceCategory] = fields.ForeignKeyField(
        "services.ServiceCategory", related_name="services", null=True
    )
    category_id: UUID | None
    staff: fields.ManyToManyRelation[Staff] = fields.ManyToManyField(
        "services.Staff",
        related_name="services",
        through="service_staff",
        forward_key="staff_id",
        backward_key="service_id",
    )

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "services"

    @classmethod
    def scope(cls, viewer: Any) -> Q:
        """Show the team everything, others what is offered to everyone or to them."""
        ours = super().scope(viewer)
        if viewer.role in TEAM:
            return ours
        offered = ours & Q(active=True)
        return offered & reduce(or_, CHOSEN.of(viewer), Q(audience=Audience.EVERYONE))


class Staff(Owned, Versioned):
    """Somebody who works here and can be booked."""

    name = fields.CharField(max_length=200)
    colour = fields.CharField(max_length=7)
    active = fields.BooleanField(default=True)
    account: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    account_id: UUID | None

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "staff"

    @classmethod
    def scope(cls, viewer: Any) -> Q:
        """Show the team everybody, others whom they can book."""
        ours = super().scope(viewer)
        return ours if viewer.role in TEAM else ours & Q(active=True)


class WorkingHours(Owned):
    """A span of a weekday in which somebody is at work, in the business's wall time."""

    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "services.Staff", related_name="working_hours"
    )
    staff_id: UUID
    weekday = fields.SmallIntField()
    starts = WallTime()
    ends = WallTime()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "working_hours"


class DatedHours(Owned):
    """A span of one day in which somebody is at work instead of the hours of its weekday.

    Without a beginning and an end they do not work on that day.
    """

    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "services.Staff", related_name="dated_hours"
    )
    staff_id: UUID
    day = fields.DateField()
    starts = WallTime(null=True)
    ends = WallTime(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "dated_hours"


class Closing(Owned):
    """Days on which the business is closed: nobody can be booked."""

    name = fields.CharField(max_length=200)
    first_day = fields.DateField()
    last_day = fields.DateField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "closings"


class TimeOff(Owned):
    """Days or hours in which somebody cannot be booked although they usually work."""

    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "services.Staff", related_name="time_off"
    )
    staff_id: UUID
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    reason = fields.CharField(max_length=200, null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "time_off"
