"""Reading the log: what a reader has not seen yet, in an order that never changes its mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import asyncpg
import orjson

from storage import database
from storage.log.cursor import NOW, BadCursor, Cursor, CursorExpired, Snapshot


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the log keeps it."""

    seq: int
    kind: str
    business_id: UUID
    subject: UUID
    actor: UUID | None
    """The account that did it; None for the system itself."""
    at: datetime
    data: dict[str, Any]
    cursor: str
    """Where a reader stands who has seen everything up to this event."""
    turn: int = 0
    """Which hand-over of this process's follower brought it; 0 when it was read from the log."""


class Page(NamedTuple):
    """Some events, and whether these are all up to `seen`."""

    tag: str
    seen: Snapshot
    events: list[Recorded]
    complete: bool


class Connection(Protocol):
    """Anything that can fetch: a connection, a pool."""

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run one statement and give its rows."""
        ...


# A transaction a reader has not seen is either above its snapshot or was running then: two short
# index scans, however long some transaction has been open. The rest of a batch that was begun comes
# first, so that one pair of snapshots and a number say what was seen.
_READ = """
SELECT here.tag, here.seen, news.*
FROM (SELECT tag, coalesce($5::pg_snapshot, log_seen()) AS seen FROM log_cluster) AS here
LEFT JOIN LATERAL (
    SELECT *, NOT coalesce(pg_visible_in_snapshot(xid, $3), false) AS later
    FROM (
        SELECT * FROM event WHERE {of} xid >= $1
        UNION ALL
        SELECT * FROM event WHERE {of} xid = ANY($2::xid8[])
    ) AS unseen
    WHERE ($5 IS NULL OR pg_visible_in_snapshot(xid, $5))
      AND NOT coalesce(seq <= $4 AND pg_visible_in_snapshot(xid, $3), false)
    ORDER BY later, seq
    LIMIT $6
) AS news ON true
ORDER BY later, seq
"""
_OF_ALL = _READ.format(of="")
_OF_ONE = _READ.format(of="business_id = $7 AND")


async def read(after: Cursor, business_id: UUID, limit: int = 1000) -> list[Recorded]:
    """Give the business's next events after a cursor, oldest first, at most `limit`.

    A reader that stops after any of them and resumes from its cursor gets exactly the rest, once.
    Raises BadCursor or CursorExpired.
    """
    return (await read_page(Here(), after, business_id=business_id, limit=limit)).events


async def now() -> Cursor:
    """Give the cursor of a reader who has seen everything so far."""
    return Cursor.parse(await database.fetchval(f"SELECT {NOW}"))


async def adopt_cluster() -> str:
    """Make sure the log counts in this cluster's transactions, and give the cluster's tag.

    To be called at start, after the migrations: a database restored from a dump brings numbers that
    mean something else here.
    """
    tag: str = await database.fetchval("SELECT log_adopt_cluster()")
    return tag


async def read_page(
    connection: Connection,
    after: Cursor,
    *,
    business_id: UUID | None = None,
    limit: int | None = None,
    upto: Snapshot | None = None,
    turn: int = 0,
) -> Page:
    """Read in one statement what `after` has not seen, of one business or all, as far as `upto`."""
    seen, batch = after.seen, after.batch
    of = () if business_id is None else (business_id,)
    rows = await connection.fetch(
        _OF_ONE if of else _OF_ALL, seen.xmax, seen.running, batch, after.seq, upto, limit, *of
    )
    if not rows or rows[0]["tag"] != after.tag:
        raise CursorExpired("the database was restored since: read everything again")
    page_seen = Snapshot(*rows[0]["seen"])
    if after.newest > page_seen.xmax:
        raise BadCursor("ahead of everything in this log")
    if rows[0]["seq"] is None:
        return Page(after.tag, page_seen, [], complete=True)
    complete = limit is None or len(rows) < limit
    return Page(after.tag, page_seen, _recorded(rows, after, page_seen, complete, turn), complete)


def _recorded(
    rows: Sequence[asyncpg.Record], after: Cursor, seen: Snapshot, complete: bool, turn: int
) -> list[Recorded]:
    rest = f"{after.tag}-{after.seen}-{after.batch}-"
    news = f"{after.tag}-{after.batch or after.seen}-{seen}-"
    end = str(Cursor(after.tag, seen)) if complete else None
    last = len(rows) - 1
    return [
        Recorded(
            row["seq"], row["kind"], row["business_id"], row["subject"], row["actor"], row["at"],
            orjson.loads(row["data"]),
            end if end and i == last else f"{news if row['later'] else rest}{row['seq']}",
            turn,
        )
        for i, row in enumerate(rows)
    ]  # fmt: skip


class Here:
    """The transaction this task is in, or else a connection of the pool."""

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run one statement and give its rows."""
        return await database.fetch(query, *args)
