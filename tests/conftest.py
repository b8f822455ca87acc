"""What tests stand on: a real PostgreSQL for the run, a fresh database for each test."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson
import pytest
from starlette.types import ASGIApp

import server as server_module
from modules import registry
from modules.contract import Module
from schema import ComposedSchema, build
from schema import runtime as runtime_module
from schema.api import Asked
from schema.changing import UNDECLARED
from schema.engine import Engine
from schema.runtime import Runtime
from schema.serving.listening import Server, configured, connections
from storage import postgres, rights
from storage.database import Database
from storage.migrate import migrate
from storage.objects import ObjectStore
from storage.postgres import Account, Cluster
from storage.settings import Settings
from tests.s3 import s3_server

Ask = Callable[..., Awaitable[Any]]


ROOT = Path(__file__).parents[1]
SLOW = Path(__file__).with_name("slow.txt")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of modules that take long. Refuses a module that is not there."""
    named = {line for line in SLOW.read_text("utf-8").splitlines() if not line.startswith("#")}
    if gone := [name for name in sorted(named) if not (ROOT / name).exists()]:
        raise pytest.UsageError(f"{SLOW} names what is not there: {', '.join(gone)}")
    for item in items:
        if item.path.relative_to(ROOT).as_posix() in named:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def declared_refusals(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which a mutation refuses what its `refuses` does not list."""
    yield
    records = (*caplog.get_records("setup"), *caplog.get_records("call"))
    assert [each.getMessage() for each in records if each.msg == UNDECLARED] == []


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of this run's own (each worker's, with xdist) that may forget everything.

    As its superuser, for making databases; tests use them as a role that only owns its own.
    """
    base = Path(tempfile.mkdtemp(prefix="regulars-", dir="/tmp"))
    base.chmod(0o755)
    account = Account.suitable(base / "data")
    if account:
        os.chown(base, account.uid, account.gid)
    found = postgres.programs(account, base / "programs")
    here = Cluster(data=base / "data", log=base / "log", programs=found, account=account)
    password, port = secrets.token_hex(8), postgres.free_port()
    here.create(password, durable=False)
    process = here.start(port, {**postgres.THROW_AWAY, "max_connections": "200"})
    yield here.dsn(password, port, rights.SUPERUSER)
    postgres.stop(process)
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(scope="session")
def server_role(postgres_url: str) -> str:
    """The role databases are made for, and used as: it may do nothing else."""
    asyncio.run(_execute(postgres_url, f"CREATE ROLE {rights.SERVER} LOGIN PASSWORD 'of-tests'"))
    return rights.SERVER


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """An S3 server of this run's own, which checks what it is sent; started when asked for."""
    with s3_server() as url:
        yield url


@pytest.fixture(scope="session")
def templates() -> dict[tuple[str, ...], str]:
    """Migrated databases by the modules they are for, made when first asked for."""
    return {}


@pytest.fixture(scope="session", autouse=True)
def _one_schema() -> Iterator[None]:
    """Servers and engines of the same modules share a schema, which takes long to build."""
    built: dict[tuple[tuple[str, str], ...], ComposedSchema] = {}

    def once(modules: Sequence[Module]) -> ComposedSchema:
        key = tuple((module.name, module.package) for module in modules)
        if key not in built:
            built[key] = build(modules)
        return built[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime_module, "build", once)
        yield


@pytest.fixture
def enabled() -> list[str]:
    """The names of the modules a test runs with; parametrize it to run with fewer."""
    return registry.built_in()


@pytest.fixture
def loaded(enabled: list[str]) -> list[Module]:
    """The modules a test runs with."""
    return registry.load(enabled)


@pytest.fixture
async def database_url(
    postgres_url: str,
    server_role: str,
    templates: dict[tuple[str, ...], str],
    loaded: list[Module],
) -> AsyncIterator[str]:
    """A fresh, migrated database of the test's own."""
    key = tuple(module.name for module in loaded)
    admin = await asyncpg.connect(postgres_url)
    if key not in templates:
        made = f"template_{secrets.token_hex(4)}"
        await admin.execute(f"CREATE DATABASE {made} OWNER {server_role}")
        await migrate(_at(postgres_url, made), registry.migrations(loaded))
        templates[key] = made
    name = f"test_{secrets.token_hex(6)}"
    await admin.execute(
        f"CREATE DATABASE {name} OWNER {server_role} TEMPLATE {templates[key]} STRATEGY FILE_COPY"
    )
    yield _at(postgres_url, name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def empty_url(postgres_url: str, server_role: str) -> AsyncIterator[str]:
    """A database of the test's own without anything in it."""
    admin = await asyncpg.connect(postgres_url)
    name = f"empty_{secrets.token_hex(6)}"
    await admin.execute(f"CREATE DATABASE {name} OWNER {server_role}")
    yield _at(postgres_url, name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def runtime(loaded: list[Module], settings: Settings) -> AsyncIterator[Runtime]:
    """All a process works with, on the test's database; nothing follows the log yet."""
    opening = Runtime.open(settings, loaded)
    yield await opening.__aenter__()
    await asyncio.wait_for(opening.__aexit__(None, None, None), 20)


@pytest.fixture
def database(runtime: Runtime) -> Database:
    """The test's database, open: rules, tables and `storage.database`'s functions use it."""
    return runtime.database


@pytest.fixture
def store(runtime: Runtime) -> ObjectStore:
    """The test's object store, a folder: rules find it as they find the database."""
    return runtime.store


@pytest.fixture
async def server(database: Database, settings: Settings) -> AsyncIterator[str]:
    """A real server on the test's database, in the test's own event loop; its address."""
    async with serving(server_module.create_app(settings, database=database)) as url:
        yield url


@pytest.fixture
async def engine(runtime: Runtime) -> Engine:
    """The engine on the test's database, without HTTP, following the log."""
    await runtime.follow()
    return runtime.engine


@pytest.fixture
def api(engine: Engine) -> Ask:
    """Asks for one query or mutation and gives the whole response, as JSON says it."""

    async def ask(
        query: str, variables: dict[str, Any] | None = None, *, token: str | None = None
    ) -> Any:
        viewer = await engine.viewer(token)
        answer = await engine.answer(Asked(query, variables or {}), viewer)
        return orjson.loads(answer.body)

    return ask


@pytest.fixture
def settings(database_url: str, enabled: list[str], tmp_path: Path) -> Settings:
    """What the test's server is set to; nothing comes from the environment."""
    return Settings.load(
        _env_file=None, database_url=database_url, modules=enabled, data_dir=tmp_path, port=0,
        unconfirmed_recipients=1_000_000,
    )  # fmt: skip


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application over real HTTP and WebSockets on a free port meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings = Settings.load(_env_file=None, access_log=True)
        config = configured(app, settings)
        here = Server(config, connections(settings))
        task = asyncio.create_task(here._serve([listening]))
        while not here.started:
            if task.done():
                task.result()
                raise RuntimeError("the application did not start")
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        here.should_exit = True
        await task


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def _at(url: str, name: str) -> str:
    """Give the address of another database of the same server, as the role that owns it."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return f"postgresql://{rights.SERVER}:of-tests@{host}/{name}"
