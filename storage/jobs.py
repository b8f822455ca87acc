"""Work to be done later: put down in the transaction that wants it, kept until it succeeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from storage import database, jsonb, wakeups
from storage.handlers import Handlers, handler
from storage.log.changes import under_way


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedJob:
    """A job that failed as often as it may and now waits for a person."""

    id: int
    name: str
    payload: dict[str, Any]
    attempts: int
    error: str
    """What went wrong the last time, in one line."""
    traceback: str
    enqueued_at: datetime
    parked_at: datetime


async def enqueue(
    name: str,
    payload: Mapping[str, Any],
    *,
    run_at: datetime | None = None,
    key: str | None = None,
) -> int | None:
    """Put a job down, as a part of the transaction under way; it runs only if that is committed.

    Not before `run_at`, where one is given. Where a job with the same `key` is still to be done,
    that one is enough, and the answer is None; else it is the new job's id. A `business_id` in the
    payload says whose share of the worker it takes.
    """
    if change := under_way():
        change.enqueued = True
    wake = None if change else wakeups.payload(wakeups.JOBS)
    id_: int | None = await database.fetchval(
        _ENQUEUE, name, jsonb.encode(payload), run_at, key, wake, payload.get("business_id")
    )
    return id_


async def cancel(key: str) -> bool:
    """Drop the job with this key, as a part of the transaction under way.

    False when there is none, or when it is running already.
    """
    done = await database.execute(
        "DELETE FROM job WHERE dedupe_key = $1 AND status = 'queued'", key
    )
    return done != "DELETE 0"


async def parked(limit: int = 100) -> list[ParkedJob]:
    """List the jobs that wait for a person, the latest first."""
    rows = await database.fetch(_PARKED, limit)
    return [_parked(row) for row in rows]


async def retry_parked(id: int, handlers: Handlers) -> bool:
    """Put a parked job back into the queue, with all its attempts. False when it is not parked.

    In the same transaction its handler takes back what it noted when the job was given up.
    """
    async with database.transaction():
        row = await database.fetchrow(_RETRY, id, wakeups.payload(wakeups.JOBS))
        if row is None:
            return False
        name = row["entrypoint"]
        if name in handlers and (retried := handler(handlers[name]).retried):
            await retried(orjson.loads(row["payload"] or b"{}"))
    return True


# Outside a change nobody is there to wake the workers after the commit: the commit itself does.
_ENQUEUE = """
WITH put AS (
    INSERT INTO job (
        priority, status, entrypoint, payload, execute_after, dedupe_key, business_id)
    VALUES (0, 'queued', $1, $2, coalesce($3, now()), $4,
        coalesce($6::uuid, '00000000-0000-0000-0000-000000000000'))
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT id, CASE WHEN $5::text IS NOT NULL THEN pg_notify('regulars_job', $5) END FROM put
"""
_PARKED = """
SELECT job.id, entrypoint, payload, tried.times, said.traceback, job.created, job.updated
FROM job,
LATERAL (
    SELECT count(*) AS times FROM job_log WHERE job_id = job.id AND status = 'picked'
) AS tried,
LATERAL (
    SELECT traceback FROM job_log WHERE job_id = job.id AND status = 'failed'
    ORDER BY id DESC LIMIT 1
) AS said
WHERE status = 'failed'
ORDER BY updated DESC, job.id DESC
LIMIT $1
"""
_RETRY = """
WITH again AS (
    UPDATE job SET status = 'queued', execute_after = now(), created = now(), updated = now(),
        attempts = 0, postponed = 0, interrupted = 0, queue_manager_id = NULL, dedupe_key = NULL
    WHERE id = $1 AND status = 'failed'
    RETURNING *
), noted AS (
    INSERT INTO job_log (job_id, status, entrypoint, priority)
    SELECT id, status, entrypoint, priority FROM again
)
SELECT entrypoint, payload, pg_notify('regulars_job', $2) FROM again
"""


def _parked(row: asyncpg.Record) -> ParkedJob:
    error = orjson.loads(row["traceback"])
    return ParkedJob(
        id=row["id"],
        name=row["entrypoint"],
        payload=orjson.loads(row["payload"]),
        attempts=row["times"],
        error=f"{error['exception_type']}: {error['exception_message']}",
        traceback=error["traceback"],
        enqueued_at=row["created"],
        parked_at=row["updated"],
    )
