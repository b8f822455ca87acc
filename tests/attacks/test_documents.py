"""Documents made to cost much: each is refused in a moment, and the next one is answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

import orjson
import pytest
from graphql import get_introspection_query

from schema.api import Asked, RequestRefused
from schema.documents import MAX_DOCUMENTS, MAX_HELD, Documents, Operation
from schema.engine import Engine
from storage.database import execute
from tests.attacks.conftest import Target, unhurt

SOON = 0.75
"""Seconds of the processor one document may take from everybody else."""


def _many(count: int, text: str) -> str:
    return " ".join(text.replace("#", str(i)) for i in range(count))


def _ring(size: int) -> str:
    spreads = _many(size, "...F#")
    return f"{{ ...F0 }} {_many(size, f'fragment F# on Query {{ {spreads} }}')}"


def _tower(height: int, top: str) -> str:
    floors = (f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(height))
    return f"{{ ...F0 }} {' '.join(floors)} {top}"


TYPE = "type { kind name ofType { kind name ofType { kind name } } }"
DOCUMENTS = {
    "a thousand aliases": f"{{ {_many(1000, 'a#: __typename')} }}",
    "a thousand aliases below": f"{{ viewer {{ {_many(1000, 'a#: role')} }} }}",
    "a thousand equal roots": f"{{ {_many(1000, 'viewer { role }')} }}",
    "a thousand equal fields": f"{{ viewer {{ {_many(990, 'business { id }')} }} }}",
    "fields to be compared": "{ viewer {"
    " business {" + _many(31, "clients { " + "totalCount " * 31 + "}") + "} } }",
    "deep selections": "{ viewer { business "
    + "{ clients { nodes " * 60
    + "{ id }"
    + "} }" * 60
    + " } }",
    "deeper than the stack": "{ a" * 1300 + " }" * 1300,
    "deep lists": "{ node(id: " + "[" * 1900 + "]" * 1900 + ") { id } }",
    "deep objects": "{ node(id: " + "{a: " * 1200 + "1" + "}" * 1200 + ") { id } }",
    "deep types": "query($a: " + "[" * 1900 + "Int" + "]" * 1900 + ") { __typename }",
    "a small ring": "{ ...F } fragment F on Query { ...F }",
    "a ring of fragments": _ring(20),
    "a bomb of fragments": _tower(40, "fragment F40 on Query { __typename }"),
    "a bomb with an empty core": _tower(40, ""),
    "a fragment nobody uses": "{ __typename } fragment F on Viewer { "
    + "business { clients { nodes { id } } } " * 300
    + "}",
    "many fragments nobody uses": "{ __typename } " + _many(400, "fragment F# on Viewer { role }"),
    "ten unknown directives": "{ __typename " + _many(10, "@nothing#") + " }",
    "a thousand directives": "{ __typename " + "@include(if: true) " * 700 + "}",
    "half a million tokens": "{ " + "__typename " * 500_000 + "}",
    "unknown fields": "{ " + _many(25, "unknown#") + " }",
    "many operations": _many(300, "query Q# { ...F }") + " fragment F on Query { viewer { role } }",
    "the schema, twice": "{ a: __schema { types { name } } b: __schema { types { name } } }",
    "the schema, by other names": "{ __schema { types { fields { "
    + _many(90, f"a#: {TYPE}")
    + " } } } }",
    "the schema, deeply": "{ __schema { types "
    + "{ fields { type " * 5
    + "{ name }"
    + " } }" * 5
    + " } }",
}


async def test_documents_made_to_cost_much_are_refused_at_once(target: Target) -> None:
    """Within a moment, by whoever sends them, with few errors and no echo."""
    for what, query in DOCUMENTS.items():
        for token in ("", target.salon.token):
            took = []
            for _ in range(3):  # what is refused is read again; garbage is collected but once
                began = time.process_time()
                response = await target.post({"query": query}, token=token)
                took.append(time.process_time() - began)
                if took[-1] < SOON:
                    break

            unhurt(response)
            answer = response.json()
            assert answer.keys() == {"errors"}, (what, answer)
            assert len(answer["errors"]) < 10, what
            assert min(took) < SOON, (what, took)
    await target.is_unhurt()


PAGES = """query($a: Int, $b: Int, $c: Int) { viewer { business { clients(first: $a) { nodes {
  appointments(first: $b) { nodes { client { appointments(first: $c) { nodes { id } } } } }
} } } } }"""


async def test_pages_within_pages_are_bounded(target: Target) -> None:
    """A page has 100 rows at most, and lists hang below 5,000 rows at most."""
    await _crowd()
    for size in (101, -1, 2**31 - 1):
        assert await target.code(PAGES, a=10, b=1, c=size) == "BAD_USER_INPUT"

    began = time.perf_counter()
    assert await target.code(PAGES, a=100, b=100, c=100) == "TOO_COMPLEX"
    assert time.perf_counter() - began < 3
    small = await target.post({"query": PAGES, "variables": {"a": 10, "b": 10, "c": 10}})
    assert small.json().keys() == {"data"}


async def _crowd() -> None:
    """Give the salon a hundred clients, each with a hundred appointments cancelled."""
    await execute(
        "INSERT INTO clients"
        " (id, business_id, first_name, last_name, phone, sort_name, search_text)"
        " SELECT uuidv7(), b.id, 'A', 'B' || n, '+31201234567', 'b', 'b'"
        " FROM businesses b, generate_series(1, 100) n"
    )
    await execute(
        "INSERT INTO appointments (id, business_id, client_id, service_id, staff_id, starts_at,"
        " ends_at, blocked_from, blocked_until, status, cancelled_at, price_minor, currency)"
        " SELECT uuidv7(), c.business_id, c.id, s.id, t.id, a, a + interval '1 hour', a,"
        " a + interval '1 hour', 'CANCELLED', now(), 1, 'EUR'"
        " FROM clients c, services s, staff t,"
        " generate_series(now(), now() + interval '99 hours', interval '1 hour') a"
    )


async def test_the_usual_introspection_is_answered(target: Target) -> None:
    """Explorers and code generators ask this; it holds no example of anything that is kept."""
    query = get_introspection_query(descriptions=True, input_value_deprecation=True)
    response = await target.http.post("/graphql", json={"query": query})

    assert response.status_code == 200
    assert "errors" not in response.json()


async def test_unknown_names_are_not_suggested(target: Target) -> None:
    """A misspelt field, argument or type gets no list of the real ones."""
    for query in (
        "{ viewr { role } }",
        "{ viewer { rol } }",
        '{ client(idd: "x") { id } }',
        "query($a: Busines) { __typename }",
        "{ ... on Qery { __typename } }",
        "mutation { createClient(input: {firstNam: 1}) { client { id } } }",
    ):
        answer = await target.ask(query)

        assert answer.keys() == {"errors"}
        assert "mean" not in orjson.dumps(answer).decode(), answer


@pytest.fixture
def documents(engine: Engine) -> Documents:
    """The engine's memory of documents."""
    return engine._documents


