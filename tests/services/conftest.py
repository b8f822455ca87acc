"""A business with a price list and a team."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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

Do = Callable[..., Awaitable[Any]]


@pytest.fixture
def enabled() -> list[str]:
    """Only what services need."""
    return ["accounts", "services"]


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
    return Viewer(role=Role.OWNER, business_id=business)


@pytest.fixture
def do() -> Do:
    """Run a rule the way the shell does: in one change."""

    async def run(rule: Callable[..., Awaitable[Any]], by: Viewer, *args: Any, **asked: Any) -> Any:
        async with log.Log().change(actor=None, business_id=by.business_id):
            return await rule(by, *args, **asked)

    return run


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks one question as a viewer, and gives what it answers."""

    async def asking(by: Any, query: str, **variables: Any) -> Any:
        answer = orjson.loads((await engine.answer(Asked(query, variables), by)).body)
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    return asking
