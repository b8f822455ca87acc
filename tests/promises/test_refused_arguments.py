"""A field whose argument is refused is null and says why; the rest of the screen is there."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import orjson
import pytest
from graphql import GraphQLObjectType, is_introspection_type, is_non_null_type

import schema
from modules import registry
from schema.api import Asked
from schema.engine import Engine
from schema.errors import Code
from storage import database
from tests.guards.problems import refusals
from tests.promises.conftest import CLIENT, Ask, Salon

NOBODY = "cli_" + "0" * 32
SEGMENT = """mutation($input: CreateClientSegmentInput!) {
  createClientSegment(input: $input) { clientSegment { id } problems { code } }
}"""
START = """mutation($input: StartClientImportInput!) {
  startClientImport(input: $input) { clientImport { id } problems { code } }
}"""


def refused(problem: str, field: list[str], *path: str | int) -> dict[str, Any]:
    """Say what an error has to say, its sentences left aside."""
    extensions = {"code": "BAD_USER_INPUT", "problem": problem, "field": field}
    return {"path": list(path), "extensions": extensions}


def said(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the errors of an answer without their sentences, each of which has to be there."""
    for error in answer["errors"]:
        assert error.keys() == {"message", "path", "extensions"}
        assert error["message"]
        assert error["extensions"].pop("remedy")
        del error["message"]
    return list(answer["errors"])


PLACES = [
    ("clients(first: 101) { totalCount }", "clients", refused("INVALID_PAGE", ["first"])),
    ("clients(last: -1) { totalCount }", "clients", refused("INVALID_PAGE", ["last"])),
    ('clients(after: "x") { nodes { id } }', "clients", refused("INVALID_PAGE", ["after"])),
    ('clients(search: "a\\u0000") { totalCount }', "clients", refused("INVALID_INPUT", ["search"])),
    (
        'clients(filter: { tags: ["a\\u0000"] }) { totalCount }',
        "clients",
        refused("INVALID_INPUT", ["filter"]),
    ),
    (
        'clients(filter: { preferredStaffIds: ["cli_1"] }) { totalCount }',
        "clients",
        refused("INVALID_ID", ["filter", "preferredStaffIds", "0"]),
    ),
    (
        'clients(segmentId: "seg_00000000000000000000000000000000") { totalCount }',
        "clients",
        refused("NOT_FOUND", ["segmentId"]),
    ),
    ('clients(segmentId: "?") { totalCount }', "clients", refused("INVALID_ID", ["segmentId"])),
    ('client(id: "?") { id }', "client", refused("INVALID_ID", ["id"])),
    ("calendar(days: 63) { id }", "calendar", refused("RANGE_INVALID", ["days"])),
]


@pytest.mark.parametrize(("asked", "field", "error"), PLACES)
async def test_a_refused_argument_leaves_the_rest_of_the_screen_alone(
    api: Ask, salon: Salon, asked: str, field: str, error: dict[str, Any]
) -> None:
    """The code of the problem, the field and a remedy; twice, since plans are kept."""
    query = f"{{ viewer {{ business {{ name {asked} }} role }} }}"

    for _ in range(2):
        answer = await api(query, token=salon.token)

        assert answer["data"] == {
            "viewer": {"business": {"name": "Salon", field: None}, "role": "OWNER"}
        }
        assert said(answer) == [error | {"path": ["viewer", "business", field]}]


async def test_the_same_document_with_other_values_is_answered(api: Ask, salon: Salon) -> None:
    """What is refused for one request is asked by the next one; reasons are those of each."""
    query = """query($id: ID!, $after: String) { viewer { business {
      client(id: $id) { firstName } clients(after: $after) { totalCount nodes { id } }
    } } }"""

    one = {"totalCount": 1, "nodes": [{"id": salon.client}]}
    found = []
    for id, after in ((salon.client, None), ("?", None), (salon.client, "x"), (NOBODY, "y")):
        answer = await api(query, {"id": id, "after": after}, token=salon.token)
        reasons = [e["extensions"]["problem"] for e in answer.get("errors", ())]
        found.append((answer["data"]["viewer"]["business"], reasons))

    assert found == [
        ({"client": {"firstName": "Ann"}, "clients": one}, []),
        ({"client": None, "clients": one}, ["INVALID_ID"]),
        ({"client": {"firstName": "Ann"}, "clients": None}, ["INVALID_PAGE"]),
        ({"client": None, "clients": None}, ["INVALID_PAGE"]),
    ]


async def test_one_of_many_segments_that_is_outdated_refuses_its_own_list(
    api: Ask, salon: Salon
) -> None:
    """R7: the others are listed, in one request."""
    ids = {}
    for name, filter in {"all": {"hasEmail": True}, "old": {"hasPhone": True}}.items():
        made = await salon.does(
            SEGMENT, "createClientSegment", {"input": {"name": name, "filter": filter}}
        )
        ids[name] = made["clientSegment"]["id"]
    await database.execute(
        "UPDATE client_segments SET conditions = '{\"gone\": true}' WHERE name = 'old'"
    )
    lists = " ".join(
        f'{name}: clients(segmentId: "{id}") {{ totalCount }}' for name, id in ids.items()
    )

    answer = await api(f"{{ viewer {{ business {{ {lists} }} }} }}", token=salon.token)

    business = {"all": {"totalCount": 1}, "old": None}
    assert answer["data"] == {"viewer": {"business": business}}
    assert said(answer) == [refused("SEGMENT_OUTDATED", ["segmentId"], "viewer", "business", "old")]


