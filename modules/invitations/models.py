"""Invitations, and the secrets of their links."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from storage.models import Owned


class ClientInvitation(Owned):
    """Somebody who was asked to be a client here."""

    email: str = fields.TextField()
    """In lower case."""
    name = fields.CharField(max_length=200, null=True)
    """What was typed beside the address: `Ann Lee <ann@example.org>`."""
    client: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "clients.Client", related_name=False, null=True
    )
    client_id: UUID | None
    invited_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True, source_field="invited_by"
    )
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    sent_at: datetime = fields.DatetimeField(auto_now_add=True)
    times_sent: int = fields.IntField(default=1)
    expires_at: datetime = fields.DatetimeField()
    accepted_at: datetime | None = fields.DatetimeField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_invitations"
