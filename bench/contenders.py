"""The servers that are compared: how each is started, and how it is asked."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.database import FOLDER
from bench.operations import Ident, plain, typed
from bench.seed import Data
from storage.postgres import free_port

ROOT = Path(__file__).resolve().parents[1]
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
SERVER_CORES = set(CORES[1:2] or CORES)
"""One core for the server under test; PostgreSQL and the load have the first one."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to answer, and its words for the same things."""

    name: str
    command: Callable[[int], list[str]]
    ident: Ident = typed
    path: str = "/graphql"
    environment: Mapping[str, str] | None = None
    replaced: tuple[tuple[bytes, bytes], ...] = ()
    """What it spells otherwise in a request."""

    def spell(self, body: bytes) -> bytes:
        """Write a request in this server's words."""
        for ours, theirs in self.replaced:
            body = body.replace(ours, theirs)
        return body


def _uvicorn(app: str) -> Callable[[int], list[str]]:
    return lambda port: [
        sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port),
        "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip


REGULARS = Contender(
    "regulars",
    lambda port: [sys.executable, "-m", "server", "serve"],
    environment={
        "WORKER": "false",
        "GRAPHIQL": "false",
        "LOG_LEVEL": "warning",
        "HOST": "127.0.0.1",
    },
)
FLOOR = Contender("floor", _uvicorn("bench.floor:app"))
STOCK = Contender(
    "stock",
    _uvicorn("bench.stock:app"),
    ident=plain,
    path="/graphql/",
    replaced=(
        (b"node(id: $id)", b"client(id: $id)"),
        (b"business: node(id: $business)", b"business(id: $business)"),
        (b"... on Business {", b"... {"),
        (b"... on Client {", b"... {"),
        (b"staffIds: $staff", b"staff: $staff"),
        (b"orderBy: {field: NAME}", b"orderBy: NAME"),
    ),
)
MERCURIUS = Contender(
    "mercurius",
    lambda port: ["node", str(ROOT / "bench" / "mercurius" / "server.js"), str(port)],
    ident=plain,
)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    contender: Contender
    port: int
    token: str
    process: subprocess.Popen[bytes]

    def request(self, body: bytes) -> bytes:
        """Write a whole HTTP request around a body."""
        body = self.contender.spell(body)
        return (
            f"POST {self.contender.path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\n"
            f"content-type: application/json\r\nauthorization: Bearer {self.token}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        ).encode() + body

    def cpu_seconds(self) -> float:
        """Say how long the process has computed so far; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").split()
        except OSError:
            return 0.0
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(contender: Contender, dsn: str, data: Data) -> Iterator[Running]:
    """Run a server meanwhile, one process on one core."""
    port = free_port()
    environment = {
        **os.environ,
        **(contender.environment or {}),
        "DATABASE_URL": dsn,
        "BENCH_BUSINESS": str(data.business),
        "PORT": str(port),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{contender.name}.log").open("wb") as log:
        process = subprocess.Popen(
            contender.command(port),
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    _put_on_its_core(process.pid)
    try:
        _until_it_listens(process, port)
        yield Running(contender, port, data.token, process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def stay_on_first_core() -> None:
    """Keep this process, and what it starts from now on, off the servers' core."""
    if hasattr(os, "sched_setaffinity") and len(CORES) > 1:
        os.sched_setaffinity(0, {CORES[0]})


def mercurius_installed() -> str | None:
    """Install Mercurius where node is present; or say in a sentence why it is not compared."""
    folder = ROOT / "bench" / "mercurius"
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "Mercurius is left out: there is no node here."
    if not (folder / "node_modules" / "mercurius").exists():
        done = subprocess.run(
            ["npm", "ci", "--silent"], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            return f"Mercurius is left out: npm ci failed: {done.stderr.strip()[:200]}"
    return None


def _put_on_its_core(pid: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, SERVER_CORES)  # before it has started any thread


def _until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"a server did not start, see {FOLDER}: {' '.join(map(str, process.args))}")  # type: ignore[arg-type]
