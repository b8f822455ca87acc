"""Those who wait are woken once the commit is made, and nobody's call is lost."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from storage import wakeups
from storage.wakeups import EVENTS, JOBS, Bell


@pytest.fixture
def enabled() -> list[str]:
    return []


@pytest.fixture
async def heard(database_url):
    """What a listener on both channels hears."""
    connection, channels = await asyncpg.connect(database_url), asyncio.Queue()
    for channel in (EVENTS, JOBS):
        await connection.add_listener(
            channel, lambda c, pid, name, payload: channels.put_nowait(name)
        )
    yield channels
    await connection.close()


@pytest.mark.usefixtures("database")
async def test_a_call_while_the_bell_is_ringing_is_not_lost(heard):
    bell = Bell()
    bell.ring(EVENTS)
    bell.ring(EVENTS)
    await asyncio.sleep(0)  # now it is on its way
    bell.ring(JOBS)

    assert [await asyncio.wait_for(heard.get(), 5) for _ in range(2)] == [EVENTS, JOBS]
    bell.ring(JOBS)
    assert await asyncio.wait_for(heard.get(), 5) == JOBS
    assert heard.empty()


async def test_a_bell_without_a_database_bothers_nobody(caplog):
    bell = Bell()
    bell.ring(EVENTS)
    await asyncio.sleep(0.01)

    assert ["a wake-up was lost" in record.message for record in caplog.records] == [True]
    assert wakeups.payload(EVENTS) == ""
