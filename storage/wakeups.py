"""Waking those who wait for something new, after the commit that made it so.

A NOTIFY inside a transaction makes PostgreSQL commit such transactions one after the other, each
with its own wait for the disk. Sent afterwards, and once for all that was committed meanwhile, it
costs writers nothing. When a process dies in between, those who wait look by themselves some
seconds later.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import orjson

from storage import database
from storage.outage import outage

logger = logging.getLogger(__name__)

BREATH = 0.01
"""Seconds between two rings."""
EVENTS = "regulars_event"
"""The channel that says: look into the log."""
JOBS = "regulars_job"
"""The channel that says: look into the queue."""


def payload(channel: str) -> str:
    """Say what listeners want to hear: the log's nothing, the queue's what PgQueuer parses."""
    if channel == EVENTS:
        return ""
    changed = {
        "channel": channel,
        "operation": "insert",
        "sent_at": datetime.now(UTC),
        "table": "job",
        "type": "table_changed_event",
    }
    return orjson.dumps(changed).decode()


class Bell:
    """Rings the channels, once for all who asked while it was busy."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._ringing: asyncio.Task[None] | None = None

    def ring(self, channel: str) -> None:
        """Wake those who listen on a channel, soon. Never fails."""
        self._asked.add(channel)
        loop = asyncio.get_running_loop()
        busy = self._ringing is not None and self._ringing.get_loop() is loop
        if not busy or (self._ringing is not None and self._ringing.done()):
            self._ringing = loop.create_task(self._ring(), name="wake-ups")

    async def rung(self) -> None:
        """Wait until everybody was woken: before the database is closed."""
        if self._ringing is not None and self._ringing.get_loop() is asyncio.get_running_loop():
            await asyncio.wait([self._ringing])

    async def _ring(self) -> None:
        # The first ring is heard at once; those that follow closely are heard together.
        while self._asked:
            channels, self._asked = sorted(self._asked), set()
            try:
                await database.database().pool.execute(
                    "SELECT pg_notify(channel, payload)"
                    " FROM unnest($1::text[], $2::text[]) AS wake (channel, payload)",
                    channels,
                    [payload(channel) for channel in channels],
                )
            except Exception as error:  # noqa: BLE001 - listeners look by themselves
                if not outage.noticed(error):
                    logger.warning("a wake-up was lost; listeners look by themselves: %r", error)
            await asyncio.sleep(BREATH)


_bell = Bell()
ring, rung = _bell.ring, _bell.rung
