"""The connections of one read, and which pool each of its statements belongs to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol

import asyncpg

from storage.pool import Lane, Pool, within

EACH_TIME = "/* planned for its values */ "
"""How a statement begins whose best plan depends on the values it is run with."""


def _by_values(query: str) -> bool:
    return query.startswith(EACH_TIME) or " LIKE " in query


PORTION = 500
"""Rows of a stream that are fetched together."""


async def stream(lane: Any, query: str, *args: Any) -> AsyncGenerator[list[asyncpg.Record], None]:
    """Give a statement's rows in portions, so that no more of them are here than are looked at."""
    async with within(lane):  # inside another it is a savepoint; rows wait nowhere else
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

    lanes: Pool
    searching: Pool


class Reading:
    """The connections of one read: taken when a statement needs one, kept to the read's end.

    With `keep=False` each is given back at once, for a read that waits for something in between.
    """

    __slots__ = ("_keep", "_owner", "_taken")

    def __init__(self, owner: Waysides, *, keep: bool = True) -> None:
        self._owner = owner
        self._keep = keep
        self._taken: list[tuple[Pool, Lane]] = []

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
