"""The queue, as one queue of a worker sees it: fair between businesses, patient with the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.driver import Driver
from pgqueuer.ports.repository import EntrypointExecutionParameter

from storage import wakeups
from storage.handlers import share

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


class Postponement(RetryRequested):
    """Asks for another attempt without having failed: the world outside was not ready."""


class Interruption(RetryRequested):
    """Asks for another attempt at a job that has been put off by ourselves."""


APART = {Postponement.__name__: 1, Interruption.__name__: 0}
"""What is no failure, and whether it is counted as a postponement."""


class FairQueue(Queries):
    """PgQueuer's statements, with our own ones for taking jobs and for putting them back."""

    def __init__(
        self, driver: Driver, priorities: Mapping[str, int], looked: Callable[[], None]
    ) -> None:
        """Take jobs of these names, those of higher priorities first.

        `looked` is called whenever PostgreSQL has said which jobs there are to take, if any.
        """
        super().__init__(
            driver,
            QueryBuilderEnvironment(TABLES),
            QueryQueueBuilder(TABLES),
            QuerySchedulerBuilder(TABLES),
        )
        self._priorities = priorities
        self._looked = looked

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: QueueManagerId,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[Job]:
        """Take the next jobs: none beyond the places, and of no business beyond its share.

        Businesses take turns: who has fewer jobs under way comes first. Jobs whose worker has given
        no sign of life for `heartbeat_timeout` are taken over.
        """
        assert global_concurrency_limit is not None  # the worker always says how many places it has
        names = list(entrypoints)
        rows = await self.driver.fetch(
            _DEQUEUE,
            names,
            [self._priorities[name] for name in names],
            queue_manager_id,
            batch_size,
            global_concurrency_limit,
            share(global_concurrency_limit),
            heartbeat_timeout,
        )
        self._looked()
        return [Job.model_validate(row) for row in rows]

    async def retry_job(
        self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None
    ) -> None:
        """Put a job back. What is no failure is not counted as one, and not logged."""
        said = traceback_record
        if said is not None and said.exception_type in APART:
            await self.driver.execute(_POSTPONE, job.id, delay, APART[said.exception_type])
        else:
            await super().retry_job(job, delay, said)

    async def give_back(self, worker: UUID) -> None:
        """Put back what such a worker of this process had under way when it lost PostgreSQL.

        That is no failure. Each pause is twice as long, in case one of them does it, and no two
        are alike, so that it does not take the others with it every time.
        """
        await self.driver.execute(_GIVE_BACK, worker)


def times_interrupted(job: Job) -> int:
    """Say how often PostgreSQL went away in the middle of a job that was just taken."""
    return int(str((job.headers or {}).get("interrupted", 0)))


def times_postponed(job: Job) -> int:
    """Say how often a job that was just taken has been postponed."""
    return int(str((job.headers or {}).get("postponed", 0)))


# One step for each name and business that has something waiting, by the index `job_waiting`; so a
# long backlog costs nobody anything. A dead worker's jobs stand in line with those that are new.
_DEQUEUE = """
WITH RECURSIVE offered AS (
    SELECT * FROM unnest($1::text[], $2::integer[]) AS o (entrypoint, urgency)
), held AS (
    SELECT business_id, count(*) AS jobs FROM job
    WHERE queue_manager_id = $3 AND status = 'picked' GROUP BY business_id
), room AS (
    SELECT greatest(0, least($4::bigint, $5::bigint - coalesce(sum(jobs), 0)::bigint)) AS jobs
    FROM held
), pairs AS (
    SELECT offered.*, first.business_id FROM offered CROSS JOIN LATERAL (
        SELECT business_id FROM job
        WHERE status = 'queued' AND entrypoint = offered.entrypoint
        ORDER BY business_id LIMIT 1) AS first
    UNION ALL
    SELECT pairs.entrypoint, pairs.urgency, next.business_id FROM pairs CROSS JOIN LATERAL (
        SELECT business_id FROM job
        WHERE status = 'queued' AND entrypoint = pairs.entrypoint
          AND business_id > pairs.business_id
        ORDER BY business_id LIMIT 1) AS next
), waiting AS (
    SELECT due.id, due.priority, pairs.business_id, pairs.urgency FROM pairs CROSS JOIN LATERAL (
        SELECT id, priority FROM job
        WHERE status = 'queued' AND entrypoint = pairs.entrypoint
          AND business_id = pairs.business_id AND execute_after <= now()
        ORDER BY priority DESC, id LIMIT $4 * 4) AS due
    UNION ALL
    SELECT job.id, job.priority, job.business_id, offered.urgency
    FROM job JOIN offered USING (entrypoint)
    WHERE status = 'picked' AND heartbeat < now() - $7::interval
), ranked AS (
    SELECT waiting.*, coalesce(held.jobs, 0) + row_number() OVER (
        PARTITION BY waiting.business_id ORDER BY urgency DESC, priority DESC, id) AS turn
    FROM waiting LEFT JOIN held USING (business_id)
), chosen AS (
    SELECT id, urgency, turn FROM ranked
    WHERE turn <= $6 OR business_id = '00000000-0000-0000-0000-000000000000'
    ORDER BY urgency DESC, turn, id LIMIT $4 * 4
), taken AS (
    SELECT job.id FROM job JOIN chosen USING (id)
    WHERE (status = 'queued' AND execute_after <= now())
       OR (status = 'picked' AND heartbeat < now() - $7::interval)
    ORDER BY chosen.urgency DESC, chosen.turn, job.id
    FOR UPDATE OF job SKIP LOCKED
    LIMIT (SELECT jobs FROM room)
), claimed AS (
    UPDATE job SET status = 'picked', updated = now(), heartbeat = now(), queue_manager_id = $3
    WHERE id IN (SELECT id FROM taken)
    RETURNING *
), log_pick AS (
    INSERT INTO job_log (job_id, status, entrypoint, priority)
    SELECT id, status, entrypoint, priority FROM claimed WHERE postponed = 0
)
SELECT claimed.id, priority, created, updated, heartbeat, execute_after, status, entrypoint,
    payload, attempts, queue_manager_id, slot,
    coalesce(headers, '{}'::jsonb) || jsonb_build_object(
        'postponed', postponed, 'interrupted', interrupted) AS headers
FROM claimed JOIN chosen USING (id)
ORDER BY chosen.urgency DESC, chosen.turn, id
"""
_POSTPONE = """
UPDATE job SET status = 'queued', execute_after = now() + $2::interval, postponed = postponed + $3,
    updated = now(), queue_manager_id = NULL
WHERE id = $1
"""
_GIVE_BACK = """
UPDATE job SET status = 'queued', interrupted = interrupted + 1, updated = now(),
    execute_after = now() + (0.5 + random())
        * least(interval '1 hour', interval '1 second' * 2 ^ least(interrupted, 12)),
    queue_manager_id = NULL
WHERE queue_manager_id = $1 AND status = 'picked'
"""
