"""What lives as long as the application: its database and store, the log it follows, its jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from modules import registry
from modules.zones import differing
from schema.runtime import Runtime
from storage import stores
from storage.database import Database
from storage.disk import lacking
from storage.embedded import place
from storage.migrate import MigrationError, pending
from storage.outage import Unavailable, outage
from storage.worker import Worker

logger = logging.getLogger(__name__)

SHOWN = 10
COMING_UP = 10.0
"""Seconds an application that starts waits for its worker before it says that it is not ready."""
UNREACHABLE = (
    OSError,
    Unavailable,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    MigrationError,
)


class Lifetime:
    """The parts of a running server that are started and stopped.

    With migrations pending it waits: nothing is followed or done until they are applied.
    """

    def __init__(self, runtime: Runtime) -> None:
        """Prepare to open these parts."""
        self.runtime = runtime
        self.reason: str | None = None
        """Why requests could not be served when the application started, or None."""
        self._open = self._following = False
        self._worker: Worker | None = None
        self._parts = AsyncExitStack()
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self, _app: object) -> AsyncIterator[None]:
        """Run from the application's start to its end."""
        async with self.runtime.opened(), self._parts:
            self._open = True
            looking = stores.warn_if_away(self.runtime.store)
            self._parts.callback(asyncio.create_task(looking, name="look at the store").cancel)
            self.reason = await self.unready()
            if self._worker is not None:
                await self._worker.up(COMING_UP)
                self.reason = await self.unready()
            yield
            self._open = False
        self._following, self._worker = False, None

    async def unready(self) -> str | None:
        """Say why requests cannot be served now, or None; start what waited for migrations."""
        if not self._open:
            return "The server is starting or stopping."
        here = self.runtime.database
        try:
            async with self._starting:
                if self._following:
                    await here.check()
                    return await self._without_room(here) or self._without_jobs()
                missing = await pending(here.pool, registry.migrations(self.runtime.modules))
                if not missing:
                    await self._start(here)
        except UNREACHABLE as error:
            return f"The database is of no use: {error}"
        if missing:
            return f"Migrations are pending: {', '.join(map(str, missing))}. Run regulars migrate."
        return self._without_jobs()

    def _without_jobs(self) -> str | None:
        if self._worker is None or not (idle := self._worker.idle()):
            return None
        queues = ", ".join(idle)
        return f"The worker takes no jobs ({queues}): it starts, or cannot reach its queue."

    async def _without_room(self, here: Database) -> str | None:
        settings = self.runtime.settings
        return await lacking(place(settings.data_dir), settings.disk_floor, here.changes)

    def connections(self) -> dict[str, tuple[int, int]]:
        """Count each pool's connections, and how many of them are idle."""
        if not self._open:
            return {}
        pools = self.runtime.database.pools()
        return {name: (pool.open, pool.idle) for name, pool in pools.items()}

    async def _start(self, here: Database) -> None:
        await self.runtime.follow()
        if self.runtime.settings.worker:
            self._worker = await self._parts.enter_async_context(self.runtime.working())
        comparing = asyncio.create_task(_warn_of_zones(here), name="compare time zones")
        self._parts.callback(comparing.cancel)
        self._following = True


async def _warn_of_zones(here: Database) -> None:
    """Say where PostgreSQL's time zones are not ours; all times on walls go by ours."""
    try:
        found = await differing(here.pool)
    except UNREACHABLE as error:
        if not outage.noticed(error):
            logger.warning("PostgreSQL's time zones could not be compared: %s", error)
        return
    if found:
        few = ", ".join(found[:SHOWN]) + (", …" if len(found) > SHOWN else "")
        logger.warning("PostgreSQL's time zones are older or newer than ours (%s): ours count", few)
