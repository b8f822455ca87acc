"""Bringing a list here: announced, uploaded, then read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from modules.errors import InvalidInput, NotFound, Refusal, StorageFull
from modules.events import record
from modules.imports import models
from modules.imports.events import ImportReadingAsked, ImportStage, ImportStarted
from modules.imports.reading.problems import FileEmpty, FileIsNoTable
from modules.imports.rules.failing import failed_while
from modules.jobs import job_changed
from modules.text import line
from modules.viewer import Viewer
from storage import database, ledger
from storage.ledger import NotUploaded, StoreFull, UploadDiffers
from storage.objects import Upload

LARGEST = 100 * 1024 * 1024
"""Bytes a list may have."""
KEPT = timedelta(hours=24)
"""How long a list that is not committed is kept."""
AT_ONCE = 20
"""Lists a business may have under way at a time."""
TYPES = frozenset(
    (
        "text/csv",
        "text/plain",
        "text/tab-separated-values",
        "text/comma-separated-values",
        "text/x-csv",
        "application/csv",
        "application/x-csv",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel.sheet.macroenabled.12",
        "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/octet-stream",
    )
)
"""What browsers call the files that lists come in."""
UNDER_WAY = (ImportStage.UPLOADING, ImportStage.READING, ImportStage.READY, ImportStage.UNREADABLE)

KEPT_FOR = (*UNDER_WAY, ImportStage.FAILED)
"""Where an import's file is still kept."""


class FileTooLarge(InvalidInput):
    """This file is larger than a client list."""

    code = "FILE_TOO_LARGE"
    remedy = "Upload at most 100 MB: leave out columns that are not needed, or split the list."


class FileNotUploaded(Refusal):
    """The file has not arrived yet."""

    code = "FILE_NOT_UPLOADED"
    retryable = True
    remedy = "Send the file to the upload's URL first, with exactly the headers given."


class FileDiffers(Refusal):
    """Another file arrived than was announced."""

    code = "FILE_DIFFERS"
    remedy = "Start a new import with the size and the type of the file that is uploaded."


class TooManyImports(Refusal):
    """Too many lists are under way."""

    code = "TOO_MANY_IMPORTS"
    retryable = True
    remedy = "Commit or cancel one of them first."


class ImportNotReady(Refusal):
    """This import is not at the point where that can be done."""

    code = "IMPORT_NOT_READY"
    retryable = True
    remedy = "Look at its `stage`, and wait for it or start a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An import that waits for its file."""

    import_id: UUID
    upload: Upload


async def start(by: Viewer, *, file_name: str, content_type: str, size: int) -> Started:
    """Announce a list, and learn where to upload it."""
    kind = content_type.partition(";")[0].strip().lower() or "application/octet-stream"
    if size <= 0:
        raise FileEmpty(field="size")
    if size > LARGEST:
        raise FileTooLarge(field="size")
    if kind not in TYPES:
        raise FileIsNoTable(
            "A file of the type {kind} is no list.", field="content_type", kind=kind[:50]
        )
    name = line(file_name, "file_name", limit=200) or "clients"
    business_id, expires_at = by.of_business(), datetime.now(UTC) + KEPT
    try:
        reserved = await ledger.reserve(
            business_id, purpose="import", content_type=kind, size=size, expires_at=expires_at
        )
    except StoreFull as error:
        raise StorageFull.of(error, "size") from error
    # Counted when it is our turn, which that waited for: of many at once none is overlooked.
    if await by.rows(models.ClientImport).filter(state__in=KEPT_FOR).count() >= AT_ONCE:
        raise TooManyImports
    made = await models.ClientImport.create(
        business_id=business_id,
        account_id=by.account_id,
        file_name=name,
        content_type=kind,
        size=size,
        file_key=reserved.key,
        expires_at=expires_at,
    )
    record(ImportStarted(business_id=business_id, subject=made.id))
    return Started(import_id=made.id, upload=reserved.upload)


async def read(by: Viewer, *, import_id: UUID) -> UUID:
    """Have a list read that was uploaded, or read again."""
    found = await held(by, import_id)
    under_way = found.state in UNDER_WAY or failed_while(found) is ImportStage.READING
    if not under_way or found.file_key is None:
        raise ImportNotReady
    if found.state is ImportStage.UPLOADING:
        try:
            await ledger.confirm(by.of_business(), found.file_key)
        except NotUploaded as error:
            raise FileNotUploaded from error
        except UploadDiffers as error:
            raise FileDiffers from error
    return await ask_reading(found)


async def held(by: Viewer, import_id: UUID) -> models.ClientImport:
    """Find an import, and keep others from changing it meanwhile. Refuses: NotFound."""
    rows = by.rows(models.ClientImport).select_for_update(no_key=True)
    found = await rows.get_or_none(id=import_id)
    if found is None:
        raise NotFound("There is no such import.", field="id")
    return found  # type: ignore[no-any-return]


async def ask_reading(found: models.ClientImport, *, anew: bool = False) -> UUID:
    """Have the worker read a list; `anew` also what its columns are about is guessed again."""
    await database.execute(_ASK, found.business_id, found.id, anew, found.reading + 1)
    record(
        ImportReadingAsked(
            business_id=found.business_id, subject=found.id, reading=found.reading + 1
        )
    )
    job_changed(found.business_id, found.id)
    return found.id


_ASK = """
UPDATE client_imports SET state = 'READING', problem = NULL, reading = $4, read_count = 0,
    columns = CASE WHEN $3 THEN '[]'::jsonb ELSE columns END,
    staged = staged AND NOT $3
WHERE business_id = $1 AND id = $2"""
