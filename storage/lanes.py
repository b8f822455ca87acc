"""Connections at hand: taken and given back without a task, a lock or a round trip."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, Protocol, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Lane: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


EACH_TIME = "/* planned for its values */ "
"""How a statement begins whose best plan depends on the values it is run with."""


class Lanes:
    """The connections of a pool, kept open and handed from one user to the next.

    asyncpg's pool gives a connection back in a task of its own; at a thousand small reads a second
    that is a tenth of the work. Opening, closing and mending connections stays with the pool.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._size = self._free = pool.get_max_size()
        """How many more may be opened."""
        self._idle: list[Lane] = []
        self._waiting: deque[asyncio.Future[Lane | None]] = deque()

    @property
    def open(self) -> int:
        """How many connections there are."""
        return self._size - self._free

    @property
    def idle(self) -> int:
        """How many of them nobody uses."""
        return len(self._idle)

    async def take(self) -> Lane:
        """Give a connection, when there is one: the one given back last, which is still warm."""
        while True:
            while self._idle:
                if _usable(lane := self._idle.pop()):
                    return lane
                self._free += 1  # it broke while nobody used it; the pool has it back already
            if self._free:
                return await self._open()
            turn: asyncio.Future[Lane | None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                handed = await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled() and (late := turn.result()) is not None:
                    self.give_back(late)
                raise
            if handed is not None:
                return handed

    def give_back(self, lane: Lane) -> None:
        """Let the next user have it; one that is broken, or mid-transaction, is thrown away."""
        if not _usable(lane):
            self._free += 1
            self._hand(None)
        elif not self._hand(lane):
            self._idle.append(lane)

    @asynccontextmanager
    async def lane(self) -> AsyncIterator[Lane]:
        """Give a connection for a while."""
        lane = await self.take()
        try:
            yield lane
        finally:
            self.give_back(lane)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Lane]:
        """Give a connection on which all statements see one moment."""
        async with (
            self.lane() as lane,
            lane.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield lane

    async def close(self) -> None:
        """Give the idle connections back to the pool, and close it."""
        while self._idle:
            await self.pool.release(self._idle.pop())
        await self.pool.close()

    async def _open(self) -> Lane:
        self._free -= 1
        try:
            return await self.pool.acquire()
        except BaseException:
            self._free += 1
            self._hand(None)
            raise

    def _hand(self, lane: Lane | None) -> bool:
        """Hand a connection, or the chance to open one, to whoever waits longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(lane)
                return True
        return False


def _by_values(query: str) -> bool:
    return query.startswith(EACH_TIME) or " LIKE " in query


def _usable(lane: Lane) -> bool:
    try:
        if lane.is_in_transaction():  # whoever had it was cancelled while it began
            lane.terminate()
        return not lane.is_closed()
    except asyncpg.InterfaceError:  # the pool took it back when its connection broke
        return False


PORTION = 500
"""Rows of a stream that are fetched together."""


async def stream(lane: Any, query: str, *args: Any) -> AsyncGenerator[list[asyncpg.Record], None]:
    """Give a statement's rows in portions, so that no more of them are here than are looked at."""
    async with lane.transaction():  # inside another it is a savepoint; rows wait nowhere else
        cursor = await lane.cursor(query, *args)
        while rows := await cursor.fetch(PORTION):
            yield rows


class Snapshot:
    """The connection of a snapshot, as compiled reads use it."""

    __slots__ = ("_lane",)

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run a statement and give its rows."""
        return await self._lane.fetch(query, *args)

    def stream(self, query: str, *args: Any) -> AsyncGenerator[list[asyncpg.Record], None]:
        """Run a statement and give its rows in portions."""
        return stream(self._lane, query, *args)


class Waysides(Protocol):
    """Whoever has lanes for reads."""

    lanes: Lanes
    searching: Lanes


class Reading:
    """The connections of one read: taken when a statement needs one, kept to the read's end.

    With `keep=False` each is given back at once, for a read that waits for something in between.
    """

    __slots__ = ("_keep", "_owner", "_taken")

    def __init__(self, owner: Waysides, *, keep: bool = True) -> None:
        self._owner = owner
        self._keep = keep
        self._taken: list[tuple[Lanes, Lane]] = []

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run a statement: a search with a plan for what is searched, all else with the usual."""
        lane = await self._lane(query)
        rows = await lane.fetch(query, *args)
        if not self._keep:
            self.give_back()
        return rows

    async def stream(self, query: str, *args: Any) -> AsyncGenerator[list[asyncpg.Record], None]:
        """Run a statement as `fetch` does, and give its rows in portions."""
        lane = await self._lane(query)
        async with aclosing(stream(lane, query, *args)) as portions:
            async for portion in portions:
                yield portion
        if not self._keep:
            self.give_back()

    async def _lane(self, query: str) -> Lane:
        lanes = self._owner.searching if _by_values(query) else self._owner.lanes
        for taken, lane in self._taken:
            if taken is lanes:
                return lane
        lane = await lanes.take()
        self._taken.append((lanes, lane))
        return lane

    def give_back(self) -> None:
        """Return what was taken."""
        while self._taken:
            lanes, lane = self._taken.pop()
            lanes.give_back(lane)
