"""Looks after all requests under way: one timer for everybody instead of two for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

TICK = 0.05
"""Seconds: how late something that is due may be done."""


class Overseer:
    """Does what is due, a tick late at most; while nothing is, it costs nothing."""

    def __init__(self) -> None:
        self._due: dict[object, tuple[float, Callable[[], None]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticking = False

    def plan(self, who: object, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` in so many seconds, unless `who` is dropped before."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._due[who] = (self._loop.time() + seconds, action)
        if not self._ticking:
            self._ticking = True
            self._loop.call_later(TICK, self._tick, self._loop)

    def drop(self, who: object) -> None:
        """Forget what was planned, if it was not done yet."""
        self._due.pop(who, None)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for who, (when, action) in list(self._due.items()):
            if when <= now:
                self._due.pop(who, None)
                action()
        self._ticking = bool(self._due)
        if self._ticking:
            loop.call_later(TICK, self._tick, loop)


class Within:
    """A block that is cancelled when it takes too long; then it raises TimeoutError."""

    __slots__ = ("_cancelling", "_expired", "_overseer", "_seconds", "_task")

    def __init__(self, overseer: Overseer, seconds: float) -> None:
        self._overseer = overseer
        self._seconds = seconds
        self._expired = False
        self._task: asyncio.Task[object] | None = None

    def expired(self) -> bool:
        """Tell whether the block was cancelled for its time."""
        return self._expired

    def forever(self) -> None:
        """Let the block take as long as it likes from now on."""
        self._overseer.drop(self)

    def expire(self) -> None:
        """Cancel the block now."""
        if self._task is not None and not self._expired:
            self._expired = True
            self._task.cancel()

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        self._cancelling = self._task.cancelling() if self._task else 0
        self._overseer.plan(self, self._seconds, self.expire)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._overseer.drop(self)
        task, self._task = self._task, None
        if (
            self._expired
            and task is not None
            and task.uncancel() <= self._cancelling
            and isinstance(error, asyncio.CancelledError)
        ):
            raise TimeoutError from error
