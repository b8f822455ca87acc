"""The whole of a client's file over GraphQL: written once, read as one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from schema.api import Asked
from schema.engine import Engine
from storage import database as db
from storage.models import uuid7

FILE = """
fragment File on Client {
  fullName email phone birthday note source accountState blockedAt blockReason version
  address { street postalCode city region country }
  tags consents preferredStaff { name }
  customFields { field { name kind options required } text number date choice }
  alerts { kind text }
  notes { totalCount nodes { kind text author { name } editedAt version } }
  consentHistory { nodes { channel granted how recordedBy { name } } }
}"""
CREATE = f"""
mutation($input: CreateClientInput!) {{
  createClient(input: $input) {{ client {{ id ...File }} problems {{ code field message }} }}
}}{FILE}"""
UPDATE = f"""
mutation($input: UpdateClientInput!) {{
  updateClient(input: $input) {{ client {{ ...File }} problems {{ code field message }} }}
}}{FILE}"""
FIELD = """
mutation($input: CreateClientFieldInput!) {
  createClientField(input: $input) { clientField { id } problems { code field } }
}"""
ANN = {"firstName": "Ann", "lastName": "Lee", "email": "ann@example.org"}


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks one question as a viewer."""

    async def asking(by: Any, query: str, **variables: Any) -> Any:
        return orjson.loads((await engine.answer(Asked(query, variables), by)).body)

    return asking


@pytest.fixture
def does(ask: Any) -> Any:
    """Runs a mutation and gives its payload."""

    async def doing(by: Any, query: str, **given: Any) -> Any:
        answer = await ask(by, query, input=given)
        assert "errors" not in answer, answer
        [payload] = answer["data"].values()
        return payload

    return doing


@pytest.fixture
async def staff(by: Any) -> str:
    """Somebody who works there."""
    key = uuid7()
    await db.execute(
        "INSERT INTO staff (id, business_id, name, colour) VALUES ($1, $2, 'Sam', '#123456')",
        key, by.business_id,
    )  # fmt: skip
    return f"stf_{key.hex}"


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


async def test_a_file_is_filled_in_as_a_whole(
    by: Any, does: Any, staff: str, fields: dict[str, str]
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
        preferredStaffId=staff,
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
        "accountState": "UNVERIFIED",
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
                {"channel": channel, "granted": True, "how": how, "recordedBy": None}
                for channel, how in (("EMAIL", None), ("SMS", "Signed at the desk"))
            ]
        },
    }
    assert notes == {
        "totalCount": 2,
        "nodes": [
            {"kind": kind, "text": text, "author": None, "editedAt": None, "version": 1}
            for kind, text in (("GENERAL", "Likes\nquiet"), ("ALLERGY", "Ammonia"))
        ],
    }
