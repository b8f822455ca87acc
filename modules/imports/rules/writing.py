"""Writing a list into the client list: in whole steps, so that it can stop and go on anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

import orjson
from tortoise.exceptions import IntegrityError

from modules import previews, settings
from modules.clients import rules as clients
from modules.errors import NotFound, Refusal
from modules.events import record
from modules.imports import models
from modules.imports.events import ImportCommitAsked, ImportStage
from modules.imports.reading.process import ReadingProcess, reading
from modules.imports.rules.failing import failed_while
from modules.imports.rules.mapping import Options
from modules.imports.rules.matching import plan
from modules.imports.rules.uploading import ImportNotReady, held
from modules.jobs import job_changed, problem_of
from modules.previews import Preview, Seen, StalePreview
from modules.translations import template
from modules.viewer import Viewer
from storage import database, jsonb, ledger, log

STEP = 1_000
"""Rows that are written together."""
OTHERWISE = template(
    "Since the preview was looked at, clients came or changed so that other things would become of"
    " the rows. Nothing was written."
)


class ImportUnderWay(Refusal):
    """Another list is being written into the client list."""

    code = "IMPORT_UNDER_WAY"
    retryable = True
    remedy = "Wait until it is done, or stop it."


class NothingToImport(Refusal):
    """No row of this list would change anything."""

    code = "NOTHING_TO_IMPORT"
    remedy = "Look at the rows' problems, and at what is to become of people who are known."


async def look(by: Viewer, import_id: UUID) -> Preview:
    """Count what committing a list would do. Refuses: NotFound, ImportNotReady."""
    found = await by.rows(models.ClientImport).get_or_none(id=import_id)
    if found is None:
        raise NotFound("There is no such import.", field="client_import_id")
    if found.state not in (ImportStage.READY, ImportStage.STOPPED):
        raise ImportNotReady(field="client_import_id")
    return previews.sealed(by, _seen(found))


def _seen(found: models.ClientImport) -> Seen:
    """Say what the token of a preview stands for."""
    counts = {
        "new clients": found.create_count,
        "changed clients": found.update_count,
        "skipped rows": found.skip_count,
        "rows with problems": found.problem_count,
    }
    about = f"commit {found.id}"
    return Seen(about=about, version=found.version, counts=counts, more=found.planned)


async def commit(by: Viewer, *, import_id: UUID, token: str | None = None) -> UUID:
    """Have a list written into the client list, or go on where it was stopped."""
    found = await held(by, import_id)
    if token is not None:
        previews.check(by, token, _seen(found))
    half_way = failed_while(found) is ImportStage.COMMITTING
    if found.state not in (ImportStage.READY, ImportStage.STOPPED) and not half_way:
        raise ImportNotReady
    if not found.create_count + found.update_count:
        raise NothingToImport
    said = await settings.read(clients.ClientSettings, by.of_business())
    if found.create_count and said.require_client_account:
        raise clients.ClientHasNoAccount(
            "This business takes clients who have accounts only: invite those on the list."
        )
    try:
        await (
            by.rows(models.ClientImport)
            .filter(id=import_id)
            .update(state=ImportStage.COMMITTING, problem=None)
        )
    except IntegrityError as error:
        raise ImportUnderWay from error
    looked_at = None if token is None else found.planned
    asked = ImportCommitAsked(business_id=by.of_business(), subject=import_id, looked_at=looked_at)
    record(asked)
    job_changed(by.of_business(), import_id)
    return import_id


async def write_list(event: ImportCommitAsked) -> None:
    """Write a list step by step; the worker does it, and can go on after any of them."""
    found = await models.ClientImport.get_or_none(id=event.subject, business_id=event.business_id)
    if found is None or found.state is not ImportStage.COMMITTING:
        return
    here = _Writing(found)
    if await here.begin(event.looked_at) and await here.create_all():
        if found.update_count and not await here.update_all():
            return
        await here.finish()


class _Writing:
    """The writing of one list."""

    def __init__(self, found: models.ClientImport) -> None:
        self._id = found.id
        self._business_id: UUID = found.business_id
        self._account_id = found.account_id
        self._how = proof(found)
        self._options = Options.of(found.options)
        self.by = Viewer.on_behalf(found.business_id, found.account_id)

    async def begin(self, looked_at: int | None) -> bool:
        """Look once more who is known by now, unless something is written already.

        False when it was stopped, or when that is not what somebody looked at: then it is ready
        again, with what would become of its rows now.
        """
        async with self._change():
            row = await self._still()
            if row is None:
                return False
            if not row["opened_count"] + row["changed_count"]:
                await plan(self._business_id, self._id, self._options)
                if looked_at is not None and await self._turned_back(looked_at):
                    return False
        return True

    async def _turned_back(self, looked_at: int) -> bool:
        problem = problem_of(StalePreview(OTHERWISE))
        done = await database.fetchval(
            _BACK, self._business_id, self._id, looked_at, jsonb.text(problem)
        )
        if done is not None:
            job_changed(self._business_id, self._id)
        return done is not None

    async def create_all(self) -> bool:
        """Open the files of those who are new; False when it was stopped."""
        for step in count(1):
            async with self._change():
                if await self._still() is None:
                    return False
                taken = await database.fetchrow(_TAKE_NEW, self._business_id, self._id, STEP)
                if taken is None or taken["ids"] is None:
                    return True
                versions = await clients.open_many(
                    self.by, taken["files"], how=self._how, verify=self._options.send_verification
                )
                ids = [id_ for id_ in taken["ids"] if id_ in versions]
                numbers = dict(zip(taken["ids"], taken["numbers"], strict=True))
                await database.execute(
                    _NOTE_NEW, self._business_id, self._id,
                    ids, [numbers[id_] for id_ in ids], [versions[id_] for id_ in ids],
                )  # fmt: skip
                await self._count(created=len(ids))
            if step.bit_count() == 1:  # whenever there are twice as many
                await clients.size_up()
        return True

    async def update_all(self) -> bool:
        """Put the rest into the files of those who are known; False when it was stopped."""
        async with reading() as process:
            while True:
                async with self._change():
                    if await self._still() is None:
                        return False
                    rows = await database.fetch(_TAKE_KNOWN, self._business_id, self._id, STEP)
                    if not rows:
                        return True
                    await self._count(updated=await self._update(process, rows))

    async def _update(self, process: ReadingProcess, rows: Sequence[Any]) -> int:
        current = await clients.hold_many(self.by, [row["client_id"] for row in rows])
        present = [row for row in rows if row["client_id"] in current]
        merged = await process.merge(
            [
                {
                    "current": current[row["client_id"]],
                    "given": orjson.Fragment(row["columns"]),
                    "fill_in": row["fill_in"],
                }
                for row in present
            ]
        )
        changed = [(row, to) for row, to in zip(present, merged, strict=True) if to is not None]
        if not changed:
            return 0
        files = [{**to["file"], "id": str(row["client_id"])} for row, to in changed]
        versions = await clients.rewrite_many(self.by, jsonb.text(files), how=self._how)
        ids = [row["client_id"] for row, _ in changed]
        await database.execute(
            _NOTE_KNOWN, self._business_id, self._id, ids,
            [row["row_number"] for row, _ in changed], [versions[id_] for id_ in ids],
            [jsonb.text(to["before"]) for _, to in changed],
            [jsonb.text(to["after"]) for _, to in changed],
        )  # fmt: skip
        return len(changed)

    async def finish(self) -> None:
        """Throw away what nobody needs any more, and say that all is done."""
        async with self._change():
            if await self._still() is None:
                return
            await forget_rows(self._business_id, self._id)
            await database.execute(_DONE, self._business_id, self._id)
            job_changed(self._business_id, self._id)
        await clients.sort_in()

    def _change(self) -> Any:
        return log.change(actor=self._account_id, business_id=self._business_id)

    async def _still(self) -> Any:
        """Tell how far it is, and keep it from being stopped for a moment; None: it was."""
        return await database.fetchrow(
            "SELECT opened_count, changed_count FROM client_imports"
            " WHERE business_id = $1 AND id = $2 AND state = 'COMMITTING' FOR NO KEY UPDATE",
            self._business_id, self._id,
        )  # fmt: skip

    async def _count(self, *, created: int = 0, updated: int = 0) -> None:
        await database.execute(_WRITTEN, self._business_id, self._id, created, updated)
        job_changed(self._business_id, self._id, progressed=True)


def proof(found: models.ClientImport) -> str:
    """Say where a consent comes from that a list tells of."""
    return f"Import of {found.file_name}"


async def forget_rows(business_id: UUID, import_id: UUID) -> None:
    """Throw away a list's rows and its file, as a part of the transaction under way."""
    await database.execute(
        "DELETE FROM import_rows WHERE business_id = $1 AND import_id = $2", business_id, import_id
    )
    await forget_file(business_id, import_id)


