"""ReadConnections, changing and transactions."""

from __future__ import annotations

import asyncio
from contextvars import Context

import asyncpg
import pytest
from tortoise import Tortoise

from storage.database import Database, execute, fetch, fetchrow, fetchval, transaction

TABLE = "CREATE TABLE note (id int PRIMARY KEY, text text)"


@pytest.fixture
async def notes(database: Database) -> Database:
    """A table to write into."""
    await execute(TABLE)
    return database


async def _texts() -> list[str]:
    return [row["text"] for row in await fetch("SELECT text FROM note ORDER BY id")]


async def test_what_a_transaction_wrote_is_there_after_it(notes: Database) -> None:
    """Inside, the functions see what was written; outside, only after the end."""
    async with transaction() as connection:
        await execute("INSERT INTO note VALUES (1, 'a')")
        await connection.execute("INSERT INTO note VALUES (2, $1)", "b")
        assert await _texts() == ["a", "b"]
        assert await notes.pool.fetchval("SELECT count(*) FROM note") == 0

    assert await _texts() == ["a", "b"]


async def test_an_error_undoes_the_transaction(notes: Database) -> None:
    """Nothing of it is left, and the connection serves the next one."""
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await execute("INSERT INTO note VALUES (1, 'a')")
            raise ZeroDivisionError

    assert await _texts() == []
    assert notes.joined() is None


async def test_a_transaction_inside_another_is_undone_alone(notes: Database) -> None:
    """The inner one is a savepoint; the outer one goes on."""
    async with transaction():
        await execute("INSERT INTO note VALUES (1, 'kept')")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with transaction():
                await execute("INSERT INTO note VALUES (2, 'undone')")
                await execute("INSERT INTO note VALUES (1, 'twice')")
        await execute("INSERT INTO note VALUES (3, 'after')")

    assert await _texts() == ["kept", "after"]


async def test_tables_take_part_in_the_transaction(notes: Database) -> None:
    """Tortoise's connection inside is the transaction's own."""
    async with transaction() as connection:
        ours = await connection.fetchval("SELECT pg_backend_pid()")
        client = Tortoise.get_connection("default")
        theirs = await client.execute_query_dict("SELECT pg_backend_pid() AS pid")
        assert theirs == [{"pid": ours}]
        assert await fetchval("SELECT pg_backend_pid()") == ours


async def test_statements_at_once_in_one_transaction_take_turns(notes: Database) -> None:
    """A rule may gather; PostgreSQL hears one at a time."""
    async with transaction():
        found = await asyncio.gather(*(fetchval("SELECT $1::int", n) for n in range(5)))

    assert found == [0, 1, 2, 3, 4]


async def test_a_task_that_outlives_its_transaction_reads_on_its_own(notes: Database) -> None:
    """What it was started in is over; it neither fails nor writes into somebody else's."""
    over = asyncio.Event()

    async def later() -> int:
        await over.wait()
        async with transaction():
            await execute("INSERT INTO note VALUES (2, 'later')")
        return int(await fetchval("SELECT count(*) FROM note"))

    async with transaction():
        task = asyncio.create_task(later())
        await execute("INSERT INTO note VALUES (1, 'first')")
    over.set()

    assert await task == 2


async def test_a_cancelled_transaction_gives_its_connection_back(database_url: str) -> None:
    """Whenever the cancellation comes, BEGIN included: the next writer still gets it."""
    database = await Database.open(database_url, {}, writers=1)
    await execute(TABLE)

    async def write() -> None:
        async with transaction():
            await execute("INSERT INTO note VALUES (1, 'a')")
            await fetchval("SELECT pg_sleep(10)::text")

    for turns in range(40):
        task = asyncio.create_task(write())
        for _ in range(turns):
            await asyncio.sleep(0.0002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5), transaction():
        await execute("INSERT INTO note VALUES (2, 'b')")

    assert await _texts() == ["b"]
    await database.close()


async def test_writers_who_wait_hold_up_no_reader(database_url: str) -> None:
    """Every writer's connection is taken; a read answers all the same."""
    database = await Database.open(database_url, {}, readers=1, writers=1)

    async with transaction():
        waiting = asyncio.create_task(execute("SELECT 1"), context=Context())
        async with asyncio.timeout(5):
            assert await database.pool.fetchval("SELECT 2") == 2
        assert not waiting.done()

    assert await waiting == "SELECT 1"
    await database.close()


async def test_one_row_one_value_and_the_word_on_a_change(notes: Database) -> None:
    """The four functions answer in asyncpg's own terms."""
    assert await execute("INSERT INTO note VALUES (1, 'a'), (2, 'b')") == "INSERT 0 2"
    row = await fetchrow("SELECT id, text FROM note WHERE id = $1", 2)
    assert row is not None
    assert dict(row) == {"id": 2, "text": "b"}
    assert await fetchrow("SELECT 1 FROM note WHERE id = 3") is None
    assert await fetchval("SELECT text FROM note WHERE id = $1", 1) == "a"


async def test_a_second_database_is_refused(database: Database, database_url: str) -> None:
    """Rules find the open one without being told, so there can be only one."""
    with pytest.raises(RuntimeError, match="^a database is open already: close it first$"):
        await Database.open(database_url, {})

    assert await fetchval("SELECT 1") == 1


async def test_without_a_database_nothing_is_read() -> None:
    """A statement before the start or after the end says so."""
    with pytest.raises(RuntimeError, match="^no database is open$"):
        await fetch("SELECT 1")
