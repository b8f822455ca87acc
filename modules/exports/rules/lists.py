"""The whole client list, written by PostgreSQL itself and passed on as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from storage import database

BOM = b"\xef\xbb\xbf"
WAITING = 8
"""Pieces that may wait for the store; then PostgreSQL waits."""
CHANNELS = {"EMAIL": "email", "SMS": "SMS", "PHONE": "phone", "POST": "post"}


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the table: what it is called, and the SQL for it."""

    name: str
    sql: str
    text: bool = True
    """Whether people wrote it, so that a spreadsheet must not compute it."""


NOTES = """concat_ws(E'\\n', c.note, (SELECT string_agg(n.kind || ': ' || n.text, E'\\n'
    ORDER BY n.created_at, n.id) FROM client_notes n
    WHERE n.business_id = c.business_id AND n.client_id = c.id))"""
FIELDS = (
    Field("First name", "c.first_name"),
    Field("Last name", "c.last_name"),
    Field("Email", "c.email::text"),
    Field("Phone", "c.phone"),
    Field("Birthday", "c.birthday::text", text=False),
    Field("Street", "c.street"),
    Field("Postal code", "c.postal_code"),
    Field("City", "c.city"),
    Field("Region", "c.region"),
    Field("Country", "c.country", text=False),
    Field("Notes", NOTES),
    Field("Tags", "array_to_string(c.tags, ', ')"),
    *(
        Field(
            f"Marketing by {word}",
            f"CASE WHEN '{channel}' = ANY(c.consents) THEN 'yes' ELSE 'no' END",
            text=False,
        )
        for channel, word in CHANNELS.items()
    ),
)
FIGURES = (
    Field("Source", "c.source", text=False),
    Field("Account", "c.account_state", text=False),
    Field("Blocked", "CASE WHEN c.blocked_at IS NULL THEN 'no' ELSE 'yes' END", text=False),
    Field("Visits", "c.visit_count::text", text=False),
    Field("No-shows", "c.no_show_count::text", text=False),
    Field("Late cancellations", "c.late_cancel_count::text", text=False),
    Field("Spent in cents", "c.spent_minor::text", text=False),
    Field("Last visit", "c.last_visit_at::text", text=False),
    Field("Next visit", "c.next_visit_at::text", text=False),
    Field("Created", "c.created_at::text", text=False),
    Field("Id", "'cli_' || replace(c.id::text, '-', '')", text=False),
)
# What a spreadsheet would take for a formula is text when an apostrophe stands before it.
GUARDED = "CASE WHEN ({sql}) ~ '^[=+@\\t\\r-]' THEN '''' || ({sql}) ELSE {sql} END"
FROM = "FROM clients c WHERE c.business_id = '{business_id}' ORDER BY c.sort_name, c.id"


async def table(business_id: UUID, *, excel: bool) -> AsyncIterator[bytes]:
    """Give the list as CSV; for Excel with the mark by which it knows UTF-8."""
    own = [
        Field(row["name"], f"c.custom->>'{row['id']}'")
        for row in await database.fetch(_OWN, business_id)
    ]
    fields = (*FIELDS, *own, *FIGURES)
    selected = ", ".join(
        f"{GUARDED.format(sql=each.sql) if each.text else each.sql} AS {_quoted(each.name)}"
        for each in fields
    )
    if excel:
        yield BOM
    query = f"SELECT {selected} {FROM.format(business_id=business_id)}"
    async for piece in _copied(query, header=True):
        yield piece


async def lines(business_id: UUID) -> AsyncIterator[bytes]:
    """Give the list as JSON, a client in each line, with notes and the business's own fields."""
    query = _LINE + FROM.format(business_id=business_id)
    # Neither sign is in any JSON: what stands between them is passed on as it is.
    async for piece in _copied(query, delimiter="\x02", quote="\x01"):
        yield piece


async def count(business_id: UUID) -> int:
    """Tell how many clients there are."""
    found: int = await database.fetchval(
        "SELECT count(*) FROM clients WHERE business_id = $1", business_id
    )
    return found


async def _copied(
    query: str, *, header: bool = False, delimiter: str = ",", quote: str = '"'
) -> AsyncIterator[bytes]:
    """Have PostgreSQL write the rows of a query, and pass them on in pieces."""
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)

    async def copy() -> None:
        try:
            async with database.database().pool.lane() as connection:
                await connection.copy_from_query(
                    query, output=pieces.put, format="csv", header=header,
                    delimiter=delimiter, quote=quote,
                )  # fmt: skip
        finally:
            await pieces.put(None)

    copying = asyncio.create_task(copy(), name="export")
    try:
        gathered = bytearray()
        while (piece := await pieces.get()) is not None:
            gathered += piece
            if len(gathered) >= _LARGE:
                yield bytes(gathered)
                gathered.clear()
        yield bytes(gathered)
        await copying
    finally:
        copying.cancel()


def _quoted(name: str) -> str:
    """Write a name of a column, which may be anything a business thought of."""
    safe = "'" + name if name[:1] in "=+-@\t\r" else name
    return '"' + safe.replace('"', '""')[:60] + '"'


_LARGE = 1 << 16
_OWN = """
SELECT id, name FROM client_fields
WHERE business_id = $1 AND archived_at IS NULL ORDER BY position, id"""
_LINE = """
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
"""
