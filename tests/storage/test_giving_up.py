"""Who declared a job hears of its end, and nobody's jobs keep those of others from being done."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from textwrap import dedent
from uuid import uuid4

import pytest

from storage import jobs
from storage.database import execute, fetchval, transaction
from storage.handlers import Handler, Patience, Postponed, Queue, share
from storage.worker import Worker

pytestmark = pytest.mark.usefixtures("database")

QUICK = Patience(attempts=2, first_pause=0.05)
ONE, TWO = str(uuid4()), str(uuid4())


@pytest.fixture
def enabled() -> list[str]:
    return []


@asynccontextmanager
async def working(dsn, handlers, **more):
    worker = Worker(dsn, handlers, patience=QUICK, lost_after=0.8, grace=0.3, **more)
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await asyncio.wait_for(worker.stop(), 10)
        await running


async def until(question):
    async with asyncio.timeout(20):
        while not await fetchval(question):  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.01)


async def until_many(these, count=1):
    async with asyncio.timeout(20):
        while len(these) < count:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.01)


PARKED = "SELECT EXISTS (SELECT FROM job WHERE status = 'failed')"
DONE = "SELECT NOT EXISTS (SELECT FROM job)"


class Row:
    """What a module keeps of something that a job is to do."""

    def __init__(self, do, **more):
        self.state, self.why = "WAITING", None
        self.handler = Handler(do=do, given_up=self.given_up, retried=self.retried, **more)

    async def given_up(self, payload, reason):
        """Note it."""
        assert payload == {"row": 1}
        self.state, self.why = "FAILED", str(reason)

    async def retried(self, payload):
        """Take the note back."""
        assert payload == {"row": 1}
        self.state, self.why = "WAITING", None


async def test_a_job_that_fails_for_good_says_so_and_waits_again_when_it_is_put_back(database_url):
    broken = True

    async def write(payload):
        if broken:
            raise OSError("/secret/place is full")

    row = Row(write)
    async with working(database_url, {"write": row.handler}):
        id_ = await jobs.enqueue("write", {"row": 1})
        await until(PARKED)

        assert (row.state, row.why) == (
            "FAILED",
            "It failed twice, the last time by an error of the server: OSError.",
        )
        (parked,) = await jobs.parked()
        assert parked.error == "OSError: /secret/place is full"

        broken = False
        async with transaction():
            assert await jobs.retry_parked(id_, {"write": row.handler})
            assert (row.state, row.why) == ("WAITING", None)
        await until(DONE)


async def test_an_attempt_may_take_so_long_and_no_longer(database_url):
    begun = []

    async def write(payload):
        begun.append(payload)
        await asyncio.sleep(60)

    row = Row(write, patience=Patience(attempts=2, first_pause=0.05, time_limit=0.1))
    async with working(database_url, {"write": row.handler}):
        await jobs.enqueue("write", {"row": 1})
        await until(PARKED)

    assert len(begun) == 2
    assert row.why == "Tried twice; the last time it took longer than 0.1 s."


async def test_what_waits_for_the_world_outside_has_not_failed(database_url):
    tried = []

    async def send(payload):
        tried.append(payload)
        if len(tried) < 5:
            raise Postponed("451 later", pause=timedelta(seconds=0.02))

    row = Row(send)
    async with working(database_url, {"send": row.handler}):
        await jobs.enqueue("send", {"row": 1})
        await until(DONE)

    assert (len(tried), row.state) == (5, "WAITING")


async def test_what_waits_for_too_long_is_given_up_in_the_words_of_the_world(database_url):
    async def send(payload):
        raise Postponed("451 later")

    row = Row(send, patience=Patience(outside=timedelta(days=5)))
    await jobs.enqueue("send", {"row": 1})
    await execute("UPDATE job SET created = now() - interval '5 days'")
    async with working(database_url, {"send": row.handler}):
        await until(PARKED)

    assert (row.state, row.why) == ("FAILED", "Given up after 5 days: 451 later")


KILLED = dedent(
    """
    import asyncio, sys
    from storage.worker import Worker

    async def write(payload):
        print("begun", flush=True)
        await asyncio.sleep(60)

    asyncio.run(Worker(sys.argv[1], {"write": write}, lost_after=0.8).run())
    """
)


async def test_a_job_whose_workers_are_killed_is_given_up_too(database_url):
    await jobs.enqueue("write", {"row": 1})
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, database_url, stdout=asyncio.subprocess.PIPE
        )
        assert await asyncio.wait_for(process.stdout.readline(), 20) == b"begun\n"
        process.send_signal(signal.SIGKILL)
        await process.wait()

    async def never(payload):
        raise AssertionError

    row = Row(never)
    async with working(database_url, {"write": row.handler}):
        await until(PARKED)

    assert (row.state, row.why) == ("FAILED", "The server was lost in the middle of it twice.")


async def test_a_job_is_not_parked_before_its_module_has_heard(database_url):
    heard, tried = [], []

    async def write(payload):
        tried.append(payload)
        raise OSError

    async def given_up(payload, reason):
        heard.append(await fetchval("SELECT status::text FROM job"))
        if len(heard) == 1:
            raise ConnectionError

    async with working(database_url, {"write": Handler(do=write, given_up=given_up)}):
        await jobs.enqueue("write", {})
        await until(PARKED)

    assert heard == ["picked", "picked"]
    assert len(tried) == 3


async def test_jobs_of_one_business_hold_no_more_than_their_share(database_url):
    """However many it has put down, and however long they take, others' are done at once."""
    done, under_way, most = [], set(), []

    async def write(payload):
        under_way.add(payload["n"])
        most.append(len(under_way))
        try:
            await asyncio.sleep(60 if payload["business_id"] == ONE else 0)
        finally:
            under_way.discard(payload["n"])
        done.append(payload["business_id"])

    async with transaction():
        for n in range(50):
            await jobs.enqueue("write", {"business_id": ONE, "n": n})
    async with working(database_url, {"write": write}, places={Queue.GENERAL: 9}):
        await until_many(under_way, share(9))
        await jobs.enqueue("write", {"business_id": TWO, "n": 100})
        await until_many(done)

    assert (share(9), max(most), done) == (3, 4, [TWO])


