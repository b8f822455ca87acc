"""The pages of docs, and README, say what is true."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, parse, print_ast, validate

from modules import registry
from modules.accounts.rules import attempts
from schema import limits
from schema.compose import build
from schema.connection import MAX_PAGE
from schema.errors import Code
from schema.reading.query import MAX_PARENTS, MAX_ROWS
from schema.roots import MAX_NODES
from schema.serving.limits import Limits
from schema.serving.request import DEEPEST
from tests import pages
from tests.promises.conftest import CLIENT, Salon

MERGE = """mutation($input: MergeClientsInput!) { mergeClients(input: $input) { merge { id } } }"""
LOOK = "query($id: ID!) { clientDeletionPreview(clientId: $id) { token } }"
OPERATIONS = pages.operations()
PROTOCOLS = pages.ROOT / "docs" / "protocols.md"
ACCOUNTS = pages.ROOT / "docs" / "accounts.md"
GROUP = "mutation($input: CreateGroupInput!) { createGroup(input: $input) { group { id } } }"
FIELD = """mutation($input: CreateClientFieldInput!) {
  createClientField(input: $input) { clientField { id } } }"""
SEGMENT = """mutation($input: CreateClientSegmentInput!) {
  createClientSegment(input: $input) { clientSegment { id } } }"""
NOTE = """mutation($input: AddClientNoteInput!) {
  addClientNote(input: $input) { clientNote { id } } }"""
BY_THE_SERVER = {"1007", "1012"}  # what uvicorn and websockets close with by themselves
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture
async def salon(server: str) -> AsyncIterator[Salon]:
    """A salon of a real server."""
    async with pages.furnished(server) as salon:
        yield salon


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.page}-{each.kind}")
def test_every_operation_fits_the_schema(operation: pages.Operation) -> None:
    """Of README and of every page of docs."""
    schema = build(registry.load(registry.built_in()))

    assert validate(schema.core, parse(operation.text)) == []


def test_every_excerpt_of_the_schema_is_in_it() -> None:
    """Each type with the fields that are shown, and of their types."""
    schema = build(registry.load(registry.built_in())).core

    for page, shown in pages.types():
        kind = schema.type_map[shown.name.value]
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        for field in shown.fields or ():
            name = field.name.value
            assert str(kind.fields[name].type) == print_ast(field.type), f"{page}: {name}"


async def test_every_query_and_mutation_does_what_its_page_says(salon: Salon) -> None:
    """On a real server, with the ids and free times of a salon in the places of the pages' own."""
    asked = [each for each in OPERATIONS if each.kind != "subscription"]

    for number, operation in enumerate(asked):
        variables = await _filled(operation.variables, salon, number)
        answer = await salon.ask(operation.text, variables, token=salon.token)

        where = f"{operation.page}: {operation.text}"
        assert "errors" not in answer, f"{where} {answer}"
        for key, value in answer["data"].items():
            if operation.kind == "mutation":
                assert value["problems"] == [], f"{where} {key} {value}"
            else:
                assert value is not None, where


def test_every_link_leads_somewhere() -> None:
    """To a file of ours, and to a heading that is there."""
    for page in pages.PAGES:
        for link in LINK.findall(pages.prose(page)):
            if link.startswith(("http://", "https://")):
                continue
            path, _, heading = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), f"{page.name}: {link}"
            assert not heading or heading in pages.anchors(target), f"{page.name}: {link}"


def test_protocols_name_every_code_and_every_close_code() -> None:
    """What a client may be told is written down, and nothing else is."""
    page = PROTOCOLS.read_text()
    closing = re.compile(r"Closing\(\s*(\d{4})|\"websocket\.close\", \"code\": (\d{4})")
    serving = "".join(file.read_text() for file in (pages.ROOT / "schema" / "serving").glob("*.py"))
    used = {first or second for first, second in closing.findall(serving)} | BY_THE_SERVER

    assert {str(code) for code in Code} <= set(re.findall(r"`([A-Z_]+)`", page))
    assert set(re.findall(r"^\| (\d{4}) \|", page, re.MULTILINE)) == used


