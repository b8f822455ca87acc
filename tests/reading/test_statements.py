"""How often PostgreSQL is asked, and for how much."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest

from schema.api import Asked
from schema.engine import Engine
from schema.reading import arguments
from storage.database import fetchval
from tests.reading.conftest import HOME, OWNER, STAFF, STRANGER, Ask, Statement
from tests.reading.library.models import Author, Binding, Book, Review

DOCUMENTS = {
    "{ authors { name born } }": 1,
    "{ authors { id bookCount lastLent label } }": 1,
    "{ books(first: 100) { nodes { author { name } editor { name } sequelOf { title } } } }": 1,
    "{ books(first: 100) { totalCount nodes { title } } }": 2,
    "{ books(first: 100) { totalCount } }": 1,
    "{ authors { books(first: 2) { totalCount nodes { title reviews { stars } } } } }": 3,
    "{ authors { longestBook { title author { circle { members { name } } } } } }": 3,
    "{ books(first: 100) { nodes { title colophon { name } } } }": 2,
    '{ shelf(start: "") { start width books(first: 100) { nodes { reviews { words } } } } }': 3,
    '{ search(word: "") { ... on Author { name books { totalCount } } ... on Book { title } } }': 4,
    "{ __typename }": 0,
    '{ __type(name: "Book") { name } }': 0,
}


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_the_number_of_statements_does_not_grow_with_the_rows(
    ask: Ask, statements: list[Statement], document: str
) -> None:
    """The same number at 1, 10 and 100 rows."""
    counted = []
    made = 0
    for rows in (1, 10, 100):
        await _stock(made, rows)
        made = rows
        await ask(document)  # a new connection looks up some types first
        statements.clear()
        assert "errors" not in await ask(document)
        counted.append(len(statements))

    assert counted == [DOCUMENTS[document]] * 3


async def test_nothing_is_asked_below_an_empty_list(ask: Ask, statements: list[Statement]) -> None:
    """No rows, no statements for what would hang below them."""
    await ask("{ authors { books { totalCount nodes { reviews { stars } } } } }")

    statements.clear()
    answer = await ask("{ authors { books { totalCount nodes { reviews { stars } } } } }")

    assert answer == {"data": {"authors": []}}
    assert len(statements) == 1


async def test_a_total_is_counted_only_when_asked_for(
    ask: Ask, shelves: None, statements: list[Statement]
) -> None:
    """Counting is left out unless it is wanted, and reads no rows when only it is."""
    statements.clear()
    await ask("{ books { nodes { title } pageInfo { hasNextPage } } }")
    assert [_counts(s) for s in statements] == [False]

    statements.clear()
    await ask("query($no: Boolean!) { books { totalCount @include(if: $no) } }", {"no": False})
    assert statements == []

    statements.clear()
    await ask("{ books { totalCount } }")
    assert [_counts(s) for s in statements] == [True]


def _counts(statement: Statement) -> bool:
    return "count(*)" in statement.sql


async def test_nothing_is_computed_for_rows_that_are_not_on_the_page(
    ask: Ask, statements: list[Statement]
) -> None:
    """Expressions run, and nested rows are looked up, for the page and the one row that follows."""
    await _stock(0, 100)
    document = """{ books(first: 2) { nodes {
      reviews { stars } author { bookCount books(first: 1) { nodes { id } } }
    } } }"""
    await ask(document)
    statements.clear()
    await ask(document)
    asked = list(statements)

    loops = [n["Actual Loops"] for s in asked for n in await _explained(s) if "Subplan Name" in n]
    parents = [len(value) for s in asked for value in s.values if isinstance(value, list)]

    assert len(asked) == 3
    assert loops == [3]
    assert parents == [3, 3]


async def _explained(statement: Statement) -> list[dict[str, Any]]:
    """Run a statement again and return the nodes of its plan, with what each of them did."""
    found = await fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.values)
    nodes, waiting = [], [orjson.loads(found)[0]["Plan"]]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        waiting += node.get("Plans", [])
    return nodes


async def test_what_asks_for_a_moment_is_read_in_one_transaction(
    ask: Ask, shelves: None, statements: list[Statement]
) -> None:
    """All statements of the operation look through the same snapshot; others need none."""
    statements.clear()
    await ask("{ catalogue { titles { totalCount nodes { title } } } }")
    assert len(statements) == 2

    statements.clear()
    answer = await ask(
        "{ catalogue { taken titles { nodes { title } } } later: catalogue { taken } }"
    )

    data = answer["data"]
    assert data["catalogue"]["taken"] == data["later"]["taken"]
    assert len(data["catalogue"]["titles"]["nodes"]) == 5
    assert statements[0].sql == "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    assert [s.sql for s in statements].count("COMMIT;") == 1
    assert len(statements) == 5


async def test_a_moment_that_is_lost_takes_what_was_still_to_be_read_with_it(
    ask: Ask, shelves: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value PostgreSQL refuses ends the transaction: every field is there, null, and says why."""
    document = """query($named: [String!]) {
      catalogue { taken } authors(named: $named) { name } later: catalogue { taken }
    }"""

    monkeypatch.setattr(arguments, "_has_nul", lambda _: False)  # as if nobody had looked

    answer = await ask(document, {"named": ["a\0b"]})

    assert [e["path"] for e in answer["errors"]] == [["authors"], ["later"]]
    assert {e["extensions"]["code"] for e in answer["errors"]} == {"BAD_USER_INPUT"}
    assert answer["data"] | {"catalogue": None} == dict.fromkeys(("catalogue", "authors", "later"))


