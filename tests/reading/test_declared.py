"""Declared types are held to the rows that come: what mypy cannot see is refused by the reader."""

from __future__ import annotations

from typing import Any

import pytest

import schema
from modules.contract import Module
from modules.viewer import Role, Viewer
from schema import Connection, Expression, Many, One, Query, expression, extend, mutation, rows
from schema.declaring import answer
from schema.engine import Engine
from schema.roots import Mutation
from tests.reading.conftest import OWNER, Ask
from tests.reading.library import models
from tests.reading.library.types import Author, Book


@extend(Query)
class WrongRows:
    """Fields whose resolvers pick what they should not."""

    @rows
    @staticmethod
    def listed(viewer: Viewer) -> Many[Book]:
        """Books that are authors."""
        return viewer.rows(models.Author)

    @rows
    @staticmethod
    def first_one(viewer: Viewer) -> One[Book]:
        """A book that is an author."""
        return viewer.rows(models.Author)

    @rows
    @staticmethod
    def paged(viewer: Viewer) -> Connection[Book]:
        """Pages of books that are authors."""
        return viewer.rows(models.Author)  # type: ignore[return-value]

    @rows
    @staticmethod
    def everybodys(viewer: Viewer) -> Many[Book]:
        """Books of all businesses."""
        return models.Book.all()

    @rows
    @staticmethod
    def widened(viewer: Viewer) -> Many[Book]:
        """Books as somebody else would see them."""
        return Viewer(role=Role.OWNER, business_id=viewer.business_id).rows(models.Book)

    @answer()
    @staticmethod
    async def answered(viewer: Viewer) -> Book | None:
        """A book that is an author."""
        return await viewer.rows(models.Author).first()


@extend(Author)
class WrongSums:
    """A count of what is not the viewer's."""

    @expression
    @staticmethod
    def all_books() -> Expression[int]:
        """Books of all businesses."""
        return models.Book.all().count()


@extend(Mutation)
class WrongResults:
    """A rule that hands over a row of another table."""

    @mutation()
    @staticmethod
    async def write_book(viewer: Viewer) -> Book:
        """Write a book."""
        return await models.Author.create(  # type: ignore[return-value]
            business_id=viewer.business_id, name="Written"
        )


@pytest.fixture
def engine(database: Any, loaded: list[Module]) -> Engine:
    """The library, and a module that does not keep its word."""
    wrong = Module(name="wrong", schema=[WrongRows, WrongSums, WrongResults])
    return Engine(schema.build([*loaded, wrong]))


READS = {
    "{ listed { title } }": "Query.listed declares Book, but reads Author",
    "{ firstOne { title } }": "Query.firstOne declares Book, but reads Author",
    "{ paged { nodes { title } } }": "Query.paged declares Book, but reads Author",
    "{ paged { totalCount } }": "Query.paged declares Book, but reads Author",
    "{ everybodys { title } }": "Book was not picked by its viewer: begin with viewer.rows(Book)",
    "{ widened { title } }": "Book was not picked by its viewer: begin with viewer.rows(Book)",
    "{ authors { allBooks } }": ("Book was not picked by its viewer: begin with viewer.rows(Book)"),
}


@pytest.mark.parametrize(("query", "said"), READS.items())
async def test_a_resolver_that_breaks_its_word_is_refused_when_it_is_compiled(
    ask: Ask, shelves: None, query: str, said: str
) -> None:
    """Other tables' rows and other tenants' rows are a bug with a name, never an answer."""
    with pytest.raises(TypeError) as refused:
        await ask(query)

    assert str(refused.value) == said
    assert "errors" not in await ask("{ authors { name } }")


async def test_an_answer_with_a_row_of_another_table_is_a_bug_and_no_null(
    ask: Ask, shelves: None
) -> None:
    """It is told apart from a row that is gone."""
    answer = await ask("{ answered { title } }")

    assert [e["extensions"]["code"] for e in answer["errors"]] == ["INTERNAL_SERVER_ERROR"]
    assert answer["data"] == {"answered": None}


async def test_a_change_that_answers_with_a_row_of_another_table_is_undone(
    ask: Ask, shelves: None
) -> None:
    """The payload is read inside the transaction, which ends with it."""
    before = await models.Author.all().count()

    answer = await ask("mutation { writeBook { book { title } problems { code } } }", viewer=OWNER)

    assert [e["extensions"]["code"] for e in answer["errors"]] == ["INTERNAL_SERVER_ERROR"]
    assert await models.Author.all().count() == before
