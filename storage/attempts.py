"""One attempt at a job: done, or to be repeated later, or given up and parked."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context, Job

from storage import database
from storage.handlers import (
    GivenUp,
    Handler,
    Patience,
    Payload,
    Postponed,
    Reason,
    TimeLimitExceeded,
    WorkerLost,
)
from storage.outage import is_away
from storage.queue import Interruption, Postponement, times_interrupted, times_postponed

logger = logging.getLogger(__name__)

AWAY = "the database could not be used"
LONGEST_DETAIL = 500
"""Characters of what the world outside said that are told to the module."""


async def _unused(job: Job) -> None:
    """Stand where the library wants a function; `Attempt` has the real one."""


_HOLD = EntrypointExecutorParameters(concurrency_limit=0, func=_unused, on_failure="hold")


@dataclass
class Attempt(AbstractEntrypointExecutor):
    """Does jobs of one kind for the library, one attempt at each."""

    parameters: EntrypointExecutorParameters = field(init=False, default_factory=lambda: _HOLD)
    handler: Handler[Payload]
    patience: Patience
    under_way: set[asyncio.Task[Any]]
    """The tasks that are at an attempt now."""

    async def execute(self, job: Job, context: Context) -> None:
        """Try once. What is raised tells the library whether to repeat or to park the job."""
        payload: Payload = orjson.loads(job.payload or b"{}")
        here = asyncio.current_task()
        assert here is not None  # a coroutine is run by a task
        self.under_way.add(here)
        try:
            await self._try(job, payload)
        except asyncio.CancelledError:
            # The library would take a job that is cancelled for one that is done with.
            raise Interruption(reason="the worker was stopped") from None
        except Postponed as error:
            await self._later(job, payload, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted and told
            if is_away(error):
                await self._later(job, payload, Postponed(AWAY))
            await self._failed(job, payload, error)
        finally:
            self.under_way.discard(here)

    async def _try(self, job: Job, payload: Payload) -> None:
        interrupted = times_interrupted(job)
        if job.attempts >= self.patience.attempts or interrupted >= self.patience.interruptions:
            raise WorkerLost(job.attempts + interrupted)
        try:
            async with asyncio.timeout(self.patience.time_limit) as limit:
                await self.handler.do(payload)
        except TimeoutError as error:
            if not limit.expired():
                raise
            told = f"it took longer than {self.patience.time_limit:g} s"
            raise TimeLimitExceeded(told) from error

    async def _later(self, job: Job, payload: Payload, error: Postponed) -> None:
        """Put it off; give it up when that has gone on for longer than it may."""
        if datetime.now(UTC) - job.created > self.patience.outside:
            waited = self.patience.outside.total_seconds()
            why = GivenUp(reason=Reason.OUTSIDE, seconds=waited, detail=str(error)[:LONGEST_DETAIL])
            await self._give_up(job, payload, why)
            raise error
        if error.pause is not None:
            raise Interruption(error.pause, str(error)) from error
        raise Postponement(self.patience.pause(times_postponed(job) + 1), str(error)) from error

    async def _failed(self, job: Job, payload: Payload, error: Exception) -> None:
        """Try it again later; give it up when it has failed as often as it may."""
        failed = error.times if isinstance(error, WorkerLost) else job.attempts + 1
        if failed < self.patience.attempts:
            reason = f"{type(error).__name__}: {error}"
            raise RetryRequested(self.patience.pause(failed), reason) from error
        await self._give_up(job, payload, self._why(error, failed))
        raise error

    def _why(self, error: Exception, failed: int) -> GivenUp:
        if isinstance(error, WorkerLost):
            return GivenUp(reason=Reason.LOST, times=failed)
        if isinstance(error, TimeLimitExceeded):
            return GivenUp(reason=Reason.SLOW, times=failed, seconds=self.patience.time_limit or 0)
        return GivenUp(reason=Reason.ERROR, times=failed, detail=type(error).__name__)

    async def _give_up(self, job: Job, payload: Payload, why: GivenUp) -> None:
        """Tell the module, and only then let the job be parked."""
        if self.handler.given_up is None:
            return
        try:
            async with database.transaction():
                await self.handler.given_up(payload, why)
        except Exception as error:
            logger.exception("nobody could be told that job %s was given up", job.id)
            raise Postponement(self.patience.pause(1), "giving up failed") from error
