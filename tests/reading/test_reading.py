"""What operations answer: every kind of field, fragments, variables, pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reading.conftest import OWNER, STRANGER, Ask, aut, bok
from tests.reading.library.models import Book, Review
from tests.reading.test_differential import ORDERS

EVERYTHING = """
query($id: ID!) { author(id: $id) {
  __typename id name born rank facts bookCount lastLent
  label(prefix: "Dr ", shout: true)
  longestBook { title genres binding otherBinding }
  circle(cost: 3) { name size { amountMinor currency } members { name } }
  books(order: LONGEST, first: 1) {
    totalCount
    nodes {
      title pages lentAt author { name } editor { name } sequelOf { title editor { name } }
      price { amountMinor } prices(currencies: ["CHF"]) { currency } reviews { stars words }
    }
    pageInfo { hasNextPage hasPreviousPage }
  }
} }
"""


async def test_every_kind_of_field_is_read(ask: Ask, shelves: None) -> None:
    """Columns, foreign keys, rows, expressions, computed fields and groups, in one operation."""
    answer = await ask(EVERYTHING, {"id": aut(11)})

    book: dict[str, Any] = {
        "title": "Dots",
        "pages": None,
        "lentAt": "2026-01-01T10:00:00.000Z",
        "author": {"name": "Ada"},
        "editor": None,
        "sequelOf": {"title": "Engines", "editor": {"name": "Bo"}},
        "price": {"amountMinor": 900},
        "prices": None,
        "reviews": [],
    }
    assert answer == {
        "data": {
            "author": {
                "__typename": "Author",
                "id": aut(11),
                "name": "Ada",
                "born": "1815-12-10",
                "rank": 2,
                "facts": None,
                "bookCount": 2,
                "lastLent": "2026-01-01T10:00:00.000Z",
                "label": "DR ADA (1815)",
                "longestBook": {
                    "title": "Engines",
                    "genres": ["POETRY"],
                    "binding": "HARD",
                    "otherBinding": "SOFT",
                },
                "circle": {
                    "name": "Ada",
                    "size": {"amountMinor": 3, "currency": "EUR"},
                    "members": [{"name": "Ada"}],
                },
                "books": {
                    "totalCount": 2,
                    "nodes": [book],
                    "pageInfo": {"hasNextPage": True, "hasPreviousPage": False},
                },
            }
        }
    }


async def test_interfaces_and_unions_are_read_as_what_they_are(ask: Ask, shelves: None) -> None:
    """`node`, `nodes` and unions: fragments on interfaces, unions and types."""
    answer = await ask(
        """query($id: ID!, $ids: [ID!]!) {
          node(id: $id) { id ... on Book { title } ... on Author { name } }
          nodes(ids: $ids) { ...Named }
          search(word: "A") { __typename ... on Node { id } ... on Book { title } }
        }
        fragment Named on Node { __typename ... on Author { name } }""",
        {"id": bok(21), "ids": [aut(12), aut(14), bok(99), aut(12), bok(11)]},
    )

    named = {"__typename": "Author", "name": "Bo"}
    assert answer == {
        "data": {
            "node": {"id": bok(21), "title": "Engines"},
            "nodes": [named, None, None, named, None],
            "search": [
                {"__typename": "Author", "id": aut(11)},
                {"__typename": "Book", "id": bok(23), "title": "Apples"},
            ],
        }
    }


async def test_another_business_finds_only_what_is_its_own(ask: Ask, shelves: None) -> None:
    """The same ids, lists and counts, from abroad."""
    answer = await ask(
        """query($ada: ID!, $engines: ID!) {
          author(id: $ada) { name }
          node(id: $engines) { id }
          books(by: [$ada]) { totalCount nodes { title } }
          all: books { totalCount nodes { title author { name bookCount } } }
          shelf(start: "") { width }
        }""",
        {"ada": aut(11), "engines": bok(21)},
        viewer=STRANGER,
    )

    foreign = {"title": "Foreign", "author": {"name": "Ada Abroad", "bookCount": 1}}
    assert answer == {
        "data": {
            "author": None,
            "node": None,
            "books": {"totalCount": 0, "nodes": []},
            "all": {"totalCount": 1, "nodes": [foreign]},
            "shelf": {"width": 1},
        }
    }


async def test_the_schema_describes_itself_beside_data_in_the_documents_order(
    ask: Ask, shelves: None
) -> None:
    """Introspection within a fragment runs no resolver and moves no field."""
    answer = await ask(
        """query($id: ID!, $no: Boolean!) { ...About authors { name } kind: __typename }
        fragment About on Query {
          one: author(id: $id) { name } __type(name: "Money") { name }
          hidden: __type(name: "Book") @include(if: $no) { name }
        }""",
        {"id": aut(11), "no": False},
    )

    assert list(answer["data"].items()) == [
        ("one", {"name": "Ada"}),
        ("__type", {"name": "Money"}),
        ("authors", [{"name": "Ada"}, {"name": "Bo"}, {"name": "Cy"}]),
        ("kind", "Query"),
    ]
    assert list(answer) == ["data"]


async def test_variables_bring_values_defaults_and_nothing(ask: Ask, shelves: None) -> None:
    """A variable's default, an argument's default, a null and an absent value are four things."""
    document = """query($id: ID!, $stars: Int, $named: [String!] = ["Bo"]) {
      authors(named: $named) { name }
      book: node(id: $id) { ... on Book { reviews(atLeast: $stars) { stars } } }
    }"""

    async def asked(**variables: Any) -> Any:
        data = (await ask(document, {"id": bok(21), **variables}))["data"]
        return [a["name"] for a in data["authors"]], [r["stars"] for r in data["book"]["reviews"]]

    assert await asked() == (["Bo"], [5, 3])
    assert await asked(named=None, stars=4) == (["Ada", "Bo", "Cy"], [5])
    assert await asked(named="Cy", stars=9) == (["Cy"], [])
    assert await asked(named=[]) == ([], [5, 3])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 2, 3])
async def test_walking_a_list_meets_every_row_once(
    ask: Ask, shelves: None, order: str, size: int
) -> None:
    """Forwards and backwards by cursor, over nulls and ties, in every order."""
    whole = await ask(f"{{ books(order: {order}, first: 100) {{ nodes {{ id }} }} }}")
    expected = [book["id"] for book in whole["data"]["books"]["nodes"]]

    forwards = [page async for page in _walk(ask, order, "first", "after", size)]
    backwards = [page async for page in _walk(ask, order, "last", "before", size)]

    assert len(expected) == 5
    assert [id for page in forwards for id in page] == expected
    assert [id for page in reversed(backwards) for id in page] == expected


async def _walk(ask: Ask, order: str, size_name: str, cursor_name: str, size: int) -> Any:
    document = f"""query($size: Int!, $cursor: String) {{
      books(order: {order}, {size_name}: $size, {cursor_name}: $cursor) {{
        nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
      }}
    }}"""
    forwards = size_name == "first"
    cursor, more = None, True
    while more:
        page = (await ask(document, {"size": size, "cursor": cursor}))["data"]["books"]
        yield [book["id"] for book in page["nodes"]]
        info = page["pageInfo"]
        assert info["hasPreviousPage" if forwards else "hasNextPage"] is (cursor is not None)
        cursor = info["endCursor" if forwards else "startCursor"]
        more = info["hasNextPage" if forwards else "hasPreviousPage"]


async def test_rows_that_come_and_go_do_not_move_a_page(ask: Ask, shelves: None) -> None:
    """A cursor is a place in the order, so a row deleted behind it changes nothing ahead."""
    first = await ask("{ books(first: 2) { nodes { title } pageInfo { endCursor } } }")
    await Review.all().delete()
    await Book.filter(title__in=["Apples", "Bees"]).update(sequel_of_id=None)
    await Book.filter(title__in=["Apples", "Bees"]).delete()

    after = first["data"]["books"]["pageInfo"]["endCursor"]
    second = await ask(
        "query($after: String) { books(first: 2, after: $after) { nodes { title } } }",
        {"after": after},
        viewer=OWNER,
    )

    assert second == {"data": {"books": {"nodes": [{"title": "Cats"}, {"title": "Dots"}]}}}


async def test_a_page_of_no_rows_counts_them(ask: Ask, shelves: None) -> None:
    """`first: 0` and `last: 0`: how many there are, and whether there are any."""
    answer = await ask(
        """{ shelf(start: "A") {
          first: books(first: 0) { totalCount nodes { id } edges { cursor }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
          last: books(last: 0) { totalCount nodes { id } pageInfo { hasPreviousPage } }
          all: books { totalCount } } }"""
    )

    [shelf] = answer["data"].values()
    many = shelf["all"]["totalCount"]
    assert many > 0
    assert shelf["first"] == {
        "totalCount": many,
        "nodes": [],
        "edges": [],
        "pageInfo": {
            "hasNextPage": True,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }
    assert shelf["last"] == {
        "totalCount": many,
        "nodes": [],
        "pageInfo": {"hasPreviousPage": True},
    }
