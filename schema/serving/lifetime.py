"""What lives as long as the application: its database and store, the log it follows, its jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from modules import client_data, hooks, profile, registry
from modules.contract import Module
from modules.reactions import Reactions
from modules.zones import differing
from storage import ledger, stores, wakeups
from storage.database import Database
from storage.disk import lacking
from storage.embedded import place
from storage.housekeeping import MINUTE, keep_doing, keep_house
from storage.log import Follower, adopt_cluster
from storage.migrate import MigrationError, pending
from storage.outage import Unavailable, outage
from storage.settings import Settings
from storage.settings import install as install_settings
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

    def __init__(
        self, settings: Settings, modules: Sequence[Module], database: Database | None = None
    ) -> None:
        """Prepare; a database that is open already is used, and left open."""
        self.database = database
        """Open while the application runs."""
        self.follower = Follower(database.dsn if database else settings.database_url or "")
        """The one LISTEN connection of this process; it follows once migrations are current."""
        self.reactions = Reactions(modules, settings)
        """What is done after something happened."""
        self.reason: str | None = None
        """Why requests could not be served when the application started, or None."""
        self._following = False
        self._worker: Worker | None = None
        self._settings = settings
        self._modules = modules
        self._parts = AsyncExitStack()
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self, _app: object) -> AsyncIterator[None]:
        """Run from the application's start to its end."""
        install_settings(self._settings)
        async with self._parts:
            if (given := self.database) is None:
                opened = opened_database(self._settings, self._modules)
                self.database = await self._parts.enter_async_context(opened)
            store = await self._parts.enter_async_context(stores.opened(self._settings))
            looking = asyncio.create_task(stores.warn_if_away(store), name="look at the store")
            self._parts.callback(looking.cancel)
            self.reason = await self.unready()
            if self._worker is not None:
                await self._worker.up(COMING_UP)
                self.reason = await self.unready()
            yield
        self.database, self._following, self._worker = given, False, None

    async def unready(self) -> str | None:
        """Say why requests cannot be served now, or None; start what waited for migrations."""
        here = self.database
        if here is None:
            return "The server is starting or stopping."
        try:
            async with self._starting:
                if self._following:
                    await here.check()
                    return await self._without_room(here) or self._without_jobs()
                missing = await pending(here.pool, registry.migrations(self._modules))
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
        settings = self._settings
        return await lacking(place(settings.data_dir), settings.disk_floor, here.changes)

    def connections(self) -> dict[str, tuple[int, int]]:
        """Count each pool's connections, and how many of them are idle."""
        if self.database is None:
            return {}
        pools = self.database.pools()
        return {name: (pool.open, pool.idle) for name, pool in pools.items()}

    async def _start(self, here: Database) -> None:
        await adopt_cluster()
        self.reactions.log().install()
        self.follower.on_event(self.reactions.hear)
        await self.follower.start()
        self._parts.push_async_callback(self.follower.stop)
        if self._settings.worker:
            at_work = working(here.dsn, self.reactions)
            self._worker = await self._parts.enter_async_context(at_work)
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


async def open_database(settings: Settings, modules: Sequence[Module]) -> Database:
    """Connect to the database of the settings, with these modules' tables bound and answering."""
    if settings.database_url is None:
        raise RuntimeError("start the embedded PostgreSQL first, and say where it is")
    hooks.install(modules)
    client_data.install(modules)
    profile.install(modules)
    install_settings(settings)
    return await Database.open(
        settings.database_url,
        registry.apps(modules),
        readers=settings.readers,
        writers=settings.writers,
    )


@asynccontextmanager
async def opened_database(settings: Settings, modules: Sequence[Module]) -> AsyncIterator[Database]:
    """Have such a database open meanwhile; at the end, let those who wait for something hear."""
    database = await open_database(settings, modules)
    try:
        yield database
    finally:
        await wakeups.rung()
        await database.close()


@asynccontextmanager
async def working(dsn: str, reactions: Reactions) -> AsyncIterator[Worker]:
    """Do the jobs and keep house meanwhile; at the end, let jobs under way finish."""
    worker = Worker(dsn, {**ledger.JOBS, **reactions.handlers()})
    task = asyncio.create_task(worker.run(), name="worker")
    keeping = asyncio.create_task(keep_house(reactions.sweeps), name="housekeeping")
    counting = asyncio.create_task(keep_doing(reactions.every_minute, MINUTE), name="every minute")
    try:
        yield worker
    finally:
        keeping.cancel()
        counting.cancel()
        await worker.stop()
        await task
        await reactions.close()
