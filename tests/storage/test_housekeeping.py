"""What is kept for a while only is thrown away in time."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from storage.database import Database, execute, fetch
from storage.housekeeping import keep_house, sweep


@pytest.fixture
def enabled() -> list[str]:
    """No modules: these are tables of storage's own."""
    return []


async def remember(key: bytes, hours: int) -> None:
    """Remember an answer that is so old."""
    await execute(
        "INSERT INTO idempotency VALUES ($1, $2, '', '', now() - make_interval(hours => $3))",
        UUID(int=1),
        key,
        hours,
    )


async def test_a_remembered_answer_is_forgotten_after_a_day(database: Database) -> None:
    """A retry within a day is recognised; the table does not grow for ever."""
    await remember(b"old", 25)
    await remember(b"young", 23)
    await sweep()
    assert [r["key_hash"] for r in await fetch("SELECT key_hash FROM idempotency")] == [b"young"]


async def test_house_is_kept_again_and_again(database: Database) -> None:
    """What expires later goes with a later sweep."""
    keeping = asyncio.create_task(keep_house(every=0.01))
    await remember(b"old", 25)
    async with asyncio.timeout(5):
        while await fetch("SELECT FROM idempotency"):  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.01)
    keeping.cancel()

    assert await fetch("SELECT FROM idempotency") == []


async def test_whoever_cannot_sweep_keeps_nobody_else_from_it(database: Database) -> None:
    """Modules sweep their own, one after the other, whatever becomes of the one before."""
    swept = asyncio.Event()

    async def fails() -> None:
        raise RuntimeError("no broom")

    async def sweeps() -> None:
        swept.set()

    keeping = asyncio.create_task(keep_house([fails, sweeps], every=60))
    async with asyncio.timeout(5):
        await swept.wait()
    keeping.cancel()
