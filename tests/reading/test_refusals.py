"""What a read refuses: one clear error each, nothing read, and the next request works."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from modules.errors import InvalidInput, Refusal
from modules.viewer import PUBLIC
from schema.connection import InvalidPage
from schema.ids import InvalidId
from tests.reading.conftest import STAFF, Ask, Statement, aut, bok

ID = "An id is a short prefix, an underscore and 32 hexadecimal digits."
UNFIT = "A text must not hold a NUL."


def _refused(
    message: str, why: type[Refusal], field: list[str] | None, path: list[Any] | None
) -> dict[str, Any]:
    error: dict[str, Any] = {"message": message}
    if path:
        error["path"] = path
    error["extensions"] = {
        "code": "BAD_USER_INPUT",
        "problem": why.code,
        "remedy": why().remedy_for(PUBLIC),
    }
    if field:
        error["extensions"]["field"] = field
    return error


async def _works(ask: Ask) -> None:
    assert await ask('{ authors(named: ["Bo"]) { name } }') == {
        "data": {"authors": [{"name": "Bo"}]}
    }


async def test_a_field_for_others_is_null_and_not_read(
    ask: Ask, shelves: None, statements: list[Statement]
) -> None:
    """Each null has its error, with the place, the field and the roles; all else is answered."""
    document = "{ authors { name books { nodes { author { rank } } } } }"
    whole = await ask(document)
    statements.clear()

    answer = await ask(document, viewer=STAFF)

    places = [
        ["authors", n, "books", "nodes", m, "author", "rank"]
        for n, author in enumerate(whole["data"]["authors"])
        for m, _ in enumerate(author["books"]["nodes"])
    ]
    assert len(places) > 1
    assert answer["errors"] == [
        {
            "message": "Author.rank is not for the role STAFF, but for OWNER.",
            "locations": [{"line": 1, "column": 43}],
            "path": place,
            "extensions": {"code": "FORBIDDEN", "coordinate": "Author.rank", "roles": ["OWNER"]},
        }
        for place in places
    ]
    for author in whole["data"]["authors"]:
        for book in author["books"]["nodes"]:
            book["author"]["rank"] = None
    assert answer["data"] == whole["data"]
    assert statements
    assert [s.sql for s in statements if "rank" in s.sql] == []


async def test_a_field_within_a_fragment_is_an_error_where_a_row_of_that_type_is(
    ask: Ask, shelves: None
) -> None:
    """A fragment about a type that no row is of has nothing to be null in."""
    fragments = "fragment F on Node { ... on Author { rank } }"
    one = f'{{ node(id: "%s") {{ ...F }} }} {fragments}'

    assert await ask('{ search(word: "zzz") { ... on Author { rank } } }', viewer=STAFF) == {
        "data": {"search": []}
    }
    assert await ask(one % bok(21), viewer=STAFF) == {"data": {"node": {}}}
    found = await ask(one % aut(11), viewer=STAFF)
    assert found["data"] == {"node": {"rank": None}}
    assert [error["path"] for error in found["errors"]] == [["node", "rank"]]


async def test_strangers_are_asked_to_sign_in(
    ask: Ask, shelves: None, statements: list[Statement]
) -> None:
    """Somebody who has not signed in is told to, and nothing is read."""
    statements.clear()

    answer = await ask(f'{{ author(id: "{aut(11)}") {{ name }} }}', viewer=PUBLIC)

    assert answer == {
        "data": {"author": None},
        "errors": [
            {
                "message": "Sign in to read Query.author.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["author"],
                "extensions": {
                    "code": "UNAUTHENTICATED",
                    "coordinate": "Query.author",
                    "roles": ["STAFF", "OWNER"],
                },
            }
        ],
    }
    assert statements == []


@pytest.mark.parametrize(
    ("id", "message"),
    [
        (bok(21), "Expected an id that starts with aut_, not bok_."),
        ("", ID),
        ("aut_", ID),
        ("11", ID),
        ("aut_" + "g" * 32, ID),
        ("aut_" + "1" * 33, ID),
        ("aut_" + "\u0663" * 32, ID),
        ("aut_" + "1" * 31 + "\0", ID),
        (
            "a" * 10_000 + "_" + "1" * 32,
            "Expected an id that starts with aut_, not aaaaaaaaaaaaaaaa_.",
        ),
        (17, ID),
    ],
)
async def test_an_id_of_another_kind_is_refused(
    ask: Ask, shelves: None, statements: list[Statement], id: Any, message: str
) -> None:
    """Ids of other types and garbage are named as such, and nothing is read."""
    statements.clear()

    answer = await ask("query($id: ID!) { author(id: $id) { name } }", {"id": id})

    assert answer == {
        "data": {"author": None},
        "errors": [_refused(message, InvalidId, ["id"], ["author"])],
    }
    assert statements == []
    await _works(ask)


async def test_node_refuses_ids_nobody_has(ask: Ask, shelves: None) -> None:
    """An unknown prefix, garbage, and more ids than one request may have."""
    unknown = await ask('{ node(id: "xyz_00000000000000000000000000000000") { id } }')
    garbage = await ask(f'{{ nodes(ids: ["{aut(11)}", "?"]) {{ id }} }}')
    many = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [aut(11)] * 101})

    message = "No type has ids that start with xyz_."
    assert unknown == {
        "data": {"node": None},
        "errors": [_refused(message, InvalidId, None, ["node"])],
    }
    assert garbage == {
        "data": {"nodes": None},
        "errors": [_refused(ID, InvalidId, ["ids", "1"], ["nodes"])],
    }
    message = "Ask for at most 100 ids at once."
    assert many == {
        "data": {"nodes": None},
        "errors": [_refused(message, InvalidId, ["ids"], ["nodes"])],
    }


@pytest.mark.parametrize(
    ("paging", "message", "field"),
    [
        ("first: -1", "A page has 0 to 100 rows, not -1.", "first"),
        ("first: 101", "A page has 0 to 100 rows, not 101.", "first"),
        ("last: -1", "A page has 0 to 100 rows, not -1.", "last"),
        ("first: 1, last: 1", "Ask for first or last, not both.", "first"),
    ],
)
@pytest.mark.usefixtures("shelves")
async def test_a_page_that_makes_no_sense_is_refused(
    ask: Ask, statements: list[Statement], paging: str, message: str, field: str
) -> None:
    """Whatever depth it is asked for at, no SQL runs for it; all other fields are answered."""
    statements.clear()

    answer = await ask(
        f'{{ authors {{ name books({paging}) {{ totalCount }} }} findings(word: "A") {{ word }} }}'
    )
    alone = await ask(f'{{ shelf(start: "A") {{ books({paging}) {{ nodes {{ id }} }} }} }}')
    root = await ask(f"{{ books({paging}) {{ totalCount }} authors {{ name }} }}")

    names = ["Ada", "Bo", "Cy"]
    assert answer == {
        "data": {
            "authors": [{"name": name, "books": None} for name in names],
            "findings": {"word": "A"},
        },
        "errors": [
            _refused(message, InvalidPage, [field], ["authors", n, "books"]) for n in range(3)
        ],
    }
    assert alone == {
        "data": {"shelf": {"books": None}},
        "errors": [_refused(message, InvalidPage, [field], ["shelf", "books"])],
    }
    assert root == {
        "data": {"books": None, "authors": [{"name": name} for name in names]},
        "errors": [_refused(message, InvalidPage, [field], ["books"])],
    }
    assert [s for s in statements if "JOIN" in s.sql] == []
    await _works(ask)


async def test_a_wrong_page_below_one_field_does_not_refuse_another(
    ask: Ask, shelves: None
) -> None:
    """Nor anything else below the same field, however its rows were found."""
    answer = await ask(
        """query($a: ID!, $b: ID!) { author(id: $a) { name }
             node(id: $b) { ... on Author { name books(first: 101) { totalCount } } } }""",
        {"a": aut(11), "b": aut(12)},
    )

    message = "A page has 0 to 100 rows, not 101."
    assert answer == {
        "data": {"author": {"name": "Ada"}, "node": {"name": "Bo", "books": None}},
        "errors": [_refused(message, InvalidPage, ["first"], ["node", "books"])],
    }


def _cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode()


@pytest.mark.parametrize(
    "cursor",
    ["", "garbage", "====", "é", "\0", _cursor(), _cursor(1), _cursor("a", "b", "c"), "W" * 5000],
)
async def test_garbage_is_no_cursor(ask: Ask, shelves: None, cursor: str) -> None:
    """A cursor is checked before it reaches SQL."""
    answer = await ask("query($c: String) { books(before: $c) { nodes { title } } }", {"c": cursor})

    assert [(e["message"], e["extensions"]["field"]) for e in answer["errors"]] in (
        [("That is not a cursor of this list.", ["before"])],
        [("That cursor belongs to a list in another order.", ["before"])],
    )
    assert answer["data"] == {"books": None}
    await _works(ask)


async def test_a_cursor_of_another_order_is_refused(ask: Ask, shelves: None) -> None:
    """A cursor says where a row stands in one order only."""
    found = await ask("{ books(order: SHORTEST, first: 1) { edges { cursor } } }")
    [edge] = found["data"]["books"]["edges"]
    document = """query($c: String, $o: BookOrder!) {
      books(order: $o, after: $c) { nodes { title } }
    }"""

    here = await ask(document, {"c": edge["cursor"], "o": "SHORTEST"})
    there = await ask(document, {"c": edge["cursor"], "o": "TITLE"})

    assert [b["title"] for b in here["data"]["books"]["nodes"]] == [
        "Bees",
        "Engines",
        "Dots",
        "Cats",
    ]
    message = "That cursor belongs to a list in another order."
    assert there == {
        "data": {"books": None},
        "errors": [_refused(message, InvalidPage, ["after"], ["books"])],
    }


async def test_a_forged_cursor_is_refused_before_postgresql_sees_it(
    ask: Ask, shelves: None
) -> None:
    """Values of the wrong type in a cursor are the client's mistake, not ours."""
    found = await ask("{ books(order: SHORTEST, first: 1) { edges { cursor } } }")
    [edge] = found["data"]["books"]["edges"]
    order = orjson.loads(base64.urlsafe_b64decode(edge["cursor"] + "=="))[0]

    for pages, id in (("many", "0" * 32), ("9" * 40, "0" * 32), ("1", "one"), ("\0", "0" * 32)):
        answer = await ask(
            "query($c: String) { books(order: SHORTEST, after: $c) { nodes { title } } }",
            {"c": _cursor(order, pages, id)},
        )
        assert answer == {
            "data": {"books": None},
            "errors": [
                _refused("That is not a cursor of this list.", InvalidPage, ["after"], ["books"])
            ],
        }
    await _works(ask)


