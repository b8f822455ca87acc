"""A thousand subscribers on one process: how soon the last of them knows of a booking.

The clock starts when PostgreSQL has committed the booking, which a trigger tells us, the same for
all. The others publish inside their process and send along what they have in their hands; Regulars
writes its log, follows it, and reads what was selected. Every subscriber has to get every change.
"""

from __future__ import annotations

import argparse
import asyncio
import queue
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Self

import asyncpg
import orjson

from bench.contenders import (
    MERCURIUS,
    REGULARS,
    STOCK,
    Running,
    mercurius_installed,
    running,
)
from bench.database import copy
from bench.operations import CHANGES, Requests
from bench.seed import Data, describe
from bench.sockets import Crowd, Subscriber

ROUNDS, WARM_UP = 2, 2
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


def measure(url: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Measure each server with as many subscribers as asked for, in turns."""
    contenders, missing = [REGULARS, STOCK, MERCURIUS], mercurius_installed()
    if missing:
        print(missing)
        contenders.remove(MERCURIUS)
    heard = {each.name: Heard() for each in contenders}
    with copy(url, asked.scale) as dsn:
        data = asyncio.run(_prepare(dsn))
        with Stopwatch(dsn) as stopwatch:
            requests = Requests(data)
            for _ in range(ROUNDS):
                for each in contenders:
                    with running(each, dsn, data) as here:
                        changes = max(1, asked.changes // ROUNDS)
                        _round(
                            here,
                            stopwatch,
                            requests,
                            count=asked.subscribers,
                            changes=changes,
                            heard=heard[each.name],
                        )
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


async def _prepare(dsn: str) -> Data:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_STOPWATCH)
        return await describe(connection)
    finally:
        await connection.close()


def _round(
    here: Running,
    stopwatch: Stopwatch,
    requests: Requests,
    *,
    count: int,
    changes: int,
    heard: Heard,
) -> None:
    before = _memory(here)
    crowd = Crowd(here, CHANGES, count)
    crowd.idle(1)
    heard.memory.append((_memory(here) - before) / count)
    bodies = requests.bodies("Book", here.contender.ident)
    spent = 0.0
    for number in range(changes + WARM_UP):
        if number == WARM_UP:
            spent = here.cpu_seconds()
        with socket.create_connection(("127.0.0.1", here.port)) as line:
            sent = perf_counter()
            line.sendall(here.request(next(bodies)))
            crowd.listen(count, PATIENCE)
            booked = _booked(line.recv(65536))
        last = max(each.received[number][0] for each in crowd.members)
        _check(booked, crowd.members, number)
        commit = stopwatch.commits.get(timeout=PATIENCE)
        if number >= WARM_UP:
            heard.from_commit.append((last - commit) * 1000)
            heard.from_sending.append((last - sent) * 1000)
        crowd.idle(0.05)
    heard.cpu.append((here.cpu_seconds() - spent) / changes / count * 1e6)
    crowd.close()


class Stopwatch:
    """Notes when bookings are committed, in a thread of its own."""

    def __init__(self, dsn: str) -> None:
        """Prepare to listen to a database that has the trigger."""
        self.commits: queue.Queue[float] = queue.Queue()
        self._dsn = dsn
        self._listening = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE)

    async def _run(self) -> None:
        self._over = asyncio.Event()
        connection = await asyncpg.connect(self._dsn)
        await connection.add_listener(
            "bench_committed", lambda *_: self.commits.put(perf_counter())
        )
        self._listening.set()
        await self._over.wait()
        await connection.close()


def _booked(answer: bytes) -> str:
    """Read the id of the booking off an HTTP answer."""
    read = orjson.loads(answer.partition(b"\r\n\r\n")[2])
    booked: str = read["data"]["bookAppointment"]["appointment"]["id"]
    return booked


def _check(booked: str, subscribers: list[Subscriber], number: int) -> None:
    """Make sure that each subscriber was told of this booking, once."""
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
