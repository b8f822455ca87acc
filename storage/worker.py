"""Doing the jobs: each at least once, again when it failed, parked in the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf
from typing import Any
from uuid import UUID

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.types import Channel

from storage import wakeups
from storage.attempts import Attempt
from storage.handlers import PLACES, Handler, Handlers, Patience, Payload, Queue, handler
from storage.outage import outage
from storage.queue import FairQueue

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 5.0
LOOKS_EVERY = 5.0
"""Seconds between two looks into a queue that is empty, or whose wake-up was lost."""
SILENCE = 30.0
"""Seconds without a look for jobs after which a queue is taken to be idle."""
KEEP_LOG = timedelta(days=14)
"""How long it is remembered what became of a job."""


class Worker:
    """Does the jobs it has handlers for, as they come, until it is stopped.

    A handler gets the job's payload. For a reaction that is what the log knows of the event, as
    JSON has it: reaction, seq, kind, business_id, subject, actor, at, data. Jobs nobody has a
    handler for stay where they are. Every queue has places and a connection of its own.
    """

    def __init__(
        self,
        dsn: str,
        handlers: Handlers,
        *,
        places: Mapping[Queue, int] = PLACES,
        patience: Patience | None = None,
        lost_after: float = 30.0,
        grace: float = 10.0,
    ) -> None:
        """Prepare. `patience` is for handlers that declare none.

        `lost_after`: seconds without a sign of life after which another worker takes a job over.
        `grace`: seconds the jobs under way get when the worker is stopped; then they go back.
        """
        every = {name: handler(each) for name, each in handlers.items()}
        by_queue = {
            queue: {name: each for name, each in every.items() if each.queue is queue}
            for queue in PLACES
        }
        self._queues = [
            _QueueWorker(
                dsn=dsn,
                queue=queue,
                handlers=own,
                places=places.get(queue, 1),
                patience=patience or Patience(),
                lost_after=timedelta(seconds=lost_after),
                grace=grace,
            )
            for queue, own in by_queue.items()
            if own
        ]

    async def run(self) -> None:
        """Work until stopped. Where PostgreSQL is away, wait for it to come back."""
        async with asyncio.TaskGroup() as queues:
            for queue in self._queues:
                queues.create_task(queue.run(), name=f"jobs: {queue.queue}")

    async def up(self, within: float) -> None:
        """Wait until every queue takes jobs, for so many seconds at the most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                for queue in self._queues:
                    await queue.up.wait()

    def idle(self) -> list[Queue]:
        """Name the queues that take no jobs: not yet, or not for `SILENCE` any more."""
        since = asyncio.get_running_loop().time() - SILENCE
        return [each.queue for each in self._queues if each.looked_at < since]

    async def stop(self) -> None:
        """Take no more jobs, give those under way the grace to end, and wait until all is quiet."""
        await asyncio.gather(*(queue.stop() for queue in self._queues))


@dataclass(kw_only=True, eq=False)
class _QueueWorker:
    """Does the jobs of one queue."""

    dsn: str
    queue: Queue
    handlers: Mapping[str, Handler[Payload]]
    places: int
    patience: Patience
    lost_after: timedelta
    grace: float
    up: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    """Set as soon as it has looked into the queue."""
    looked_at: float = field(init=False, default=-inf)
    """When it last did, by the clock of the event loop."""
    _under_way: set[asyncio.Task[Any]] = field(init=False, default_factory=set)
    _stopping: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _left: UUID | None = field(init=False, default=None)
    """Who had jobs under way here when PostgreSQL was lost."""
    _quiet: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._quiet.set()

    async def run(self) -> None:
        pause = 0.0
        self._quiet.clear()
        try:
            while not self._stopping.is_set():
                try:
                    await self._session()
                    pause = 0.0
                except Exception as error:  # noqa: BLE001 - whatever it is, the jobs have to be done
                    pause = min(LONGEST_PAUSE, max(0.1, pause * 2))
                    if not outage.noticed(error, connecting=True):
                        logger.warning("jobs cannot be had, next try in %.1f s: %r", pause, error)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._stopping.wait(), pause)
        finally:
            self._quiet.set()

    async def stop(self) -> None:
        self._stopping.set()
        await self._quiet.wait()

    async def _session(self) -> None:
        connection = await asyncpg.connect(
            self.dsn, timeout=10, server_settings={"application_name": "regulars worker"}
        )
        try:
            queue = await self._queue(AsyncpgDriver(connection))
            working = asyncio.create_task(
                queue.run(
                    dequeue_timeout=min(self.lost_after / 2, timedelta(seconds=LOOKS_EVERY)),
                    batch_size=max(1, self.places // 2),
                    max_concurrent_tasks=max(2, self.places),
                    heartbeat_timeout=self.lost_after,
                    shutdown_on_listener_failure=True,
                    log_aggregation_interval=timedelta(0),
                ),
                name="jobs",
            )
            tidying = asyncio.create_task(self._tidy(queue), name="jobs: tidy up")
            try:
                await _first(working, self._stopping.wait(), _lost(connection))
            finally:
                tidying.cancel()
                await self._wind_down(queue, working)
            if not working.cancelled():
                working.result()
        finally:
            connection.terminate()

    async def _queue(self, driver: AsyncpgDriver) -> QueueManager:
        priorities = {name: each.priority for name, each in self.handlers.items()}
        jobs = FairQueue(driver, priorities, self._looked)
        queue = QueueManager(jobs, Channel(wakeups.JOBS))
        for name, each in self.handlers.items():
            patience = each.patience or self.patience
            queue.register_executor(name, Attempt(each, patience, self._under_way))
        if self._left is not None and not self._under_way:  # else they are taken over later
            await jobs.give_back(self._left)
        self._left = queue.queue_manager_id
        return queue

    def _looked(self) -> None:
        self.looked_at = asyncio.get_running_loop().time()
        self.up.set()

    async def _wind_down(self, queue: QueueManager, working: asyncio.Task[None]) -> None:
        queue.shutdown.set()
        await asyncio.wait({working}, timeout=self.grace)
        for _ in range(50):  # the attempts under way hear of it, and give their jobs back
            if working.done():
                return
            for attempt in self._under_way.copy():
                attempt.cancel()
            await asyncio.wait({working}, timeout=0.1)
        while not working.done():  # a handler will not be cancelled: its job is taken over later
            working.cancel()
            await asyncio.wait({working}, timeout=0.1)

    async def _tidy(self, queue: QueueManager) -> None:
        while True:
            await queue.queries.driver.execute(
                "DELETE FROM job_log WHERE created < now() - $1::interval"
                " AND NOT EXISTS (SELECT FROM job WHERE job.id = job_log.job_id)",
                KEEP_LOG,
            )
            await asyncio.sleep(3600)


async def _lost(connection: asyncpg.Connection) -> None:
    """Wait until the connection is closed, which asyncpg does not tell while a statement runs."""
    while not connection.is_closed():  # noqa: ASYNC110 - there is nothing to be told by
        await asyncio.sleep(0.2)


async def _first(task: asyncio.Task[None], *others: Coroutine[Any, Any, Any]) -> None:
    """Wait for the task, or for any of the others, and let the task be."""
    beside = [asyncio.create_task(other) for other in others]
    try:
        await asyncio.wait({task, *beside}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for other in beside:
            other.cancel()