async def test_previews_of_what_is_not_there_are_null(api: Ask, salon: Salon) -> None:
    """As getters are; what is there and not ready is an error in its place."""
    started = await salon.does(
        START,
        "startClientImport",
        {"input": {"fileName": "a.csv", "contentType": "text/csv", "size": 10}},
    )
    query = """query($id: ID!, $other: ID!, $group: ID!, $import: ID!, $started: ID!) {
      clientDeletionPreview(clientId: $id) { token }
      clientMergePreview(survivorId: $other, otherId: $id) { token }
      groupDeletionPreview(groupId: $group) { token }
      gone: clientImportPreview(clientImportId: $import) { token }
      clientImportPreview(clientImportId: $started) { token }
      viewer { role }
    }"""

    answer = await api(
        query,
        {
            "id": NOBODY,
            "other": salon.client,
            "group": "grp_" + "0" * 32,
            "import": "imp_" + "0" * 32,
            "started": started["clientImport"]["id"],
        },
        token=salon.token,
    )

    nothing = dict.fromkeys(
        (
            "clientDeletionPreview",
            "clientMergePreview",
            "groupDeletionPreview",
            "gone",
            "clientImportPreview",
        )
    )
    assert answer["data"] == {**nothing, "viewer": {"role": "OWNER"}}
    assert said(answer) == [refused("IMPORT_NOT_READY", ["clientImportId"], "clientImportPreview")]


async def test_what_is_selected_of_a_payload_refuses_itself(
    api: Ask, salon: Salon, caplog: pytest.LogCaptureFixture
) -> None:
    """The change is done, as it is with a field that is not for its reader; nothing is logged."""
    query = CLIENT.replace("fullName", "fullName appointments(first: 101) { totalCount }")
    person = {"firstName": "Bo", "lastName": "Lee", "email": "bo@example.com"}

    answer = await api(query, {"input": person}, token=salon.token)

    payload = answer["data"]["createClient"]
    assert payload["problems"] == []
    assert payload["client"]["fullName"] == "Bo Lee"
    assert payload["client"]["appointments"] is None
    path = ("createClient", "client", "appointments")
    assert said(answer) == [refused("INVALID_PAGE", ["first"], *path)]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    count = "{ viewer { business { clients { totalCount } } } }"
    found = await api(count, token=salon.token)
    assert found["data"]["viewer"]["business"]["clients"] == {"totalCount": 2}


async def test_whoever_signs_in_reads_all_but_what_is_refused(
    api: Ask, salon: Salon, caplog: pytest.LogCaptureFixture
) -> None:
    """What the stranger may not see, and so had not been looked at, is looked at for the owner."""
    query = """mutation($input: SignInInput!) { signIn(input: $input) {
      viewer { role business { name clients(first: 101) { totalCount } } } problems { code }
    } }"""
    given = {"email": "olga@salon.example", "password": "correct horse battery"}

    answer = await api(query, {"input": given})

    viewer = {"role": "OWNER", "business": {"name": "Salon", "clients": None}}
    assert answer["data"] == {"signIn": {"viewer": viewer, "problems": []}}
    path = ("signIn", "viewer", "business", "clients")
    assert said(answer) == [refused("INVALID_PAGE", ["first"], *path)]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_message_of_a_subscription_refuses_only_what_is_wrong(
    engine: Engine, salon: Salon
) -> None:
    """Each change comes, with null and an error in it."""
    query = """subscription { appointmentChanges { kind appointment {
      status client { firstName appointments(first: 101) { totalCount } } } } }"""
    viewer = await engine.viewer(salon.token)
    async with aclosing(engine.watch(Asked(query, {}), viewer)) as answers:
        told = asyncio.ensure_future(anext(answers))
        hours = 0
        while not told.done():  # what is booked before it listens is not told
            await salon.book(hours)
            await asyncio.wait([told], timeout=0.1)
            hours += 1
        answer = orjson.loads((await told).body)

    client = {"firstName": "Ann", "appointments": None}
    appointment = {"status": "BOOKED", "client": client}
    change = {"kind": "BOOKED", "appointment": appointment}
    assert answer["data"] == {"appointmentChanges": change}
    path = ("appointmentChanges", "appointment", "client", "appointments")
    assert said(answer) == [refused("INVALID_PAGE", ["first"], *path)]


def test_a_field_with_arguments_may_be_null() -> None:
    """So that one wrong value takes nothing else from a screen."""
    core = schema.build(registry.load(registry.built_in())).core
    found = [
        f"{kind.name}.{name}"
        for kind in core.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        and not is_introspection_type(kind)
        and kind not in (core.mutation_type, core.subscription_type)
        for name, field in kind.fields.items()
        if field.args and is_non_null_type(field.type)
    ]

    assert found == []


def test_the_code_of_an_error_is_one_of_the_errors() -> None:
    """That of a problem stands in `extensions.problem`, and neither is ever the other."""
    assert {each.code for each in refusals()} & {
        code.value for code in Code if code not in (Code.FORBIDDEN, Code.TOO_COMPLEX)
    } == set()
