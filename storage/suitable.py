"""Whether a PostgreSQL can be worked with at all, asked before anything is done to it."""

from __future__ import annotations

import asyncio
from typing import TypeAlias

import asyncpg

from storage.postgres import PostgresError

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

OLDEST = 18
SECONDS = 10.0
_PID = "SELECT pg_backend_pid()"


async def check(dsn: str) -> None:
    """Look at the server. Raises PostgresError, in one sentence, where it will not do."""
    first = await _connected(dsn)
    try:
        found = first.get_server_version()
        if found.major < OLDEST:
            raise PostgresError(
                f"DATABASE_URL leads to PostgreSQL {found.major}.{found.minor}:"
                f" Regulars needs version {OLDEST} or later"
            )
        # Whoever stands between gives out process numbers of its own.
        if await first.fetchval(_PID) != first.get_server_pid() and await _is_shared(dsn, first):
            raise PostgresError(
                "DATABASE_URL leads to a pooler that shares connections between transactions, such"
                " as PgBouncer: name PostgreSQL itself, since LISTEN, locks and prepared statements"
                " need connections of their own"
            )
    finally:
        first.terminate()


async def _is_shared(dsn: str, first: Connection) -> bool:
    """Tell whether a connection is another one after somebody else's transaction has begun."""
    mine = await first.fetchval(_PID)
    second = await _connected(dsn)
    try:
        async with asyncio.timeout(SECONDS), second.transaction():
            theirs = await second.fetchval(_PID)
            now = await first.fetchval(_PID)
            return bool(theirs == mine or now != mine)
    except (TimeoutError, asyncpg.PostgresError):
        return True  # one connection for all of us, or no transactions at all
    finally:
        second.terminate()


async def _connected(dsn: str) -> Connection:
    """Connect without named statements, which a pooler may take for somebody else's."""
    return await asyncpg.connect(dsn, statement_cache_size=0)