def _spaces(i: int) -> str:
    return f"{{ a{i}: __typename }} {' ' * 50_000}"


def _words(i: int) -> str:
    return f'{{ a{i}: __typename node(id: "{"x" * 50_000}") {{ id }} }}'


def _fields(i: int) -> str:
    return f"{{ a{i}: __typename viewer {{ {'... { role } ' * 300} }} }}"


@pytest.mark.parametrize("document", [_spaces, _words, _fields])
async def test_what_is_remembered_of_documents_is_bounded(
    documents: Documents, document: Callable[[int], str]
) -> None:
    """A stranger's many large documents push each other out, and fill no memory."""
    for i in range(60):
        await documents.find(Asked(document(i)), "somebody")
        held = sum(len(text) for text, _ in documents._cache.keys)
        assert held <= documents._cache.weight <= MAX_HELD
        assert len(documents._cache.keys) <= MAX_DOCUMENTS


@pytest.mark.parametrize("attacker", ["somebody", UUID(int=7)])
async def test_new_documents_push_out_none_that_are_in_use(
    documents: Documents, attacker: str | UUID
) -> None:
    """Neither those of accounts nor those of strangers, whoever sends documents once."""
    mine, theirs = Asked("{ mine: __typename }"), Asked("{ theirs: __typename }")

    async def use(asked: Asked, asker: str | UUID) -> Operation:
        """Look as a request does."""
        return [await documents.find(asked, asker) for _ in range(2)][-1]

    for _ in range(2):
        first, second = await use(mine, UUID(int=1)), await use(theirs, "somebody else")
    for i in range(10):
        await use(Asked(_spaces(i)), attacker)
    for i in range(MAX_DOCUMENTS // 4 + 1):
        await use(Asked(f"{{ a{i}: __typename }}"), attacker)

    assert await use(mine, UUID(int=1)) is first
    assert await use(theirs, "somebody else") is second


async def test_strangers_documents_leave_those_of_accounts_alone(documents: Documents) -> None:
    """However often they are asked for; what an account asks for is its own from then on."""
    mine = Asked("{ mine: __typename }")
    for _ in range(4):
        first = await documents.find(mine, "somebody")
    assert await documents.find(mine, UUID(int=1)) is first

    for i in range(MAX_DOCUMENTS // 4 + 1):
        for _ in range(4):
            await documents.find(Asked(f"{{ a{i}: __typename }}"), "somebody")

    assert await documents.find(mine, UUID(int=1)) is first
    assert len(documents._cache.keys) == MAX_DOCUMENTS // 4 + 1


async def test_a_refused_document_is_not_remembered(documents: Documents) -> None:
    """What does not parse or validate leaves nothing behind."""
    for query in ("{", "{ nothing }", "query A { __typename } query B { __typename }"):
        with pytest.raises(RequestRefused):
            await documents.find(Asked(query), "somebody")

    assert documents._cache.keys == []
