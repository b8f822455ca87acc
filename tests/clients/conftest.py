"""A business that keeps files on clients."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from modules.viewer import Role, Viewer
from schema.api import Asked
from schema.engine import Engine
from storage import database as db
from storage import log
from storage.database import Database
from storage.models import uuid7
from tests.reading.conftest import statements

__all__ = ["statements"]

Do = Callable[..., Awaitable[Any]]


@pytest.fixture
def enabled() -> list[str]:
    """Only what clients need."""
    return ["accounts", "clients", "services"]


@pytest.fixture
async def by(database: Database) -> Viewer:
    """The owner of a business in Amsterdam."""
    return await open_business("Europe/Amsterdam")


@pytest.fixture
async def stranger(database: Database) -> Viewer:
    """The owner of another business, in New York."""
    return await open_business("America/New_York")


async def open_business(zone: str) -> Viewer:
    """Open a business and be its owner."""
    business = uuid7()
    await db.execute(
        "INSERT INTO businesses (id, name, zone, currency) VALUES ($1, 'Salon', $2, 'EUR')",
        business, zone,
    )  # fmt: skip
    return Viewer(role=Role.OWNER, business_id=business, zone=zone)


@pytest.fixture
def do() -> Do:
    """Run a rule the way the shell does: in one change."""

    async def run(rule: Callable[..., Awaitable[Any]], by: Viewer, *args: Any, **asked: Any) -> Any:
        async with log.Log().change(actor=None, business_id=by.business_id):
            return await rule(by, *args, **asked)

    return run


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks one question as a viewer."""

    async def asking(by: Any, query: str, **variables: Any) -> Any:
        return orjson.loads((await engine.answer(Asked(query, variables), by)).body)

    return asking


@pytest.fixture
def does(ask: Any) -> Any:
    """Runs a mutation and gives its payload."""

    async def doing(by: Any, query: str, **given: Any) -> Any:
        answer = await ask(by, query, input=given)
        assert "errors" not in answer, answer
        [payload] = answer["data"].values()
        return payload

    return doing


@pytest.fixture
async def mia(by: Viewer) -> Viewer:
    """The owner, with an account: what they write bears their name."""
    account = uuid7()
    await db.execute("INSERT INTO accounts (id, name) VALUES ($1, 'Mia')", account)
    await db.execute(
        "INSERT INTO memberships (id, account_id, business_id, role)"
        " VALUES (uuidv7(), $1, $2, 'OWNER')",
        account, by.business_id,
    )  # fmt: skip
    return replace(by, account_id=account)


@pytest.fixture
async def sam(by: Viewer) -> str:
    """Somebody who works there."""
    return await hire(by, "Sam")


async def hire(by: Viewer, name: str) -> str:
    """Add somebody to the team; their id."""
    key = uuid7()
    await db.execute(
        "INSERT INTO staff (id, business_id, name, colour) VALUES ($1, $2, $3, '#123456')",
        key, by.business_id, name,
    )  # fmt: skip
    return f"stf_{key.hex}"


async def everything() -> list[Any]:
    """All that is written down about clients: compare before and after a refusal."""
    tables = ("clients", "client_notes", "client_consents", "client_fields")
    rows = [row for each in tables for row in await db.fetch(f"SELECT * FROM {each} ORDER BY id")]
    return [*rows, await db.fetchval("SELECT count(*) FROM event")]


async def told() -> list[tuple[str, list[str]]]:
    """What the log says of files that were changed, and which of their columns."""
    rows = await db.fetch(
        "SELECT kind, data FROM event WHERE kind = 'clients.ClientUpdated' ORDER BY seq"
    )
    return [(row["kind"], orjson.loads(row["data"])["changed"]) for row in rows]
