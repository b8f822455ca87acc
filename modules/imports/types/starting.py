"""How a file is sent, read, committed and taken back."""

from __future__ import annotations

from datetime import datetime

from modules.imports.types.imports import ClientImport
from schema import IdOf, VersionedInput, input, object, payload


@object
class UploadHeader:
    """A header to be sent along with an upload."""

    name: str
    """The name of the header."""
    value: str
    """Its value, to be sent as it is."""


@object
class ImportUpload:
    """Where and how to send the file: a PUT of exactly the bytes that were announced."""

    url: str
    """The address the file is sent to, with PUT."""
    headers: list[UploadHeader]
    """What to send along; browsers set Content-Length by themselves."""
    expires_at: datetime
    """By then it has to have begun."""


@payload
class ImportStarted:
    """An import that waits for its file."""

    client_import: ClientImport
    """The import that was started."""
    upload: ImportUpload
    """Where to send its file."""


@input
class StartClientImportInput:
    """A file with a client list: CSV (also with tabs, semicolons or bars) or XLSX."""

    file_name: str
    """What it is called, up to 200 characters."""
    content_type: str = "text/csv"
    """What kind of file the browser says it is."""
    size: int
    """How many bytes it has, at most 104857600."""


@input
class ReadClientImportInput(VersionedInput):
    """An import to have read."""

    id: IdOf[ClientImport]
    """The import to read."""


@input
class CommitClientImportInput(VersionedInput):
    """An import to write into the client list."""

    id: IdOf[ClientImport]
    """The import to commit."""
    token: str | None = None
    """The token of the preview you looked at: refused when it would do something else by now."""


@input
class CancelClientImportInput(VersionedInput):
    """An import to cancel."""

    id: IdOf[ClientImport]
    """The import to cancel."""


@input
class RollbackClientImportInput(VersionedInput):
    """An import to take back."""

    id: IdOf[ClientImport]
    """The import to roll back."""
    token: str | None = None
    """The token of the preview you looked at: refused when it would do something else by now."""
