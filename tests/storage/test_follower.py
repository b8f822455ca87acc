"""Following the log live: each event once, in order, whatever breaks on the way."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import aclosing
from uuid import uuid4

import asyncpg
import pytest

from storage import log
from storage.database import execute, fetchval
from storage.log import BadCursor, Cursor, CursorExpired, Follower, Log, Recorded
from tests.following import subscribe

pytestmark = pytest.mark.usefixtures("database")

SALON, OTHER = uuid4(), uuid4()


@pytest.fixture
def enabled() -> list[str]:
    return []


@pytest.fixture
async def follower(database_url):
    following = Follower(database_url, poll=30)
    await following.start()
    yield following
    await following.stop()


@pytest.fixture
async def writers(database_url):
    """Connections whose transactions commit in any order."""
    opened = [await asyncpg.connect(database_url) for _ in range(8)]
    yield opened
    for connection in opened:
        connection.terminate()


async def happen(number, business=SALON):
    async with Log().change(actor=None, business_id=business):
        log.record("k", business, {"n": number})


async def quietly(connection, number, business=SALON):
    """Write an event and wake nobody."""
    await connection.execute(
        "INSERT INTO event (business_id, kind, subject, data) VALUES ($1, 'k', $1, $2)",
        business,
        f'{{"n": {number}}}',
    )


async def storm(writers, each=40, business=SALON):
    """Write from all connections at once, holding transactions open for random moments."""

    async def write(connection, writer):
        rng = random.Random(writer)
        for step in range(each):
            async with connection.transaction():
                await connection.execute(
                    "WITH e AS (INSERT INTO event (business_id, kind, subject, data)"
                    " VALUES ($1, 'k', $1, $2)) SELECT pg_notify('regulars_event', $1::text)",
                    business,
                    f'{{"n": {1000 * writer + step}}}',
                )
                await asyncio.sleep(rng.random() ** 4 / 100)

    await asyncio.gather(*(write(c, i) for i, c in enumerate(writers)))


def stormed(writers, each=40):
    return sorted(1000 * i + n for i in range(writers) for n in range(each))


def numbers(events: list[Recorded]) -> list[int]:
    return [event.data["n"] for event in events]


async def until(condition):
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise TimeoutError


async def take(count, stream) -> list[Recorded]:
    async with asyncio.timeout(10):
        return [await anext(stream) for _ in range(count)]


async def test_what_happens_arrives_at_once(follower):
    arrived = asyncio.Queue()
    follower.on_event(lambda event: arrived.put_nowait((time.perf_counter(), event)))
    delays = []

    for number in range(50):
        await happen(number)
        committed = time.perf_counter()
        when, event = await arrived.get()
        assert event.data == {"n": number}
        delays.append(when - committed)

    assert sorted(delays)[25] < 0.2  # it is half a millisecond, where nothing else is running


async def test_a_reader_gets_what_it_missed_and_then_what_comes(follower):
    """Drop the line, change five things, come back: exactly those five, then live."""
    await happen(0)
    after = await log.now()
    for number in range(1, 6):
        await happen(number)
    await happen(99, OTHER)

    async with aclosing(subscribe(follower, SALON, after)) as stream:
        missed = await take(5, stream)
        await happen(6)
        live = await take(1, stream)

    assert numbers(missed + live) == [1, 2, 3, 4, 5, 6]


async def test_a_reader_without_a_cursor_gets_what_comes_from_now_on(follower):
    await happen(1)

    async with aclosing(subscribe(follower, SALON)) as stream:
        first = asyncio.create_task(anext(stream))
        await until(lambda: follower._attached)
        await happen(2)
        assert (await first).data == {"n": 2}


async def test_the_seam_neither_misses_nor_repeats_under_a_storm(follower, writers):
    """Readers that come, go and come back while transactions commit in any order."""
    start = await log.now()
    wanted = stormed(len(writers))

    async def follow(seed):
        rng, got, after = random.Random(seed), [], start
        while len(got) < len(wanted):
            await asyncio.sleep(rng.random() / 50)
            async with aclosing(subscribe(follower, SALON, after)) as stream:
                for event in await take(min(rng.randint(1, 40), len(wanted) - len(got)), stream):
                    got.append(event)
                    after = Cursor.parse(event.cursor)
        return got, after

    readers = [asyncio.create_task(follow(seed)) for seed in range(6)]
    await storm(writers)

    for reader in readers:
        got, after = await reader
        assert sorted(numbers(got)) == wanted
        assert await log.read(after, SALON) == []
        for writer in range(len(writers)):
            own = [n for n in numbers(got) if n // 1000 == writer]
            assert own == sorted(own)


async def test_a_cursor_from_a_fresh_statement_joins_without_repeating(follower, writers):
    """A screen loads and subscribes at once: its cursor may be newer than the follower's."""
    results = []

    async def load_and_follow(connection):
        for _ in range(10):
            rows = await connection.fetchrow(
                "SELECT log_cursor() AS cursor, (SELECT count(*) FROM event) AS count"
            )
            stream = subscribe(follower, SALON, Cursor.parse(rows["cursor"]))
            results.append((rows["count"], stream, asyncio.create_task(anext(stream))))
            await asyncio.sleep(0.005)

    await asyncio.gather(storm(writers[:4]), *(load_and_follow(c) for c in writers[4:]))
    await happen(-1)

    for count, stream, first in results:
        got = [await first]
        while got[-1].data["n"] != -1:
            got += await take(1, stream)
        assert len(got) + count == 4 * 40 + 1
        await stream.aclose()


