"""A PostgreSQL of a test's own, which it may kill, and a server on it."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import server as server_module
from modules import registry
from modules.contract import Module
from storage import log, postgres, rights
from storage.database import Database
from storage.migrate import migrate
from storage.postgres import Account, Cluster
from storage.settings import Settings
from tests.conftest import serving


@dataclass
class Killable:
    """A PostgreSQL that is killed and started again at the same address."""

    cluster: Cluster
    port: int
    dsn: str
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self, **settings: str) -> None:
        """Start it, recovered from whatever happened."""
        self.cluster.stop_orphans()
        self.process = self.cluster.start(self.port, {"shared_buffers": "16MB", **settings})

    def kill(self) -> None:
        """Kill it as a crash would; what was not on the disk is lost."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to each of its processes."""
        for pid in self.cluster.processes():
            os.kill(pid, number)


@pytest.fixture
def killable() -> Iterator[Killable]:
    """A durable PostgreSQL for one test."""
    base = Path(tempfile.mkdtemp(prefix="regulars-", dir="/tmp"))
    base.chmod(0o755)
    account = Account.suitable(base / "data")
    if account:
        os.chown(base, account.uid, account.gid)
    found = postgres.programs(account, base / "programs")
    cluster = Cluster(data=base / "data", log=base / "log", programs=found, account=account)
    password, port = secrets.token_hex(8), postgres.free_port()
    cluster.create(password, durable=False)
    cluster.settle(f"ALTER ROLE {rights.SERVER} PASSWORD '{password}'")
    here = Killable(cluster, port, cluster.dsn(password, port))
    here.start()
    yield here
    here.signal(signal.SIGCONT)
    postgres.stop(here.process)
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def settings(killable: Killable, enabled: list[str], tmp_path: Path) -> Settings:
    """A server of small pools on the PostgreSQL that may be killed."""
    given: dict[str, Any] = {"readers": 4, "writers": 4, "request_timeout": 5}
    return Settings.load(
        _env_file=None, database_url=killable.dsn, modules=enabled, data_dir=tmp_path, **given
    )


@pytest.fixture
async def running(settings: Settings, loaded: list[Module]) -> AsyncIterator[str]:
    """The address of a server on that PostgreSQL."""
    await migrate(str(settings.database_url), registry.migrations(loaded))
    async with serving(server_module.create_app(settings)) as url:
        yield url


@pytest.fixture
async def database(killable: Killable) -> AsyncIterator[Database]:
    """The tables of the log, on the PostgreSQL that may be killed."""
    await migrate(killable.dsn, ())
    opened = await Database.open(killable.dsn, {}, readers=2, writers=2)
    await log.adopt_cluster()
    yield opened
    await opened.close()


async def back(database: Database) -> None:
    """Wait until PostgreSQL can be used again."""
    async with asyncio.timeout(20):
        while True:
            try:
                await database.check()
            except Exception:  # noqa: BLE001 - away still
                await asyncio.sleep(0.05)
            else:
                return
