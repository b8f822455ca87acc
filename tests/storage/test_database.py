"""Reading, changing and transactions."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

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
