"""Reads the log of one business as a live reader does: what it missed first, then what comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from storage.log import Cursor, Follower, Recorded


async def subscribe(
    follower: Follower, business_id: UUID, after: Cursor | None = None
) -> AsyncIterator[Recorded]:
    """Give every event after a cursor, or from now on, until the follower is stopped."""
    waiting: asyncio.Queue[Recorded | Exception | None] = asyncio.Queue()
    attached = await follower.attach(business_id, after, waiting.put_nowait, waiting.put_nowait)
    try:
        async for event in attached.backlog():
            yield event
        while isinstance(live := await waiting.get(), Recorded):
            yield live
        if live is not None:
            raise live
    finally:
        attached.detach()
