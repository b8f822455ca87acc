"""Exports as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from modules.accounts.types import Account
from modules.clients.types import Client
from modules.exports import models
from schema import IdOf, Job, computed, enum, input, table, visible
from storage import objects

ExportKind = enum(models.ExportKind)
ExportFormat = enum(models.ExportFormat)
ENDINGS = {"CSV": "csv", "JSON_LINES": "jsonl", "ZIP": "zip"}


@table(models.Export, prefix="exp")
class Export(Job):
    """Something that is handed out, to be downloaded for a day."""

    kind: models.ExportKind
    """What the export holds."""
    format: models.ExportFormat
    """The form the list is written in."""
    client: Client | None
    """Whose file it is; null for a list."""
    actor: Account | None = visible(column="account")
    """The account that requested it."""
    size: int | None
    """How many bytes it has, once it is ready."""
    row_count: int | None
    """How many clients are in it; null for the file of one."""
    created_at: datetime
    """When it was asked for."""
    expires_at: datetime
    """Until then it can be downloaded."""

    @computed(needs=("object_key", "kind", "format", "created_at", "expires_at"))
    def url(self) -> str | None:
        """Where to download it: anybody with this link can, for half an hour. Null if not ready."""
        row: Any = self
        if row.object_key is None or row.expires_at < datetime.now(UTC):
            return None
        kind = "clients" if row.kind == models.ExportKind.CLIENT_LIST else "client-file"
        name = f"{kind}-{row.created_at:%Y-%m-%d}.{ENDINGS[str(row.format)]}"
        return objects.store().presign_get(row.object_key, filename=name)


@input
class ExportClientsInput:
    """The whole client list."""

    format: models.ExportFormat
    """The form the list is written in: CSV or JSON_LINES."""
    excel: bool = False
    """Whether a CSV begins with the mark by which Excel knows UTF-8."""


@input
class ExportClientFileInput:
    """All that is kept of one client."""

    client_id: IdOf[Client]
    """The client whose file to export."""


@input
class RetryExportInput:
    """An export to try once more."""

    id: IdOf[Export]
    """The export, which has failed."""
