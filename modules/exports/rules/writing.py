"""Writing down what is to be handed out, and keeping it for a day."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from typing import BinaryIO, cast

from modules.errors import Refusal
from modules.exports import models
from modules.exports.events import ExportAsked
from modules.exports.models import ExportFormat
from modules.exports.rules import folders, lists
from modules.exports.rules.requesting import take_up
from modules.jobs import JobStatus, given_up, job_changed, problem_of
from storage import database, jsonb, ledger, log
from storage.handlers import GivenUp, Handler, Patience
from storage.ledger import NotUploaded, StoredObject
from storage.objects import Body

TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON_LINES: "application/x-ndjson",
    ExportFormat.ZIP: "application/zip",
}


TOLD_EVERY = 5_000
"""Rows between two words on how far a list is."""


class ExportFailed(Refusal):
    """This export was tried again and again, and failed every time."""

    code = "EXPORT_FAILED"
    retryable = True
    remedy = "Try it once more with `retryExport`; if it fails again, tell who runs this server."


class _GoneMeanwhile(Exception):
    """Somebody whose data is in it was deleted while it was being written: begin anew."""


async def write_export(event: ExportAsked) -> None:
    """Write what was asked for; the worker does it, and can do it again."""
    found = await models.Export.get_or_none(id=event.subject, business_id=event.business_id)
    if found is None or found.status is not JobStatus.RUNNING:
        return
    rows = None if found.client_id else await lists.count(found.business_id)
    await _tell(found, _BEGUN, 1 if rows is None else rows)
    if found.client_id is not None:
        with tempfile.TemporaryFile() as temporary:
            file = cast(BinaryIO, temporary)
            if await folders.write(file, found.business_id, found.client_id):
                await _keep(found, folders.pieces(file), None)
        return
    if found.format is ExportFormat.CSV:
        pieces = lists.table(found.business_id, excel=found.excel)
    else:
        pieces = lists.lines(found.business_id)
    await _keep(found, _telling(found, pieces), rows)


async def _telling(
    found: models.Export, pieces: AsyncIterator[tuple[bytes, int]]
) -> AsyncIterator[bytes]:
    """Hand the pieces of a list on, and tell now and then how many rows have been written."""
    done = told = 0
    async for piece, rows in pieces:
        yield piece
        done += rows
        if done - told >= TOLD_EVERY:
            told = done
            await _tell(found, _FURTHER, done)


async def _tell(found: models.Export, statement: str, number: int) -> None:
    """Note how far it is, and tell whoever watches it."""
    async with log.change(actor=found.account_id, business_id=found.business_id):
        await database.execute(statement, found.business_id, found.id, number)
        job_changed(found.business_id, found.id, progressed=True)


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
    done = await database.execute(_DONE, found.business_id, found.id, kept.key, kept.size, rows)
    if done == "UPDATE 0":
        raise _GoneMeanwhile
    job_changed(found.business_id, found.id)


async def _give_up(event: ExportAsked, why: GivenUp) -> None:
    """Say that it failed, and why."""
    async with log.change(actor=None, business_id=event.business_id):
        problem = jsonb.text(problem_of(given_up(ExportFailed, why)))
        done = await database.execute(_FAILED, event.business_id, event.subject, problem)
        if done != "UPDATE 0":
            job_changed(event.business_id, event.subject)


async def _take_back(event: ExportAsked) -> None:
    """Let it be written after all, when its job is put back."""
    async with log.change(actor=None, business_id=event.business_id):
        await take_up(event.business_id, event.subject)


WRITING = Handler(
    do=write_export,
    patience=Patience(attempts=4, time_limit=1800.0),
    given_up=_give_up,
    retried=_take_back,
)
"""What writes exports: tried for a few minutes, half an hour at the most for each attempt."""


async def sweep() -> None:
    """Forget what cannot be downloaded any more."""
    for row in await database.fetch(_OVER):
        async with log.change(actor=None, business_id=row["business_id"]):
            if await database.execute(_EXPIRE, row["business_id"], row["id"]) != "UPDATE 0":
                job_changed(row["business_id"], row["id"])


_BEGUN = """
UPDATE exports SET started_at = now(), done = 0, total = $3
WHERE business_id = $1 AND id = $2 AND status = 'RUNNING'"""
_FURTHER = """
UPDATE exports SET done = $3, total = greatest(total, $3)
WHERE business_id = $1 AND id = $2 AND status = 'RUNNING'"""
_DONE = """
UPDATE exports SET status = 'DONE', object_key = $3, size = $4, row_count = $5, finished_at = now(),
    done = coalesce($5, 1), total = coalesce($5, 1)
WHERE business_id = $1 AND id = $2 AND status = 'RUNNING'"""
_FAILED = """
UPDATE exports SET status = 'FAILED', problem = $3::jsonb, finished_at = now()
WHERE business_id = $1 AND id = $2 AND status = 'RUNNING'"""
_OVER = """
SELECT business_id, id FROM exports
WHERE status <> 'EXPIRED' AND expires_at < now() ORDER BY expires_at LIMIT 1000"""
_EXPIRE = """
UPDATE exports SET status = 'EXPIRED', object_key = NULL, problem = NULL,
    finished_at = coalesce(finished_at, now())
WHERE business_id = $1 AND id = $2 AND status <> 'EXPIRED' AND expires_at < now()"""
