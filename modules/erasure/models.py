"""Receipts of what was erased."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from modules.erasure.events import ErasureReason
from modules.jobs import Job


class Erasure(Job):
    """A file that was deleted; what is kept of it says nothing of whose it was."""

    account: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    account_id: UUID | None
    reason = fields.CharEnumField(ErasureReason, max_length=17, null=True)
    went: Any = fields.JSONField()
    traces: Any = fields.JSONField(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "erasures"
