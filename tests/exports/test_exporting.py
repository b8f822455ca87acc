"""What is handed out is whole, is shown by spreadsheets and not computed, and does not stay."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from typing import Any
from uuid import UUID

import orjson
import pytest

from modules import cells
from modules.clients.rules import FIELDS
from modules.exports import rules
from modules.exports.events import ExportAsked
from modules.profile import ProfileKind
from schema.engine import Engine
from storage import database as db
from storage import ledger, objects
from storage.handlers import GivenUp, Reason
from tests.exports.conftest import Salon
from tests.imports.conftest import Ask, _sign_up

CLIENT = """mutation($input: CreateClientInput!) { createClient(input: $input) {
  client { id } problems { code } } }"""
NOTE = """mutation($input: AddClientNoteInput!) { addClientNote(input: $input) {
  clientNote { id } problems { code } } }"""
FIELD = """mutation($input: CreateClientFieldInput!) { createClientField(input: $input) {
  clientField { id } problems { code } } }"""
LIST = """mutation($input: ExportClientsInput!) { exportClients(input: $input) {
  export { id status url } problems { code } } }"""
FILE = """mutation($input: ExportClientFileInput!) { exportClientFile(input: $input) {
  export { id status client { firstName } } problems { code field } } }"""
LOOK = """query($id: ID!) { export(id: $id) { kind format status size rowCount url } }"""
ZOE = {
    "firstName": "Zoë",
    "lastName": '=HYPERLINK("A1")',
    "email": "zoe@x.example",
    "phone": "+31612345678",
    "birthday": "1985-12-31",
    "address": {"street": "Hauptstr. 5\nHinterhaus", "city": "Köln", "country": "DE"},
    "tags": ["vip", "@home"],
    "consents": [{"channel": "EMAIL", "granted": True}],
}


async def _client(salon: Salon, **given: Any) -> str:
    made = await salon.do(CLIENT, **{**ZOE, **given})
    assert made["problems"] == []
    return str(made["client"]["id"])


async def _done(salon: Salon, id_: str) -> Any:
    async with asyncio.timeout(20):
        while True:
            found = await salon.get(LOOK, id=id_)
            if found["status"] != "RUNNING":
                return found
            await asyncio.sleep(0.05)


async def _bytes(id_: str) -> bytes:
    key = await db.fetchval("SELECT object_key FROM exports WHERE id = $1", UUID(id_[4:]))
    return await objects.read(key)


async def test_a_list_is_written_for_spreadsheets(salon: Salon) -> None:
    """R19: every client with everything, umlauts and line breaks whole, formulas as text."""
    shoe = await salon.do(FIELD, name="=Shoe size", kind="NUMBER")
    field = shoe["clientField"]["id"]
    zoe = await _client(salon, customFields=[{"fieldId": field, "number": 39.5}])
    await salon.do(NOTE, clientId=zoe, text="-nuts", kind="ALLERGY")

    asked = await salon.do(LIST, format="CSV", excel=True)
    found = await _done(salon, asked["export"]["id"])
    data = await _bytes(asked["export"]["id"])
    [row] = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))

    assert asked["export"]["url"] is None
    assert found["url"].startswith("/objects/")
    assert {k: found[k] for k in ("kind", "format", "status", "size", "rowCount")} == {
        "kind": "CLIENT_LIST", "format": "CSV", "status": "DONE", "size": len(data), "rowCount": 1,
    }  # fmt: skip
    assert data.startswith(b"\xef\xbb\xbf")
    assert row.pop("Id") == zoe
    assert row.pop("Created")
    assert row == {
        "First name": "Zoë",
        "Last name": '\'=HYPERLINK("A1")',
        "Email": "zoe@x.example",
        "Phone": "'+31612345678",
        "Birthday": "1985-12-31",
        "Street": "Hauptstr. 5\nHinterhaus",
        "Postal code": "",
        "City": "Köln",
        "Region": "",
        "Country": "DE",
        "Notes": "ALLERGY: -nuts",
        "Tags": "'@home, vip",
        "Marketing by email": "yes",
        "Marketing by SMS": "no",
        "Marketing by phone": "no",
        "Marketing by post": "no",
        "'=Shoe size": "39.5",
        "Source": "TEAM",
        "Account": row["Account"],
        "Blocked": "no",
        "Visits": "0",
        "No-shows": "0",
        "Late cancellations": "0",
        "Spent in cents": "0",
        "Last visit": "",
        "Next visit": "",
    }


async def test_a_list_is_written_for_programs(salon: Salon) -> None:
    """R19: a line of JSON for each client, with notes and the business's own fields by name."""
    shoe = await salon.do(FIELD, name="Shoe size", kind="NUMBER")
    field = shoe["clientField"]["id"]
    zoe = await _client(salon, customFields=[{"fieldId": field, "number": 39.5}], note='a "b" \\ c')
    await _client(salon, firstName="Ann", lastName="Aa", email="ann@x.example")
    await salon.do(NOTE, clientId=zoe, text="nuts", kind="ALLERGY")

    asked = await salon.do(LIST, format="JSON_LINES")
    found = await _done(salon, asked["export"]["id"])
    lines = (await _bytes(asked["export"]["id"])).splitlines()
    people = [orjson.loads(line) for line in lines]

    assert found["rowCount"] == 2
    last = next(each for each in people if each["id"] == zoe)
    assert [each["firstName"] for each in people] == ["Zoë", "Ann"]
    assert last["note"] == 'a "b" \\ c'
    assert last["customFields"] == {"Shoe size": 39.5}
    assert [(n["kind"], n["text"]) for n in last["notes"]] == [("ALLERGY", "nuts")]
    assert last["address"] == {
        "street": "Hauptstr. 5\nHinterhaus", "city": "Köln", "country": "DE",
    }  # fmt: skip


