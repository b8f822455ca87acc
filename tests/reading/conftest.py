"""A library with some books in it, and an engine to ask about them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

import schema
from modules.contract import Module
from modules.viewer import Role, Viewer
from schema.api import Asked
from schema.engine import Engine
from storage.database import Database, execute
from tests.reading import library

HOME = UUID(int=1)
ABROAD = UUID(int=2)

Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def loaded() -> list[Module]:
    """Only the library."""
    return [replace(library.module, package="tests.reading.library")]


@pytest.fixture
def composed(loaded: list[Module]) -> schema.ComposedSchema:
    """The library's schema."""
    return schema.build(loaded)


@pytest.fixture
def owner() -> Viewer:
    """Somebody who may see everything of the business at home."""
    return Viewer(role=Role.OWNER, business_id=HOME, account_id=UUID(int=9))


@pytest.fixture
def ask(database: Database, composed: schema.ComposedSchema, owner: Viewer) -> Ask:
    """Ask the engine, the way a transport does."""
    engine = Engine(composed)

    async def asking(
        query: str, variables: dict[str, Any] | None = None, viewer: Viewer = owner
    ) -> dict[str, Any]:
        answer = await engine.answer(Asked(query, variables or {}), viewer)
        return json.loads(answer.body)

    return asking


def key(number: int) -> UUID:
    """An id that is easy to read in a failing test."""
    return UUID(int=number)


@pytest.fixture
async def shelves(database: Database) -> None:
    """Three authors and five books at home, one of each abroad."""
    await execute(
        "INSERT INTO authors VALUES ($1,$2,'Ada','1815-12-10',2),($3,$2,'Bo',NULL,NULL),($4,$2,'Cy','1900-01-01',1),($5,$6,'Ada Abroad',NULL,NULL)",
        key(11),
        HOME,
        key(12),
        key(13),
        key(14),
        ABROAD,
    )
    await execute(
        """INSERT INTO books VALUES
        ($1,$2,'Engines',$3,$4,'hardcover',300,1000,NULL),
        ($5,$2,'Dots',$3,NULL,'paperback',NULL,900,'2026-01-01T10:00:00Z'),
        ($6,$2,'Apples',$4,$3,'paperback',100,800,'2026-02-01T10:00:00+02:00'),
        ($7,$2,'Bees',$4,NULL,'hardcover',100,700,NULL),
        ($8,$2,'Cats',$9,NULL,'hardcover',NULL,600,NULL),
        ($10,$11,'Foreign',$12,NULL,'hardcover',5,5,NULL)""",
        key(21),
        HOME,
        key(11),
        key(12),
        key(22),
        key(23),
        key(24),
        key(25),
        key(13),
        key(26),
        ABROAD,
        key(14),
    )
    await execute(
        "INSERT INTO reviews VALUES ($1,$2,$3,5,'Great'),($4,$2,$3,3,NULL),($5,$2,$6,4,'Fine')",
        key(31),
        HOME,
        key(21),
        key(32),
        key(33),
        key(23),
    )