async def test_text_that_cannot_be_stored_is_bad_input(ask: Ask, shelves: None) -> None:
    """A NUL, through the compiler and through a resolver that runs."""
    for field, argument in (("authors(named: [$w])", "named"), ("search(word: $w)", "word")):
        answer = await ask(f"query($w: String!) {{ {field} {{ __typename }} }}", {"w": "a\0b"})
        name = field.partition("(")[0]
        assert answer == {
            "data": {name: None},
            "errors": [_refused(UNFIT, InvalidInput, [argument], [name])],
        }
    await _works(ask)


async def test_numbers_that_are_no_integers_are_refused(
    ask: Ask, shelves: None, statements: list[Statement]
) -> None:
    """GraphQL's Int has 32 bits, in variables and in literals."""
    statements.clear()
    document = "query($n: Int) { books(first: $n) { totalCount } }"

    large = await ask(document, {"n": 2**31})
    literal = await ask("{ books(first: 99999999999999999999) { totalCount } }")

    message = "Int cannot represent non 32-bit signed integer value: "
    assert large == {
        "errors": [
            {
                "message": f"Variable '$n' has invalid value: {message}2147483648",
                "locations": [{"line": 1, "column": 7}],
                "extensions": {"code": "BAD_USER_INPUT"},
            }
        ]
    }
    assert literal == {
        "errors": [
            {
                "message": f"{message}99999999999999999999",
                "locations": [{"line": 1, "column": 16}],
                "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
            }
        ]
    }
    assert statements == []


async def test_a_variable_brings_no_null_to_where_none_may_be(
    ask: Ask, shelves: None, statements: list[Statement]
) -> None:
    """A default makes a nullable variable valid there; an explicit null is refused all the same."""
    statements.clear()

    argument = await ask(
        "query($n: Int) { books(first: 1) { nodes { reviews(atLeast: $n) { stars } } } }",
        {"n": None},
    )
    member = await ask(
        'query($n: String = "Bo") { authors(named: ["Cy", $n]) { name } }', {"n": None}
    )

    places: list[tuple[dict[str, Any], str, Any, list[Any]]] = [
        (argument, "atLeast", {"books": {"nodes": [{"reviews": None}]}}, ["books", "nodes", 0]),
        (member, "named", {"authors": None}, []),
    ]
    for answer, name, data, above in places:
        path = [*above, "reviews" if above else "authors"]
        message = f"A variable is null where {name} must not be."
        assert answer == {
            "data": data,
            "errors": [_refused(message, InvalidInput, [name], path)],
        }
    assert [s for s in statements if "reviews" in s.sql or "authors" in s.sql] == []
    await _works(ask)
