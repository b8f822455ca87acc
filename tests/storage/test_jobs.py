"""Jobs are done at least once, whoever dies on the way, and only if what caused them was kept."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from textwrap import dedent
from uuid import uuid4

import pytest

from storage import jobs, log
from storage.database import execute, fetchval, transaction
from storage.handlers import PLACES, Patience, Queue
from storage.log import Log
from storage.worker import Worker

pytestmark = pytest.mark.usefixtures("database")

SALON, ANNA = uuid4(), uuid4()
QUICK = Patience(attempts=3, first_pause=0.05)


@pytest.fixture
def enabled() -> list[str]:
    return []


@asynccontextmanager
async def working(dsn, *, lost_after=0.8, places=PLACES, **handlers):
    worker = Worker(dsn, handlers, patience=QUICK, lost_after=lost_after, grace=0.3, places=places)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        await asyncio.wait_for(worker.stop(), 10)
        await running


async def until(question):
    """Wait until an SQL question is answered with yes."""
    for _ in range(1000):
        if await fetchval(question):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError(question)


async def until_done():
    await until("SELECT NOT EXISTS (SELECT FROM job)")


async def test_an_event_is_reacted_to(database_url):
    subject, got = uuid4(), []

    async def mail(payload):
        got.append(payload)

    async with working(database_url, mail=mail):
        async with Log({"booked": ["mail"]}).change(actor=ANNA, business_id=SALON):
            log.record("booked", subject, {"at": "noon"})
        await until_done()

    (payload,) = got
    assert datetime.fromisoformat(payload.pop("at")).tzinfo is not None
    assert payload == {
        "reaction": "mail",
        "seq": await fetchval("SELECT seq FROM event"),
        "kind": "booked",
        "business_id": str(SALON),
        "subject": str(subject),
        "actor": str(ANNA),
        "data": {"at": "noon"},
    }


async def test_what_was_undone_is_never_reacted_to(database_url):
    got = []

    async def mail(payload):
        got.append(payload["data"])

    reacting = Log({"booked": ["mail"]})
    async with working(database_url, mail=mail):
        with pytest.raises(ZeroDivisionError):
            async with reacting.change(actor=None, business_id=SALON):
                log.record("booked", SALON, {"n": 1})
                await jobs.enqueue("mail", {"data": "undone"})
                raise ZeroDivisionError
        async with reacting.change(actor=None, business_id=SALON) as dry:
            dry.rollback()
            log.record("booked", SALON, {"n": 2})
        async with reacting.change(actor=None, business_id=SALON):
            log.record("booked", SALON, {"n": 3})
        await until_done()

    assert got == [{"n": 3}]


async def test_a_job_waits_for_its_time_and_its_transaction(database_url):
    got = []

    async def remind(payload):
        got.append((payload["n"], datetime.now(UTC)))

    due = datetime.now(UTC) + timedelta(seconds=0.4)
    async with working(database_url, remind=remind):
        await jobs.enqueue("remind", {"n": 1}, run_at=due)
        async with transaction():
            await jobs.enqueue("remind", {"n": 2})
            await asyncio.sleep(0.1)
            assert 2 not in dict(got)
            kept = datetime.now(UTC)
        await until_done()

    begun = dict(got)
    assert (len(got), sorted(begun)) == (2, [1, 2])
    assert begun[1] >= due
    assert begun[2] >= kept


async def test_jobs_of_a_change_are_begun_when_it_is_kept(database_url):
    """Nobody has to look for them: the end of a change wakes the worker."""
    got = []

    async def mail(payload):
        got.append(asyncio.get_running_loop().time())

    # The worker looks by itself every five seconds.
    async with working(database_url, lost_after=60, mail=mail):
        await jobs.enqueue("mail", {})
        await until_done()
        started = asyncio.get_running_loop().time()
        async with (
            Log().change(actor=None, business_id=SALON),
            log.change(actor=None, business_id=SALON),
        ):
            await jobs.enqueue("mail", {})
        await until_done()

    assert got[1] - started < 3


async def test_one_job_with_a_key_is_enough(database_url):
    later = datetime.now(UTC) + timedelta(days=1)

    first = await jobs.enqueue("remind", {"n": 1}, run_at=later, key="apt-1")

    assert isinstance(first, int)
    assert await jobs.enqueue("remind", {"n": 2}, run_at=later, key="apt-1") is None
    assert await fetchval("SELECT count(*) FROM job") == 1
    assert await jobs.cancel("apt-1")
    assert not await jobs.cancel("apt-1")
    assert await fetchval("SELECT count(*) FROM job") == 0


async def test_a_failing_job_is_tried_again_then_parked_then_retried(database_url):
    tried, broken = [], True

    async def mail(payload):
        tried.append(asyncio.get_running_loop().time())
        if broken:
            raise LookupError("no mail server")

    async with working(database_url, mail=mail):
        id_ = await jobs.enqueue("mail", {"to": "anna"})
        await until("SELECT EXISTS (SELECT FROM job WHERE status = 'failed')")

        (parked,) = await jobs.parked()
        assert len(tried) == parked.attempts == 3
        assert tried[2] - tried[1] > tried[1] - tried[0] - 0.1
        assert (parked.id, parked.name, parked.payload, parked.error) == (
            id_, "mail", {"to": "anna"}, "LookupError: no mail server",
        )  # fmt: skip
        assert "raise LookupError" in parked.traceback
        assert parked.enqueued_at < parked.parked_at

        broken = False
        assert await jobs.retry_parked(id_, {})
        await until_done()

    assert len(tried) == 4
    assert await jobs.parked() == []
    assert not await jobs.retry_parked(id_, {})


def test_pauses_grow_and_end():
    patience = Patience(first_pause=2, longest_pause=60)

    pauses = [patience.pause(n).total_seconds() for n in range(1, 9)]

    expected = [2, 4, 8, 16, 32, 60, 60, 60]
    assert all(0.8 * e <= p <= 1.2 * e for p, e in zip(pauses, expected, strict=True))


async def test_a_job_without_a_handler_is_left_for_who_has_one(database_url):
    async def mail(payload):
        pass

    async with working(database_url, mail=mail):
        await jobs.enqueue("unknown", {})
        await jobs.enqueue("mail", {})
        await until("SELECT count(*) = 1 FROM job")

    assert await fetchval("SELECT (entrypoint, status::text, attempts) FROM job") == (
        "unknown", "queued", 0,
    )  # fmt: skip


KILLED = dedent(
    """
    import asyncio, sys
    from storage.worker import Worker

    async def mail(payload):
        print("begun", flush=True)
        await asyncio.sleep(60)

    asyncio.run(Worker(sys.argv[1], {"mail": mail}, lost_after=0.8).run())
    """
)


async def start_to_kill(dsn):
    """Start a worker in a process of its own and wait until it is in the middle of a job."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, dsn, stdout=asyncio.subprocess.PIPE
    )
    assert await asyncio.wait_for(process.stdout.readline(), 10) == b"begun\n"
    return process


