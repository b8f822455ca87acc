"""A library with some books in it, and an engine to ask about them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

import schema
from modules import registry
from modules.contract import Module
from modules.viewer import Role, Viewer
from schema.api import Asked
from schema.engine import Engine
from storage.database import Database
from tests.reading import library
from tests.reading.library.models import Author, Binding, Book, Review

HOME = UUID(int=1)
ABROAD = UUID(int=2)
OWNER = Viewer(role=Role.OWNER, business_id=HOME, account_id=UUID(int=9))
STAFF = Viewer(role=Role.STAFF, business_id=HOME, account_id=UUID(int=8))
STRANGER = Viewer(role=Role.OWNER, business_id=ABROAD, account_id=UUID(int=7))

Ask = Callable[..., Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Statement:
    """SQL as PostgreSQL got it."""

    sql: str
    values: tuple[Any, ...]


@pytest.fixture
def loaded() -> list[Module]:
    """Only the library."""
    return [replace(library.module, package="tests.reading.library")]


@pytest.fixture
def composed(loaded: list[Module]) -> schema.ComposedSchema:
    """The library's schema."""
    return schema.build(loaded)


@pytest.fixture
async def database(database_url: str, loaded: list[Module]) -> AsyncIterator[Database]:
    """The test's database, with so few connections that each can be listened to."""
    opened = await Database.open(database_url, registry.apps(loaded), readers=2, writers=2)
    yield opened
    await asyncio.wait_for(opened.close(), 20)


@pytest.fixture
def engine(database: Database, composed: schema.ComposedSchema) -> Engine:
    """An engine on the library."""
    return Engine(composed)


@pytest.fixture
def ask(engine: Engine) -> Ask:
    """Ask the engine, the way a transport does; somebody who may see everything unless said."""

    async def asking(
        query: str, variables: dict[str, Any] | None = None, viewer: Viewer = OWNER
    ) -> dict[str, Any]:
        answer = await engine.answer(Asked(query, variables or {}), viewer)
        await asyncio.sleep(0)  # whoever notes statements hears of the last one a turn later
        read: dict[str, Any] = orjson.loads(answer.body)
        assert answer.refused is ("data" not in read)
        return read

    return asking


@pytest.fixture
async def statements(database: Database) -> list[Statement]:
    """What reached PostgreSQL, on any connection; clear it before what is counted."""
    seen: list[Statement] = []

    def note(record: Any) -> None:
        seen.append(Statement(record.query, record.args))

    async with AsyncExitStack() as stack:
        for pool in database.pools().values():
            for _ in range(pool.size):
                connection = await stack.enter_async_context(pool.connection())
                connection.add_query_logger(note)
    return seen


def key(number: int) -> UUID:
    """An id that is easy to read in a failing test."""
    return UUID(int=number)


def aut(number: int) -> str:
    """An author's id."""
    return f"aut_{number:032x}"


def bok(number: int) -> str:
    """A book's id."""
    return f"bok_{number:032x}"


@pytest.fixture
async def shelves(database: Database) -> None:
    """Three authors and five books at home, one of each abroad."""
    for number, whose, name, born, rank in (
        (11, HOME, "Ada", date(1815, 12, 10), 2),
        (12, HOME, "Bo", None, None),
        (13, HOME, "Cy", date(1900, 1, 1), 1),
        (14, ABROAD, "Ada Abroad", None, None),
    ):
        await Author.create(id=key(number), business_id=whose, name=name, born=born, rank=rank)
    january = datetime(2026, 1, 1, 10, tzinfo=UTC)
    for number, title, author, editor, before, binding, pages, price, lent in (
        (21, "Engines", 11, 12, None, Binding.HARD, 300, 1000, None),
        (22, "Dots", 11, None, 21, Binding.SOFT, None, 900, january),
        (23, "Apples", 12, 11, 22, Binding.SOFT, 100, 800, january.replace(month=2)),
        (24, "Bees", 12, None, None, Binding.HARD, 100, 700, None),
        (25, "Cats", 13, None, None, Binding.HARD, None, 600, None),
        (26, "Foreign", 14, None, None, Binding.HARD, 5, 5, None),
    ):
        await Book.create(
            id=key(number),
            business_id=ABROAD if author == 14 else HOME,
            title=title,
            author_id=key(author),
            editor_id=editor and key(editor),
            sequel_of_id=before and key(before),
            binding=binding,
            genres=["poems"] if number == 21 else None,
            pages=pages,
            price_minor=price,
            lent_at=lent,
        )
    for number, book, stars, words in ((31, 21, 5, "Great"), (32, 21, 3, None), (33, 23, 4, "Ok")):
        await Review.create(
            id=key(number), business_id=HOME, book_id=key(book), stars=stars, words=words
        )
