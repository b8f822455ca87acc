"""What was handed out, and where it can be downloaded."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from modules.jobs import Job
from modules.viewer import Role


class ExportKind(StrEnum):
    """What is handed out."""

    CLIENT_LIST = "CLIENT_LIST"
    """The list of all clients."""
    CLIENT_FILE = "CLIENT_FILE"
    """All that is kept of one client."""


class ExportFormat(StrEnum):
    """The form the list is written in."""

    CSV = "CSV"
    """A table for spreadsheets, with commas, in UTF-8."""
    JSON_LINES = "JSON_LINES"
    """A line of JSON for each client."""
    ZIP = "ZIP"
    """A folder of JSON and of the photos and forms themselves."""


class Export(Job):
    """Something that was handed out."""

    account: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    account_id: UUID | None
    kind = fields.CharEnumField(ExportKind, max_length=11)
    format = fields.CharEnumField(ExportFormat, max_length=10)
    client: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "clients.Client", related_name=False, null=True
    )
    client_id: UUID | None
    excel = fields.BooleanField(default=False)
    object_key: str | None = fields.TextField(null=True)
    size = fields.BigIntField(null=True)
    row_count = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "exports"

    @classmethod
    def scope(cls, viewer: Any) -> Q:
        """Say who may see it: whole lists are for owners."""
        everything = super().scope(viewer)
        if viewer.role is Role.OWNER:
            return everything
        return everything & Q(kind=ExportKind.CLIENT_FILE)
