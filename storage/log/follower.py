"""Following the log live: one listener per process, and nothing skipped or repeated at any seam."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg

from storage import wakeups
from storage.log.cursor import NOW, BadCursor, Cursor, CursorExpired
from storage.log.readers import PAGE, Attached, Deliver, Ended
from storage.log.reading import Recorded, read_page
from storage.outage import outage

logger = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds after which a silent PostgreSQL counts as gone
LONGEST_PAUSE = 5.0
BREATH = 0.01


class Follower:
    """Follows the log of every business on one connection and hands each event over once.

    Events come in an order that keeps causes before effects. When PostgreSQL goes away, the
    follower comes back by itself and goes on where it was. `poll` is how many seconds a lost
    wake-up can cost.
    """

    def __init__(self, dsn: str, *, poll: float = 5.0) -> None:
        self._dsn = dsn
        self._poll = poll
        self._wake = asyncio.Event()
        self._cursor: Cursor | None = None
        self._turn = 0
        self._everything: list[Deliver] = []
        self._attached: dict[UUID, list[Attached]] = {}
        self._joining: list[Attached] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, take the end of the log as the beginning, and follow it from there."""
        connection = await self._connect()
        self._task = asyncio.create_task(self._follow(connection), name="log follower")

    async def stop(self) -> None:
        """Leave. The streams of readers that are still attached end."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for reader in self._joining:
            reader.joined.cancel()
        self._end(None)

    def on_event(self, deliver: Deliver) -> Callable[[], None]:
        """Have every event of every business handed to `deliver`; call the answer to end that."""
        self._everything.append(deliver)
        return lambda: self._everything.remove(deliver)

    async def attach(
        self,
        business_id: UUID,
        after: Cursor | None,
        deliver: Deliver,
        ended: Ended = lambda reason: None,
    ) -> Attached:
        """Join the log of a business at a seam: what is before is read, what is after handed over.

        From the seam on `deliver` gets what is new, be it before or after this returns;
        `Attached.backlog()` gives what happened between `after` and the seam, and belongs in front.
        Together they are every event since `after`, once. Without `after` there is no backlog.
        Raises BadCursor or CursorExpired where the cursor is no good. `ended` is called when the
        log cannot be followed any further.
        """
        reader = Attached(business_id, after, deliver, ended, self._turn)
        reader.detach = lambda: self._detach(reader)
        self._joining.append(reader)
        self._wake.set()
        try:
            await reader.joined
        except BaseException:
            reader.detach()
            raise
        return reader

    async def _follow(self, connection: asyncpg.Connection) -> None:
        pause = 0.0
        while True:
            try:
                while True:
                    busy = await self._advance(connection)
                    pause = 0.0
                    if busy:  # what comes close together is read together
                        await asyncio.sleep(BREATH)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._poll):
                            await self._wake.wait()
            except (BadCursor, CursorExpired) as error:
                logger.info("the log continues elsewhere: %s", error)
                self._cursor = None
                self._end(error)
            except Exception as error:  # noqa: BLE001 - whatever it is, readers wait for us to go on
                _noticed(error)
            finally:
                connection.terminate()
            connection, pause = await self._reconnect(pause)

    async def _reconnect(self, pause: float) -> tuple[asyncpg.Connection, float]:
        while True:
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, max(0.05, pause * 2))
            try:
                return await self._connect(), pause
            except Exception as error:  # noqa: BLE001 - see _follow
                _noticed(error)

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            self._dsn,
            timeout=PATIENCE,
            command_timeout=PATIENCE,
            server_settings={"application_name": "regulars follower", "jit": "off"},
        )
        try:
            connection.add_termination_listener(self._look)
            await connection.add_listener(wakeups.EVENTS, self._look)
            await connection.execute("SELECT log_adopt_cluster()")
            if self._cursor is None:
                self._cursor = Cursor.parse(await connection.fetchval(f"SELECT {NOW}"))
        except BaseException:
            connection.terminate()
            raise
        outage.over()
        return connection

    def _look(self, *_: Any) -> None:
        self._wake.set()

    async def _advance(self, connection: asyncpg.Connection) -> bool:
        """Hand over everything up to now; whoever asked to join before this began, joins then.

        Answers whether there was anything.

        The seam lies behind a read that began after the reader had its cursor, so whatever the
        cursor has seen, the seam has seen as well.
        """
        self._wake.clear()
        self._turn += 1
        complete = busy = False
        while not complete:
            assert self._cursor is not None  # a connection is made with a cursor
            page = await read_page(connection, self._cursor, limit=PAGE, turn=self._turn)
            for event in page.events:
                self._hand_over(event)
            complete, busy = page.complete, busy or bool(page.events)
            self._cursor = (
                Cursor(page.tag, page.seen) if complete else Cursor.parse(page.events[-1].cursor)
            )
        self._join()
        return busy

    def _hand_over(self, event: Recorded) -> None:
        readers = [a.deliver for a in self._attached.get(event.business_id, ())]
        for deliver in (*self._everything, *readers):
            try:
                deliver(event)
            except Exception:
                logger.exception("event %d was lost on one of its readers", event.seq)

    def _join(self) -> None:
        assert self._cursor is not None  # _advance has just set it
        ready = [reader for reader in self._joining if reader.asked < self._turn]
        self._joining = [reader for reader in self._joining if reader.asked >= self._turn]
        for reader in ready:
            if reader.join(self._cursor, self._turn + 1):
                self._attached.setdefault(reader.business_id, []).append(reader)

    def _detach(self, attached: Attached) -> None:
        if attached in self._joining:
            self._joining.remove(attached)
        here = self._attached.get(attached.business_id, [])
        if attached in here:
            here.remove(attached)
        if not here:
            self._attached.pop(attached.business_id, None)

    def _end(self, reason: Exception | None) -> None:
        attached, self._attached = self._attached, {}
        for reader in [reader for readers in attached.values() for reader in readers]:
            reader.ended(reason)


def _noticed(error: Exception) -> None:
    if not outage.noticed(error, connecting=True):
        logger.warning("the log cannot be followed, trying again: %r", error)
