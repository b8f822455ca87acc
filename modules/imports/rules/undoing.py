"""Calling a list off, and taking back exactly what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import orjson
from tortoise.exceptions import IntegrityError

from modules import previews
from modules.clients import rules as clients
from modules.errors import NotFound
from modules.events import record
from modules.imports import models
from modules.imports.events import ImportRollbackAsked, ImportStage
from modules.imports.models import ImportKept
from modules.imports.reading.process import ReadingProcess, reading
from modules.imports.rules.failing import failed_while
from modules.imports.rules.uploading import UNDER_WAY, ImportNotReady, held
from modules.imports.rules.writing import STEP, ImportUnderWay, forget_rows, proof
from modules.jobs import job_changed
from modules.previews import Preview, Seen
from modules.viewer import Viewer
from storage import database, jsonb, log

OURS = ("imported_clients", "import_rows")


async def cancel(by: Viewer, *, import_id: UUID) -> UUID:
    """Call a list off; one that is being written is stopped where it is."""
    found = await held(by, import_id)
    if found.state is ImportStage.COMMITTING:
        state = ImportStage.STOPPED
    elif found.state in UNDER_WAY or failed_while(found) is ImportStage.READING:
        state = ImportStage.CANCELLED
        await forget_rows(by.of_business(), import_id)
    else:
        raise ImportNotReady
    await database.execute(_OVER, by.of_business(), import_id, state.value)
    job_changed(found.business_id, found.id)
    return import_id


async def look_back(by: Viewer, import_id: UUID) -> Preview:
    """Count what taking a list back would be about. Refuses: NotFound, ImportNotReady."""
    found = await by.rows(models.ClientImport).get_or_none(id=import_id)
    if found is None:
        raise NotFound("There is no such import.", field="client_import_id")
    if not _can_go_back(found):
        raise ImportNotReady(field="client_import_id")
    return previews.sealed(by, await _seen(found))


async def roll_back(by: Viewer, *, import_id: UUID, token: str | None = None) -> UUID:
    """Have all taken back that a list did."""
    found = await held(by, import_id)
    if not _can_go_back(found):
        raise ImportNotReady
    if token is not None:
        previews.check(by, token, await _seen(found))
    try:
        await (
            by.rows(models.ClientImport)
            .filter(id=import_id)
            .update(state=ImportStage.ROLLING_BACK, problem=None)
        )
    except IntegrityError as error:
        raise ImportUnderWay from error
    record(ImportRollbackAsked(business_id=by.of_business(), subject=import_id))
    job_changed(by.of_business(), import_id)
    return import_id


def _can_go_back(found: models.ClientImport) -> bool:
    half_way = failed_while(found) in (ImportStage.COMMITTING, ImportStage.ROLLING_BACK)
    return found.state in (ImportStage.COMMITTED, ImportStage.STOPPED) or half_way


async def _seen(found: models.ClientImport) -> Seen:
    """Say what the token of a preview stands for: the files it is about, and who changed since."""
    [row] = await database.fetch(_WRITTEN, found.business_id, found.id)
    counts = {
        "new clients": row["opened"],
        "changed clients": row["changed"],
        "clients changed since": row["since"],
    }
    return Seen(about=f"roll back {found.id}", version=found.version, counts=counts)


async def take_back_list(event: ImportRollbackAsked) -> None:
    """Take back what a list did, step by step; the worker does it, and can go on after any."""
    found = await models.ClientImport.get_or_none(id=event.subject, business_id=event.business_id)
    if found is None or found.state is not ImportStage.ROLLING_BACK:
        return
    by = Viewer.on_behalf(found.business_id, found.account_id)
    # Only files that were changed have to be taken apart.
    async with reading() if found.changed_count else nullcontext() as process:
        while await _step(by, found, process):
            pass


async def _step(by: Viewer, found: models.ClientImport, process: ReadingProcess | None) -> bool:
    """Take back some more; False when nothing is left to do."""
    async with log.change(actor=found.account_id, business_id=found.business_id):
        state = await database.fetchval(
            "SELECT state FROM client_imports WHERE business_id = $1 AND id = $2 FOR NO KEY UPDATE",
            found.business_id, found.id,
        )  # fmt: skip
        if state != ImportStage.ROLLING_BACK:
            return False
        rows = await database.fetch(_LAST, found.business_id, found.id, STEP)
        new = {row["client_id"]: row["written_version"] for row in rows if row["created"]}
        kept: dict[UUID, str] = {}
        removed = restored = 0
        if new:
            taken = await clients.take_back_many(by, new, besides=OURS)
            removed = len(taken.removed)
            kept |= {id_: ImportKept(reason.value).value for id_, reason in taken.remaining.items()}
        if changed := [row for row in rows if not row["created"]]:
            assert process is not None  # it is counted how many were changed
            whole = await _restore(by, found, process, changed)
            restored = len(whole)
            left = {r["client_id"] for r in changed} - set(whole)
            kept |= dict.fromkeys(left, ImportKept.CHANGED.value)
            await database.execute(
                "DELETE FROM imported_clients WHERE business_id = $1 AND import_id = $2"
                " AND NOT created AND client_id = ANY($3::uuid[])",
                found.business_id, found.id, whole,
            )  # fmt: skip
        await database.execute(_KEEP, found.business_id, found.id, list(kept), list(kept.values()))
        await database.execute(_TAKEN, found.business_id, found.id, removed, restored, len(kept))
        if not rows:
            await forget_rows(found.business_id, found.id)
            await database.execute(
                _OVER, found.business_id, found.id, ImportStage.ROLLED_BACK.value
            )
        job_changed(found.business_id, found.id, progressed=bool(rows))
        return bool(rows)


async def _restore(
    by: Viewer, found: models.ClientImport, process: ReadingProcess, rows: Sequence[Any]
) -> list[UUID]:
    """Give files back what they held, where nobody changed it since; names those that are whole."""
    current = await clients.hold_many(by, [row["client_id"] for row in rows])
    present = [row for row in rows if row["client_id"] in current]
    asked: list[Mapping[str, Any]] = [
        {
            "current": current[row["client_id"]],
            "before": orjson.Fragment(row["before"]),
            "after": orjson.Fragment(row["after"]),
        }
        for row in present
    ]
    restored = await process.restore(asked)
    files = [
        {**to["file"], "id": str(row["client_id"])}
        for row, to in zip(present, restored, strict=True)
        if to["file"] is not None
    ]
    if files:
        how = f"{proof(found)}{clients.TAKEN_BACK}"
        await clients.rewrite_many(by, jsonb.text(files), how=how)
    return [row["client_id"] for row, to in zip(present, restored, strict=True) if to["whole"]]


_WRITTEN = """
SELECT count(*) FILTER (WHERE i.created) AS opened,
    count(*) FILTER (WHERE NOT i.created) AS changed,
    count(*) FILTER (WHERE c.version <> i.written_version) AS since
FROM imported_clients i JOIN clients c ON c.business_id = i.business_id AND c.id = i.client_id
WHERE i.business_id = $1 AND i.import_id = $2 AND i.kept IS NULL"""
_LAST = """
SELECT client_id, created, written_version, before::text AS before, after::text AS after
FROM imported_clients WHERE business_id = $1 AND import_id = $2 AND kept IS NULL
ORDER BY row_number DESC LIMIT $3"""
_KEEP = """
UPDATE imported_clients i SET kept = k.reason
FROM unnest($3::uuid[], $4::text[]) AS k (client_id, reason)
WHERE i.business_id = $1 AND i.import_id = $2 AND i.client_id = k.client_id"""
_TAKEN = """
UPDATE client_imports SET removed_count = removed_count + $3, restored_count = restored_count + $4,
    kept_count = kept_count + $5
WHERE business_id = $1 AND id = $2"""
_OVER = """
UPDATE client_imports SET state = $3, problem = NULL
WHERE business_id = $1 AND id = $2"""
