"""A pool of connections: opened when there is room, handed on in turn, mended when they break.

asyncpg's own pool gives a connection back in a task of its own; at a thousand small reads a second
that is a tenth of the work.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

import asyncpg

from storage.outage import Unavailable, outage

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connect: TypeAlias = "Callable[[], Awaitable[Connection]]"

CONNECTING = 3.0  # seconds PostgreSQL may take to let somebody in
SETTLING = 2.0  # seconds it may take to end a statement that was cancelled, or a transaction
PAUSE = 0.25  # seconds between two attempts to connect while there is no connection
LONGER_PAUSE = 1.0  # the same while there is one, and more would be welcome
FULL = 5.0  # seconds without any connection before a lack of them is an error
CLOSING = 1.0  # seconds a stop waits for those who still have a connection


class Pool:
    """At most `size` connections, of which this counts every one.

    Whoever finds none idle waits in line; the pool grows meanwhile if it can. Only when it has no
    connection at all, and gets none, does it raise Unavailable. One that broke, or that PostgreSQL
    does not give back in time, is thrown away.
    """

    def __init__(self, connect: Connect, size: int) -> None:
        self.size = size
        self._connect = connect
        self._all: set[Connection] = set()
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection]] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._settling: set[asyncio.Task[None]] = set()
        self._refusal: Exception | None = None
        """Why the last attempt to connect failed; None when it did not."""
        self._next = 0.0
        """When it is worth trying again, in the loop's time."""
        self._without_since: float | None = None
        self._closed = False

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._all)

    @property
    def idle(self) -> int:
        """How many of them nobody uses."""
        return len(self._idle)

    async def start(self) -> None:
        """Open the first connection. Raises what asyncpg or the system says where it cannot."""
        connection = await self._connect()
        self._add(connection)
        self._hand(connection)

    async def take(self, *, first: bool = False) -> Connection:
        """Give a connection, when there is one: the one given back last, which is still warm.

        Those who wait are served in turn; `first` goes before them all. Raises Unavailable.
        """
        while self._idle:
            if not self._broken(connection := self._idle.pop()):
                return connection
        self._refuse_if_hopeless()
        turn: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if first else self._waiting.append)(turn)
        self._grow()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give_back(turn.result())
            raise

    def give_back(self, connection: Connection) -> None:
        """Let the next one have it, unless it is broken or in the middle of something."""
        if not connection.is_closed() and _inside(connection)._protocol._is_cancelling():  # noqa: SLF001
            settling = asyncio.create_task(self._settle(connection), name="a cancelled statement")
            self._settling.add(settling)
            settling.add_done_callback(self._settling.discard)
        elif not self._broken(connection):
            self._hand(connection)

    @asynccontextmanager
    async def connection(self, *, first: bool = False) -> AsyncIterator[Connection]:
        """Give a connection for a while."""
        connection = await self.take(first=first)
        try:
            yield connection
        finally:
            self.give_back(connection)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """Give a connection on which all statements see one moment."""
        async with (
            self.connection() as connection,
            within(connection, isolation="repeatable_read", readonly=True),
        ):
            yield connection

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Run one statement and give all its rows."""
        async with self.connection() as connection:
            return await connection.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """Run one statement and give its first row, if any."""
        async with self.connection() as connection:
            return await connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """Run one statement and give its first row's first value, or None."""
        async with self.connection() as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run one statement and give PostgreSQL's word on it, as `UPDATE 1`."""
        async with self.connection() as connection:
            return await connection.execute(sql, *args)

    async def check(self) -> None:
        """Use a connection as a request would, without waiting in line. Raises what goes wrong."""
        async with self.connection(first=True) as connection:
            await connection.fetchval("SELECT 1")

    async def close(self) -> None:
        """Let those who have a connection finish, for a moment; then close them all."""
        self._closed = True
        self._fail(Unavailable("the pool is closed"))
        for task in (*self._opening, *self._settling):
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                while len(self._idle) < len(self._all):  # noqa: ASYNC110 - rarely, and briefly
                    await asyncio.sleep(0.01)
        await asyncio.gather(*(_leave(connection) for connection in tuple(self._all)))

    def terminate(self) -> None:
        """Break all connections at once."""
        self._closed = True
        for connection in tuple(self._all):
            connection.terminate()

    async def acquire(self) -> Connection:
        """Give a connection; the name Tortoise knows it by."""
        return await self.take()

    async def release(self, connection: Connection) -> None:
        """Give a connection back; the name Tortoise knows it by."""
        self.give_back(connection)

    # --- connections that come and go

    def _add(self, connection: Connection) -> None:
        self._all.add(connection)
        self._refusal = self._without_since = None
        connection.add_termination_listener(self._gone)
        outage.over()

    def _gone(self, connection: Any) -> None:
        """Count a connection no more, however it ended; asyncpg tells of each."""
        self._all.discard(connection)
        with suppress(ValueError):
            self._idle.remove(connection)
        self._grow()

    def _broken(self, connection: Connection) -> bool:
        """Tell whether a connection is of no more use; then it is thrown away."""
        # In a transaction, or on its way into one: whoever had it was cancelled while it began.
        if not connection.is_closed():
            if not connection.is_in_transaction() and _inside(connection)._top_xact is None:  # noqa: SLF001
                return False
            connection.terminate()
        self._gone(connection)
        return True

    async def _settle(self, connection: Connection) -> None:
        """Wait until PostgreSQL has ended a cancelled statement, but not for ever."""
        try:
            await _inside(connection)._protocol._wait_for_cancellation(SETTLING)  # noqa: SLF001
        except (TimeoutError, asyncio.CancelledError, asyncpg.InterfaceError, OSError):
            connection.terminate()
        if not self._broken(connection):
            self._hand(connection)

    def _hand(self, connection: Connection) -> None:
        """Hand a connection to whoever waits longest, or keep it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        self._idle.append(connection)

    def _grow(self) -> None:
        """Open as many more as are waited for and as there is room for, soon."""
        if self._closed or not self._waiting:
            return
        loop = asyncio.get_running_loop()
        if self._refusal is not None and loop.time() < self._next:
            return  # the attempt that failed has planned another
        room = self.size - len(self._all) - len(self._opening)
        wanted = min(room, len(self._waiting) - len(self._opening))
        for _ in range(min(wanted, 1) if self._refusal else wanted):
            task = loop.create_task(self._open(), name="a connection")
            self._opening.add(task)
            task.add_done_callback(self._opened)

    async def _open(self) -> None:
        try:
            async with asyncio.timeout(CONNECTING):
                connection = await self._connect()
        except TimeoutError:
            self._refused(Unavailable(f"no connection within {CONNECTING:g} s"))
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told
            self._refused(error)
        else:
            self._add(connection)
            self._hand(connection)

    def _opened(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        self._grow()

    def _refused(self, error: Exception) -> None:
        """Go on with the connections there are; without any, tell those who wait."""
        loop = asyncio.get_running_loop()
        pause = LONGER_PAUSE if self._all else PAUSE
        self._refusal, self._next = error, loop.time() + pause
        loop.call_later(pause, self._try_again)
        if self._all:
            return  # more of them would have been nice
        outage.noticed(error)
        if self._without_since is None:
            self._without_since = loop.time()
        if self._hopeless():
            self._fail(error)

    def _try_again(self) -> None:
        self._next = 0.0
        self._grow()

    def _hopeless(self) -> bool:
        """Tell whether waiting makes no sense: there is no connection, and none to be had."""
        if self._all or self._refusal is None or self._without_since is None:
            return False
        full = isinstance(self._refusal, asyncpg.TooManyConnectionsError)
        waited = asyncio.get_running_loop().time() - self._without_since
        return waited > FULL if full else True

    def _refuse_if_hopeless(self) -> None:
        if self._closed:
            raise Unavailable("the pool is closed")
        here = asyncio.get_running_loop().time()
        if self._hopeless() and (self._opening or here < self._next):
            raise _unavailable(self._refusal)

    def _fail(self, error: Exception) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(_unavailable(error))


@asynccontextmanager
async def within(connection: Connection, **options: Any) -> AsyncIterator[None]:
    """Commit at the end, undo on any error; inside a transaction, a savepoint.

    A PostgreSQL that does not answer keeps nobody from leaving: then the connection is broken off.
    """
    transaction = connection.transaction(**options)
    await transaction.start()
    try:
        yield
    except BaseException:
        try:
            async with asyncio.timeout(SETTLING):
                await transaction.rollback()
        except (TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            connection.terminate()
        raise
    await transaction.commit()


def _inside(connection: Connection) -> Any:
    """See a connection as asyncpg's own pool does, which asks it what its stubs leave out."""
    return connection


async def _leave(connection: Connection) -> None:
    try:
        await connection.close(timeout=CLOSING)
    except (TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()


def _unavailable(error: Exception | None) -> Unavailable:
    """Give an error to raise, one for each who waited."""
    if isinstance(error, Unavailable):
        return Unavailable(*error.args)
    made = Unavailable(f"no connection to PostgreSQL can be had: {error}")
    made.__cause__ = error
    return made
