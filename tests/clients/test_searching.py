"""Finding a client by whatever somebody remembers."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from modules.clients import rules
from schema.api import Asked
from schema.engine import Engine

LIST = """
query(
  $id: ID!, $search: String, $order: ClientOrder, $filter: ClientFilter,
  $first: Int, $after: String, $last: Int, $before: String
) {
  business(id: $id) {
    clients(
      search: $search, orderBy: $order, filter: $filter,
      first: $first, after: $after, last: $last, before: $before
    ) {
      totalCount
      nodes { firstName lastName }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}"""


@pytest.fixture
def page(engine: Engine) -> Any:
    """Asks for a page of the list."""

    async def asking(by: Any, **asked: Any) -> Any:
        asked["id"] = f"biz_{by.business_id.hex}"
        answer = orjson.loads((await engine.answer(Asked(LIST, asked), by)).body)
        assert "errors" not in answer, answer
        return answer["data"]["business"]["clients"]

    return asking


@pytest.fixture
async def known(by: Any, do: Any, stranger: Any) -> Any:
    """Four clients, and one of somebody else's who is like all of them."""
    await do(
        rules.create_clients,
        by,
        [
            {"first_name": "Zoë", "last_name": "de Vries", "phone": "06 1234 5678"},
            {"first_name": "Łukasz", "last_name": "Öztürk", "email": "lu_k@example.org"},
            {"first_name": "Søren", "last_name": "Strauß", "email": "100%@example.org"},
            {"first_name": "محمد", "last_name": "علي", "phone": "+1 212 555 0123"},
        ],
    )
    await do(
        rules.create_client,
        stranger,
        first_name="Zoë Łukasz",
        last_name="Søren محمد",
        email="zoe@example.org",
    )
    return by


MISSPELT = {"vreis", "lukas ozturc", "sorn", "zo vreis", "strauus sor"}
"""Those that are forgiven only where the surest come first."""
SEARCHES: list[tuple[str, list[str]]] = [
    ("zoe", ["Zoë"]),
    ("ZOË", ["Zoë"]),
    ("zo vri", ["Zoë"]),
    ("vries zo", ["Zoë"]),
    ("lukasz ozturk", ["Łukasz"]),
    ("soren", ["Søren"]),
    ("strauss", ["Søren"]),
    ("محمد", ["محمد"]),
    ("@example.org", ["Łukasz", "Søren"]),
    ("lu_k@", ["Łukasz"]),
    ("_", ["Łukasz"]),
    ("0%", ["Søren"]),
    ("06-1234", ["Zoë"]),
    ("+31 6 1234 5678", ["Zoë"]),
    ("(212) 555", ["محمد"]),
    ("0031612", ["Zoë"]),
    ("\\", []),
    ("nobody", []),
    ("oe", ["Zoë"]),
    ("e", ["Łukasz", "Søren", "Zoë"]),
    ("حم", ["محمد"]),
    ("vreis", ["Zoë"]),
    ("lukas ozturc", ["Łukasz"]),
    ("sorn", ["Søren"]),
    ("zo vreis", ["Zoë"]),
    ("strauus sor", ["Søren"]),
    ("xxies", []),
    ("a b c d e", []),
    ("de vries zoe 316", ["Zoë"]),
    ("", ["Łukasz", "Søren", "Zoë", "محمد"]),
    ("zoe\0", ["Zoë"]),
]


async def test_any_part_of_name_mail_or_phone_finds(known: Any, page: Any) -> None:
    """R7: accents, capitals, and how a number is written do not matter, nor one slip in a name."""
    for typed, found in SEARCHES:
        for order in (None, "RELEVANCE", "NAME", "NAME_DESCENDING", "NEWEST", "LAST_VISIT"):
            listed = await page(known, search=typed, order=order)
            wanted = [] if typed in MISSPELT and order not in (None, "RELEVANCE") else found

            names = sorted(each["firstName"] for each in listed["nodes"])
            assert names == sorted(wanted), (typed, order)
            assert listed["totalCount"] == len(wanted), (typed, order)


PEOPLE = [
    ("Anna", "Berg"),
    ("Bert", "Anders"),
    ("Berta", "Anders"),
    ("Chris", "Van Anders"),
    ("Joanna", "Smit"),
    ("Dora", "Andres"),
    ("Eva", "Zander"),
    ("Fay", "Anderson"),
]


async def test_the_surest_comes_first_from_either_end(by: Any, do: Any, page: Any) -> None:
    """R7: last names that begin like it, first names, whatever contains it, then misspelt ones."""
    people = [
        {"first_name": first, "last_name": last, "phone": f"+3161234560{n}"}
        for n, (first, last) in enumerate(PEOPLE)
    ]
    await do(rules.create_clients, by, people)
    expected = {
        "anders": ["Bert", "Berta", "Fay", "Chris", "Dora", "Eva"],
        "an": ["Bert", "Berta", "Fay", "Dora", "Anna", "Joanna", "Chris", "Eva"],
        "anna": ["Anna", "Joanna"],
        "ANDERS bert": ["Bert", "Berta"],
        "bert anders": ["Bert", "Berta"],
    }
    for search, names in expected.items():
        for size in (1, 2, 3, 100):
            assert await _walked(page, by, search, size, "first", "after") == names, search
            assert await _walked(page, by, search, size, "last", "before") == names[::-1], search
        assert (await page(by, search=search))["totalCount"] == len(names)


async def _walked(page: Any, by: Any, search: str, size: int, *ways: str) -> list[str]:
    """Read a list to its end, page by page; from the back, the last one comes first."""
    how, place = ways
    names: list[str] = []
    asked: dict[str, Any] = {"search": search, how: size}
    while True:
        found = await page(by, **asked)
        nodes = [each["firstName"] for each in found["nodes"]]
        names += nodes if how == "first" else nodes[::-1]
        info = found["pageInfo"]
        if not info["hasNextPage" if how == "first" else "hasPreviousPage"]:
            return names
        asked[place] = info["endCursor" if how == "first" else "startCursor"]
