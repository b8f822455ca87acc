"""Connections at hand for reads."""

from __future__ import annotations

import asyncio

import pytest

from storage.database import Database


@pytest.fixture
def enabled() -> list[str]:
    """No modules: no tables are needed."""
    return []


async def test_a_connection_given_back_is_the_next_one_taken(database: Database) -> None:
    """Nothing is opened while one is idle."""
    first = await database.lanes.take()
    database.lanes.give_back(first)
    again = await database.lanes.take()
    database.lanes.give_back(again)

    assert again is first


async def test_whoever_waits_longest_is_served_first(database_url: str) -> None:
    """With all lanes taken, readers queue in order."""
    opened = await Database.open(database_url, {}, readers=1)
    lanes = opened.lanes
    only = await lanes.take()
    order: list[int] = []

    async def reader(number: int) -> None:
        lane = await lanes.take()
        order.append(number)
        lanes.give_back(lane)

    readers = [asyncio.create_task(reader(n)) for n in range(3)]
    await asyncio.sleep(0.01)
    assert order == []
    lanes.give_back(only)
    await asyncio.gather(*readers)

    assert order == [0, 1, 2]
    await opened.close()


async def test_a_reader_that_gives_up_waiting_takes_nothing_with_it(database_url: str) -> None:
    """A cancelled reader neither keeps a lane nor blocks the queue, whenever it is cancelled."""
    opened = await Database.open(database_url, {}, readers=1)
    lanes = opened.lanes
    only = await lanes.take()
    early, late, patient = (asyncio.create_task(lanes.take()) for _ in range(3))
    await asyncio.sleep(0.01)
    early.cancel()
    lanes.give_back(only)  # handed to `late`, which is cancelled before it runs
    late.cancel()
    taken = await asyncio.wait_for(patient, 5)

    assert await taken.fetchval("SELECT 1") == 1
    lanes.give_back(taken)
    await opened.close()


async def test_a_broken_connection_is_replaced(database: Database) -> None:
    """After PostgreSQL ended a connection the next reader gets another one that works."""
    lane = await database.lanes.take()
    pid = await lane.fetchval("SELECT pg_backend_pid()")
    await database.pool.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.sleep(0.1)
    database.lanes.give_back(lane)
    another = await database.lanes.take()

    assert another is not lane
    assert await another.fetchval("SELECT 1") == 1
    database.lanes.give_back(another)


async def test_a_connection_that_breaks_while_idle_is_replaced(database: Database) -> None:
    """A restart of PostgreSQL between two reads costs no read."""
    lane = await database.lanes.take()
    pid = await lane.fetchval("SELECT pg_backend_pid()")
    database.lanes.give_back(lane)
    await database.pool.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.sleep(0.1)
    another = await database.lanes.take()

    assert await another.fetchval("SELECT 1") == 1
    database.lanes.give_back(another)


async def test_a_cancelled_statement_leaves_its_connection_usable(database: Database) -> None:
    """A read that is cancelled midway gives its connection back, and the next read waits it out."""
    lane = await database.lanes.take()
    sleeping = asyncio.create_task(lane.fetch("SELECT pg_sleep(30)"))
    await asyncio.sleep(0.05)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    database.lanes.give_back(lane)
    again = await database.lanes.take()

    assert again is lane
    assert await asyncio.wait_for(again.fetchval("SELECT 1"), 5) == 1
    database.lanes.give_back(again)
