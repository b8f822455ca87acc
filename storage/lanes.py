"""Connections at hand for reads: taken and given back without a task, a lock or a round trip."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Lane: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


class Lanes:
    """At most `size` connections of a pool, kept open and handed from one read to the next.

    asyncpg's pool gives a connection back in a task of its own; at a thousand small reads a second
    that is a tenth of the work. Opening, closing and mending connections stays with the pool.
    """

    def __init__(self, pool: Pool, size: int) -> None:
        self._pool = pool
        self._free = size
        """How many more may be opened."""
        self._idle: list[Lane] = []
        self._waiting: deque[asyncio.Future[Lane | None]] = deque()

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
        """Let the next read have it; a connection that is broken is thrown away."""
        if not _usable(lane):
            self._free += 1
            self._hand(None)
        elif not self._hand(lane):
            self._idle.append(lane)

    async def close(self) -> None:
        """Give the idle connections back to the pool."""
        while self._idle:
            await self._pool.release(self._idle.pop())

    async def _open(self) -> Lane:
        self._free -= 1
        try:
            return await self._pool.acquire()
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


def _usable(lane: Lane) -> bool:
    try:
        return not lane.is_closed()
    except asyncpg.InterfaceError:  # the pool took it back when its connection broke
        return False
