"""A thousand subscribers on one process: how soon the last of them knows of a booking.

The clock starts when PostgreSQL has committed the booking, which a trigger tells us, the same for
all. The others publish inside their process and send along what they have in their hands; Regulars
writes its log, follows it, and reads what was selected. Every subscriber has to get every change.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import asyncpg
import orjson

from bench.contenders import (
    MERCURIUS,
    REGULARS,
    STOCK,
    Contender,
    Running,
    mercurius_installed,
    running,
)
from bench.database import fresh
from bench.load import ask
from bench.operations import CHANGES, Asking
from bench.seed import describe
from bench.sockets import Subscriber, subscribe

ROUNDS = 2
PATIENCE = 30.0
"""Seconds until a subscriber that heard nothing counts as forgotten."""

_STOPWATCH = """
CREATE FUNCTION bench_committed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('bench_committed', NEW.id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER bench_committed AFTER INSERT ON appointments
    FOR EACH ROW EXECUTE FUNCTION bench_committed();
"""


@dataclass(slots=True)
class Heard:
    """What one server's subscribers went through."""

    from_commit: list[float] = field(default_factory=list)
    """Milliseconds from each commit to the last subscriber."""
    from_sending: list[float] = field(default_factory=list)
    """Milliseconds from sending each booking to the last subscriber."""
    cpu: list[float] = field(default_factory=list)
    """Microseconds of the server's core for each delivery."""
    memory: list[float] = field(default_factory=list)
    """Kilobytes for each socket."""


async def measure(url: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Measure each server with as many subscribers as asked for, in turns."""
    contenders, missing = [REGULARS, STOCK, MERCURIUS], mercurius_installed()
    if missing:
        print(missing)
        contenders.remove(MERCURIUS)
    heard = {each.name: Heard() for each in contenders}
    async with fresh(url, asked.scale) as dsn:
        clock = await asyncpg.connect(dsn)
        await clock.execute(_STOPWATCH)
        asking = Asking(await describe(clock))
        for _ in range(ROUNDS):
            for each in contenders:
                changes = max(1, asked.changes // ROUNDS)
                await _round(
                    each, dsn, clock, asking, asked.subscribers, changes, heard[each.name]
                )
        await clock.close()
    _print(asked.subscribers, heard)
    return {
        name: {
            "from_commit_ms": each.from_commit,
            "from_sending_ms": each.from_sending,
            "cpu_us": median(each.cpu),
            "memory_kb": median(each.memory),
        }
        for name, each in heard.items()
    }


async def _round(
    contender: Contender,
    dsn: str,
    clock: asyncpg.Connection,
    asking: Asking,
    count: int,
    changes: int,
    heard: Heard,
) -> None:
    with running(contender, dsn, asking.data) as here:
        before = _memory(here)
        crowd = Crowd(count)
        subscribers = await subscribe(here, CHANGES, count, crowd.told)
        await asyncio.sleep(1)
        heard.memory.append((_memory(here) - before) / count)
        commits: asyncio.Queue[float] = asyncio.Queue()

        def committed(*_: object) -> None:
            commits.put_nowait(perf_counter())

        await clock.add_listener("bench_committed", committed)
        bodies = asking.bodies("Book", contender.ident)
        for number in range(changes + 2):
            spent = here.cpu_seconds()
            crowd.expect(subscribers, number + 1)
            sent = perf_counter()
            answer = orjson.loads(await ask(here, next(bodies)))
            await asyncio.wait_for(crowd.all_told.wait(), PATIENCE)
            last = max(each.received[number][0] for each in subscribers)
            commit = await asyncio.wait_for(commits.get(), PATIENCE)
            _check(answer, subscribers, number)
            if number >= 2:  # the first ones warm up
                heard.from_commit.append((last - commit) * 1000)
                heard.from_sending.append((last - sent) * 1000)
                heard.cpu.append((here.cpu_seconds() - spent) / count * 1e6)
            await asyncio.sleep(0.05)
        await clock.remove_listener("bench_committed", committed)
        for each in subscribers:
            each.close()


class Crowd:
    """Notices when the last of many subscribers was told."""

    def __init__(self, count: int) -> None:
        self.all_told = asyncio.Event()
        self._count, self._left = count, count

    def expect(self, subscribers: list[Subscriber], messages: int) -> None:
        """Begin to wait until each has so many messages."""
        self.all_told.clear()
        self._left = sum(messages - len(each.received) for each in subscribers)

    def told(self, _: Subscriber) -> None:
        """Count a message."""
        self._left -= 1
        if not self._left:
            self.all_told.set()


def _check(answer: Any, subscribers: list[Subscriber], number: int) -> None:
    """Make sure that each subscriber was told of this booking, once."""
    booked = answer["data"]["bookAppointment"]["appointment"]["id"]
    for each in subscribers:
        if len(each.received) != number + 1:
            raise RuntimeError(f"a subscriber has {len(each.received)} messages, not {number + 1}")
        payload = orjson.loads(each.received[number][1])["payload"]
        change = (payload.get("data") or {}).get("appointmentChanges")
        if not change or change["kind"] != "BOOKED" or change["appointment"]["id"] != booked:
            raise RuntimeError(f"a subscriber was told something else: {payload}")


def _print(count: int, heard: dict[str, Heard]) -> None:
    title = f"{count} subscribers, one change"
    print(f"{title:34}  commit to last, median ms  max ms  sent to last  us/delivery  KB/socket")
    for name, each in heard.items():
        print(
            f"  {name:32}  {median(each.from_commit):25.1f}  {max(each.from_commit):6.1f}"
            f"  {median(each.from_sending):12.1f}  {median(each.cpu):11.1f}"
            f"  {median(each.memory):9.1f}"
        )
    print("  Every subscriber was told of every change, once.", flush=True)


def _memory(here: Running) -> float:
    try:
        fields = Path(f"/proc/{here.process.pid}/statm").read_text(encoding="utf-8").split()
    except OSError:
        return 0.0
    return int(fields[1]) * 4.096