async def test_a_killed_worker_loses_no_job(database_url):
    """Kill -9 in the middle of a job; another worker does it."""
    done = []

    async def mail(payload):
        done.append(payload)

    await jobs.enqueue("mail", {"to": "anna"})
    process = await start_to_kill(database_url)
    process.send_signal(signal.SIGKILL)
    await process.wait()

    async with working(database_url, mail=mail):
        await until_done()

    assert done == [{"to": "anna"}]


async def test_a_job_that_kills_its_workers_is_parked(database_url):
    await jobs.enqueue("mail", {})
    await execute(
        "UPDATE job SET status = 'picked', queue_manager_id = gen_random_uuid(), attempts = 2,"
        " heartbeat = now() - interval '1 second'"
    )

    async def mail(payload):
        raise AssertionError

    async with working(database_url, mail=mail):
        await until("SELECT EXISTS (SELECT FROM job WHERE status = 'failed')")

    (parked,) = await jobs.parked()
    assert parked.error == "WorkerLost: 3 attempts ended without a result"


async def test_a_stopped_worker_gives_back_what_it_cannot_finish(database_url):
    begun, ends = asyncio.Event(), []

    async def slow(payload):
        begun.set()
        await asyncio.sleep(60)

    async def brief(payload):
        begun.set()
        await asyncio.sleep(0.1)
        ends.append(payload)

    async with working(database_url, slow=slow, brief=brief):
        await jobs.enqueue("slow", {})
        await begun.wait()
    assert await fetchval("SELECT (status::text, attempts) FROM job") == ("queued", 0)
    await execute("DELETE FROM job")

    begun.clear()
    async with working(database_url, brief=brief):
        await jobs.enqueue("brief", {"n": 1})
        await begun.wait()
    assert ends == [{"n": 1}]
    assert await fetchval("SELECT count(*) FROM job") == 0


async def test_a_cancelled_worker_gives_back_what_it_cannot_finish(database_url):
    begun = asyncio.Event()

    async def slow(payload):
        begun.set()
        await asyncio.sleep(60)

    running = asyncio.create_task(Worker(database_url, {"slow": slow}, grace=0.3).run())
    await jobs.enqueue("slow", {})
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert await fetchval("SELECT status::text FROM job") == "queued"


async def test_a_worker_survives_the_loss_of_its_line(database_url):
    done = []

    async def mail(payload):
        done.append(payload["n"])

    async with working(database_url, mail=mail):
        await jobs.enqueue("mail", {"n": 1})
        await until_done()
        await execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'regulars worker' AND datname = current_database()"
        )
        await jobs.enqueue("mail", {"n": 2})
        await until_done()

    assert done == [1, 2]


async def test_a_long_job_does_not_keep_a_worker_from_coming_back(database_url):
    begun, done = asyncio.Event(), []

    async def slow(payload):
        begun.set()
        await asyncio.sleep(60)

    async def mail(payload):
        done.append(payload["n"])

    async with working(database_url, slow=slow, mail=mail):
        await jobs.enqueue("slow", {})
        await begun.wait()
        await execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'regulars worker' AND datname = current_database()"
        )
        await jobs.enqueue("mail", {"n": 1})
        await until("SELECT count(*) = 1 FROM job")

    assert done == [1]


async def test_no_more_jobs_at_once_than_wanted(database_url):
    under_way, most = set(), []

    async def mail(payload):
        under_way.add(payload["n"])
        most.append(len(under_way))
        await asyncio.sleep(0.03)
        under_way.remove(payload["n"])

    for number in range(20):
        await jobs.enqueue("mail", {"n": number})
    worker = Worker(database_url, {"mail": mail}, places={Queue.GENERAL: 4})
    running = asyncio.create_task(worker.run())
    await until_done()
    await worker.stop()
    await running

    assert len(most) == 20
    assert max(most) <= 4


async def test_two_workers_share_the_jobs(database_url):
    done = []

    async def mail(payload):
        done.append(payload["n"])
        await asyncio.sleep(0.001)

    async with working(database_url, mail=mail), working(database_url, mail=mail):
        async with transaction():
            for number in range(60):
                await jobs.enqueue("mail", {"n": number})
        await until_done()

    assert sorted(done) == list(range(60))


async def test_the_queue_survives_a_crash_of_postgresql():
    """Nothing of it is in tables that a crash empties."""
    unlogged = (
        "SELECT count(*) FROM pg_class WHERE relname ~ '^(job|event)' AND relpersistence <> 'p'"
    )
    assert await fetchval(unlogged) == 0