async def test_a_full_lane_holds_up_no_other(database_url):
    done, stuck = [], asyncio.Event()

    async def slow(payload):
        stuck.set()
        await asyncio.sleep(60)

    async def write(payload):
        done.append(payload["n"])

    handlers = {
        "mail": Handler(do=slow, queue=Queue.MAIL),
        "code": Handler(do=write, queue=Queue.URGENT_MAIL),
        "write": write,
    }
    async with transaction():
        for _ in range(20):
            await jobs.enqueue("mail", {})
    async with working(database_url, handlers):
        await stuck.wait()
        await jobs.enqueue("code", {"n": 1})
        await jobs.enqueue("write", {"n": 2})
        await until_many(done, 2)

    assert sorted(done) == [1, 2]


async def test_the_more_urgent_is_begun_first(database_url):
    done = []

    async def bulk(payload):
        done.append("bulk")

    async def notice(payload):
        done.append("notice")

    async with transaction():
        for _ in range(5):
            await jobs.enqueue("bulk", {"business_id": ONE})
        for _ in range(2):
            await jobs.enqueue("notice", {"business_id": ONE})
    handlers = {"bulk": Handler(do=bulk, priority=-1), "notice": notice}
    async with working(database_url, handlers, places={Queue.GENERAL: 1}):
        await until(DONE)

    assert done == ["notice"] * 2 + ["bulk"] * 5


async def test_a_long_backlog_of_one_is_not_walked_through_for_the_others(database_url):
    """Taking a job reads a few rows of the index, not the hundred thousand that wait."""
    await execute(
        "INSERT INTO job (business_id, priority, status, entrypoint, payload)"
        " SELECT $1::uuid, 0, 'queued', 'write', '{}' FROM generate_series(1, 100000)",
        ONE,
    )
    await execute("ANALYZE job")
    done = []

    async def write(payload):
        done.append(asyncio.get_running_loop().time())

    async with working(database_url, {"write": write}, places={Queue.GENERAL: 4}):
        await until_many(done, 20)

    assert done[19] - done[5] < 5
