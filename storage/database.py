"""The way to PostgreSQL: one pool for reads, one for changes, and transactions rules join."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import ContextVar
from typing import Any, Self, TypeAlias

import asyncpg
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.connection import ConnectionHandler
from tortoise.context import TortoiseContext

from storage import read_connections
from storage.codecs import use_fast
from storage.pool import CONNECTING, Pool, within
from storage.process import here

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

DEFAULT = "default"
SESSION = {
    "application_name": "regulars",
    "timezone": "UTC",
    "jit": "off",  # our statements are done before a compiler would be
    "idle_in_transaction_session_timeout": "60s",  # nobody keeps a slot locked by falling asleep
}

OWN_PLAN = {**SESSION, "plan_cache_mode": "force_custom_plan"}
"""Where the best way depends on what is looked for, and planning costs less than the wrong one."""

SAME_PLAN = {**SESSION, "plan_cache_mode": "force_generic_plan"}
"""Planning costs more than a small statement: plan once, for whatever values."""


class Database:
    """An open database. One per process: rules and tables find it without being handed it."""

    def __init__(
        self,
        dsn: str,
        orm: TortoiseContext,
        *,
        rules: Pool,
        reads: Pool,
        searches: Pool,
        changes: Pool,
    ) -> None:
        self.dsn = dsn
        self.pool = rules
        """For what rules read outside a transaction."""
        self.reads = reads
        """For compiled reads: one plan for all values, ids and instants decoded fast."""
        self.searches = searches
        """The same for searches, planned for what is searched."""
        self.changes = changes
        """For transactions, and changes of one statement."""
        self._orm = orm
        self._clients: ConnectionHandler = orm.connections

    @classmethod
    async def open(
        cls,
        dsn: str,
        apps: Mapping[str, Sequence[str]],
        *,
        readers: int = 10,
        writers: int = 16,
    ) -> Self:
        """Connect, and bind the modules' tables.

        Transactions have at most `writers` connections, compiled reads `readers`; searches, what
        rules read and what tables write outside of transactions have half as many each. `apps`
        maps a module's name to its files of tables. Refuses a second open database; where none
        can be reached, raises what asyncpg or the system says.
        """
        if here.database is not None:
            raise RuntimeError("a database is open already: close it first")
        half = (readers + 1) // 2
        pools = {
            "rules": _pool(dsn, half),
            "reads": _pool(dsn, readers, session=SAME_PLAN, fast=True),
            "searches": _pool(dsn, half, session=OWN_PLAN, fast=True),
            "changes": _pool(dsn, writers, session=SAME_PLAN),
        }
        try:
            await asyncio.gather(*(pool.start() for pool in pools.values()))
            orm = await _bind(dsn, apps, half)
        except BaseException:
            await asyncio.gather(*(pool.close() for pool in pools.values()))
            raise
        here.database = opened = cls(dsn, orm, **pools)
        return opened

    async def close(self) -> None:
        """Wait a moment for the statements still running, then leave."""
        if here.database is self:
            here.database = None
        own = [pool for name, pool in self.pools().items() if name != "tables"]
        await asyncio.gather(self._orm.close_connections(), *(pool.close() for pool in own))

    def pools(self) -> dict[str, Pool]:
        """Give every pool there is by its name."""
        return {
            "rules": self.pool,
            "tables": self.writing,
            "reads": self.reads,
            "searches": self.searches,
            "changes": self.changes,
        }

    async def check(self) -> None:
        """Use a connection of every pool, as requests would. Raises what goes wrong."""
        await asyncio.gather(*(pool.check() for pool in self.pools().values()))

    @property
    def writing(self) -> Pool:
        """The pool of what tables read and write outside of transactions."""
        client = self._client()
        client = client._parent if isinstance(client, TransactionWrapper) else client  # noqa: SLF001
        pool: Pool = client._pool  # type: ignore[assignment]  # noqa: SLF001
        return pool

    def joined(self) -> TransactionWrapper | None:
        """Find the transaction this task is in, as long as it is neither committed nor undone."""
        outer = _under_way.get()
        return outer if outer is not None and not outer._finalized else None  # noqa: SLF001

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Commit at the end, undo on any error; inside another transaction, a savepoint."""
        if (outer := self.joined()) is not None:
            connection: Connection = outer._connection  # noqa: SLF001
            async with within(connection):
                yield connection
            return
        client = self._client()
        if isinstance(client, TransactionWrapper):
            client = client._parent  # noqa: SLF001 - a task that outlived where it was started
        # Tortoise's own context loses the connection when BEGIN fails or is cancelled.
        async with self.changes.connection() as connection, within(connection):
            wrapper = TransactionWrapper(client)
            wrapper._connection = connection  # noqa: SLF001
            ours, theirs = _under_way.set(wrapper), self._clients.set(DEFAULT, wrapper)
            try:
                yield connection
            finally:
                wrapper._finalized = True  # noqa: SLF001
                self._clients.reset(theirs)
                _under_way.reset(ours)

    def _client(self) -> AsyncpgDBClient:
        client: AsyncpgDBClient = self._clients.get(DEFAULT)  # type: ignore[assignment]
        return client


