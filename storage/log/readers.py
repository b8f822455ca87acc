"""Those who follow the log of one business: what they missed first, then what is live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from uuid import UUID

from storage.log.cursor import BadCursor, Cursor, CursorExpired
from storage.log.reading import Here, Recorded, read_page

Deliver = Callable[[Recorded], None]
"""Takes an event over. Runs on the event loop, one event after the other, so it must be quick."""
Ended = Callable[[Exception | None], None]
"""Hears that no more will come: None when the follower was stopped, or else the reason."""
Turn = Callable[[], AbstractAsyncContextManager[None]]
"""Makes what is held while PostgreSQL is read."""
PAGE = 500


class SlowReader(Exception):
    """The reader fell too far behind and was dropped: resume from the last cursor it had."""


class Attached:
    """A reader's place at the follower. Made by `Follower.attach`."""

    seam: Cursor
    """What is before is read, what is after is handed over."""
    live_from: int
    """Events handed over with this `turn` or a later one are past the seam."""

    def __init__(
        self, business_id: UUID, after: Cursor | None, deliver: Deliver, ended: Ended, turn: int
    ) -> None:
        self.business_id = business_id
        self.deliver = deliver
        self.ended = ended
        self.asked = turn
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.detach: Callable[[], None] = lambda: None
        """Leave. Leaving twice is fine."""
        self._after = after

    def join(self, seam: Cursor, turn: int) -> bool:
        """Take the place behind all that `seam` has seen, unless the reader's cursor is no good."""
        self.seam, self.live_from = seam, turn
        if self.joined.done():
            return False
        if self._after is not None and self._after.tag != seam.tag:
            self.joined.set_exception(CursorExpired("PostgreSQL crashed or was restored since"))
            return False
        if self._after is not None and self._after.newest > seam.newest:
            self.joined.set_exception(BadCursor("ahead of everything in this log"))
            return False
        self.joined.set_result(None)
        return True

    async def backlog(self, turn: Turn = nullcontext) -> AsyncGenerator[Recorded, None]:
        """Give what happened between the reader's cursor and the seam, oldest first.

        It is read page by page, each of them in a `turn`.
        """
        after, complete = self._after, self._after is None
        while after is not None and not complete:
            async with turn():
                page = await read_page(
                    Here(), after, business_id=self.business_id, limit=PAGE, upto=self.seam.seen
                )
            for event in page.events:
                yield event
            complete = page.complete
            after = Cursor.parse(page.events[-1].cursor) if page.events else after
