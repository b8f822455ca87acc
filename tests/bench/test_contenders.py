"""What the benchmark compares is the same work; how fast it is done is never asserted."""

from __future__ import annotations

from contextlib import ExitStack

import asyncpg

from bench.contenders import FLOOR, REGULARS, STOCK, running
from bench.equality import check_equal
from bench.operations import Requests
from bench.seed import describe, seed


async def test_every_contender_gives_equal_answers_and_books_equal_rows(
    database_url: str, postgres_url: str
) -> None:
    """Regulars, the hand-written floor and the stock server agree on all four operations."""
    name = database_url.rpartition("/")[2]
    admin = await asyncpg.connect(f"{postgres_url.rpartition('/')[0]}/{name}")
    await seed(admin, 0.02)  # without triggers, which only a superuser may
    await admin.close()
    connection = await asyncpg.connect(database_url)
    data = await describe(connection)

    with ExitStack() as stack:
        servers = [
            stack.enter_context(running(each, database_url, data))
            for each in (REGULARS, FLOOR, STOCK)
        ]
        await check_equal(servers, Requests(data), connection)

    await connection.close()