_under_way: ContextVar[TransactionWrapper | None] = ContextVar("transaction", default=None)
"""The transaction a task is in, as Tortoise wraps it."""


def database() -> Database:
    """Give the open database, or raise when there is none."""
    opened: Database | None = here.database
    if opened is None:
        raise RuntimeError("no database is open")
    return opened


async def fetch(sql: str, *args: Any) -> list[asyncpg.Record]:
    """Run one statement and give all its rows. Inside a transaction it is part of it."""
    here = database()
    if (client := here.joined()) is None:
        return await here.pool.fetch(sql, *args)
    async with client.acquire_connection() as connection:
        return await connection.fetch(sql, *args)


async def fetchrow(sql: str, *args: Any) -> asyncpg.Record | None:
    """Run one statement and give its first row, if any. Inside a transaction it is part of it."""
    here = database()
    if (client := here.joined()) is None:
        return await here.pool.fetchrow(sql, *args)
    async with client.acquire_connection() as connection:
        return await connection.fetchrow(sql, *args)


async def fetchval(sql: str, *args: Any) -> Any:
    """Run one statement and give its first row's first value, or None. Joins a transaction."""
    here = database()
    if (client := here.joined()) is None:
        return await here.pool.fetchval(sql, *args)
    async with client.acquire_connection() as connection:
        return await connection.fetchval(sql, *args)


async def execute(sql: str, *args: Any) -> str:
    """Run one statement and give PostgreSQL's word on it, as `UPDATE 1`. Joins a transaction."""
    here = database()
    if (client := here.joined()) is None:
        return await here.changes.execute(sql, *args)
    async with client.acquire_connection() as connection:
        return await connection.execute(sql, *args)


async def stream(sql: str, *args: Any) -> AsyncGenerator[list[asyncpg.Record], None]:
    """Run one statement and give its rows in portions, in a transaction meanwhile."""
    async with (
        transaction() as connection,
        aclosing(read_connections.stream(connection, sql, *args)) as portions,
    ):
        async for portion in portions:
            yield portion


@asynccontextmanager
async def transaction() -> AsyncIterator[Connection]:
    """Commit at the end, undo on any error; inside another transaction, a savepoint.

    Tables (Tortoise) and the functions of this file take part by themselves.
    """
    async with database().transaction() as connection:
        yield connection


def _pool(dsn: str, size: int, *, session: Mapping[str, str] = SESSION, fast: bool = False) -> Pool:
    async def connect() -> Connection:
        connection = await asyncpg.connect(
            dsn,
            timeout=CONNECTING,
            statement_cache_size=300,  # PostgreSQL keeps each too, as long as the connection
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=50_000,  # compiled reads may be long, and come again
            server_settings=dict(session),
        )
        if fast:
            await use_fast(connection)
        return connection

    return Pool(connect, size)


class Client(AsyncpgDBClient):
    """Tortoise's client, connecting the way this file does, with all a DSN can say."""

    async def create_pool(self, **kwargs: Any) -> Any:
        """Open the pool for changes."""
        pool = _pool(kwargs["dsn"], kwargs["max_size"], session=SAME_PLAN)
        await pool.start()
        return pool


client_class = Client  # the name by which Tortoise asks an engine for its client


async def _bind(dsn: str, apps: Mapping[str, Sequence[str]], writers: int) -> TortoiseContext:
    config: dict[str, Any] = {
        "connections": {
            DEFAULT: {
                "engine": "storage.database",
                "credentials": {"dsn": dsn, "maxsize": writers},
            }
        },
        "apps": {
            label: {"models": list(models), "default_connection": DEFAULT}
            for label, models in (apps or {"storage": ["storage.models"]}).items()
        },
    }
    with warnings.catch_warnings():
        # Tortoise wants at least one app; without any module that is ours, which has no tables.
        warnings.filterwarnings("ignore", 'Module "storage.models" has no models', RuntimeWarning)
        orm = await Tortoise.init(config=config, timezone="UTC", _enable_global_fallback=True)
    try:
        await orm.db(DEFAULT).create_connection(with_db=True)
    except BaseException:
        await orm.close_connections()
        raise
    return orm