async def test_what_was_handed_out_can_be_taken_over_again(salon: Salon) -> None:
    """R19: our own list is read back without a correction, and knows everybody."""
    await _client(salon, lastName="de Vries")
    before = await salon.clients()
    asked = await salon.do(LIST, format="CSV", excel=True)
    await _done(salon, asked["export"]["id"])

    id_ = await salon.bring(await _bytes(asked["export"]["id"]))
    [row] = await salon.rows(id_)
    ready = await salon.settled(id_)
    await db.execute("DELETE FROM clients")
    again = await salon.bring(await _bytes(asked["export"]["id"]))
    await salon.commit(again)
    after = await salon.clients()

    assert (row["outcome"], row["same"], row["problems"]) == ("SKIP", "EMAIL", [])
    assert ready["counts"]["skip"] == 1
    ours = [column for column in before[0] if column not in ("source", "account_state", "version")]
    assert [{c: each[c] for c in ours} for each in after] == [
        {c: each[c] for c in ours} for each in before
    ]


async def test_a_file_is_handed_out_whole(salon: Salon) -> None:
    """R7, R57: the profile, every table with something of theirs, and the photos themselves."""
    zoe = await _client(salon, lastName="de Vries")
    other = await _client(salon, firstName="Ann", email="ann@x.example")
    await salon.do(NOTE, clientId=zoe, text="nuts", kind="ALLERGY")
    await salon.do(NOTE, clientId=other, text="private", kind="GENERAL")
    business, client = UUID(salon.business_id[4:]), UUID(zoe[4:])
    await ledger.keep(
        business, b"jpeg bytes", purpose="photo", content_type="image/jpeg", client_id=client
    )

    asked = await salon.do(FILE, clientId=zoe)
    found = await _done(salon, asked["export"]["id"])
    folder = zipfile.ZipFile(io.BytesIO(await _bytes(asked["export"]["id"])))
    names = sorted(name for name in folder.namelist() if not name.startswith("messages"))

    assert asked["export"]["client"] == {"firstName": "Zoë"}
    assert (found["kind"], found["format"], found["rowCount"]) == ("CLIENT_FILE", "ZIP", None)
    assert [name.partition("-")[0] for name in names] == [
        "consents.json", "files/photo", "notes.json", "profile.json",
    ]  # fmt: skip
    assert names[1].endswith("-1.jpg")
    assert folder.read(names[1]) == b"jpeg bytes"
    profile = orjson.loads(folder.read("profile.json"))
    assert (profile["first_name"], profile["email"]) == ("Zoë", "zoe@x.example")
    assert [note["text"] for note in orjson.loads(folder.read("notes.json"))] == ["nuts"]
    assert b"private" not in b"".join(folder.read(name) for name in folder.namelist())


