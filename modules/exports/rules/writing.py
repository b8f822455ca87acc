"""Writing down what is to be handed out, and keeping it for a day."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from typing import BinaryIO, cast

from modules.events import record
from modules.exports import models
from modules.exports.events import ExportAsked, ExportFailed, ExportFinished
from modules.exports.models import ExportFormat, ExportState
from modules.exports.rules import folders, lists
from modules.exports.rules.requesting import KEPT
from storage import database, ledger, log
from storage.handlers import Handler, Patience
from storage.ledger import NotUploaded, StoredObject
from storage.objects import Body

TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON_LINES: "application/x-ndjson",
    ExportFormat.ZIP: "application/zip",
}


class _GoneMeanwhile(Exception):
    """Somebody whose data is in it was deleted while it was being written: begin anew."""


async def write_export(event: ExportAsked) -> None:
    """Write what was asked for; the worker does it, and can do it again."""
    found = await models.Export.get_or_none(id=event.subject, business_id=event.business_id)
    if found is None or found.state is not ExportState.WRITING:
        return
    if found.client_id is not None:
        with tempfile.TemporaryFile() as temporary:
            file = cast(BinaryIO, temporary)
            if await folders.write(file, found.business_id, found.client_id):
                await _keep(found, folders.pieces(file), None)
        return
    rows = await lists.count(found.business_id)
    if found.format is ExportFormat.CSV:
        await _keep(found, lists.table(found.business_id, excel=found.excel), rows)
    else:
        await _keep(found, lists.lines(found.business_id), rows)


async def _keep(found: models.Export, body: Body, rows: int | None) -> None:
    """Store it, and say that it can be downloaded."""
    stored = await ledger.write(
        found.business_id,
        body,
        purpose="export",
        content_type=TYPES[found.format],
        client_id=found.client_id,
        expires_at=found.expires_at,
    )
    try:
        async with log.change(actor=found.account_id, business_id=found.business_id):
            await _finish(found, stored, rows)
    except (NotUploaded, _GoneMeanwhile):
        # Nothing of somebody who was deleted meanwhile may stay.
        await ledger.drop(found.business_id, keys=[stored.key])
        raise


async def _finish(found: models.Export, stored: StoredObject, rows: int | None) -> None:
    kept = await ledger.confirm(found.business_id, stored.key)
    done = await database.execute(_READY, found.business_id, found.id, kept.key, kept.size, rows)
    if done == "UPDATE 0":
        raise _GoneMeanwhile
    record(ExportFinished(business_id=found.business_id, subject=found.id))


async def _give_up(event: ExportAsked, reason: str) -> None:
    """Say that it failed, and why."""
    async with log.change(actor=None, business_id=event.business_id):
        done = await database.execute(_FAILED, event.business_id, event.subject, reason)
        if done != "UPDATE 0":
            record(ExportFailed(business_id=event.business_id, subject=event.subject))


async def _take_back(event: ExportAsked) -> None:
    """Let it be written after all, when its job is put back."""
    expires_at = datetime.now(UTC) + KEPT
    await database.execute(_AGAIN, event.business_id, event.subject, expires_at)


WRITING = Handler(
    do=write_export,
    patience=Patience(attempts=4, time_limit=1800.0),
    given_up=_give_up,
    retried=_take_back,
)
"""What writes exports: tried for a few minutes, half an hour at the most for each attempt."""


async def sweep() -> None:
    """Forget what cannot be downloaded any more."""
    await database.execute(_EXPIRE)


_READY = """
UPDATE exports SET state = 'READY', object_key = $3, size = $4, row_count = $5, finished_at = now()
WHERE business_id = $1 AND id = $2 AND state = 'WRITING'"""
_FAILED = """
UPDATE exports SET state = 'FAILED', error = $3
WHERE business_id = $1 AND id = $2 AND state = 'WRITING'"""
_AGAIN = """
UPDATE exports SET state = 'WRITING', error = NULL, expires_at = $3
WHERE business_id = $1 AND id = $2 AND state = 'FAILED'"""
_EXPIRE = """
UPDATE exports SET state = 'EXPIRED', object_key = NULL, error = NULL
WHERE state <> 'EXPIRED' AND expires_at < now()"""
