"""Requesting an export."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from modules.errors import InvalidInput, NotFound, Refusal, StorageFull
from modules.events import record
from modules.exports import models
from modules.exports.events import ExportAsked
from modules.exports.models import ExportFormat, ExportKind
from modules.jobs import JobStatus, job_changed
from modules.viewer import Viewer
from storage import database, ledger
from storage.ledger import StoreFull

KEPT = timedelta(hours=24)
"""How long it can be downloaded."""
AT_ONCE = 5
"""Exports a business may have in the making."""


class TooManyExports(Refusal):
    """Too many exports are in the making."""

    code = "TOO_MANY_EXPORTS"
    retryable = True
    remedy = "Wait until one of them is done."


class NotRetryable(Refusal):
    """Only an export that has failed is tried again."""

    code = "EXPORT_NOT_RETRYABLE"
    remedy = "Wait while it is being written; ask for a new one when it has expired."


async def export_list(by: Viewer, *, format: ExportFormat, excel: bool = False) -> UUID:
    """Have the whole client list written down.

    Refuses: InvalidInput, for a ZIP; TooManyExports, StorageFull.
    """
    if format is ExportFormat.ZIP:
        raise InvalidInput("A list is written as CSV or as JSON_LINES.", field="format")
    return await _ask(by, kind=ExportKind.CLIENT_LIST, format=format, excel=excel)


async def export_file(by: Viewer, *, client_id: UUID) -> UUID:
    """Have all written down that is kept of a client."""
    known = await database.fetchval(
        "SELECT true FROM clients WHERE business_id = $1 AND id = $2 FOR KEY SHARE",
        by.of_business(), client_id,
    )  # fmt: skip
    if not known:
        raise NotFound("There is no such client.", field="client_id")
    return await _ask(by, kind=ExportKind.CLIENT_FILE, format=ExportFormat.ZIP, client_id=client_id)


async def retry(by: Viewer, *, export_id: UUID) -> UUID:
    """Try an export once more that has failed."""
    found = by.rows(models.Export).select_for_update(no_key=True)
    export: models.Export | None = await found.get_or_none(id=export_id)
    if export is None:
        raise NotFound("There is no such export.", field="id")
    if export.status is not JobStatus.FAILED:
        raise NotRetryable(field="id")
    await _check_room(export.business_id)
    await take_up(export.business_id, export.id)
    record(ExportAsked(business_id=export.business_id, subject=export.id))
    return export.id


async def take_up(business_id: UUID, export_id: UUID) -> None:
    """Let one that has failed be written after all, and be downloaded for a day from now."""
    expires_at = datetime.now(UTC) + KEPT
    if await database.fetchval(_AGAIN, business_id, export_id, expires_at):
        job_changed(business_id, export_id)


async def _check_room(business_id: UUID) -> None:
    try:
        await ledger.check_room(business_id)
    except StoreFull as error:
        raise StorageFull.of(error) from error
    # Counted when it is our turn, which that waited for: of many at once none is overlooked.
    under_way = models.Export.filter(business_id=business_id, status=JobStatus.RUNNING)
    if await under_way.count() >= AT_ONCE:
        raise TooManyExports


async def _ask(
    by: Viewer,
    *,
    kind: ExportKind,
    format: ExportFormat,
    client_id: UUID | None = None,
    excel: bool = False,
) -> UUID:
    business_id = by.of_business()
    await _check_room(business_id)
    made = await models.Export.create(
        business_id=business_id,
        account_id=by.account_id,
        kind=kind,
        format=format,
        client_id=client_id,
        excel=excel,
        expires_at=datetime.now(UTC) + KEPT,
    )
    record(ExportAsked(business_id=business_id, subject=made.id))
    return made.id


_AGAIN = """
UPDATE exports SET status = 'RUNNING', problem = NULL, finished_at = NULL, done = 0, total = NULL,
    expires_at = $3
WHERE business_id = $1 AND id = $2 AND status = 'FAILED'
RETURNING true"""
