"""Doing the jobs: each at least once, again when it failed, parked in the end."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import orjson
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context, Job
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel

from storage import wakeups

logger = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any]], Awaitable[None]]
"""Does one kind of job. It may be called again for the same job, so that must be harmless."""

TABLES = DBSettings(  # all said here, so that no variable of the environment can rename one
    prefix="",
    db_schema=None,
    channel=Channel(wakeups.JOBS),
    queue_status_type="job_status",
    queue_table="job",
    queue_table_log="job_log",
    schedules_table="job_schedule",
    statistics_table="job_statistics",
)
LONGEST_PAUSE = 5.0


class WorkerLost(Exception):
    """Every worker that tried this job died of it, or was stopped before it was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long, and how often, a worker tries."""

    attempts: int = 8
    """How often a job may fail before it is parked."""
    first_pause: float = 2.0
    """Seconds before the second attempt; every further pause is twice as long."""
    longest_pause: float = 3600.0
    lost_after: float = 30.0
    """Seconds without a sign of life after which another worker takes a job over."""
    grace: float = 10.0
    """Seconds the jobs under way get when the worker is stopped; then they go back to the queue."""
    keep_log: timedelta = timedelta(days=14)
    """How long it is remembered what became of a job."""

    def pause(self, failed: int) -> timedelta:
        """Give the pause after the `failed`th failure, a little different every time."""
        pause = min(self.longest_pause, self.first_pause * 2 ** (failed - 1))
        return timedelta(seconds=pause * random.uniform(0.8, 1.2))  # noqa: S311 - not a secret


class Worker:
    """Does the jobs whose names it has handlers for, as they come, until it is stopped.

    A handler gets the job's payload. For a reaction that is what the log knows of the event, as
    JSON has it: reaction, seq, kind, business_id, subject, actor, at, data. Jobs nobody has a
    handler for stay where they are.
    """

    def __init__(
        self,
        dsn: str,
        handlers: Mapping[str, Handler],
        *,
        concurrency: int = 10,
        patience: Patience | None = None,
    ) -> None:
        self._dsn = dsn
        self._handlers = handlers
        self._concurrency = concurrency
        self._patience = patience or Patience()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._stopping = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def run(self) -> None:
        """Work until stopped. Where PostgreSQL is away, wait for it to come back."""
        pause = 0.0
        self._quiet.clear()
        try:
            while not self._stopping.is_set():
                try:
                    await self._session()
                    pause = 0.0
                except Exception as error:  # noqa: BLE001 - whatever it is, the jobs have to be done
                    pause = min(LONGEST_PAUSE, max(0.1, pause * 2))
                    logger.warning("jobs cannot be had, next try in %.1f s: %r", pause, error)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._stopping.wait(), pause)
        finally:
            self._quiet.set()

    async def stop(self) -> None:
        """Take no more jobs, give those under way the grace to end, and wait until all is quiet."""
        self._stopping.set()
        await self._quiet.wait()

    async def _session(self) -> None:
        connection = await asyncpg.connect(
            self._dsn, timeout=10, server_settings={"application_name": "regulars worker"}
        )
        try:
            queue = self._queue(AsyncpgDriver(connection))
            lost_after = timedelta(seconds=self._patience.lost_after)
            working = asyncio.create_task(
                queue.run(
                    dequeue_timeout=min(lost_after / 2, timedelta(seconds=5)),
                    batch_size=max(1, self._concurrency // 2),
                    max_concurrent_tasks=max(2, self._concurrency),
                    heartbeat_timeout=lost_after,
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

    def _queue(self, driver: AsyncpgDriver) -> QueueManager:
        queries = Queries(
            driver,
            QueryBuilderEnvironment(TABLES),
            QueryQueueBuilder(TABLES),
            QuerySchedulerBuilder(TABLES),
        )
        queue = QueueManager(queries, Channel(wakeups.JOBS))
        for name, handler in self._handlers.items():
            queue.register_executor(
                name, _Attempt(_PARAMETERS, handler, self._patience, self._under_way)
            )
        return queue

    async def _wind_down(self, queue: QueueManager, working: asyncio.Task[None]) -> None:
        queue.shutdown.set()
        await asyncio.wait({working}, timeout=self._patience.grace)
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
                self._patience.keep_log,
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


@dataclass
class _Attempt(AbstractEntrypointExecutor):
    """One attempt at a job: done, or to be repeated later, or parked."""

    handler: Handler
    patience: Patience
    under_way: set[asyncio.Task[Any]]

    async def execute(self, job: Job, context: Context) -> None:
        if job.attempts >= self.patience.attempts:
            raise WorkerLost(f"{job.attempts} attempts ended without a result")
        here = asyncio.current_task()
        assert here is not None  # a coroutine is run by a task
        self.under_way.add(here)
        try:
            await self.handler(orjson.loads(job.payload or b"{}"))
        except asyncio.CancelledError:
            # The library would take a job that is cancelled for one that is done with.
            raise RetryRequested(reason="the worker was stopped") from None
        except Exception as error:
            failed = job.attempts + 1
            if failed >= self.patience.attempts:
                raise
            reason = f"{type(error).__name__}: {error}"
            raise RetryRequested(self.patience.pause(failed), reason) from error
        finally:
            self.under_way.discard(here)


async def _unused(job: Job) -> None:
    """Stand where the library wants a function; `_Attempt` has the real one."""


_PARAMETERS = EntrypointExecutorParameters(concurrency_limit=0, func=_unused, on_failure="hold")
