"""A module nobody here knows: installed, named, switched off again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from graphql import GraphQLObjectType, build_schema

import server as server_module
from modules import registry
from schema.api import Asked
from schema.runtime import Runtime
from storage.database import Database, fetchval
from storage.settings import Settings
from tests.promises.conftest import Salon, furnish

REGULARS = str(Path(sys.executable).with_name("regulars"))
BUILT_IN = registry.built_in()
POINTS = "query($id: ID!) { node(id: $id) { ... on Client { points awards { totalCount } } } }"
TABLE = "SELECT to_regclass('loyalty_awards')::text"


@pytest.fixture
def enabled(installed: Path) -> list[str]:
    """Everything that ships with us, and the example."""
    return [*BUILT_IN, "loyalty"]


def test_an_installed_module_is_not_enabled_until_it_is_named(site: Path) -> None:
    """The package on the path changes nothing; its name in MODULES adds its fields and types."""
    without = build_schema(_sdl(site, BUILT_IN)).type_map
    named = build_schema(_sdl(site, [*BUILT_IN, "loyalty"])).type_map
    before, after = without["Client"], named["Client"]
    assert isinstance(before, GraphQLObjectType)
    assert isinstance(after, GraphQLObjectType)

    added = {name: str(after.fields[name].type) for name in after.fields.keys() - before.fields}
    assert added == {"points": "Int", "awards": "AwardConnection"}
    assert named.keys() - without == {"Award", "AwardConnection", "AwardEdge"}
    assert not without.keys() - named


def test_a_module_that_is_not_installed_is_refused_by_name() -> None:
    """One sentence at start, with what there is instead."""
    asked = _regulars({"MODULES": "accounts,loyalty"}, "schema")

    assert asked.returncode == 1
    assert "no module 'loyalty'; there are " in asked.stderr
    assert asked.stderr.count("\n") == 1


def test_what_a_module_requires_has_to_be_enabled_too(site: Path) -> None:
    """The sentence names both."""
    asked = _regulars({"MODULES": "accounts,loyalty", "PYTHONPATH": str(site)}, "schema")

    assert asked.returncode == 1
    assert "loyalty requires appointments, clients: enable them too" in asked.stderr


async def test_a_booking_gives_points_once(settings: Settings, database: Database) -> None:
    """Its reaction runs in the worker; the same job done twice gives nothing more."""
    async with _running(settings, database) as (salon, runtime):
        await salon.book()

        async with runtime.working():
            earned = await _once_there(salon, 10)
        handler = runtime.reactions.handlers()["loyalty.award:appointments.AppointmentBooked"].do
        await handler(await _last_job(database))
        again = await salon.ask(POINTS, {"id": salon.client}, token=salon.token)

    assert earned == again == {"data": {"node": {"points": 10, "awards": {"totalCount": 1}}}}
    kinds = await fetchval("SELECT array_agg(kind) FROM event WHERE kind LIKE 'loyalty.%'")
    assert kinds == ["loyalty.PointsEarned"]


async def test_points_of_many_clients_are_read_in_one_statement(
    settings: Settings, database: Database, statements: list[str]
) -> None:
    """However many clients there are: the sum is part of the statement that reads them."""
    query = """query($id: ID!) { business: node(id: $id) { ... on Business {
      clients(first: 100) { nodes { points } } } } }"""
    async with _running(settings, database) as (salon, _):
        counts = []
        for more in (1, 20):
            for number in range(more):
                await _open_file(salon, f"client{more}-{number}@example.org")
            statements.clear()
            read = await salon.ask(query, {"id": salon.business}, token=salon.token)
            assert {"points": 0} in read["data"]["business"]["clients"]["nodes"]
            counts.append(len(statements))

    assert counts[0] == counts[1]


async def test_a_module_that_is_switched_off_leaves_everything_else_working(
    settings: Settings, database_url: str
) -> None:
    """Its field is gone, its table stays, and a booking causes none of its jobs."""
    async with _running(settings) as (salon, runtime):
        await salon.book()
        async with runtime.working():
            await _once_there(salon, 10)

    off = settings.model_copy(update={"modules": BUILT_IN})
    async with _running(off, known=salon) as (salon, runtime):
        asked = await salon.ask(POINTS, {"id": salon.client}, token=salon.token)
        booked = await salon.book(hours=2)
        name = "query($id: ID!) { node(id: $id) { ... on Client { fullName } } }"
        read = await salon.ask(name, {"id": salon.client}, token=salon.token)
        waiting = await fetchval("SELECT count(*) FROM job WHERE entrypoint LIKE 'loyalty.%'")

    assert asked["errors"][0]["message"].startswith("Cannot query field 'points' on type 'Client'.")
    assert booked["problems"] == []
    assert read == {"data": {"node": {"fullName": "Ann Lee"}}}
    assert waiting == 0
    assert not [job for job in runtime.reactions.handlers() if job.startswith("loyalty")]
    kept = await asyncpg.connect(database_url)
    assert await kept.fetchval(TABLE) == "loyalty_awards"
    assert await kept.fetchval("SELECT sum(points) FROM loyalty_awards") == 10
    await kept.close()


async def test_without_the_module_there_is_no_table(empty_url: str, site: Path) -> None:
    """Migrating with the built-in modules alone makes none, though the package is there."""
    tables = []
    for names in (BUILT_IN, [*BUILT_IN, "loyalty"]):
        given = {"DATABASE_URL": empty_url, "MODULES": ",".join(names), "PYTHONPATH": str(site)}
        done = await asyncio.to_thread(_regulars, given, "migrate")
        assert done.returncode == 0, done.stderr
        here = await asyncpg.connect(empty_url)
        tables.append(await here.fetchval(TABLE))
        await here.close()

    assert tables == [None, "loyalty_awards"]


class Counted:
    """The pool for reads, and every statement sent through it."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.sent: list[str] = []

    async def fetch(self, sql: str, *args: Any) -> Any:
        """Note the statement, then run it."""
        self.sent.append(sql)
        return await self._pool.fetch(sql, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


@pytest.fixture
def statements(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement of the read path, as it is sent."""
    counted = Counted(database.pool)
    monkeypatch.setattr(database, "pool", counted)
    return counted.sent


@asynccontextmanager
async def _running(
    settings: Settings, database: Database | None = None, known: Salon | None = None
) -> AsyncIterator[tuple[Salon, Runtime]]:
    """An engine with the modules of the settings, and a salon to ask it about."""
    async with Runtime.open(settings, server_module.enabled(settings), database) as runtime:
        await runtime.follow()
        engine = runtime.engine

        async def ask(query: str, variables: dict[str, Any], *, token: str | None = None) -> Any:
            answer = await engine.answer(Asked(query, variables), await engine.viewer(token))
            return orjson.loads(answer.body)

        yield (await furnish(ask) if known is None else replace(known, ask=ask)), runtime


async def _once_there(salon: Salon, points: int) -> Any:
    """Ask until the worker has been there."""
    async with asyncio.timeout(10):
        while True:
            read = await salon.ask(POINTS, {"id": salon.client}, token=salon.token)
            if read["data"]["node"]["points"] == points:
                return read
            await asyncio.sleep(0.02)


async def _last_job(database: Database) -> dict[str, Any]:
    """What the worker was given for the booking, as the log has it."""
    row = await database.pool.fetchrow(
        "SELECT seq, kind, business_id, subject, actor, at, data FROM event"
        " WHERE kind = 'appointments.AppointmentBooked'"
    )
    assert row is not None
    return {**row, **{name: str(row[name]) for name in ("business_id", "subject")},
            "data": orjson.loads(row["data"])}  # fmt: skip


async def _open_file(salon: Salon, email: str) -> None:
    query = "mutation($input: CreateClientInput!) { createClient(input: $input) { client { id } } }"
    person = {"firstName": "Bo", "lastName": "Lee", "email": email}
    await salon.does(query, "createClient", {"input": person})


def _sdl(site: Path, names: list[str]) -> str:
    asked = _regulars({"MODULES": ",".join(names), "PYTHONPATH": str(site)}, "schema")
    assert asked.returncode == 0, asked.stderr
    return asked.stdout


def _regulars(given: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [REGULARS, *arguments], env={"PATH": os.environ["PATH"], **given}, cwd="/",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