async def test_a_second_run_compiles_nothing(engine: Engine, shelves: None) -> None:
    """Plans are kept by document, role, directives, page sizes and which values are null."""
    document = """query($stars: Int!, $named: [String!], $order: BookOrder!, $more: Boolean!) {
      authors(named: $named) { name }
      books(order: $order) { nodes { reviews(atLeast: $stars) { stars words @skip(if: $more) } } }
    }"""

    async def plans(viewer: Any = OWNER, **changed: Any) -> int:
        given = {"stars": 1, "named": ["Bo"], "order": "TITLE", "more": True, **changed}
        answer = await engine.answer(Asked(document, given), viewer)
        assert b"errors" not in answer.body
        return len((await engine._documents.find(Asked(document), "somebody"))._plans)

    assert await plans() == 1
    assert await plans() == 1
    assert await plans(stars=500, named=["Ada", "Cy"]) == 2
    assert await plans(stars=501, named=["Cy"]) == 2
    assert await plans(named=[]) == 2
    assert await plans(named=None) == 3
    assert await plans(more=False) == 4
    assert await plans(order="LONGEST") == 5
    assert await plans(STAFF) == 6
    assert await plans(STAFF, named=["Bo"]) == 6


async def test_a_plan_kept_for_one_business_answers_another_its_own(
    ask: Ask, shelves: None
) -> None:
    """Who asks is a parameter of the plan, never part of it."""
    document = "{ books { nodes { title } } }"

    home = await ask(document)
    abroad = await ask(document, viewer=STRANGER)

    assert [b["title"] for b in home["data"]["books"]["nodes"]] == [
        "Apples", "Bees", "Cats", "Dots", "Engines",
    ]  # fmt: skip
    assert abroad == {"data": {"books": {"nodes": [{"title": "Foreign"}]}}}


async def _stock(there: int, wanted: int) -> None:
    numbers = range(there, wanted)
    keys = [UUID(int=1000 + n) for n in numbers]
    await Author.bulk_create(
        Author(id=k, business_id=HOME, name=f"A{n}") for k, n in zip(keys, numbers, strict=True)
    )
    await Book.bulk_create(
        Book(
            id=UUID(int=2000 + n),
            business_id=HOME,
            title=f"B{n}",
            author_id=k,
            editor_id=k,
            binding=Binding.HARD,
            pages=n,
            price_minor=1,
        )
        for k, n in zip(keys, numbers, strict=True)
    )
    await Review.bulk_create(
        Review(id=UUID(int=3000 + n), business_id=HOME, book_id=UUID(int=2000 + n), stars=3)
        for n in numbers
    )
