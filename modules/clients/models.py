"""The files a business keeps on the people who come."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from modules.clients.events import AccountState
from storage.models import Owned, Versioned


class Source(StrEnum):
    """How a client came to be on the list."""

    TEAM = "TEAM"
    """The team opened the file."""
    IMPORT = "IMPORT"
    """They came with a list that was kept elsewhere."""
    INVITATION = "INVITATION"
    """They were invited, and accepted."""
    BOOKING = "BOOKING"
    """They booked, as somebody new."""
    COUPON = "COUPON"
    """They bought a coupon on a coupon site."""


class Channel(StrEnum):
    """A way to send marketing to somebody who agreed to it."""

    EMAIL = "EMAIL"
    """Mail."""
    SMS = "SMS"
    """Text messages."""
    PHONE = "PHONE"
    """Calls."""
    POST = "POST"
    """Letters and cards."""


class CaseInsensitive(fields.TextField):
    """Text that is the same whatever its capitals."""

    SQL_TYPE = "CITEXT"


class Client(Owned, Versioned):
    """One business's file on a person."""

    first_name = fields.CharField(max_length=200)
    last_name = fields.CharField(max_length=200)
    email = CaseInsensitive(null=True)
    phone = fields.CharField(max_length=16, null=True)
    birthday = fields.DateField(null=True)
    note = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    sort_name = fields.TextField()
    search_text = fields.TextField()
    account: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    account_id: UUID | None
    """The person who signs in to see this file, once they proved its mail address."""
    account_state = fields.CharEnumField(AccountState, max_length=10, default=AccountState.NONE)
    email_verified_at = fields.DatetimeField(null=True)
    street = fields.TextField(null=True)
    postal_code = fields.TextField(null=True)
    city = fields.TextField(null=True)
    region = fields.TextField(null=True)
    country = fields.CharField(max_length=2, null=True)
    tags = ArrayField(element_type="text", default=list)
    preferred_staff: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "services.Staff", related_name=False, null=True
    )
    preferred_staff_id: UUID | None
    consents = ArrayField(element_type="text", default=list)
    """The channels on which they agreed to be sent marketing."""
    custom: Any = fields.JSONField(default=dict)
    """The values of the business's own fields, by the ids of their definitions."""
    source = fields.CharEnumField(Source, max_length=10, default=Source.TEAM)
    blocked_at = fields.DatetimeField(null=True)
    block_reason = fields.TextField(null=True)
    picture_id: UUID | None = fields.UUIDField(null=True)
    visit_count = fields.IntField(default=0)
    no_show_count = fields.IntField(default=0)
    late_cancel_count = fields.IntField(default=0)
    spent_minor = fields.BigIntField(default=0)
    last_visit_at = fields.DatetimeField(null=True)
    next_visit_at = fields.DatetimeField(null=True)
    birthday_month = fields.SmallIntField(null=True, generated=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "clients"