async def test_a_hub_can_fan_out_by_itself(follower, writers):
    """One callback for all, and `live_from` to say which events follow a reader's backlog."""
    heard = []
    follower.on_event(heard.append)
    start = await log.now()
    await quietly(writers[0], 1)  # so that the turn that brings it is the turn of the seam

    attached = await follower.attach(SALON, start, lambda event: None)
    await happen(2)
    await until(lambda: numbers(heard) == [1, 2])
    backlog = [event async for event in attached.backlog()]

    assert numbers(backlog) == [1]
    assert numbers([e for e in heard if e.turn >= attached.live_from]) == [2]


async def test_a_reader_that_knows_more_than_the_read_under_way_waits_for_the_next(follower):
    slow = "CREATE OR REPLACE FUNCTION log_seen() RETURNS pg_snapshot LANGUAGE plpgsql STABLE AS"
    await execute(f"{slow} 'BEGIN PERFORM pg_sleep(0.1); RETURN pg_current_snapshot(); END'")
    heard = []
    follower.on_event(heard.append)
    await happen(1)  # the follower looks, and takes its time
    await asyncio.sleep(0.02)
    await happen(2)
    newer = await fetchval(
        "SELECT log_tag() || '-' || translate(pg_current_snapshot()::text, ':,', '._')"
    )
    assert heard == []

    async with aclosing(subscribe(follower, SALON, Cursor.parse(newer))) as stream:
        first = asyncio.create_task(anext(stream))
        await until(lambda: follower._attached)
        await happen(3)
        assert (await first).data == {"n": 3}

    assert numbers(heard) == [1, 2, 3]


async def test_a_reader_that_fails_holds_up_nobody(follower):
    def fail(event):
        raise ZeroDivisionError

    follower.on_event(fail)
    async with aclosing(subscribe(follower, SALON, await log.now())) as stream:
        await happen(1)
        await happen(2)
        assert numbers(await take(2, stream)) == [1, 2]


async def test_a_lost_line_loses_nothing(follower, writers):
    """PostgreSQL ends the follower's connection again and again; readers notice nothing."""
    start = await log.now()

    async def cut():
        for _ in range(8):
            await asyncio.sleep(0.02)
            await execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'regulars follower' AND datname = current_database()"
            )

    async with aclosing(subscribe(follower, SALON, start)) as stream:
        first = asyncio.create_task(anext(stream))
        await asyncio.gather(storm(writers), cut())
        got = [await first, *await take(8 * 40 - 1, stream)]
        await happen(-1)
        got += await take(1, stream)

    assert sorted(numbers(got)) == [-1, *stormed(8)]


async def test_a_wake_up_that_gets_lost_costs_only_time(database_url, writers):
    following = Follower(database_url, poll=0.05)
    await following.start()
    stream = subscribe(following, SALON, await log.now())
    first = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.02)

    await quietly(writers[0], 1)

    async with asyncio.timeout(5):
        assert (await first).data == {"n": 1}
    await following.stop()


async def test_more_than_a_page_is_handed_over_whole(follower, writers):
    """A follower that was away comes back to more than it reads at once."""
    start = await log.now()
    heard, many = [], 1700
    follower.on_event(heard.append)
    await writers[0].execute(
        "INSERT INTO event (business_id, kind, subject, data)"
        " SELECT $1, 'k', $1, jsonb_build_object('n', n) FROM generate_series(1, $2::int) AS n",
        SALON,
        many,
    )

    async with aclosing(subscribe(follower, SALON, start)) as stream:
        got = await take(many, stream)
        middle = Cursor.parse(got[1234].cursor)
        await happen(many + 1)
        got += await take(1, stream)

    assert numbers(got) == numbers(heard) == list(range(1, many + 2))
    assert numbers(await log.read(middle, SALON)) == list(range(1236, many + 2))


async def test_readers_of_a_restored_database_are_told(follower):
    """Another cluster took over: cursors are worth nothing, and everybody has to load again."""
    stream = subscribe(follower, SALON, await log.now())
    first = asyncio.create_task(anext(stream))
    await until(lambda: follower._attached)
    await execute("UPDATE log_cluster SET system_identifier = 1, tag = 'ffffffff'")

    await execute("NOTIFY regulars_event")
    with pytest.raises(CursorExpired):
        await first

    async with aclosing(subscribe(follower, SALON)) as again:
        live = asyncio.create_task(anext(again))
        await until(lambda: follower._attached)
        await happen(1)
        assert (await live).data == {"n": 1}
    assert await fetchval("SELECT tag FROM log_cluster") != "ffffffff"


async def test_a_cursor_that_is_no_good_is_refused(follower):
    here = await log.now()
    ahead = Cursor(here.tag, here.seen._replace(xmax=here.seen.xmax + 10**6))

    with pytest.raises(CursorExpired):
        await anext(subscribe(follower, SALON, Cursor("ffffffff", here.seen)))
    with pytest.raises(BadCursor):
        await anext(subscribe(follower, SALON, ahead))
    assert follower._attached == {}


async def test_streams_end_when_the_follower_stops(follower):
    stream = subscribe(follower, SALON, await log.now())
    reading = asyncio.create_task(anext(stream))
    await until(lambda: follower._attached)

    await follower.stop()

    with pytest.raises(StopAsyncIteration):
        await reading
