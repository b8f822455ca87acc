"""The whole of a client's file over GraphQL: written once, read as one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from modules.clients import rules
from modules.clients.models import ClientNoteKind, MarketingChannel
from schema.ids import decode
from storage import database as db
from tests.clients.conftest import everything, hire
from tests.reading.conftest import Statement

FILE = """
fragment File on Client {
  fullName email phone birthday note source accountStatus blockedAt blockReason version
  address { street postalCode city region country }
  tags consents preferredStaff { name }
  customFields { field { name kind options required } text number date choice }
  alerts { kind text }
  notes { totalCount nodes { kind text actor { name } editedAt version } }
  consentHistory { nodes { channel granted how actor { name } } }
}"""
CREATE = f"""
mutation($input: CreateClientInput!) {{
  createClient(input: $input) {{ client {{ id ...File }} problems {{ code field message }} }}
}}{FILE}"""
UPDATE = f"""
mutation($input: UpdateClientInput!) {{
  updateClient(input: $input) {{ client {{ ...File }} problems {{ code field message }} }}
}}{FILE}"""
LIST = f"""
query($id: ID!) {{ business: node(id: $id) {{ ... on Business {{
  clients(first: 100) {{ totalCount nodes {{ id ...File }} }}
  clientFields {{ name }}
  clientTags(first: 100) {{ totalCount nodes {{ tag count }} }}
}} }} }}{FILE}"""
FIELD = """
mutation($input: CreateClientFieldInput!) {
  createClientField(input: $input) { clientField { id } problems { code field } }
}"""
ANN = {"firstName": "Ann", "lastName": "Lee", "email": "ann@example.org"}


@pytest.fixture
async def fields(by: Any, does: Any) -> dict[str, str]:
    """A field of each kind, by its name."""
    asked = [
        {"name": "Hair", "kind": "CHOICE", "options": ["fine", "thick"], "required": False},
        {"name": "Shoe size", "kind": "NUMBER"},
        {"name": "Married", "kind": "DATE"},
        {"name": "Pets", "kind": "TEXT"},
    ]
    return {each["name"]: (await does(by, FIELD, **each))["clientField"]["id"] for each in asked}


@dataclass(frozen=True)
class Known:
    """Whom and what files may name."""

    sam: UUID
    size: UUID
    hair: UUID


@pytest.fixture
def known(sam: str, fields: dict[str, str]) -> Known:
    """What a file may name, as rules do."""
    size, hair = (decode(fields[name], "fld") for name in ("Shoe size", "Hair"))
    return Known(decode(sam, "stf"), size, hair)


async def test_a_file_is_filled_in_as_a_whole(
    by: Any, does: Any, sam: str, fields: dict[str, str]
) -> None:
    """R14, R21: everything that can be known of somebody is written and read in one go."""
    made = await does(
        by,
        CREATE,
        **ANN,
        phone="06 12345678",
        birthday="1990-02-28",
        note="Tea",
        address={
            "street": " 1 Main St \n c/o Bob",
            "postalCode": "1234 AB",
            "city": "Amsterdam",
            "country": "nl",
        },
        tags=["VIP", " vip ", "Été", "", "bride  2026"],
        preferredStaffId=sam,
        consents=[
            {"channel": "SMS", "granted": True, "how": "Signed at the desk"},
            {"channel": "EMAIL", "granted": True},
            {"channel": "POST", "granted": False},
        ],
        customFields=[
            {"fieldId": fields["Shoe size"], "number": 38.5},
            {"fieldId": fields["Hair"], "choice": "thick"},
            {"fieldId": fields["Married"], "date": "2015-06-30"},
            {"fieldId": fields["Pets"], "text": "Two dogs 🐕"},
        ],
        notes=[{"kind": "ALLERGY", "text": "Ammonia"}, {"text": "Likes\r\nquiet"}],
    )

    assert made["problems"] == []
    assert made["client"].pop("id").startswith("cli_")
    notes = made["client"].pop("notes")
    assert made["client"] == {
        "fullName": "Ann Lee",
        "email": "ann@example.org",
        "phone": "+31612345678",
        "birthday": "1990-02-28",
        "note": "Tea",
        "source": "TEAM",
        "accountStatus": "UNVERIFIED",
        "blockedAt": None,
        "blockReason": None,
        "version": 1,
        "address": {
            "street": "1 Main St \n c/o Bob",
            "postalCode": "1234 AB",
            "city": "Amsterdam",
            "region": None,
            "country": "NL",
        },
        "tags": ["bride 2026", "vip", "été"],
        "consents": ["EMAIL", "SMS"],
        "preferredStaff": {"name": "Sam"},
        "customFields": [
            {
                "field": {"name": name, "kind": kind, "options": options, "required": False},
                "text": None,
                "number": None,
                "date": None,
                "choice": None,
                key: value,
            }
            for name, kind, options, key, value in (
                ("Hair", "CHOICE", ["fine", "thick"], "choice", "thick"),
                ("Shoe size", "NUMBER", [], "number", 38.5),
                ("Married", "DATE", [], "date", "2015-06-30"),
                ("Pets", "TEXT", [], "text", "Two dogs 🐕"),
            )
        ],
        "alerts": [{"kind": "ALLERGY", "text": "Ammonia"}],
        "consentHistory": {
            "nodes": [
                {"channel": channel, "granted": True, "how": how, "actor": None}
                for channel, how in (("EMAIL", None), ("SMS", "Signed at the desk"))
            ]
        },
    }
    assert notes == {
        "totalCount": 2,
        "nodes": [
            {"kind": kind, "text": text, "actor": None, "editedAt": None, "version": 1}
            for kind, text in (("GENERAL", "Likes\nquiet"), ("ALLERGY", "Ammonia"))
        ],
    }


async def test_a_page_of_whole_files_costs_as_many_statements_as_one(
    statements: list[Statement], mia: Any, do: Any, ask: Any, known: Known
) -> None:
    """R7: with all there is in a file, for 1, 10 and 100 clients."""
    counted, made = [], 0
    for many in (1, 10, 100):
        everyone = [_somebody(n, known) for n in range(made, many)]
        made = many
        await do(rules.create_clients, mia, everyone)
        asked = {"id": f"biz_{mia.business_id.hex}"}
        await ask(mia, LIST, **asked)
        await asyncio.sleep(0)  # a statement is noted a turn after it is done
        statements.clear()
        answer = await ask(mia, LIST, **asked)
        await asyncio.sleep(0)
        counted.append(len(statements))

        assert "errors" not in answer
        page = answer["data"]["business"]["clients"]
        assert page["totalCount"] == len(page["nodes"]) == many
        for each in page["nodes"]:
            assert [value["number"] for value in each["customFields"]] == [None, 38]
            assert len(each["notes"]["nodes"]) == len(each["alerts"]) + 1 == 2
            assert [said["how"] for said in each["consentHistory"]["nodes"]] == ["Form"]

    # The business, its clients, and of those: values, alerts, notes, proofs; then fields and tags.
    assert counted == [8, 8, 8]


def _somebody(number: int, known: Known) -> rules.ClientChanges:
    return {
        "first_name": f"A{number}",
        "last_name": "Lee",
        "phone": "+31612345678",
        "address": {"city": "Ghent"},
        "tags": ["a", f"tag {number}"],
        "preferred_staff_id": known.sam,
        "notes": [{"text": "Tea"}, {"text": "Nuts", "kind": ClientNoteKind.ALLERGY}],
        "consents": [{"channel": MarketingChannel.SMS, "granted": True, "how": "Form"}],
        "custom_fields": [
            {"field_id": known.size, "number": 38},
            {"field_id": known.hair, "choice": "fine"},
        ],
    }


async def test_a_retry_writes_once_and_a_dry_run_not_at_all(
    mia: Any, ask: Any, fields: dict[str, str]
) -> None:
    """R14: with everything that stands beside the file."""
    create = CREATE.replace("$input: C", "$dry: Boolean, $key: String, $input: C").replace(
        "input: $input)", "input: $input, dryRun: $dry, idempotencyKey: $key) { replayed }\n  "
        "again: createClient(input: $input, dryRun: $dry, idempotencyKey: $key)"
    )  # fmt: skip
    given = {
        **ANN,
        "notes": [{"text": "Tea"}],
        "consents": [{"channel": "SMS", "granted": True}],
        "customFields": [{"fieldId": fields["Pets"], "text": "Cat"}],
    }
    before = await everything()

    dry = await ask(mia, create, input=given, dry=True)
    assert await everything() == before
    real = await ask(mia, create, input=given, key="once")

    assert dry["data"]["again"]["client"]["notes"]["totalCount"] == 1
    assert real["data"]["again"]["client"]["consents"] == ["SMS"]
    tables = ("clients", "client_notes", "client_consents")
    assert [await db.fetchval(f"SELECT count(*) FROM {each}") for each in tables] == [1, 1, 1]


async def test_an_address_is_changed_part_by_part_and_removed_whole(by: Any, does: Any) -> None:
    """R21: what is left out stays; null removes."""
    made = await does(by, CREATE, **ANN, address={"street": "1 Main St", "city": "Ghent"})
    client = made["client"]["id"]

    moved = await does(by, UPDATE, id=client, address={"city": "Bruges", "country": "be"})
    no_street = await does(by, UPDATE, id=client, address={"street": " "})
    gone = await does(by, UPDATE, id=client, address=None)

    parts = {"postalCode": None, "region": None}
    assert moved["client"]["address"] == {
        "street": "1 Main St", "city": "Bruges", "country": "BE", **parts,
    }  # fmt: skip
    assert no_street["client"]["address"] == {
        "street": None, "city": "Bruges", "country": "BE", **parts,
    }  # fmt: skip
    assert gone["client"]["address"] is None


async def test_what_is_null_is_removed_and_what_is_left_out_stays(
    by: Any, does: Any, sam: str, fields: dict[str, str]
) -> None:
    """R21: also tags and the preferred staff; consents and fields are never removed by silence."""
    made = await does(
        by, CREATE, **ANN, tags=["a"], preferredStaffId=sam, note="Tea",
        consents=[{"channel": "SMS", "granted": True}],
        customFields=[{"fieldId": fields["Pets"], "text": "Cat"}],
    )  # fmt: skip
    client = made["client"].pop("id")

    same = await does(by, UPDATE, id=client, consents=None, customFields=None)
    bare = await does(by, UPDATE, id=client, tags=None, preferredStaffId=None, note=None)

    assert same == made
    assert bare["client"] == {
        **made["client"], "tags": [], "preferredStaff": None, "note": None, "version": 2,
    }  # fmt: skip


async def test_staff_of_another_business_is_not_there(by: Any, stranger: Any, does: Any) -> None:
    """No different from nobody; nothing is written."""
    theirs = await hire(stranger, "Tim")
    client = (await does(by, CREATE, **ANN))["client"]["id"]
    before = await everything()

    for query, who in ((CREATE, ANN), (UPDATE, {"id": client})):
        payload = await does(by, query, **who, preferredStaffId=theirs)
        assert payload == {
            "client": None,
            "problems": [
                {
                    "code": "NOT_FOUND",
                    "field": ["input", "preferredStaffId"],
                    "message": "There is no such member of staff.",
                }
            ],
        }

    assert await everything() == before
