"""Finding a client by whatever somebody remembers."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from modules.clients import rules
from schema.api import Asked
from schema.engine import Engine
from storage import database as db

LIST = """
query(
  $id: ID!, $search: String, $order: ClientOrder, $filter: ClientFilter,
  $first: Int, $after: String, $last: Int, $before: String
) {
  business: node(id: $id) { ... on Business {
    clients(
      search: $search, orderBy: $order, filter: $filter,
      first: $first, after: $after, last: $last, before: $before
    ) {
      totalCount
      nodes { firstName lastName }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  } }
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
    ("oe", ["Łukasz", "Søren", "Zoë"]),
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
]


async def test_any_part_of_name_mail_or_phone_finds(known: Any, page: Any) -> None:
    """R7: accents, capitals, and how a number is written do not matter, nor one slip in a name."""
    for typed, found in SEARCHES:
        for order in (None, "RELEVANCE", "NAME", "CREATED_AT"):
            listed = await page(known, search=typed, order=order and {"field": order})
            wanted = [] if typed in MISSPELT and order not in (None, "RELEVANCE") else found

            names = sorted(each["firstName"] for each in listed["nodes"])
            assert names == sorted(wanted), (typed, order)
            assert listed["totalCount"] == len(wanted), (typed, order)


WORLD: dict[tuple[str, str, str], tuple[str, ...]] = {
    ("Sin\u00e9ad", "O\u2019Brien", "06 1234 5678"): (
        *("O'Brien", "sinead o'b", "O\u2019B", "o'b", "obrien", "o\u02bcbrien", "O`Brien"),
        *("0612345678", "+31 6 1234 5678", "0031612345678", "06-12345678", "1234 5678"),
        *("(06) 12.34.56.78", "+31 (0)6 1234 5678", "+31(0)612345678", "brien 0612345678"),
        *("sin 06 1234 5678", "06\u20111234\u20115678", "\u202a+31 6 12345678\u202c"),
        *("tel:+31612345678", "\uff10\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18"),
        *("\u0660\u0666\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "06 1", "brien 06 12"),
    ),
    ("Dee", "D'Souza", "+7 912 345-67-89"): (
        *("D\u2019S", "d\u2019sou", "dsouza", "dee d\u00b4souza"),
        *("8 912 345-67-89", "89123456789", "8912", "+7 (912) 345 67 89", "912 345"),
    ),
    ("I\u015f\u0131k", "Y\u0131ld\u0131z", "+90 532 1234567"): (
        *("yildiz", "YILDIZ", "isik", "\u0131\u015f\u0131k", "Y\u0130LD\u0130Z", "isik yildiz"),
    ),
    ("小龙", "李", "+86 138 0013 8000"): (
        "李小龙",
        "李 小龙",
        "小龙李",
        "小龙",
        "李",
        "李小",
        "李　小龙",
    ),
    ("たろう", "タナカ", "+81 90 1234 5678"): (
        *("タナカたろう", "たなか", "たなかタロウ", "ﾀﾅｶ", "タロウ たなか", "090-1234-5678"),
    ),
    ("민준", "김", "+82 10 1234 5678"): (
        "김민준",
        "민준",
        "김 민준",
        "민준김",
        "김민",
        "010-1234-5678",
    ),
    ("Jürgen", "Müller", "+49 171 1234567"): (
        *("mueller", "muller", "müller", "MÜLLER", "juergen müller", "0171/1234567"),
    ),
    ("Käthe", "Moeller", "+49 172 1234567"): ("möller", "moller", "moeller", "kaethe"),
    ("Jean-Luc", "Picard", "+33 6 12 34 56 79"): (
        "jean luc",
        "jean-luc",
        "luc",
        "Jean\u2011Luc Pic",
    ),
    ("Anne Marie", "Weiß", "+43 664 1234567"): ("anne-marie", "weiss", "WEISS", "weiß"),
    ("علی", "رضایی", "+98 912 345 6780"): ("علي", "رضايي", "علی رضایی"),
}


async def test_people_are_found_however_they_are_typed(by: Any, do: Any, page: Any) -> None:
    """R7: numbers in every way they are written, names in every script and spelling."""
    people = [{"first_name": f, "last_name": n, "phone": p} for f, n, p in WORLD]
    await do(rules.create_clients, by, people)

    missed = []
    for (first, _, _), searches in WORLD.items():
        for typed in searches:
            for order in ("RELEVANCE", "NAME"):
                found = [
                    each["firstName"]
                    for each in (await page(by, search=typed, order=order and {"field": order}))[
                        "nodes"
                    ]
                ]
                if first not in found:
                    missed.append((typed, order))
    assert missed == []


async def test_what_was_folded_otherwise_is_folded_anew(by: Any, do: Any, page: Any) -> None:
    """R7: files from before are found alike, and nobody who has one open is told it is stale."""
    await do(
        rules.create_clients,
        by,
        [
            {"first_name": f"Ann {n}", "last_name": "O\u2019Brien", "email": "a@example.org"}
            for n in range(1_001)
        ],
    )
    columns = "SELECT to_jsonb(c) FROM clients c ORDER BY id"
    as_now = await db.fetch(columns)
    await db.execute(
        "UPDATE clients SET folding = NULL, sort_name = 'before', search_text = 'before'"
    )
    await db.execute("UPDATE clients SET version = 1")
    assert (await page(by, search="obrien"))["totalCount"] == 0

    await rules.refold()

    assert (await page(by, search="obrien"))["totalCount"] == 1_001
    assert [{**orjson.loads(row[0]), "version": 1} for row in await db.fetch(columns)] == [
        orjson.loads(row[0]) for row in as_now
    ]


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
