"""Values that make no sense: each is named, nothing is written, the next request is answered."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.attacks.conftest import Target, unhurt
from tests.promises.conftest import BOOK, CLIENT, HOURS, SERVICE, STAFF

NODE = "query($id: ID!) { node(id: $id) { id } }"
SEARCH = """query($search: String, $first: Int, $after: String, $before: String) { viewer {
  business { clients(search: $search, first: $first, after: $after, before: $before) {
    nodes { id } } } } }"""
CALENDAR = """query($from: DateTime!, $to: DateTime!, $staff: [ID!]) { viewer { business {
  cursor calendar(from: $from, to: $to, staffIds: $staff) { appointments { id } } } } }"""
IDS = [
    "",
    "cli",
    "cli_",
    "_" + "0" * 32,
    "cli_" + "g" * 32,
    "cli_" + "0" * 31,
    "cli_" + "0" * 33,
    "cli_" + "0" * 100_000,
    "cli_" + "0x" + "0" * 30,
    "cli_" + "-" + "0" * 31,
    "cli_" + "_" * 32,
    "cli_" + "\uff10" * 32,
    "cli_" + "0" * 8 + "-0000-0000-0000-" + "0" * 12,
    "nope_" + "0" * 32,
    "\uff43\uff4c\uff49_" + "0" * 32,
    "' OR 1=1 --",
    "cli_' OR 1=1; DROP TABLE clients; --",
    "../../etc/passwd",
    "${jndi:ldap://evil.example}",
    "cli_" + "0" * 32 + "\n",
    "null",
    "Q2xpZW50OjE=",
    "🙂" * 20,
]
TIMES = [
    "2026-03-29T09:30:00",
    "2026-03-29",
    "09:30",
    "tomorrow",
    "",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-03-29T25:00:00Z",
    "2026-03-29T09:30:00+25:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "+10000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "2026-03-29T09:30:00Z" + " " * 50,
    "\uff19\uff19\uff19\uff19-01-01T00:00:00Z",
    1767225600,
    1.5,
    True,
    [],
    {},
    None,
]


async def test_ids_that_are_none_are_refused(target: Target) -> None:
    """Garbage, and ids that would mean something to another program."""
    for id_ in IDS:
        answer = await target.ask(NODE, id=id_)

        found = {e["extensions"]["code"] for e in answer.get("errors", ())}
        assert found <= {"BAD_USER_INPUT"}, (id_, answer)
        assert answer.get("data") in (None, {"node": None}), (id_, answer)
        assert (
            await target.code(BOOK, input={**target.salon.slot(), "clientId": id_}) == "INVALID_ID"
        )
    await target.is_unhurt()


async def test_ids_of_another_type_are_refused(target: Target) -> None:
    """Wherever an id of one type is wanted, those of all others are wrong."""
    salon = target.salon
    ids = {salon.client, salon.service, salon.staff, salon.business}
    for place, right in (("clientId", salon.client), ("serviceId", salon.service)):
        for wrong in ids - {right}:
            assert await target.code(BOOK, input={**salon.slot(), place: wrong}) == "INVALID_ID"
    for wrong in ids:
        code = await target.code("query($id: ID!) { group(id: $id) { id } }", id=wrong)
        assert code == "BAD_USER_INPUT"
    await target.is_unhurt()


async def test_times_that_are_none_are_refused(target: Target) -> None:
    """Without a zone, of no calendar, of another type."""
    for moment in TIMES:
        code = await target.code(BOOK, input={**target.salon.slot(), "startsAt": moment})

        assert code == "BAD_USER_INPUT", moment
        given = {"from": "2026-03-29T09:30:00Z", "to": moment}
        assert await target.code(CALENDAR, **given) == "BAD_USER_INPUT", moment
    await target.is_unhurt()


async def test_times_that_make_no_sense_are_refused(target: Target) -> None:
    """Ends before starts, years away, years ago, the ends of the calendar."""
    slot = target.salon.slot()
    for moment in (
        "2126-01-01T00:00Z",
        "1926-01-01T00:00Z",
        "9999-12-31T23:59Z",
        "0001-01-01T00:00Z",
    ):
        code = await target.code(BOOK, input={**slot, "startsAt": moment})
        assert code in {"TOO_FAR_AHEAD", "STARTS_IN_PAST"}, moment

    for start, end in (
        ("2026-03-29T10:00Z", "2026-03-29T09:00Z"),
        ("2026-03-29T10:00Z", "2027-03-29T10:00Z"),
        ("0001-01-01T00:00Z", "9999-12-31T23:59Z"),
    ):
        code = await target.code(CALENDAR, **{"from": start, "to": end})
        assert code == "BAD_USER_INPUT", (start, end)

    away = "mutation($input: AddTimeOffInput!) { addTimeOff(input: $input) { problems { code } } }"
    for end in (slot["startsAt"], "2020-01-01T00:00Z", "9999-12-31T23:59Z"):
        times = {"staffId": target.salon.staff, "startsAt": slot["startsAt"], "endsAt": end}
        assert await target.code(away, input=times) in {"ENDS_BEFORE_START", "OUT_OF_RANGE"}, end

    span = {"weekday": 1, "starts": "17:00", "ends": "09:00"}
    hours = {"id": target.salon.staff, "hours": [span]}
    assert await target.code(HOURS, input=hours) == "ENDS_BEFORE_START"
    await target.is_unhurt()


async def test_nul_is_refused_wherever_it_comes(target: Target) -> None:
    """In a variable, in a literal of the document, in a search, a key, an address, a token."""
    person = {"firstName": "A\0", "lastName": "B", "phone": "+31201234567"}
    body = {"query": CLIENT, "variables": {"input": person}}
    raw = await target.post(body)
    unhurt(raw)
    assert raw.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"

    for query in (
        r'mutation { createClient(input: {firstName: "A\u0000", lastName: "B", email: "a@b.nl"})'
        " { client { id } problems { code } } }",
        r'{ viewer { business { clients(after: "a\u0000") { nodes { id } } } } }',
        r'{ node(id: "cli_\u0000") { id } }',
        r'mutation { createClient(idempotencyKey: "a\u0000", input: {firstName: "\u0000",'
        ' lastName: "B", phone: "+31201234567"}) { client { id } problems { code } } }',
    ):
        code = await target.code(query)
        assert code in {"BAD_USER_INPUT", "TEXT_NOT_ALLOWED"}, query

    for query in (
        r'mutation { signIn(input: {email: "a\u0000@b.example", password: "a\u0000"})'
        " { problems { code } } }",
        r'mutation { signIn(input: {email: "a@b.example", password: "a\u0000"})'
        " { problems { code } } }",
        r'mutation { resetPassword(input: {token: "\u0000", password: "correct horse battery"})'
        " { problems { code } } }",
        r'mutation { acceptInvitation(input: {token: "\u0000"}) { problems { code } } }',
    ):
        assert await target.code(query) in {
            "EMAIL_INVALID", "INVALID_CREDENTIALS", "LINK_EXPIRED", "BAD_USER_INPUT",
        }, query  # fmt: skip
    await target.is_unhurt()


async def test_a_search_looks_past_nul(target: Target) -> None:
    """It folds what it is given; what is left is looked for."""
    for search in (r"\u0000", r"nobody\u0000nobody"):
        query = f'{{ viewer {{ business {{ clients(search: "{search}") {{ totalCount }} }} }} }}'
        unhurt(await target.post({"query": query}))
    await target.is_unhurt()


async def test_half_characters_are_refused_in_literals(target: Target) -> None:
    """Half a surrogate pair is no text; a document can spell it, JSON cannot."""
    for half in (r"\ud800", r"\udfff", r"\u{d800}", r"\u{110000}", r"\u{ffffffffff}"):
        for query in (
            '{ viewer { business { clients(search: "%s") { nodes { id } } } } }',
            'mutation { createClient(input: {firstName: "%s", lastName: "B", email: "a@b.example"})'
            " { client { id } problems { code } } }",
            '{ node(id: "%s") { id } }',
            '{ viewer { role @include(if: "%s") } }',
            'mutation { signIn(input: {email: "%s@b.example", password: "%s"})'
            " { problems { code } } }",
        ):
            answer = await target.ask(query.replace("%s", half))
            assert "errors" in answer or answer["data"].popitem()[1]["problems"], (query, half)
    await target.is_unhurt()


async def test_numbers_out_of_range_are_refused(target: Target) -> None:
    """GraphQL's integers have 32 bits; the business's are smaller still."""
    service = {"name": "Cut", "durationMinutes": 30, "price": {"amountMinor": 100}}
    wrong: tuple[Any, ...] = (2**31, -(2**31) - 1, 2**63, 2**64, 1.5, "1", True, 10**400, [1], {})
    for number in wrong:
        sent = str(orjson.dumps(service | {"durationMinutes": "?"}), "ascii").replace(
            '"?"', str(number) if isinstance(number, int) and number is not True
            else orjson.dumps(number).decode(),
        )  # fmt: skip
        body = b'{"query": %b, "variables": {"input": %b}}' % (orjson.dumps(SERVICE), sent.encode())
        response = await target.post(body)
        unhurt(response)
        assert response.json().keys() == {"errors"} or number == [1], (number, response.text)
    for field, number in (
        ("price", {"amountMinor": -1}),
        ("durationMinutes", 0),
        ("durationMinutes", 2**31 - 1),
    ):
        assert await target.code(SERVICE, input={**service, field: number}) == "OUT_OF_RANGE"
    assert await target.code(SEARCH, first=2**31 - 1) == "BAD_USER_INPUT"
    await target.is_unhurt()


async def test_texts_that_are_too_long_are_refused(target: Target) -> None:
    """Names, notes, searches, keys: each has an end."""
    long = "x" * 900_000
    person = {"firstName": "A", "lastName": "B", "phone": "+31201234567"}
    for field in ("firstName", "lastName", "note", "email", "phone", "phoneRegion"):
        assert await target.code(CLIENT, input={**person, field: long}), field
    assert await target.code(CLIENT, input=person, key=long) == "IDEMPOTENCY_KEY_INVALID"
    assert await target.code(CLIENT, input=person, key="") == "IDEMPOTENCY_KEY_INVALID"
    assert await target.code(STAFF, input={"name": long}) in {"TEXT_TOO_LONG", "NAME_REQUIRED"}
    found = await target.ask(SEARCH, search=long)
    assert found.get("data") in (None, {"viewer": {"business": {"clients": {"nodes": []}}}})
    await target.is_unhurt()


async def test_what_looks_like_sql_is_text(target: Target) -> None:
    """A value is never part of a statement, nor of a pattern."""
    for search in (
        "%",
        "_",
        "\\",
        "'; DROP TABLE clients; --",
        "$1",
        "{0}",
        "\\'",
        "a%' OR 'a'='a",
    ):
        answer = await target.ask(SEARCH, search=search)
        nodes = answer["data"]["viewer"]["business"]["clients"]["nodes"]
        assert nodes == [], search
    await target.is_unhurt()


def _forged() -> Iterator[Any]:
    for inside in (
        b"", b"[]", b"{}", b"null", b"[0]", b'[0,"a"]', b'[0,"a","b"]', b'["x","a","b"]', b"\xff",
        b'[0,{"$ne":1},"b"]', b"[" * 3000, b"[1e999]", b'[0,"\\u0000","b"]',
    ):  # fmt: skip
        yield base64.urlsafe_b64encode(inside).decode()
    yield from ("", "é", "=", "====", "a", "A" * 100_000, "🙂", "\ud7ff")


async def test_forged_cursors_of_lists_are_refused(target: Target) -> None:
    """Garbage, and values of the wrong type in a cursor that is otherwise right."""
    for cursor in _forged():
        for place in ("after", "before"):
            assert await target.code(SEARCH, **{place: cursor}) == "BAD_USER_INPUT", cursor

    real = "{ viewer { business { clients { edges { cursor } } } } }"
    told = await target.ask(real)
    cursor = told["data"]["viewer"]["business"]["clients"]["edges"][0]["cursor"]
    order, *values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for wrong in ("not a uuid", "' OR 1=1 --", "\0", None, "x" * 3000):
        made = base64.urlsafe_b64encode(orjson.dumps([order, *values[:-1], wrong])).decode()
        answer = await target.ask(SEARCH, after=made)
        assert {e["extensions"]["code"] for e in answer.get("errors", ())} <= {"BAD_USER_INPUT"}
    await target.is_unhurt()


@given(st.text(max_size=60), st.text(max_size=60), st.integers(-(2**33), 2**33))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_no_value_is_our_fault(target: Target, one: str, two: str, number: int) -> None:
    """Any text and any number in any place is read, found or refused."""
    for query, values in (
        (SEARCH, {"search": one, "after": two, "first": number}),
        (SEARCH, {"search": one}),
        (NODE, {"id": one}),
        (CALENDAR, {"from": one, "to": two, "staff": [one]}),
        (BOOK, {"input": {**target.salon.slot(), "startsAt": one, "note": two}}),
        (CLIENT, {"input": {"firstName": one, "lastName": two, "email": two}, "dry": True}),
        (
            SERVICE,
            {
                "input": {
                    "name": one,
                    "colour": two,
                    "durationMinutes": number,
                    "price": {"amountMinor": 1},
                }
            },
        ),
    ):
        try:
            body = orjson.dumps({"query": query, "variables": values})
        except TypeError:  # half a surrogate pair, which JSON cannot hold
            return
        unhurt(await target.post(body))
