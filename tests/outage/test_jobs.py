"""Jobs and crashes: PostgreSQL going away in the middle of a job is no failure of the job."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from storage import jobs
from storage.database import Database, execute, fetchrow, fetchval
from storage.handlers import GivenUp, Handler, Patience
from storage.worker import Worker
from tests.outage.conftest import Killable, back

ONCE = Patience(attempts=1, interruptions=3)
STATE = "SELECT status::text, attempts, interrupted FROM job"


@asynccontextmanager
async def working(dsn: str, **handlers: Any) -> AsyncIterator[None]:
    worker = Worker(dsn, handlers, patience=ONCE, lost_after=0.8, grace=0.1)
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await asyncio.wait_for(worker.stop(), 10)
        await running


async def until(question: str) -> None:
    async with asyncio.timeout(30):
        while not await fetchval(question):  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.02)


async def test_crashes_of_postgresql_use_up_no_attempt_until_there_are_many(
    database: Database, killable: Killable
) -> None:
    """The worker that survived gives its jobs back, each time with a longer pause.

    Who is there at every crash is given up in the end, in case it is what PostgreSQL dies of.
    """
    begun, why = asyncio.Event(), []

    async def write(payload: dict[str, Any]) -> None:
        begun.set()
        await asyncio.sleep(60)

    async def given_up(payload: dict[str, Any], reason: GivenUp) -> None:
        why.append(str(reason))

    await jobs.enqueue("write", {})
    async with working(killable.dsn, write=Handler(do=write, given_up=given_up)):
        for crashes in (1, 2, 3):
            await asyncio.wait_for(begun.wait(), 20)
            begun.clear()
            killable.kill()
            killable.start()
            await back(database)
            await until(f"SELECT interrupted = {crashes} AND status = 'queued' FROM job")
            assert tuple(await fetchrow(STATE) or ()) == ("queued", 0, crashes)
            await execute("UPDATE job SET execute_after = now()")
        await until("SELECT status = 'failed' FROM job")

    assert why == ["The server was lost in the middle of it 3 times."]
    (parked,) = await jobs.parked()
    assert await jobs.retry_parked(parked.id, {})
    assert tuple(await fetchrow(STATE) or ()) == ("queued", 0, 0)


@pytest.mark.parametrize(("crashed", "counted"), [(True, (0, 1)), (False, (1, 0))])
async def test_a_worker_that_is_lost_with_postgresql_is_not_the_fault_of_its_job(
    database: Database, killable: Killable, *, crashed: bool, counted: tuple[int, int]
) -> None:
    """Another worker takes the job over; a clean restart between the two explains no death."""
    done: list[Any] = []

    async def write(payload: dict[str, Any]) -> None:
        done.append(await fetchrow("SELECT attempts, interrupted FROM job"))

    await jobs.enqueue("write", {})
    await execute("UPDATE job SET status = 'picked', queue_manager_id = $1", uuid4())
    if crashed:
        killable.kill()
    else:
        killable.process.send_signal(signal.SIGINT)
        killable.process.wait()
    killable.start()
    await back(database)
    patient = Patience(attempts=2, interruptions=2)
    async with working(killable.dsn, write=Handler(do=write, patience=patient)):
        await until("SELECT NOT EXISTS (SELECT FROM job)")

    assert [tuple(row) for row in done] == [counted]


async def test_a_job_that_finds_no_database_has_not_failed(
    database: Database, killable: Killable
) -> None:
    """It is put off as for any part of the world that is not ready."""
    tried: list[int] = []

    async def write(payload: dict[str, Any]) -> None:
        tried.append(1)
        if len(tried) == 1:
            raise asyncpg.CannotConnectNowError("the database system is starting up")

    await jobs.enqueue("write", {})
    async with working(killable.dsn, write=write):
        await until("SELECT postponed = 1 FROM job")
        await execute("UPDATE job SET execute_after = now()")
        await until("SELECT NOT EXISTS (SELECT FROM job)")

    assert len(tried) == 2
