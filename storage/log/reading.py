"""Reading the log: what a reader has not seen yet, in an order that never changes its mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


# What both statements begin with: the tag of cursors, and how far they see.
_HERE = """
    SELECT here.tag, here.seen, news.* FROM (
        SELECT log_tag(), coalesce($1::pg_snapshot, log_seen())
    ) AS here (tag, seen) LEFT JOIN LATERAL"""
# The rest of a batch that was begun: what it has seen and the snapshot before has not.
_REST = """ (
        SELECT * FROM event
        WHERE {of} seq > $3
          AND pg_visible_in_snapshot(xid, $4) AND NOT pg_visible_in_snapshot(xid, $5)
        ORDER BY seq
        LIMIT $2
    ) AS news ON true ORDER BY seq"""
# A transaction a snapshot has not seen is above it or was running then: two short index scans,
# however long some transaction has been open. Sorting by an expression keeps the planner from
# walking the whole log in the order of `seq` in the hope of a match.
_NEWS = """ (
        SELECT * FROM (
            SELECT * FROM event WHERE {of} xid >= $3
            UNION ALL
            SELECT * FROM event WHERE {of} xid = ANY($4::xid8[])
        ) AS unseen
        WHERE $1 IS NULL OR pg_visible_in_snapshot(xid, $1)
        ORDER BY seq + 0
        LIMIT $2
    ) AS news ON true ORDER BY seq"""
_REST_OF_ALL = _HERE + _REST.format(of="")
_REST_OF_ONE = _HERE + _REST.format(of="business_id = $6 AND")
_NEWS_OF_ALL = _HERE + _NEWS.format(of="")
_NEWS_OF_ONE = _HERE + _NEWS.format(of="business_id = $5 AND")


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
    """Make sure the log counts in this cluster's transactions, and give the tag of its cursors.

    To be called at start, after the migrations: a database restored from a dump brings numbers that
    mean something else here.
    """
    await database.fetchval("SELECT log_adopt_cluster()")
    tag: str = await database.fetchval("SELECT log_tag()")
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
    """Read what `after` has not seen, of one business or of all, as far as `upto` or as now.

    Raises BadCursor or CursorExpired.
    """
    of = () if business_id is None else (business_id,)
    seen, rest = after.seen, list[Recorded]()
    if after.batch is not None:
        rows = await connection.fetch(
            _REST_OF_ONE if of else _REST_OF_ALL,
            upto, limit, after.seq, after.batch, seen, *of,
        )  # fmt: skip
        _check(rows, after)
        rest = _recorded(rows, f"{after.tag}-{seen}-{after.batch}-", turn)
        seen = after.batch
        if limit is not None:
            limit -= len(rest)
            if limit == 0:
                return Page(after.tag, seen, rest, complete=False)
    rows = await connection.fetch(
        _NEWS_OF_ONE if of else _NEWS_OF_ALL, upto, limit, seen.xmax, seen.running, *of
    )
    end = _check(rows, after)
    news = _recorded(rows, f"{after.tag}-{seen}-{end}-", turn)
    complete = limit is None or len(news) < limit
    events = [*rest, *news]
    if complete and events:
        events[-1] = replace(events[-1], cursor=str(Cursor(after.tag, end)))
    return Page(after.tag, end, events, complete)


def _check(rows: Sequence[asyncpg.Record], after: Cursor) -> Snapshot:
    if not rows or rows[0]["tag"] != after.tag:
        raise CursorExpired("PostgreSQL crashed or was restored since: read everything again")
    seen = Snapshot(*rows[0]["seen"])
    if after.newest > seen.xmax:
        raise BadCursor("ahead of everything in this log")
    return seen


def _recorded(rows: Sequence[asyncpg.Record], seen: str, turn: int) -> list[Recorded]:
    return [
        Recorded(
            seq, kind, business_id, subject, actor, at, orjson.loads(data), f"{seen}{seq}", turn
        )
        for _, _, seq, _, business_id, kind, subject, actor, at, data in rows
        if seq is not None
    ]


class Here:
    """The transaction this task is in, or else a connection of the pool."""

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run one statement and give its rows."""
        return await database.fetch(query, *args)
