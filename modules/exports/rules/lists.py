"""The whole client list, row by row as PostgreSQL gives it, however long it is."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from anyio.to_thread import run_sync

from modules import cells
from storage import database

BOM = b"\xef\xbb\xbf"
ROWS = 500
"""How many are read and written at a time."""
PATIENCE = "10min"
"""How long the store may take for a piece before PostgreSQL gives up on us."""

BEFORE = (
    "First name", "Last name", "Email", "Phone", "Birthday", "Street", "Postal code", "City",
    "Region", "Country", "Notes", "Tags", "Marketing by email", "Marketing by SMS",
    "Marketing by phone", "Marketing by post",
)  # fmt: skip
"""The columns before the business's own fields, in the order of `_TABLE`."""
AFTER = (
    "Source", "Account", "Blocked", "Visits", "No-shows", "Late cancellations", "Spent in cents",
    "Last visit", "Next visit", "Created", "Id",
)  # fmt: skip
"""The columns after them."""


async def table(business_id: UUID, *, excel: bool) -> AsyncIterator[bytes]:
    """Give the list as CSV; for Excel with the mark by which it knows UTF-8."""
    own = await database.fetch(_OWN, business_id)
    header = [*BEFORE, *(row["name"] for row in own), *AFTER]
    yield (BOM if excel else b"") + _written([header])
    async for rows in _read(_TABLE, business_id, [str(row["id"]) for row in own]):
        yield await run_sync(_written, [_flat(row) for row in rows])


async def lines(business_id: UUID) -> AsyncIterator[bytes]:
    """Give the list as JSON, a client in each line, with notes and the business's own fields."""
    async for rows in _read(_LINES, business_id):
        yield "".join(f"{row[0]}\n" for row in rows).encode()


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


def _flat(row: asyncpg.Record) -> list[Any]:
    """Put the values of the business's own fields, which come as one array, in their places."""
    values = list(row)
    at = len(BEFORE)
    values[at : at + 1] = values[at]
    return values


def _written(rows: Sequence[Sequence[Any]]) -> bytes:
    """Write rows as CSV, all text as cells that no spreadsheet computes."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows(  # its own line ends: with others a lone \r would stay unquoted
        [cells.guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return file.getvalue().encode()


_WAIT = "SELECT set_config('idle_in_transaction_session_timeout', $1, true)"
_OWN = """
SELECT id, name FROM client_fields
WHERE business_id = $1 AND archived_at IS NULL ORDER BY position, id"""
_TABLE = """
SELECT c.first_name, c.last_name, c.email::text, c.phone, c.birthday::text, c.street,
    c.postal_code, c.city, c.region, c.country,
    concat_ws(E'\\n', c.note, (SELECT string_agg(n.kind || ': ' || n.text, E'\\n'
        ORDER BY n.created_at, n.id) FROM client_notes n
        WHERE n.business_id = c.business_id AND n.client_id = c.id)),
    (SELECT string_agg(CASE WHEN tag ~ '^[*#\\s]|[",;|:\\n]'
        THEN '"' || replace(tag, '"', '""') || '"' ELSE tag END, ', ' ORDER BY nth)
        FROM unnest(c.tags) WITH ORDINALITY AS own (tag, nth)),
    CASE WHEN 'EMAIL' = ANY(c.consents) THEN 'yes' ELSE 'no' END,
    CASE WHEN 'SMS' = ANY(c.consents) THEN 'yes' ELSE 'no' END,
    CASE WHEN 'PHONE' = ANY(c.consents) THEN 'yes' ELSE 'no' END,
    CASE WHEN 'POST' = ANY(c.consents) THEN 'yes' ELSE 'no' END,
    ARRAY(SELECT c.custom->>own.id FROM unnest($2::text[]) WITH ORDINALITY AS own (id, n)
        ORDER BY own.n),
    c.source, c.account_state, CASE WHEN c.blocked_at IS NULL THEN 'no' ELSE 'yes' END,
    c.visit_count, c.no_show_count, c.late_cancel_count, c.spent_minor, c.last_visit_at::text,
    c.next_visit_at::text, c.created_at::text, 'cli_' || replace(c.id::text, '-', '')
FROM clients c WHERE c.business_id = $1 ORDER BY c.sort_name, c.id"""
_LINES = """
SELECT jsonb_strip_nulls(jsonb_build_object(
    'id', 'cli_' || replace(c.id::text, '-', ''), 'firstName', c.first_name,
    'lastName', c.last_name, 'email', c.email, 'phone', c.phone, 'birthday', c.birthday,
    'address', nullif(jsonb_strip_nulls(jsonb_build_object('street', c.street,
        'postalCode', c.postal_code, 'city', c.city, 'region', c.region,
        'country', c.country)), '{}'),
    'note', c.note, 'tags', c.tags, 'consents', c.consents,
    'customFields', (SELECT jsonb_object_agg(f.name, c.custom->f.id::text)
        FROM client_fields f WHERE f.business_id = c.business_id AND c.custom ? f.id::text),
    'notes', (SELECT jsonb_agg(jsonb_build_object('kind', n.kind, 'text', n.text,
            'at', n.created_at) ORDER BY n.created_at, n.id)
        FROM client_notes n WHERE n.business_id = c.business_id AND n.client_id = c.id),
    'source', c.source, 'accountState', c.account_state, 'blockedAt', c.blocked_at,
    'visitCount', c.visit_count, 'noShowCount', c.no_show_count,
    'lateCancelCount', c.late_cancel_count, 'spentMinor', c.spent_minor,
    'lastVisitAt', c.last_visit_at, 'nextVisitAt', c.next_visit_at, 'createdAt', c.created_at
))::text
FROM clients c WHERE c.business_id = $1 ORDER BY c.sort_name, c.id"""
