"""What happened is written with the change, and read by everybody exactly once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from uuid import uuid4

import asyncpg
import pytest

from storage import log
from storage.database import execute, fetch, fetchval, transaction
from storage.log import NOW, BadCursor, Cursor, CursorExpired, Fact, Log, Recorded

pytestmark = pytest.mark.usefixtures("database")

SALON, OTHER, ANNA = uuid4(), uuid4(), uuid4()


@pytest.fixture
def enabled() -> list[str]:
    return []


@pytest.fixture
async def connect(database_url):
    """More connections, each with a mind of its own."""
    opened = []

    async def one() -> asyncpg.Connection:
        opened.append(await asyncpg.connect(database_url))
        return opened[-1]

    yield one
    for connection in opened:
        connection.terminate()


async def happen(connection, number, business=SALON):
    await connection.execute(
        "INSERT INTO event (business_id, kind, subject, data) VALUES ($1, 'k', $1, $2)",
        business,
        f'{{"n": {number}}}',
    )


def numbers(events: list[Recorded]) -> list[int]:
    return [event.data["n"] for event in events]


async def read_one_by_one(after: Cursor, rng: random.Random, business=SALON) -> list[Recorded]:
    """Read everything, stopping after a random event of each answer and resuming there."""
    got = []
    while events := await log.read(after, business, limit=rng.choice([1, 2, 7, 1000])):
        taken = events[: rng.randint(1, len(events))]
        got += taken
        after = Cursor.parse(taken[-1].cursor)
    return got


async def test_a_change_is_written_down_with_what_it_changed():
    start = await log.now()
    subject = uuid4()

    async with Log().change(actor=ANNA, business_id=SALON) as change:
        log.record("booked", subject, {"at": "noon"})
        log.record("paid", subject, {"cents": 4200}, business_id=OTHER)

    (booked,) = await log.read(start, SALON)
    (paid,) = await log.read(start, OTHER)
    assert (booked.kind, booked.subject, booked.actor, booked.data) == (
        "booked", subject, ANNA, {"at": "noon"},
    )  # fmt: skip
    assert (paid.kind, paid.business_id, paid.data) == ("paid", OTHER, {"cents": 4200})
    assert paid.seq == booked.seq + 1
    assert change.events == [
        Fact("booked", SALON, subject, ANNA, {"at": "noon"}),
        Fact("paid", OTHER, subject, ANNA, {"cents": 4200}),
    ]


async def test_what_stands_beside_an_event_is_written_with_it():
    """By the same statement, from the very rows of the log, and only for its kind."""
    await execute("CREATE TABLE line (seq bigint, business_id uuid, word text)")
    beside = "INSERT INTO line SELECT seq, business_id, data->>'word' FROM recorded"
    theirs = Log(beside={"said": f"{beside} WHERE kind = 'said'"})

    with pytest.raises(ZeroDivisionError):
        async with theirs.change(actor=None, business_id=SALON):
            log.record("said", SALON, {"word": "never"})
            raise ZeroDivisionError
    async with theirs.change(actor=None, business_id=SALON) as change:
        log.record("said", SALON, {"word": "hello"})
        log.record("thought", SALON, {"word": "hm"})
        assert [tuple(row) for row in await change.fetch("SELECT 1 AS one")] == [(1,)]
        log.record("said", OTHER, {"word": "bye"})

    said = "SELECT seq, business_id, data->>'word' FROM event WHERE kind = 'said' ORDER BY seq"
    assert await fetch("SELECT * FROM line ORDER BY seq") == await fetch(said)
    assert await fetchval("SELECT count(*) FROM line") == 2


async def test_a_change_that_fails_leaves_nothing():
    start = await log.now()
    log_of_mails = Log({"booked": ["mail"]})

    with pytest.raises(ZeroDivisionError):
        async with log_of_mails.change(actor=None, business_id=SALON) as change:
            log.record("booked", uuid4(), {})
            change.also("INSERT INTO job_statistics VALUES (1, now(), 1, 1, 'queued', $1)", "x")
            raise ZeroDivisionError

    assert await log.read(start, SALON) == []
    assert await fetchval("SELECT count(*) FROM job") == 0
    assert await fetchval("SELECT count(*) FROM job_statistics") == 0


async def test_a_dry_run_runs_to_its_end_and_keeps_nothing():
    start = await log.now()

    async with Log({"booked": ["mail"]}).change(actor=ANNA, business_id=SALON) as change:
        change.rollback()
        log.record("booked", SALON, {"at": "noon"})

    assert change.events == [Fact("booked", SALON, SALON, ANNA, {"at": "noon"})]
    assert await log.read(start, SALON) == []
    assert await fetchval("SELECT count(*) FROM job") == 0


async def test_a_dry_run_meets_the_constraints_that_wait_for_the_commit():
    await execute("CREATE TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")

    with pytest.raises(asyncpg.UniqueViolationError):
        async with Log().change(actor=None, business_id=SALON) as change:
            change.rollback()
            await execute("INSERT INTO late VALUES (1), (1)")


async def test_a_change_inside_a_change_is_part_of_it():
    start = await log.now()

    async with Log().change(actor=ANNA, business_id=SALON) as outer:
        log.record("first", SALON, {})
        async with log.change(actor=None, business_id=OTHER):
            log.record("second", SALON, {})
        with pytest.raises(ZeroDivisionError):
            async with log.change(actor=None, business_id=SALON) as undone:
                await execute("INSERT INTO job_statistics VALUES (1, now(), 1, 1, 'queued', 'x')")
                undone.rollback()
                log.record("never", SALON, {})
                raise ZeroDivisionError
        assert await log.read(start, SALON) == []

    assert [fact.kind for fact in outer.events] == ["first", "second"]
    assert [e.kind for e in await log.read(start, SALON)] == ["first"]
    assert [(e.kind, e.actor) for e in await log.read(start, OTHER)] == [("second", None)]
    assert await fetchval("SELECT count(*) FROM job_statistics") == 0


async def test_nothing_is_recorded_outside_a_change():
    async def late():
        await gate.wait()
        log.record("late", SALON, {})

    gate = asyncio.Event()
    with pytest.raises(RuntimeError):
        log.record("never", SALON, {})
    async with Log().change(actor=None, business_id=SALON):
        task = asyncio.create_task(late())
        await asyncio.sleep(0)
    gate.set()

    with pytest.raises(RuntimeError):
        await task
    assert await fetchval("SELECT count(*) FROM event") == 0


async def test_what_is_to_be_kept_beside_the_events_travels_with_them(connect):
    await execute("CREATE TABLE kept (key text, answer text, n int)")
    watcher = await connect()

    async with Log({"booked": ["mail"]}).change(actor=None, business_id=SALON) as change:
        log.record("booked", SALON, {})
        change.also("INSERT INTO kept VALUES ($1, $2, $3)", "k1", "yes", 7)
        assert await watcher.fetchval("SELECT count(*) FROM kept") == 0
    async with Log().change(actor=None) as change:
        change.also("UPDATE kept SET n = n + $1 WHERE key = $2", 1, "k1")

    assert [tuple(row) for row in await fetch("SELECT * FROM kept")] == [("k1", "yes", 8)]
    assert await fetchval("SELECT count(*) FROM event") == 1


async def test_an_event_enqueues_its_reactions_with_it():
    both = Log({"booked": ["mail", "report"]})
    subject = uuid4()

    async with both.change(actor=ANNA, business_id=SALON):
        log.record("paid", subject, {})
        log.record("booked", subject, {"at": "noon"})
        assert await fetchval("SELECT count(*) FROM job") == 0

    jobs = await fetch("SELECT entrypoint, convert_from(payload, 'UTF8')::jsonb AS p FROM job")
    seq, at = await fetchval("SELECT (seq, to_json(at)#>>'{}') FROM event WHERE kind = 'booked'")
    sent = '"kind": "booked"', f'"actor": "{ANNA}"', f'"seq": {seq}', '"data": {"at": "noon"}', at
    assert [job["entrypoint"] for job in jobs] == ["mail", "report"]
    assert all(text in job["p"] for job in jobs for text in sent)


async def test_a_transaction_that_commits_late_is_not_skipped(connect):
    early, late, start = await connect(), await connect(), await log.now()
    slow = early.transaction()
    await slow.start()
    await happen(early, 1)
    await happen(late, 2)

    first = await log.read(start, SALON)
    await slow.commit()
    second = await log.read(Cursor.parse(first[-1].cursor), SALON)

    assert numbers(first) == [2]
    assert numbers(second) == [1]
    assert await log.read(Cursor.parse(second[-1].cursor), SALON) == []
    assert numbers(await log.read(start, SALON)) == [1, 2]


async def test_a_cursor_in_the_middle_of_a_batch_is_exact(connect):
    start = await log.now()
    early, late = await connect(), await connect()
    slow = early.transaction()
    await slow.start()
    await happen(early, 1)
    for number in (2, 3, 4):
        await happen(late, number)
    batch = await log.read(start, SALON)
    middle = Cursor.parse(batch[0].cursor)

    await slow.commit()
    await happen(late, 5)

    assert numbers(batch) == [2, 3, 4]
    assert numbers(await log.read(middle, SALON)) == [3, 4, 1, 5]
    rng = random.Random(1)
    for _ in range(20):
        assert numbers(await read_one_by_one(middle, rng)) == [3, 4, 1, 5]


async def test_events_of_one_business_are_nobody_elses(connect):
    start, writer = await log.now(), await connect()
    await happen(writer, 1, SALON)
    await happen(writer, 2, OTHER)

    assert numbers(await log.read(start, SALON)) == [1]
    assert numbers(await log.read(start, OTHER)) == [2]


async def test_rows_and_cursor_of_one_statement_neither_miss_nor_repeat(connect):
    """What a screen was loaded with, and every later change, once."""
    await execute("CREATE TABLE slot (n int)")
    stop = asyncio.Event()

    async def book(connection, first):
        rng = random.Random(first)
        for number in range(first, first + 40):
            async with connection.transaction():
                await connection.execute("INSERT INTO slot VALUES ($1)", number)
                await happen(connection, number)
                await asyncio.sleep(rng.random() / 500)

    async def watch(connection):
        seen = []
        while not stop.is_set():
            row = await connection.fetchrow(
                f"SELECT {NOW} AS cursor, (SELECT array_agg(n) FROM slot) AS rows"
            )
            seen.append((Cursor.parse(row["cursor"]), row["rows"] or []))
            await asyncio.sleep(0.002)
        return seen

    writers = [await connect() for _ in range(6)]
    watching = asyncio.create_task(watch(await connect()))
    await asyncio.gather(*(book(w, 100 * i) for i, w in enumerate(writers)))
    stop.set()

    everything = sorted(100 * i + n for i in range(6) for n in range(40))
    for cursor, rows in await watching:
        assert sorted(rows + numbers(await log.read(cursor, SALON))) == everything


async def test_a_cursor_taken_inside_a_change_has_seen_that_change(connect):
    other = await connect()
    pending = other.transaction()
    await pending.start()
    await happen(other, 1)

    async with Log().change(actor=None, business_id=SALON):
        await fetchval("SELECT pg_current_xact_id()")
        mine = await log.now()
        log.record("booked", SALON, {"n": 2})
    await pending.commit()
    await happen(other, 3)

    assert numbers(await log.read(mine, SALON)) == [1, 3]


async def test_a_storm_of_writers_is_read_by_everyone_exactly_once(connect):
    """Twenty writers, commits in any order, readers that come and go."""
    writers, each = 20, 50
    start, done = await log.now(), asyncio.Event()

    async def write(number):
        connection, rng = await connect(), random.Random(number)
        for step in range(each):
            async with connection.transaction():
                await happen(connection, 1000 * number + step)
                await asyncio.sleep(rng.random() ** 4 / 100)

    async def follow(seed):
        rng, got, after = random.Random(seed), [], start
        while True:
            last_look = done.is_set()
            for event in await read_one_by_one(after, rng):
                got.append(event)
                after = Cursor.parse(event.cursor)
            if last_look:
                return got
            await asyncio.sleep(rng.random() / 100)

    readers = [asyncio.create_task(follow(seed)) for seed in range(4)]
    await asyncio.gather(*(write(number) for number in range(writers)))
    done.set()

    for reader in readers:
        got = numbers(await reader)
        assert len(got) == writers * each
        assert max(Counter(got).values()) == 1
        for number in range(writers):
            assert [n for n in got if n // 1000 == number] == sorted(
                n for n in got if n // 1000 == number
            )


async def test_effects_come_after_their_causes():
    """Writers who wait for each other on a row are told of in the order they had it."""
    await execute("CREATE TABLE counter (n int)")
    await execute("INSERT INTO counter VALUES (0)")
    start, rng, got = await log.now(), random.Random(3), []

    async def count(times):
        for _ in range(times):
            async with Log().change(actor=None, business_id=SALON):
                now = await fetchval("UPDATE counter SET n = n + 1 RETURNING n")
                log.record("counted", SALON, {"n": now})

    counting = asyncio.gather(*(count(15) for _ in range(8)))
    after = start
    while len(got) < 120:
        for event in (await log.read(after, SALON, limit=5))[: rng.randint(1, 5)]:
            got.append(event)
            after = Cursor.parse(event.cursor)
        await asyncio.sleep(0)
    await counting

    assert numbers(got) == list(range(1, 121))
    assert [e.at for e in got] == sorted(e.at for e in got)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "'; DROP TABLE event; --",
        "0123abcd-5.4.",
        "0123abcd-5.9.12",
        "0123abcd-5.9.7_6",
        "0123abcd-5.9.7_7",
        "0123abcd-0.9.",
        "0123abcd-5.9.-5.9.",
        "0123abcd-5.9.-5.9.-",
        "0123abcd-5.9.-5.9.-9223372036854775808",
        "0123abcd-5.99999999999999999999.",
        "0123abcd-5.9223372036854775808.",
        "0123ABCD-5.9.",
        "0123abcd-5.9.\n",
        "0123abcd-\u0665.9.",
        "0123abcd-1.9999999.1" + "_2" * 10_000,
    ],
)
def test_garbage_is_no_cursor(text):
    with pytest.raises(BadCursor):
        Cursor.parse(text)


async def test_a_cursor_survives_its_journey_as_text():
    for text in ("0123abcd-5.9.", "0123abcd-5.9.5_7-6.12.7_11-42", str(await log.now())):
        assert str(Cursor.parse(text)) == text


async def test_a_cursor_from_the_future_is_refused():
    here = await log.now()
    ahead = Cursor(here.tag, here.seen._replace(xmax=here.seen.xmax + 10**6))

    with pytest.raises(BadCursor):
        await log.read(ahead, SALON)


async def test_a_log_restored_into_another_cluster_starts_anew(connect):
    """Transaction numbers of one cluster mean nothing in another."""
    writer = await connect()
    await happen(writer, 1)
    old = await log.now()
    await execute("UPDATE log_cluster SET system_identifier = 1, tag = 'ffffffff'")
    restored = Cursor("ffffffff", old.seen)
    await execute("UPDATE event SET xid = '4000000000'")  # numbers the other cluster had reached

    tag = await log.adopt_cluster()
    fresh = await log.now()
    await happen(writer, 2)

    with pytest.raises(CursorExpired):
        await log.read(restored, SALON)
    assert numbers(await log.read(fresh, SALON)) == [2]
    assert fresh.tag == tag == await log.adopt_cluster()
    assert await fetchval("SELECT count(*) FROM event WHERE xid = '3'") == 1


async def test_a_fail_over_expires_cursors_and_keeps_the_log():
    async with Log().change(actor=None, business_id=SALON):
        log.record("booked", SALON, {"n": 1})
    before = await fetchval("SELECT xid FROM event")
    old = await log.now()
    await execute("UPDATE log_cluster SET timeline = '00000000', tag = 'ffffffff'")

    await log.adopt_cluster()

    with pytest.raises(CursorExpired):
        await log.read(Cursor("ffffffff", old.seen), SALON)
    assert await fetchval("SELECT xid FROM event") == before


async def test_a_long_transaction_does_not_make_readers_read_everything_again(connect):
    """What a reader has seen stays behind it, however long some transaction is open."""
    writer, long = await connect(), await connect()
    await long.execute("BEGIN")
    await long.execute("SELECT pg_current_xact_id()")
    await writer.execute(
        "INSERT INTO event (business_id, kind, subject, data)"
        " SELECT $1, 'k', $1, '{\"n\": 0}' FROM generate_series(1, 5000)",
        SALON,
    )
    here = await log.now()
    await execute("ANALYZE event")

    async with transaction() as connection:
        before = await _blocks(connection)
        assert await log.read(here, SALON) == []
        assert await _blocks(connection) - before < 60


async def _blocks(connection) -> int:
    await connection.execute("SELECT pg_stat_force_next_flush()")
    return await connection.fetchval(
        "SELECT pg_stat_get_blocks_fetched('event'::regclass)"
        " + pg_stat_get_xact_blocks_fetched('event'::regclass)"
    )
