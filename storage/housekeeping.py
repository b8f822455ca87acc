"""What time itself changes is looked after: the expired is thrown away, figures are kept true."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from storage import database, ledger
from storage.outage import outage

logger = logging.getLogger(__name__)

MINUTE, HOUR = 60.0, 3600.0  # seconds
EXPIRED = (
    # A key is remembered for a day: whoever retries later asks anew.
    "DELETE FROM idempotency WHERE created_at < now() - interval '24 hours'",
)


async def sweep() -> None:
    """Throw away what has expired."""
    for statement in EXPIRED:
        await database.execute(statement)
    await ledger.sweep()


async def keep_house(
    others: Sequence[Callable[[], Awaitable[None]]] = (), every: float = HOUR
) -> None:
    """Sweep now and then, for ever, and have others sweep their own."""
    await keep_doing((sweep, *others), every)


async def keep_doing(things: Sequence[Callable[[], Awaitable[None]]], every: float) -> None:
    """Do all of these now and then, for ever; every worker does, so twice must be harmless.

    What goes wrong once is tried again the next time, and keeps nobody else from sweeping.
    """
    while True:
        for each in things:
            try:
                await each()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next sweep tries again
                if not outage.noticed(error):
                    logger.warning("sweeping failed, trying again later: %r", error)
        await asyncio.sleep(every)