@pytest.mark.parametrize(
    ("what", "most"),
    [
        ("tokens of a document", limits.MAX_TOKENS),
        ("depth", limits.MAX_DEPTH),
        ("fields and spreads, counted as often as their fragment is spread", limits.MAX_FIELDS),
        ("aliases", limits.MAX_ALIASES),
        ("root fields", limits.MAX_ROOTS),
        ("directives", limits.MAX_DIRECTIVES),
        ("rows of a page", MAX_PAGE),
        ("rows that have lists below them", MAX_PARENTS),
        ("rows of one answer, counted as often as it holds them", MAX_ROWS),
        ("ids in `nodes(ids:)`", MAX_NODES),
        ("levels of lists and objects in variables", DEEPEST),
        ("operations on one socket at a time", Limits().operations_per_socket),
    ],
)
def test_a_limit_on_the_page_is_the_limit(what: str, most: int) -> None:
    """A number that changes has to change in both places."""
    assert f"| {what} | {most:,} |" in PROTOCOLS.read_text()


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("wrong passwords for one mail address from one network", attempts.PER_ACCOUNT),
        (
            "wrong passwords for one mail address from all networks it was never signed in from",
            attempts.FROM_EVERYWHERE,
        ),
        ("wrong passwords from one network", attempts.PER_NETWORK),
        (
            "mails a stranger causes to one address (signing up, resetting), from one network",
            attempts.MAILS_PER_ADDRESS,
        ),
        ("the same to one address from all networks", attempts.MAILS_FROM_EVERYWHERE),
        ("the same from one network", attempts.MAILS_PER_NETWORK),
        ("invitations of one business to its team", attempts.INVITATIONS_PER_BUSINESS),
        (
            "mails a stranger causes to one address to get a sign-in code, from one network",
            attempts.MAILS_PER_ADDRESS,
        ),
        ("codes tried for one address at one business from one network", attempts.PER_ACCOUNT),
        (
            "mails of one business that ask one address for proof,"
            " at the wish of the team or of the client",
            attempts.MAILS_PER_ADDRESS,
        ),
        (
            "addresses without an account a business is told of",
            attempts.INVITATIONS_PER_BUSINESS,
        ),
    ],
)
def test_attempts_are_limited_as_the_page_says(what: str, limit: tuple[int, timedelta]) -> None:
    """How many, and in which time."""
    units = {timedelta(minutes=15): "in 15 minutes", timedelta(hours=1): "an hour"}
    unit = units.get(limit[1], "a day")

    assert f"| {what} | {limit[0]} {unit} |" in ACCOUNTS.read_text()


async def _import(salon: Salon) -> str:
    text = """mutation($input: StartClientImportInput!) {
      startClientImport(input: $input) { clientImport { id } }
    }"""
    variables = {"input": {"fileName": "clients.csv", "size": 100}}
    answer = await salon.ask(text, variables, token=salon.token)
    return str(answer["data"]["startClientImport"]["clientImport"]["id"])


async def _second(salon: Salon, number: int) -> str:
    """Open a second file on somebody."""
    person = {"firstName": "Ann", "lastName": "Lee", "email": f"ann{number}@example.com"}
    made = await salon.does(CLIENT, "createClient", {"input": person})
    return str(made["client"]["id"])


async def _seconds(salon: Salon, number: int, text: str) -> dict[str, str]:
    """Give what an operation needs that is about a file to merge, or to delete."""
    places: dict[str, str] = {}
    if "cli_other_…" in text:
        places["cli_other_…"] = await _second(salon, number)
    if "mrg_…" in text:
        pair = {"survivorId": salon.client, "otherId": await _second(salon, number)}
        places["mrg_…"] = (await salon.does(MERGE, "mergeClients", {"input": pair}))["merge"]["id"]
    if "the preview's" in text:
        places["cli_…"] = await _second(salon, number)
        seen = await salon.ask(LOOK, {"id": places["cli_…"]}, token=salon.token)
        places["the preview's"] = seen["data"]["clientDeletionPreview"]["token"]
    return places


async def _filled(variables: dict[str, Any], salon: Salon, number: int) -> dict[str, Any]:
    """Put what there is in the places of ids, and of times."""
    places = {
        "biz_…": salon.business,
        "cli_…": salon.client,
        "srv_…": salon.service,
        "stf_…": salon.staff,
    }
    text = json.dumps(variables, ensure_ascii=False)
    if "apt_…" in text:
        booked = await salon.book(hours=100 + number)
        places["apt_…"] = booked["appointment"]["id"]
    if "grp_…" in text:
        new = {"input": {"name": f"Group {number}", "clientIds": [salon.client]}}
        made = await salon.does(GROUP, "createGroup", new)
        places["grp_…"] = made["group"]["id"]
    if "imp_…" in text:
        places["imp_…"] = await _import(salon)
    if "fld_…" in text:
        hair = {"name": f"Hair {number}", "kind": "CHOICE", "options": ["fine", "curly"]}
        made = await salon.does(FIELD, "createClientField", {"input": hair})
        places["fld_…"] = made["clientField"]["id"]
    if "seg_…" in text:
        lapsed = {"name": f"Lapsed {number}", "filter": {"nextVisitAt": {"never": True}}}
        made = await salon.does(SEGMENT, "createClientSegment", {"input": lapsed})
        places["seg_…"] = made["clientSegment"]["id"]
    if "nte_…" in text:
        said = {"clientId": salon.client, "text": "Tea"}
        noted = await salon.does(NOTE, "addClientNote", {"input": said})
        places["nte_…"] = noted["clientNote"]["id"]
    places |= await _seconds(salon, number, text)
    for place, found in sorted(places.items(), reverse=True):
        text = text.replace(place, found)
    filled: dict[str, Any] = json.loads(text)
    given = filled.get("input", {})
    if "startsAt" in given:
        given["startsAt"] = (salon.start + timedelta(hours=number)).isoformat()
    return filled