async def forget_file(business_id: UUID, import_id: UUID) -> None:
    """Throw away a list's file and the samples of it, as a part of the transaction under way."""
    key = await database.fetchval(
        "SELECT file_key FROM client_imports WHERE business_id = $1 AND id = $2",
        business_id, import_id,
    )  # fmt: skip
    if key is not None:
        await ledger.drop(business_id, keys=[key])
    await database.execute(_FORGET, business_id, import_id)


_FORGET = """
UPDATE client_imports SET file_key = NULL, columns = (
    SELECT coalesce(jsonb_agg(c - 'samples'), '[]') FROM jsonb_array_elements(columns) AS c)
WHERE business_id = $1 AND id = $2"""
# A row leaves in the transaction that makes a client of it: whoever goes on finds the rest.
_TAKE_NEW = """
WITH taken AS (
    DELETE FROM import_rows WHERE business_id = $1 AND import_id = $2 AND id IN (
        SELECT id FROM import_rows WHERE business_id = $1 AND import_id = $2 AND outcome = 'CREATE'
        ORDER BY row_number LIMIT $3)
    RETURNING id, row_number, columns
)
SELECT jsonb_agg(columns || jsonb_build_object('id', id))::text AS files, array_agg(id) AS ids,
    array_agg(row_number) AS numbers
FROM taken"""
_TAKE_KNOWN = """
DELETE FROM import_rows WHERE business_id = $1 AND import_id = $2 AND id IN (
    SELECT id FROM import_rows WHERE business_id = $1 AND import_id = $2 AND outcome = 'UPDATE'
    ORDER BY row_number LIMIT $3)
RETURNING row_number, client_id, columns::text AS columns, fill_in"""
_NOTE_NEW = """
INSERT INTO imported_clients
    (business_id, import_id, client_id, row_number, created, written_version)
SELECT $1, $2, id, number, true, version
FROM unnest($3::uuid[], $4::int[], $5::int[]) AS n (id, number, version)"""
_NOTE_KNOWN = """
INSERT INTO imported_clients
    (business_id, import_id, client_id, row_number, created, written_version, before, after)
SELECT $1, $2, id, number, false, version, before::jsonb, after::jsonb
FROM unnest($3::uuid[], $4::int[], $5::int[], $6::text[], $7::text[])
    AS n (id, number, version, before, after)"""
_WRITTEN = """
UPDATE client_imports SET opened_count = opened_count + $3, changed_count = changed_count + $4
WHERE business_id = $1 AND id = $2"""
_BACK = """
UPDATE client_imports SET state = 'READY', problem = $4::jsonb
WHERE business_id = $1 AND id = $2 AND planned <> $3 RETURNING id"""
_DONE = """
UPDATE client_imports SET state = 'COMMITTED', expires_at = now() + interval '30 days'
WHERE business_id = $1 AND id = $2"""
