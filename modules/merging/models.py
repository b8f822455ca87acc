"""Pairs of files that may be of one person, and merges."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from storage.models import Owned


class ClientDuplicate(Owned):
    """Two files that may be of the same person, seen from one of them."""

    client: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "clients.Client", related_name=False
    )
    client_id: UUID
    other_client: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "clients.Client", related_name=False
    )
    other_client_id: UUID
    score = fields.SmallIntField()
    reasons = ArrayField(element_type="text")
    dismissed_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_duplicates"


class ClientMerge(Owned):
    """Two files that became one."""

    client: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "clients.Client", related_name=False
    )
    client_id: UUID
    other_client_id: UUID = fields.UUIDField()
    account: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    account_id: UUID | None
    at = fields.DatetimeField(auto_now_add=True)
    survivor: Any = fields.JSONField(null=True)
    became: Any = fields.JSONField(null=True)
    other: Any = fields.JSONField(null=True)
    chosen: Any = fields.JSONField(null=True)
    """Whose values were chosen, by field; the others were taken as usual."""

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_merges"
