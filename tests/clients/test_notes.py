"""Typed notes about clients, over GraphQL."""

from __future__ import annotations

from typing import Any

import pytest

from storage import database as db
from tests.clients.conftest import everything, told

ADD = """
mutation($input: AddClientNoteInput!) {
  addClientNote(input: $input) {
    clientNote {
      id kind text actor { name } editedAt version client { fullName alerts { text } }
    }
    problems { code field }
  }
}"""
UPDATE = """
mutation($input: UpdateClientNoteInput!) {
  updateClientNote(input: $input) {
    clientNote { kind text actor { name } edited: editedAt version } problems { code field }
  }
}"""
DELETE = """
mutation($input: DeleteClientNoteInput!) {
  deleteClientNote(input: $input) {
    client { notes { totalCount nodes { text } } } problems { code field }
  }
}"""
NOTES = """
query($id: ID!, $kind: ClientNoteKind, $first: Int, $after: String) {
  node(id: $id) { ... on Client {
    notes(kind: $kind, first: $first, after: $after) {
      totalCount nodes { text } pageInfo { hasNextPage endCursor }
    }
    alerts { kind text }
  } }
}"""


@pytest.fixture
async def ann(mia: Any, does: Any) -> str:
    """A client."""
    create = """mutation($input: CreateClientInput!) {
      createClient(input: $input) { client { id } problems { code } } }"""
    made = await does(mia, create, firstName="Ann", lastName="Lee", phone="+31612345678")
    return str(made["client"]["id"])


async def test_a_note_bears_its_writer_and_can_be_changed_and_deleted(
    mia: Any, does: Any, ann: str
) -> None:
    """R7: it is deleted for good; the log says that notes changed, not what they say."""
    added = await does(mia, ADD, clientId=ann, kind="ALERT", text=" Faints\r\neasily ")
    note = added["clientNote"].pop("id")
    changed = await does(mia, UPDATE, id=note, version=1, kind="MEDICATION", text="Takes salt")
    edited = changed["clientNote"].pop("edited")
    deleted = await does(mia, DELETE, id=note, version=2)

    assert added == {
        "clientNote": {
            "kind": "ALERT",
            "text": "Faints\neasily",
            "actor": {"name": "Mia"},
            "editedAt": None,
            "version": 1,
            "client": {"fullName": "Ann Lee", "alerts": [{"text": "Faints\neasily"}]},
        },
        "problems": [],
    }
    assert changed == {
        "clientNote": {
            "kind": "MEDICATION",
            "text": "Takes salt",
            "actor": {"name": "Mia"},
            "version": 2,
        },
        "problems": [],
    }
    assert edited is not None
    assert deleted == {"client": {"notes": {"totalCount": 0, "nodes": []}}, "problems": []}
    assert await db.fetchval("SELECT count(*) FROM client_notes") == 0
    assert await told() == [("clients.ClientUpdated", ["notes"])] * 3


async def test_notes_come_in_pages_the_latest_first_and_by_kind(
    mia: Any, does: Any, ask: Any, ann: str
) -> None:
    """R7: alerts, allergies and medication are at hand as well."""
    kinds = ("GENERAL", "FORMULA", "ALLERGY", "GENERAL", "ALERT", "MEDICATION", "GENERAL")
    for number, kind in enumerate(kinds):
        await does(mia, ADD, clientId=ann, kind=kind, text=f"{kind} {number}")

    async def page(**asked: Any) -> Any:
        return (await ask(mia, NOTES, id=ann, **asked))["data"]["node"]

    first = await page(first=3)
    cursor = first["notes"]["pageInfo"]["endCursor"]
    second = await page(first=9, after=cursor)
    general = await page(kind="GENERAL", first=2)

    assert [each["text"] for each in first["notes"]["nodes"]] == [
        "GENERAL 6",
        "MEDICATION 5",
        "ALERT 4",
    ]
    assert [each["text"] for each in second["notes"]["nodes"]] == [
        "GENERAL 3",
        "ALLERGY 2",
        "FORMULA 1",
        "GENERAL 0",
    ]
    assert second["notes"]["pageInfo"]["hasNextPage"] is False
    assert [each["text"] for each in general["notes"]["nodes"]] == ["GENERAL 6", "GENERAL 3"]
    assert general["notes"]["totalCount"] == 3
    assert first["alerts"] == [
        {"kind": kind, "text": f"{kind} {number}"}
        for kind, number in (("ALERT", 4), ("ALLERGY", 2), ("MEDICATION", 5))
    ]


async def test_a_note_that_makes_no_sense_is_refused(
    mia: Any, stranger: Any, does: Any, ann: str
) -> None:
    """And nothing changes: empty or too long, about nobody, stale, or somebody else's."""
    note = (await does(mia, ADD, clientId=ann, text="Tea"))["clientNote"]["id"]
    before = await everything()
    nobody = f"cli_{0:032x}"

    for by, query, given, code, field in (
        (mia, ADD, {"clientId": ann, "text": " \n"}, "NOTE_EMPTY", "text"),
        (mia, ADD, {"clientId": ann, "text": "x" * 10_001}, "TEXT_TOO_LONG", "text"),
        (mia, ADD, {"clientId": ann, "text": "a\0"}, "TEXT_NOT_ALLOWED", "text"),
        (mia, ADD, {"clientId": nobody, "text": "a"}, "NOT_FOUND", "clientId"),
        (stranger, ADD, {"clientId": ann, "text": "a"}, "NOT_FOUND", "clientId"),
        (mia, UPDATE, {"id": note, "text": None}, "NOTE_EMPTY", "text"),
        (mia, UPDATE, {"id": note, "kind": None}, "INVALID_INPUT", "kind"),
        (mia, UPDATE, {"id": note, "version": 2, "text": "a"}, "STALE_VERSION", "version"),
        (stranger, UPDATE, {"id": note, "text": "a"}, "NOT_FOUND", "id"),
        (mia, DELETE, {"id": note, "version": 2}, "STALE_VERSION", "version"),
        (stranger, DELETE, {"id": note}, "NOT_FOUND", "id"),
    ):
        payload = await does(by, query, **given)
        assert payload["problems"] == [{"code": code, "field": ["input", field]}], (query, given)

    assert await everything() == before


async def test_notes_leave_with_their_file(mia: Any, does: Any, ann: str) -> None:
    """R72: nothing about somebody outlives their file."""
    await does(mia, ADD, clientId=ann, text="Tea")

    await db.execute("DELETE FROM clients")

    assert await db.fetchval("SELECT count(*) FROM client_notes") == 0
