"""The whole client list, row by row as PostgreSQL gives it, however long it is."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from anyio.to_thread import run_sync

from modules import cells as spreadsheets
from modules.exports.rules.columns import cells, line, origin
from storage import database

BOM = b"\xef\xbb\xbf"
ROWS = 500
"""How many are read and written at a time."""
PATIENCE = "10min"
"""How long the store may take for a piece before PostgreSQL gives up on us."""


async def table(business_id: UUID, *, excel: bool) -> AsyncIterator[tuple[bytes, int]]:
    """Give the list as CSV, in pieces with how many rows are in each.

    For Excel it begins with the mark by which it knows UTF-8.
    """
    own = await database.fetch(_OWN, business_id)
    columns = cells()
    header = [label for label, _ in columns]
    at = header.index(None)
    header[at : at + 1] = [row["name"] for row in own]
    yield (BOM if excel else b"") + _written([header]), 0
    sql = f"SELECT {', '.join(sql for _, sql in columns)} {origin()}"
    async for rows in _read(sql, business_id, [str(row["id"]) for row in own]):
        yield await run_sync(_written, [_flat(row, at) for row in rows]), len(rows)


async def lines(business_id: UUID) -> AsyncIterator[tuple[bytes, int]]:
    """Give the list as JSON, a client in each line, with notes and the business's own fields.

    It comes in pieces with how many clients are in each.
    """
    async for rows in _read(f"SELECT {line()} {origin()}", business_id):
        yield "".join(f"{row[0]}\n" for row in rows).encode(), len(rows)


async def count(business_id: UUID) -> int:
    """Tell how many clients there are."""
    found: int = await database.fetchval(
        "SELECT count(*) FROM clients WHERE business_id = $1", business_id
    )
    return found


async def _read(sql: str, *args: Any) -> AsyncIterator[list[asyncpg.Record]]:
    """Give the rows of a statement, some at a time, all of one moment."""
    async with database.database().pool.snapshot() as connection:
        await connection.execute(_WAIT, PATIENCE)
        cursor = await connection.cursor(sql, *args)
        while rows := await cursor.fetch(ROWS):
            yield rows


def _flat(row: asyncpg.Record, at: int) -> list[Any]:
    """Put the values of the business's own fields, which come as one array, in their places."""
    values = list(row)
    values[at : at + 1] = values[at]
    return values


def _written(rows: Sequence[Sequence[Any]]) -> bytes:
    """Write rows as CSV, all text as cells that no spreadsheet computes."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows(  # its own line ends: with others a lone \r would stay unquoted
        [spreadsheets.guarded(cell) if isinstance(cell, str) else cell for cell in row]
        for row in rows
    )
    return file.getvalue().encode()


_WAIT = "SELECT set_config('idle_in_transaction_session_timeout', $1, true)"
_OWN = """
SELECT id, name FROM client_fields
WHERE business_id = $1 AND archived_at IS NULL ORDER BY position, id"""
