"""Cursors and crashes: what a reader stands on is not on the disk, so a crash ends it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from uuid import uuid4

import pytest

from storage import log
from storage.database import Database
from storage.log import Cursor, CursorExpired, Follower, Log
from tests.following import subscribe
from tests.outage.conftest import Killable, back

SALON = uuid4()


async def _happen(number: int) -> None:
    async with Log().change(actor=None, business_id=SALON):
        log.record("k", SALON, {"n": number})


def _killed(here: Killable) -> None:
    here.kill()
    here.start()


def _stopped_at_once(here: Killable) -> None:
    here.process.send_signal(signal.SIGQUIT)
    here.process.wait()
    here.start()


def _one_process_killed(here: Killable) -> None:
    children = set(here.cluster.processes()) - {here.process.pid}
    os.kill(max(children), signal.SIGKILL)  # the newest serves a connection of ours


@pytest.mark.parametrize("crash", [_killed, _stopped_at_once, _one_process_killed])
async def test_a_cursor_from_before_a_crash_is_refused(
    database: Database, killable: Killable, crash: Callable[[Killable], None]
) -> None:
    """Numbers it has seen may be given out again; a cursor from after it is good."""
    await _happen(1)
    before = await log.now()
    await database.pool.fetchval("SELECT 1")
    await asyncio.to_thread(crash, killable)
    await asyncio.sleep(0.2)
    await back(database)
    after = await log.now()
    await _happen(2)

    with pytest.raises(CursorExpired):
        await log.read(before, SALON)
    assert [event.data for event in await log.read(after, SALON)] == [{"n": 2}]


async def test_a_cursor_outlives_a_clean_restart(database: Database, killable: Killable) -> None:
    """Nothing was lost, so nobody has to read anything again."""
    await _happen(1)
    before = await log.now()
    killable.process.send_signal(signal.SIGINT)
    await asyncio.to_thread(killable.process.wait)
    await asyncio.to_thread(killable.start)
    await back(database)
    await _happen(2)

    assert [event.data for event in await log.read(before, SALON)] == [{"n": 2}]


async def test_a_crash_ends_the_readers_of_the_follower(
    database: Database, killable: Killable
) -> None:
    """They are told to read again, and whoever comes with an old cursor as well."""
    follower = Follower(killable.dsn)
    await follower.start()
    old = await log.now()
    stream = subscribe(follower, SALON, old)
    waiting = asyncio.create_task(anext(stream))
    await _happen(1)
    seen = Cursor.parse((await waiting).cursor)
    waiting = asyncio.create_task(anext(stream))
    await asyncio.to_thread(_killed, killable)
    await back(database)

    with pytest.raises(CursorExpired):
        await asyncio.wait_for(waiting, 20)
    with pytest.raises(CursorExpired):
        await asyncio.wait_for(anext(subscribe(follower, SALON, seen)), 20)
    again = subscribe(follower, SALON, await log.now())
    waiting = asyncio.create_task(anext(again))
    await _happen(2)
    assert (await asyncio.wait_for(waiting, 20)).data == {"n": 2}
    await follower.stop()
    await stream.aclose()
    await again.aclose()
