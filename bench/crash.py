"""kill -9 in the middle of bookings: what was acknowledged is there, and all heard of it once.

A real `regulars serve` on its own PostgreSQL is killed three times, the second time together with
PostgreSQL. Whoever books repeats what was not acknowledged with the same key; whoever watches comes
back with the last cursor, and where that is refused, because PostgreSQL crashed since, reads all
again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from bench.contenders import REGULARS, ROOT, Running
from bench.database import FOLDER, fill, postgres
from bench.load import ask
from bench.operations import Requests, typed
from bench.seed import Data, describe
from storage.postgres import free_port

HERE = FOLDER.with_name("bench-crash")
BOOKERS, WATCHERS = 16, 10
KILLS = (0.2, 0.5, 0.8)
"""After which parts of the bookings the server is killed."""
PATIENCE = 60.0

_CURSOR = (
    "query Cursor($business: ID!) { business: node(id: $business) { ... on Business { cursor } } }"
)
_ALL = """query All($business: ID!) {{
  business: node(id: $business) {{ ... on Business {{ cursor {calendars} }} }}
}}"""
_CALENDAR = 'c{n}: calendar(day: "{day}", days: {days}) {{ appointments {{ id }} }}'
_DAYS, _CALENDARS = 60, 7
"""How many days a calendar shows, and how many calendars show all that may be booked."""
_CHANGES = """subscription Changes($after: String) {
  appointmentChanges(after: $after) { kind cursor appointment { id } }
}"""
_GONE = (OSError, asyncio.IncompleteReadError, WebSocketException, ConnectionError)


@dataclass(slots=True)
class Story:
    """What happened around the kills."""

    data: Data
    port: int
    cursor: str = ""
    process: subprocess.Popen[bytes] | None = None
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Which appointment was acknowledged for each key."""
    repeated: int = 0
    """Requests that were sent again because nothing came back."""
    replayed: int = 0
    """Of those, bookings that had been made all the same."""
    seen: list[list[str]] = field(default_factory=list)
    """The appointments each watcher knows of, as they were told of them."""
    told: int = 0
    """How often a watcher was told to read all again."""
    downtime: list[float] = field(default_factory=list)
    """Seconds from each kill to the next answer."""

    @property
    def here(self) -> Running:
        """The server that runs now."""
        if self.process is None:
            raise RuntimeError("no server was started")
        return Running(REGULARS, self.port, self.data.token, self.process)


def measure(bookings: int) -> dict[str, Any]:
    """Book, kill, restart, resume; then compare what was promised with what is there."""
    shutil.rmtree(HERE, ignore_errors=True)
    with postgres(HERE) as url:
        data = asyncio.run(_prepare(url))
    story = Story(data, free_port())
    asyncio.run(_happen(story, bookings))
    with postgres(HERE) as url:
        rows = asyncio.run(_booked(url))
    _check(story, rows, bookings)
    print(
        f"kill -9 during {bookings} bookings: {len(KILLS)} kills, one of PostgreSQL as well;"
        f" back after {', '.join(f'{seconds:.1f}' for seconds in story.downtime)} s;"
        f" {story.repeated} requests repeated, {story.replayed} of them had been done;"
        f" {len(rows)} booked, none lost, none twice;"
        f" {WATCHERS} watchers know each exactly once, after they were told {story.told} times"
        " to read all again.",
        flush=True,
    )
    return {"bookings": len(rows), "repeated": story.repeated, "downtime_s": story.downtime}


async def _prepare(url: str) -> Data:
    await fill(url, 0.01)
    connection = await asyncpg.connect(url)
    try:
        return await describe(connection)
    finally:
        await connection.close()


async def _happen(story: Story, bookings: int) -> None:
    requests = Requests(story.data)
    bodies = requests.bodies("Book", typed)
    wishes = [next(bodies) for _ in range(bookings)]
    story.process = _serve(story.port)
    try:
        await _first_answer(story)
        watchers = []
        for _ in range(WATCHERS):
            story.seen.append([])
            watchers.append(asyncio.create_task(_watch(story, story.seen[-1])))
        left = iter(wishes)
        async with asyncio.timeout(PATIENCE * 3):
            await asyncio.gather(
                _kill(story, bookings), *(_book(story, left) for _ in range(BOOKERS))
            )
            while min(map(len, story.seen)) < bookings:  # noqa: ASYNC110 - counts others write
                await asyncio.sleep(0.05)
        await asyncio.sleep(1)  # whatever would come twice has time to
        for each in watchers:
            each.cancel()
    finally:
        story.process.send_signal(signal.SIGINT)
        story.process.wait(30)