async def test_a_file_that_is_not_there_is_not_handed_out(salon: Salon) -> None:
    """R7: NOT_FOUND, and nothing is asked of the worker."""
    refused = await salon.do(FILE, clientId=f"cli_{0:032x}")

    assert refused["problems"] == [{"code": "NOT_FOUND", "field": ["input", "clientId"]}]
    assert await db.fetch("SELECT * FROM exports") == []


async def test_a_file_that_leaves_takes_its_exports_along(salon: Salon) -> None:
    """R72: also one that is deleted while its export is being written leaves nothing behind."""
    zoe = await _client(salon)
    asked = await salon.do(FILE, clientId=zoe)
    await _done(salon, asked["export"]["id"])

    await db.execute("DELETE FROM clients WHERE id = $1", UUID(zoe[4:]))

    assert await salon.get(LOOK, id=asked["export"]["id"]) is None


async def test_exports_last_a_day(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    """R72: then the object goes, and there is no link any more."""
    asked = await salon.do(LIST, format="CSV")
    await _done(salon, asked["export"]["id"])

    await db.execute("UPDATE exports SET expires_at = now() - interval '1 minute'")
    late = await salon.get(LOOK, id=asked["export"]["id"])
    await rules.sweep()
    gone = await salon.get(LOOK, id=asked["export"]["id"])

    assert (late["status"], late["url"]) == ("DONE", None)
    assert (gone["status"], gone["url"]) == ("EXPIRED", None)
    kept = await db.fetchrow("SELECT expires_at - created_at AS day FROM stored_objects")
    assert kept is not None
    assert kept["day"].total_seconds() == pytest.approx(24 * 3600, abs=60)


SPEAK = """mutation($input: UpdateBusinessInput!) {
  updateBusiness(input: $input) { problems { code } } }"""
RETRY = """mutation($input: RetryExportInput!) { retryExport(input: $input) {
  export { id status problem { code message } } problems { code field } } }"""


async def test_an_export_that_is_given_up_says_why_and_can_be_tried_again(salon: Salon) -> None:
    """Its status is FAILED, until it is tried once more and can be downloaded."""
    asked = (await salon.do(LIST, format="CSV"))["export"]["id"]
    await _done(salon, asked)
    early = await salon.do(RETRY, id=asked)
    business = await db.fetchval(
        "UPDATE exports SET status = 'RUNNING', object_key = NULL, finished_at = NULL"
        " RETURNING business_id"
    )
    event = ExportAsked(business_id=business, subject=UUID(asked[4:]))
    look = "query($id: ID!) { export(id: $id) { status problem { code message } url } }"
    assert rules.WRITING.given_up is not None

    await rules.WRITING.given_up(event, GivenUp(reason=Reason.LOST, times=5))
    await rules.WRITING.given_up(event, GivenUp(reason=Reason.LOST, times=9))
    failed = await salon.get(look, id=asked)
    await salon.do(SPEAK, locale="de")
    spoken = (await salon.get(look, id=asked))["problem"]["message"]
    again = await salon.do(RETRY, id=asked)
    written = await _done(salon, asked)

    assert early["problems"] == [{"code": "EXPORT_NOT_RETRYABLE", "field": ["input", "id"]}]
    said = "Attempts: 5. The server was lost in the middle of them."
    why = {"code": "EXPORT_FAILED", "message": said}
    assert failed == {"status": "FAILED", "problem": why, "url": None}
    assert spoken == "Versuche: 5. Der Server ist mittendrin ausgefallen."
    assert again == {"export": {"id": asked, "status": "RUNNING", "problem": None}, "problems": []}
    assert written["status"] == "DONE"


SAMPLES: dict[str, Any] = {
    "email": "ada@x.example",
    "phone": "+31612345679",
    "birthday": "1985-12-31",
    "address": {},
    "tags": ["vip"],
    "consents": [{"channel": "SMS", "granted": True}],
}
"""What to fill in where a word will not do; in any other field, its own name."""


async def test_of_many_exports_asked_for_at_once_some_are_begun_and_none_twice(
    engine: Engine, api: Ask
) -> None:
    """Nobody works here, so all that are begun are under way; one that failed is begun once."""
    here = Salon(api, *await _sign_up(api))

    asked = await asyncio.gather(*(here.do(LIST, format="CSV") for _ in range(12)))

    codes = [[problem["code"] for problem in each["problems"]] for each in asked]
    assert sorted(codes) == [[]] * 5 + [["TOO_MANY_EXPORTS"]] * 7
    assert await db.fetchval("SELECT count(*) FROM exports") == 5
    await db.execute(
        """UPDATE exports SET status = 'FAILED', finished_at = now(), problem = '{"code": "X"}'"""
    )
    [failed, *_] = [each["export"]["id"] for each in asked if each["export"]]

    again = await asyncio.gather(*(here.do(RETRY, id=failed) for _ in range(4)))

    codes = [[problem["code"] for problem in each["problems"]] for each in again]
    assert sorted(codes) == [[], *[["EXPORT_NOT_RETRYABLE"]] * 3]
    events = "SELECT count(*) FROM event WHERE kind = 'exports.ExportAsked'"
    assert await db.fetchval(events) == 6


async def test_whatever_a_file_can_say_is_seen_handed_out_and_brought_along(salon: Salon) -> None:
    """R7, R19: every field of the profile, by whatever way; a new one is tried as well."""
    words = {"country": "NL"}
    filled: dict[str, Any] = {}
    for each in FIELDS:
        if each.within:
            value = words.get(each.name, f"a {each.name}")
            filled.setdefault(_camel(each.within), {})[_camel(each.name)] = value
        elif each.edits and each.kind is not ProfileKind.VALUES and each.of is not UUID:
            filled[_camel(each.name)] = SAMPLES.get(each.name, f"a {each.name}")
    zoe = (await salon.do(CLIENT, **filled))["client"]["id"]
    [before] = await salon.clients()

    plain = [each for each in FIELDS if each.sees and not each.within and each.of is not UUID]
    parts = " ".join(_camel(each.name) for each in FIELDS if each.within)
    shown = " ".join(_camel(each.shown_as) for each in plain)
    selection = f"{shown} address {{ {parts} }}"
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on Client {{ {selection} }} }} }}"
    seen = await salon.get(query, id=zoe)
    asked = await salon.do(LIST, format="CSV")
    table = await _done(salon, asked["export"]["id"]) and await _bytes(asked["export"]["id"])
    also = await salon.do(LIST, format="JSON_LINES")
    lines = await _done(salon, also["export"]["id"]) and await _bytes(also["export"]["id"])
    [row] = csv.DictReader(io.StringIO(table.decode(), newline=""))
    line = orjson.loads(lines)
    await db.execute("DELETE FROM clients")
    await salon.commit(await salon.bring(table))
    [after] = await salon.clients()

    given = {**filled, "consents": ["SMS"]}
    assert {name: seen[name] for name in given} == given
    assert {name: line[name] for name in given} == given
    texts = [each for each in FIELDS if each.label and each.edits and each.of is str]
    assert {each.label: cells.bare(row[each.label]) for each in texts} == {
        each.label: before[each.name] for each in texts
    }
    brought = [each.name for each in FIELDS if each.imported]
    assert {name: after[name] for name in brought} == {name: before[name] for name in brought}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))
