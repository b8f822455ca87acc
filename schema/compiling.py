"""Where documents are parsed, checked and compiled: beside the event loop, each asker in turn."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

P = TypeVar("P")
OFTEN = 150_000
"""After how much work all garbage is looked for, also what is old: a quarter of what may be kept.

Everybody waits meanwhile, as long as there are documents kept and forgotten: a tenth of a second.
"""
_STRANGERS = object()


@dataclass(slots=True)
class Turn:
    """What one asker waits for: one piece of work at a time, in the order it was asked for."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Compiling:
    """One thread for all that is compiled, so that everybody else is answered meanwhile.

    An asker has one piece of work in line at a time, and so have all strangers together: those
    without an account, who could come from any number of addresses. Whoever sends document after
    document waits behind their own; others wait for as many pieces as there are askers.
    """

    def __init__(self) -> None:
        """Start the thread when there is something to do."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="compiling")
        self._turns: dict[Hashable, Turn] = {}
        self._under_way: dict[Hashable, asyncio.Task[Any]] = {}
        self._since = 0

    async def once(
        self, what: Hashable, asker: Hashable, work: Callable[[], P], *, weight: int = 0
    ) -> P:
        """Do a piece of work; who wants the same meanwhile gets the same. Raises what it raises."""
        task: asyncio.Task[P] | None = self._under_way.get(what)
        if task is None:
            made = asyncio.create_task(self.run(asker, work, weight=weight))
            task = self._under_way[what] = made
            task.add_done_callback(lambda done: self._finish(what, done))
        return await asyncio.shield(task)

    async def run(self, asker: Hashable, work: Callable[[], P], *, weight: int = 0) -> P:
        """Do a piece of work in its asker's turn; an account is a UUID. Raises what it raises.

        `weight` says how much it may leave behind, as the documents that are kept are weighed.
        """
        async with self._turn(asker):
            if isinstance(asker, UUID):
                return await self._do(work, weight)
            async with self._turn(_STRANGERS):
                return await self._do(work, weight)

    @asynccontextmanager
    async def _turn(self, asker: Hashable) -> AsyncIterator[None]:
        turn = self._turns.setdefault(asker, Turn())
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                del self._turns[asker]

    async def _do(self, work: Callable[[], P], weight: int) -> P:
        loop = asyncio.get_running_loop()
        tidily = partial(self._tidily, work, weight)
        return await loop.run_in_executor(self._thread, copy_context().run, tidily)

    def _tidily(self, work: Callable[[], P], weight: int) -> P:
        """Do a piece of work and clear up after it.

        A validator is thousands of objects in rings. Found at once, they cost a millisecond; later
        they would be among all that is old, where looking for garbage takes as long as there is
        much. That is done before there is as much garbage of forgotten plans as there are plans.
        """
        try:
            return work()
        finally:
            self._since += weight
            if self._since < OFTEN:
                gc.collect(1)
            else:
                self._since = 0
                gc.collect()

    def _finish(self, what: Hashable, done: asyncio.Task[Any]) -> None:
        del self._under_way[what]
        if not done.cancelled():
            done.exception()  # seen, though everybody who waited for it may have left