async def _book(story: Story, left: Any) -> None:
    for body in left:
        key = orjson.loads(body)["variables"]["key"]
        while key not in story.acknowledged:
            try:
                answer = orjson.loads(await asyncio.wait_for(ask(story.here, body), 15))
            except (*_GONE, TimeoutError, ValueError):
                story.repeated += 1
                await asyncio.sleep(0.1)
                continue
            payload = (answer.get("data") or {}).get("bookAppointment")
            if payload is None:  # PostgreSQL is on its way back: nothing was acknowledged
                story.repeated += 1
                await asyncio.sleep(0.1)
                continue
            if payload["problems"]:
                raise RuntimeError(f"a free slot was refused: {payload}")
            story.replayed += payload["replayed"]
            story.acknowledged[key] = payload["appointment"]["id"]


async def _kill(story: Story, bookings: int) -> None:
    for number, part in enumerate(KILLS):
        while len(story.acknowledged) < bookings * part:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        killed = time.monotonic()
        if number == 1:
            for pid in _postgres_processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        story.here.process.kill()
        story.here.process.wait()
        story.process = _serve(story.port)
        await _first_answer(story)
        story.downtime.append(time.monotonic() - killed)


async def _watch(story: Story, seen: list[str]) -> None:
    """Watch for ever: after every interruption from the last cursor on."""
    after = story.cursor
    while True:
        with contextlib.suppress(*_GONE, TimeoutError, KeyError, TypeError):
            async with connect(
                f"ws://127.0.0.1:{story.port}/graphql", subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            ) as socket:  # fmt: skip
                token = {"authorization": f"Bearer {story.data.token}"}
                await socket.send(
                    orjson.dumps({"type": "connection_init", "payload": token}).decode()
                )
                await socket.recv()
                asked = {"query": _CHANGES, "variables": {"after": after}}
                await socket.send(
                    orjson.dumps({"id": "1", "type": "subscribe", "payload": asked}).decode()
                )
                async for text in socket:
                    message = orjson.loads(text)
                    if message["type"] == "error" and _expired(message["payload"]):
                        story.told += 1
                        after, seen[:] = await _read_all(story)
                        break
                    if message["type"] != "next" or "errors" in message["payload"]:
                        break  # PostgreSQL is on its way back
                    change = message["payload"]["data"]["appointmentChanges"]
                    after = change["cursor"]
                    seen.append(change["appointment"]["id"])
        await asyncio.sleep(0.1)


def _expired(errors: list[dict[str, Any]]) -> bool:
    return any(error["extensions"]["code"] == "CURSOR_EXPIRED" for error in errors)


async def _read_all(story: Story) -> tuple[str, list[str]]:
    """Read what is booked, and the cursor of that moment."""
    today = datetime.now(UTC).date()
    calendars = " ".join(
        _CALENDAR.format(n=n, day=today + timedelta(days=n * _DAYS), days=_DAYS)
        for n in range(_CALENDARS)
    )
    asked = {
        "query": _ALL.format(calendars=calendars),
        "variables": {"business": typed("biz", story.data.business)},
    }
    answer = orjson.loads(await ask(story.here, orjson.dumps(asked)))
    business = answer["data"]["business"]
    booked = [business[f"c{n}"]["appointments"] for n in range(_CALENDARS)]
    return business["cursor"], [each["id"] for part in booked for each in part]


async def _first_answer(story: Story) -> None:
    """Wait until the server answers; the first time, note where the log stands."""
    asked = {
        "query": _CURSOR,
        "variables": {"business": typed("biz", story.data.business)},
    }
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(*_GONE, KeyError, TypeError, ValueError):
                answer = orjson.loads(await ask(story.here, orjson.dumps(asked)))
                cursor = answer["data"]["business"]["cursor"]
                story.cursor = story.cursor or cursor
                return
            await asyncio.sleep(0.02)


def _serve(port: int) -> subprocess.Popen[bytes]:
    unset = {"DATABASE_URL", "MODULES", "WORKER"}
    environment = {
        **{name: value for name, value in os.environ.items() if name not in unset},
        "DATA_DIR": str(HERE),
        "PORT": str(port),
        "GRAPHIQL": "false",
        "LOG_LEVEL": "error",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "server", "serve"],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _postgres_processes() -> list[int]:
    """List the processes that work in our PostgreSQL's folder."""
    moved = HERE / "moved-to"
    folder = Path(moved.read_text(encoding="utf-8").strip()) if moved.exists() else HERE
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == folder / "postgres":
                found.append(int(entry.name))
    return found


async def _booked(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT id FROM appointments WHERE starts_at > now()")
        return [typed("apt", row["id"]) for row in rows]
    finally:
        await connection.close()


def _check(story: Story, rows: list[str], bookings: int) -> None:
    there = set(rows)
    lost = [each for each in story.acknowledged.values() if each not in there]
    if lost or len(rows) != bookings or len(set(story.acknowledged.values())) != bookings:
        raise RuntimeError(f"{len(rows)} bookings are there; acknowledged and lost: {lost}")
    for seen in story.seen:
        if len(seen) != bookings or set(seen) != there:
            twice = len(seen) - len(set(seen))
            raise RuntimeError(f"a watcher saw {len(seen)} bookings, {twice} of them twice")
