"""Everything a process works with, opened in one place: by servers, workers, commands and tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import cached_property
from typing import Self

from modules import registry
from modules.contract import Module
from modules.reactions import Reactions
from schema.compose import build
from schema.engine import Engine
from schema.hub import Hub
from storage import ledger, stores, wakeups
from storage.database import Database
from storage.housekeeping import MINUTE, keep_doing, keep_house
from storage.log import Follower, adopt_cluster
from storage.objects import ObjectStore
from storage.process import here
from storage.settings import Settings
from storage.worker import Worker


class Runtime:
    """The parts of a process with these settings and modules.

    Made without touching anything; `opened()`, or `Runtime.open`, opens the database and the store
    and puts them where rules find them. A database that is open already is used, and left open.
    """

    def __init__(
        self, settings: Settings, modules: Sequence[Module], database: Database | None = None
    ) -> None:
        """Prepare what needs no connection."""
        self.settings = settings
        self.modules = modules
        self.reactions = Reactions(modules, settings)
        """What is done after something happened."""
        self.log = self.reactions.log()
        """The log that causes all that."""
        self.follower = Follower(database.dsn if database else settings.database_url or "")
        """The one LISTEN connection of this process, once `follow` was called."""
        self._database = self._given = database
        self._store: ObjectStore | None = None
        self._parts = AsyncExitStack()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, modules: Sequence[Module], database: Database | None = None
    ) -> AsyncIterator[Self]:
        """Have all this open meanwhile. Raises what PostgreSQL says when it cannot be reached."""
        async with (made := cls(settings, modules, database)).opened():
            yield made

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Have the database and the store open meanwhile; at the end stop what was started."""
        here.settings, here.modules, here.log = self.settings, self.modules, self.log
        async with self._parts:
            if self._database is None:
                self._database = await self._connected()
                self._parts.push_async_callback(self._database.close)
                self._parts.push_async_callback(wakeups.rung)
            self._store = await self._parts.enter_async_context(stores.opened(self.settings))
            yield
        self._database, self._store = self._given, None

    async def follow(self) -> None:
        """Follow the log from here to the end: modules hear of events, and live readers too."""
        await adopt_cluster()
        self.follower.on_event(self.reactions.hear)
        await self.follower.start()
        self._parts.push_async_callback(self.follower.stop)

    def working(self) -> AbstractAsyncContextManager[Worker]:
        """Do the jobs and keep house meanwhile; at the end, let jobs under way finish."""
        return working(self.database.dsn, self.reactions)

    @property
    def database(self) -> Database:
        """The database; raises while it is not open."""
        if self._database is None:
            raise RuntimeError("the database is not open")
        return self._database

    @property
    def store(self) -> ObjectStore:
        """The object store; raises while it is not open."""
        if self._store is None:
            raise RuntimeError("the object store is not open")
        return self._store

    @cached_property
    def hub(self) -> Hub:
        """All subscriptions of this process."""
        revokes = {event: ends for module in self.modules for event, ends in module.revokes.items()}
        return Hub(
            self.follower,
            revokes,
            readings=max(1, self.settings.readers // 2),
            subscriptions=self.settings.subscriptions_per_business,
        )

    @cached_property
    def engine(self) -> Engine:
        """What executes requests, made of what the modules say. Refuses: SchemaError."""
        return Engine(
            build(self.modules),
            authenticate=next((m.authenticate for m in self.modules if m.authenticate), None),
            hub=self.hub,
            planner=self.reactions.planned,
        )

    async def _connected(self) -> Database:
        if self.settings.database_url is None:
            raise RuntimeError("start the embedded PostgreSQL first, and say where it is")
        return await Database.open(
            self.settings.database_url,
            registry.apps(self.modules),
            readers=self.settings.readers,
            writers=self.settings.writers,
        )


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
