"""Reading a list: told what it is, row by row put aside, and compared with who is known."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, BinaryIO
from uuid import UUID

from modules.clients import rules as clients
from modules.imports import models
from modules.imports.events import ImportReadingAsked, ImportStage
from modules.imports.reading.dates import ImportDateOrder
from modules.imports.reading.fields import ImportField, tidy
from modules.imports.reading.problems import FileTooDemanding
from modules.imports.reading.process import ReadingProcess, Unreadable, reading
from modules.imports.rules.failing import fail
from modules.imports.rules.mapping import Options
from modules.imports.rules.matching import plan, size_up
from modules.jobs import job_changed
from modules.viewer import Viewer
from storage import database, jsonb, log, objects
from storage.objects import ObjectMissing

MONTH_FIRST = frozenset(("US", "PH", "FM", "MH", "PW"))
"""Countries where 4/7 is the seventh of April."""
TOLD_EVERY = 5
"""Pieces between two words on how far it is."""


class _Outdated(Exception):
    """Somebody asked for another reading meanwhile, or for none."""


async def read_list(event: ImportReadingAsked) -> None:
    """Read a list and put its rows aside; the worker does it, and can begin again at any point."""
    found = await models.ClientImport.get_or_none(id=event.subject, business_id=event.business_id)
    if found is None or not _wanted(found, event):
        return
    try:
        async with _opened(found) as file, reading(file) as process:
            await _Reading(found, process, event.reading).run()
    except _Outdated:
        return
    except Unreadable as problem:
        demanding = problem.said["code"] == FileTooDemanding.code
        state = ImportStage.FAILED if demanding else ImportStage.UNREADABLE
        await fail(event, problem.said, state=state)


def _wanted(found: models.ClientImport, event: ImportReadingAsked) -> bool:
    return found.state is ImportStage.READING and found.reading == event.reading


class _Reading:
    """One reading of a list."""

    def __init__(self, found: models.ClientImport, process: ReadingProcess, reading: int) -> None:
        self._found = found
        self._process = process
        self._reading = reading
        self._business_id: UUID = found.business_id
        self._options = Options.of(found.options)
        self._by = Viewer.on_behalf(found.business_id, found.account_id)

    async def run(self) -> None:
        """Do what has not been done yet."""
        found = self._found
        if not found.columns:
            await self._look()
        if not found.staged:
            await self._stage()
        await size_up()
        async with self._change():
            await plan(self._business_id, found.id, self._options)
            await database.execute(_READY, self._business_id, found.id)
            job_changed(self._business_id, found.id)

    async def _look(self) -> None:
        """Find out how the list is kept and what its columns are about."""
        found = self._found
        look = await self._process.look(found.layout)
        await self._own(look["columns"])
        found.layout, found.columns, found.row_count = (
            look["layout"],
            look["columns"],
            look["total"],
        )
        async with self._change():
            await database.execute(
                _LOOKED, self._business_id, found.id, look["total"], look["sheets"],
                *(jsonb.text(look[part]) for part in ("layout", "columns")),
            )  # fmt: skip
            job_changed(self._business_id, found.id, progressed=True)

    async def _stage(self) -> None:
        """Put every row aside, as the client's file it would be or with what is wrong with it."""
        found, done = self._found, 0
        async with self._change():
            await database.execute(
                "DELETE FROM import_rows WHERE business_id = $1 AND import_id = $2",
                self._business_id, found.id,
            )  # fmt: skip
        mapping = await self._mapping()
        head = f"{self._business_id}\t{found.id}\t"
        pieces = self._process.read(found.layout, mapping, head)
        number = 0
        async for piece in pieces:
            number += 1
            done += piece.count(b"\n")
            async with self._change():
                async with database.transaction() as connection:
                    await connection.copy_to_table(
                        "import_rows", source=_whole(piece), columns=_STAGED, format="text"
                    )
                await database.execute(
                    "UPDATE client_imports SET read_count = $3 WHERE business_id = $1 AND id = $2",
                    self._business_id, found.id, done,
                )  # fmt: skip
                if number % TOLD_EVERY == 0:
                    job_changed(self._business_id, found.id, progressed=True)

    async def _mapping(self) -> dict[str, Any]:
        """Say how the cells are to be understood, with what the business is used to."""
        known, columns = await clients.facts(self._by), self._found.columns
        order = ImportDateOrder
        usual = order.MONTH_FIRST if known.region in MONTH_FIRST else order.DAY_FIRST
        return {
            "fields": [column["field"] for column in columns],
            "orders": [column.get("date_order") or usual for column in columns],
            "custom": [column.get("custom_field") for column in columns],
            "names": [column["header"] for column in columns],
            "own_fields": [asdict(each) for each in known.fields.values()],
            "region": self._options.phone_region or known.region,
            "missing_last_name": self._options.missing_last_name,
            "tags": self._options.tags,
            "strict": self._options.strict,
        }

    async def _own(self, columns: list[dict[str, Any]]) -> None:
        """Recognise the business's own fields by their names."""
        known = await clients.facts(self._by)
        names = {tidy(each.name): each.id for each in known.fields.values() if not each.archived}
        for column in columns:
            found = names.get(tidy(column["header"]))
            if found is not None and column["field"] == ImportField.IGNORE:
                column["guess"] = column["field"] = ImportField.CUSTOM.value
                column["custom_field"] = str(found)

    @asynccontextmanager
    async def _change(self) -> AsyncIterator[None]:
        """Change something, as long as this reading is still the one that counts."""
        found = self._found
        async with log.change(actor=found.account_id, business_id=self._business_id):
            counts = await database.fetchval(
                "SELECT state = 'READING' AND reading = $3 FROM client_imports"
                " WHERE business_id = $1 AND id = $2 FOR NO KEY UPDATE",
                self._business_id, found.id, self._reading,
            )  # fmt: skip
            if not counts:
                raise _Outdated
            yield


@asynccontextmanager
async def _opened(found: models.ClientImport) -> AsyncIterator[BinaryIO]:
    """Have the list in a file of nobody's, which is gone whatever happens. Raises: Unreadable."""
    with tempfile.TemporaryFile(buffering=0) as file:
        try:
            async for piece in objects.store().get(found.file_key or ""):
                file.write(piece)
        except ObjectMissing as error:
            raise Unreadable(
                {
                    "code": "FILE_NOT_UPLOADED",
                    "message": "The file is not there any more.",
                    "remedy": "Start a new import.",
                }
            ) from error
        yield file


async def _whole(piece: bytes) -> AsyncIterator[bytes]:
    yield piece


_STAGED = ["business_id", "import_id", "row_number", "columns", "problems", "outcome"]
_LOOKED = """
UPDATE client_imports SET row_count = $3, sheets = $4, layout = $5::jsonb, columns = $6::jsonb
WHERE business_id = $1 AND id = $2"""
_READY = """
UPDATE client_imports SET state = 'READY', staged = true, read_count = row_count
WHERE business_id = $1 AND id = $2"""
