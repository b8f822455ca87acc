"""Pools of connections: in turn, within their size, and mended when they break."""

from __future__ import annotations

import asyncio
import secrets

import asyncpg
import pytest

from storage.database import Database
from storage.outage import is_away
from storage.pool import Pool


@pytest.fixture
def enabled() -> list[str]:
    """No modules: no tables are needed."""
    return []


async def test_a_connection_given_back_is_the_next_one_taken(database: Database) -> None:
    """Nothing is opened while one is idle."""
    first = await database.reads.take()
    database.reads.give_back(first)
    again = await database.reads.take()
    database.reads.give_back(again)

    assert again is first


async def test_whoever_waits_longest_is_served_first(database_url: str) -> None:
    """With all reads taken, readers queue in order."""
    opened = await Database.open(database_url, {}, readers=1)
    reads = opened.reads
    only = await reads.take()
    order: list[int] = []

    async def reader(number: int) -> None:
        connection = await reads.take()
        order.append(number)
        reads.give_back(connection)

    readers = [asyncio.create_task(reader(n)) for n in range(3)]
    await asyncio.sleep(0.01)
    assert order == []
    reads.give_back(only)
    await asyncio.gather(*readers)

    assert order == [0, 1, 2]
    await opened.close()


async def test_a_reader_that_gives_up_waiting_takes_nothing_with_it(database_url: str) -> None:
    """A cancelled reader neither keeps a connection nor blocks the queue, at any moment."""
    opened = await Database.open(database_url, {}, readers=1)
    reads = opened.reads
    only = await reads.take()
    early, late, patient = (asyncio.create_task(reads.take()) for _ in range(3))
    await asyncio.sleep(0.01)
    early.cancel()
    reads.give_back(only)  # handed to `late`, which is cancelled before it runs
    late.cancel()
    taken = await asyncio.wait_for(patient, 5)

    assert await taken.fetchval("SELECT 1") == 1
    reads.give_back(taken)
    await opened.close()


async def test_a_broken_connection_is_replaced(database: Database) -> None:
    """After PostgreSQL ended a connection the next reader gets another one that works."""
    connection = await database.reads.take()
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    await database.pool.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.sleep(0.1)
    database.reads.give_back(connection)
    another = await database.reads.take()

    assert another is not connection
    assert await another.fetchval("SELECT 1") == 1
    database.reads.give_back(another)


async def test_a_connection_that_breaks_while_idle_is_replaced(database: Database) -> None:
    """A restart of PostgreSQL between two reads costs no read."""
    connection = await database.reads.take()
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    database.reads.give_back(connection)
    await database.pool.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.sleep(0.1)
    another = await database.reads.take()

    assert await another.fetchval("SELECT 1") == 1
    database.reads.give_back(another)


async def test_a_cancelled_statement_leaves_its_connection_usable(database: Database) -> None:
    """A read that is cancelled midway keeps nobody waiting, and its connection is used again."""
    connection = await database.reads.take()
    sleeping = asyncio.create_task(connection.fetch("SELECT pg_sleep(30)"))
    await asyncio.sleep(0.05)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    database.reads.give_back(connection)
    assert await asyncio.wait_for(database.reads.fetchval("SELECT 1"), 5) == 1
    while database.reads.idle < database.reads.open:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.01)
    assert await connection.fetchval("SELECT 1") == 1


async def test_connections_that_break_in_use_are_counted_no_more(database_url: str) -> None:
    """However often all of them break, as many may be opened as before."""
    opened = await Database.open(database_url, {}, readers=2)
    for _ in range(5):
        taken = [await opened.reads.take() for _ in range(2)]
        for connection in taken:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            await opened.pool.execute("SELECT pg_terminate_backend($1)", pid)
        for connection in taken:
            with pytest.raises(Exception) as broken:  # noqa: PT011 - asyncpg has several
                await connection.fetchval("SELECT 1")
            assert is_away(broken.value)
            opened.reads.give_back(connection)

    assert await asyncio.wait_for(opened.reads.fetchval("SELECT 1"), 5) == 1
    assert (opened.reads.open, opened.reads.idle) == (1, 1)
    await asyncio.wait_for(opened.close(), 2)


async def test_a_pool_that_cannot_grow_serves_with_what_it_has(
    database_url: str, postgres_url: str
) -> None:
    """PostgreSQL has no more connections to give: everybody waits in line, and nobody fails."""
    role = f"few_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'few' CONNECTION LIMIT 2")
    dsn = f"postgresql://{role}:few@{database_url.rpartition('@')[2]}"
    pool = Pool(lambda: asyncpg.connect(dsn), 8)
    await pool.start()
    answers = await asyncio.gather(
        *(pool.fetchval("SELECT $1::int FROM pg_sleep(0.01)", n) for n in range(40))
    )
    counted = pool.open
    await pool.close()
    await admin.execute(f"DROP ROLE {role}")
    await admin.close()

    assert answers == list(range(40))
    assert counted == 2


async def test_a_statement_that_was_cancelled_leaves_a_transaction_to_nobody(
    database: Database,
) -> None:
    """A transaction that is cancelled midway is undone before its connection is used again."""

    async def sleep() -> None:
        async with database.transaction() as connection:
            await connection.execute("SELECT pg_sleep(30)")

    sleeping = asyncio.create_task(sleep())
    await asyncio.sleep(0.05)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    states = await asyncio.wait_for(
        database.changes.fetch("SELECT pg_current_xact_id_if_assigned() AS own"), 5
    )

    assert states[0]["own"] is None
    assert database.changes.open <= 2
