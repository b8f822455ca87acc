"""Lists that are taken over: what was uploaded, its rows, and whom they became."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from modules.imports.events import ImportStage
from storage.models import Owned, Versioned


class ImportOutcome(StrEnum):
    """What becomes of a row."""

    CREATE = "CREATE"
    """The row becomes a new file."""
    UPDATE = "UPDATE"
    """It is put into the file of a client who is on the list already."""
    SKIP = "SKIP"
    """Nothing: somebody like that is on the list, or stands in an earlier row."""
    PROBLEM = "PROBLEM"
    """Nothing: `problems` says what is wrong with it."""


class ImportSame(StrEnum):
    """By what a row is told to be somebody known."""

    EMAIL = "EMAIL"
    """The same mail address."""
    PHONE_AND_NAME = "PHONE_AND_NAME"
    """The same phone number and the same name."""
    PHONE = "PHONE"
    """The same phone number, under another name: often a family."""


class ImportKept(StrEnum):
    """Why a rollback left a client as they are."""

    CHANGED = "CHANGED"
    """Somebody changed the file since."""
    IN_USE = "IN_USE"
    """There is more of them by now: appointments, notes, a place in a group."""


class ImportRequestStatus(StrEnum):
    """How far a request is."""

    REQUESTED = "REQUESTED"
    """Nobody has begun with it."""
    IN_PROGRESS = "IN_PROGRESS"
    """Somebody works on it."""
    DONE = "DONE"
    """The clients are on the list."""
    CANCELLED = "CANCELLED"
    """The request was cancelled."""


class ClientImport(Owned, Versioned):
    """A list somebody takes over."""

    account: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    account_id: UUID | None
    file_name = fields.TextField()
    content_type = fields.TextField()
    size = fields.BigIntField()
    file_key: str | None = fields.TextField(null=True)
    """Where the file is kept; None as soon as nobody needs it any more."""
    state = fields.CharEnumField(ImportStage, max_length=12, default=ImportStage.UPLOADING)
    reading = fields.IntField(default=0)
    """Which reading of the file counts."""
    staged = fields.BooleanField(default=False)
    """Whether its rows are those of the file, as it is to be read now."""
    problem: Any = fields.JSONField(null=True)
    layout: Any = fields.JSONField(default=dict)
    sheets: Any = ArrayField(element_type="text", default=list)
    columns: Any = fields.JSONField(default=list)
    options: Any = fields.JSONField(default=dict)
    row_count = fields.IntField(default=0)
    read_count = fields.IntField(default=0)
    create_count = fields.IntField(default=0)
    update_count = fields.IntField(default=0)
    skip_count = fields.IntField(default=0)
    problem_count = fields.IntField(default=0)
    planned = fields.BigIntField(default=0)
    """What becomes of its rows, summed up: another plan has another sum."""
    opened_count = fields.IntField(default=0)
    changed_count = fields.IntField(default=0)
    removed_count = fields.IntField(default=0)
    restored_count = fields.IntField(default=0)
    kept_count = fields.IntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    """When its file was last begun to be read, written or taken back; the database notes it."""
    finished_at = fields.DatetimeField(null=True)
    """When it ended; noted by the database whenever `state` changes."""

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_imports"


class ImportRow(Owned):
    """A row of a list that is not taken over yet."""

    import_id = fields.UUIDField()
    row_number = fields.IntField()
    columns: Any = fields.JSONField()
    """A client's file as it would be kept, as far as the row could be understood."""
    email = fields.TextField(null=True, generated=True)
    phone = fields.TextField(null=True, generated=True)
    problems: Any = fields.JSONField(default=list)
    outcome = fields.CharEnumField(ImportOutcome, max_length=7)
    same = fields.CharEnumField(ImportSame, max_length=14, null=True)
    same_as_row = fields.IntField(null=True)
    client: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "clients.Client", related_name=False, null=True
    )
    client_id: UUID | None
    fill_in = fields.BooleanField(default=False)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "import_rows"


class ImportedClient(Owned):
    """Somebody an import added or changed, and what is needed to take that back."""

    import_id = fields.UUIDField()
    row_number = fields.IntField()
    client: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "clients.Client", related_name=False
    )
    client_id: UUID
    created = fields.BooleanField()
    written_version = fields.IntField()
    before: Any = fields.JSONField(null=True)
    after: Any = fields.JSONField(null=True)
    kept = fields.CharEnumField(ImportKept, max_length=7, null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "imported_clients"


class ImportRequest(Owned, Versioned):
    """A list somebody asked to have taken over for them."""

    account: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, null=True
    )
    account_id: UUID | None
    note = fields.TextField(null=True)
    contact_email = fields.TextField(null=True)
    contact_phone = fields.TextField(null=True)
    operator_email: str | None = fields.TextField(null=True)
    """Whom the request was mailed to, beside the owners."""
    client_import: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "imports.ClientImport", related_name=False, null=True, source_field="import_id"
    )
    client_import_id: UUID | None
    status = fields.CharEnumField(
        ImportRequestStatus, max_length=11, default=ImportRequestStatus.REQUESTED
    )
    due_at = fields.DatetimeField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "import_requests"
