"""The connections of one read, and which pool each of its statements belongs to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol

import asyncpg

from storage.pool import Connection, Pool, within

EACH_TIME = "/* planned for its values */ "
"""How a statement begins whose best plan depends on the values it is run with."""


def _by_values(query: str) -> bool:
    return query.startswith(EACH_TIME) or " LIKE " in query


PORTION = 500
"""Rows of a stream that are fetched together."""


async def stream(
    connection: Any, query: str, *args: Any
) -> AsyncGenerator[list[asyncpg.Record], None]:
    """Give a statement's rows in portions, so that no more of them are here than are looked at."""
    async with within(connection):  # inside another it is a savepoint; rows wait nowhere else
        cursor = await connection.cursor(query, *args)
        while rows := await cursor.fetch(PORTION):
            yield rows


class Snapshot:
    """The connection of a snapshot, as compiled reads use it."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run a statement and give its rows."""
        return await self._connection.fetch(query, *args)

    def stream(self, query: str, *args: Any) -> AsyncGenerator[list[asyncpg.Record], None]:
        """Run a statement and give its rows in portions."""
        return stream(self._connection, query, *args)


class ReadPools(Protocol):
    """Whoever has pool for reads."""

    reads: Pool
    searches: Pool


class ReadConnections:
    """The connections of one read: taken when a statement needs one, kept to the read's end.

    With `keep=False` each is given back at once, for a read that waits for something in between.
    """

    __slots__ = ("_keep", "_owner", "_taken")

    def __init__(self, owner: ReadPools, *, keep: bool = True) -> None:
        self._owner = owner
        self._keep = keep
        self._taken: list[tuple[Pool, Connection]] = []

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run a statement: a search with a plan for what is searched, all else with the usual."""
        connection = await self._connection(query)
        rows = await connection.fetch(query, *args)
        if not self._keep:
            self.give_back()
        return rows

    async def stream(self, query: str, *args: Any) -> AsyncGenerator[list[asyncpg.Record], None]:
        """Run a statement as `fetch` does, and give its rows in portions."""
        connection = await self._connection(query)
        async with aclosing(stream(connection, query, *args)) as portions:
            async for portion in portions:
                yield portion
        if not self._keep:
            self.give_back()

    async def _connection(self, query: str) -> Connection:
        pool = self._owner.searches if _by_values(query) else self._owner.reads
        for taken, connection in self._taken:
            if taken is pool:
                return connection
        connection = await pool.take()
        self._taken.append((pool, connection))
        return connection

    def give_back(self) -> None:
        """Return what was taken."""
        while self._taken:
            pool, connection = self._taken.pop()
            pool.give_back(connection)
