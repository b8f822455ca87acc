"""Fields a business defines for itself, and what files say in them."""

from __future__ import annotations

from typing import Any

import pytest

from storage import database as db
from tests.clients.conftest import everything

SHOWN = "clientField { id name kind options required archivedAt version } problems { code field }"
CREATE, UPDATE, ARCHIVE = (
    f"""mutation($input: {verb.capitalize()}ClientFieldInput!) {{
      {verb}ClientField(input: $input) {{ {SHOWN} }} }}"""
    for verb in ("create", "update", "archive")
)
REORDER = """mutation($input: ReorderClientFieldsInput!) {
  reorderClientFields(input: $input) { clientFields { name } problems { code field } } }"""
FIELDS = """query($id: ID!, $all: Boolean) { business: node(id: $id) { ... on Business {
  clientFields(includeArchived: $all) { name } } } }"""
VALUES = "customFields { field { name } text number date choice }"
OPEN = f"""mutation($input: CreateClientInput!) {{ createClient(input: $input) {{
  client {{ id {VALUES} }} problems {{ code field message }} }} }}"""
CHANGE = f"""mutation($input: UpdateClientInput!) {{ updateClient(input: $input) {{
  client {{ {VALUES} version }} problems {{ code field message }} }} }}"""
ANN = {"firstName": "Ann", "lastName": "Lee", "phone": "+31612345678"}


@pytest.fixture
async def ids(by: Any, does: Any) -> dict[str, str]:
    """A field of each kind, by name."""
    asked: list[dict[str, Any]] = [
        {"name": "Hair", "kind": "CHOICE", "options": ["fine", " thick ", "fine", ""]},
        {"name": "Size", "kind": "NUMBER"},
        {"name": "Married", "kind": "DATE"},
        {"name": "Pets", "kind": "TEXT"},
    ]
    return {a["name"]: (await does(by, CREATE, **a))["clientField"]["id"] for a in asked}


async def names(by: Any, ask: Any, **asked: Any) -> list[str]:
    """The fields of a business, in order."""
    answer = await ask(by, FIELDS, id=f"biz_{by.business_id.hex}", **asked)
    return [each["name"] for each in answer["data"]["business"]["clientFields"]]


def said(**values: Any) -> list[dict[str, Any]]:
    """What a file says, field by field."""
    none = dict.fromkeys(("text", "number", "date", "choice"))
    kinds = {"Hair": "choice", "Size": "number", "Married": "date", "Pets": "text"}
    return [{"field": {"name": n}, **none, kinds[n]: value} for n, value in values.items()]


async def test_a_field_is_defined_changed_moved_and_put_away(
    by: Any, does: Any, ask: Any, ids: dict[str, str]
) -> None:
    """R14, R21: what a file asks is for the business to say."""
    changed = await does(
        by, UPDATE, id=ids["Hair"], version=1, name="Hair type", options=["thick", "curly"],
        required=True,
    )  # fmt: skip
    moved = await does(by, REORDER, ids=[ids["Pets"], ids["Married"]])
    await does(by, ARCHIVE, id=ids["Size"])

    assert changed == {
        "clientField": {
            "id": ids["Hair"],
            "name": "Hair type",
            "kind": "CHOICE",
            "options": ["thick", "curly"],
            "required": True,
            "archivedAt": None,
            "version": 2,
        },
        "problems": [],
    }
    order = ["Pets", "Married", "Hair type", "Size"]
    assert moved == {"clientFields": [{"name": each} for each in order], "problems": []}
    assert await names(by, ask) == order[:3]
    assert await names(by, ask, all=True) == order


async def test_a_definition_that_makes_no_sense_is_refused(
    by: Any, stranger: Any, does: Any, ids: dict[str, str]
) -> None:
    """And nothing changes."""
    await does(by, ARCHIVE, id=ids["Married"])
    await does(by, CREATE, name="married", kind="TEXT")
    before = await everything()
    many = [f"option {n}" for n in range(101)]
    stay: dict[str, Any] = {"archived": False}

    for who, query, given, code, field in (
        (by, CREATE, {"name": " ", "kind": "TEXT"}, "NAME_REQUIRED", ["name"]),
        (by, CREATE, {"name": "x" * 201, "kind": "TEXT"}, "TEXT_TOO_LONG", ["name"]),
        (by, CREATE, {"name": "PETS", "kind": "DATE"}, "CUSTOM_FIELD_NAME_TAKEN", ["name"]),
        (by, CREATE, {"name": "A", "kind": "CHOICE"}, "CUSTOM_FIELD_OPTIONS_INVALID", ["options"]),
        (
            by,
            CREATE,
            {"name": "A", "kind": "CHOICE", "options": many},
            "CUSTOM_FIELD_OPTIONS_INVALID",
            ["options"],
        ),
        (
            by,
            CREATE,
            {"name": "A", "kind": "TEXT", "options": ["a"]},
            "CUSTOM_FIELD_OPTIONS_INVALID",
            ["options"],
        ),
        (
            by,
            CREATE,
            {"name": "A", "kind": "CHOICE", "options": ["a", "x" * 201]},
            "TEXT_TOO_LONG",
            ["options", "1"],
        ),
        (by, UPDATE, {"id": ids["Hair"], "name": "pets"}, "CUSTOM_FIELD_NAME_TAKEN", ["name"]),
        (
            by,
            UPDATE,
            {"id": ids["Hair"], "options": None},
            "CUSTOM_FIELD_OPTIONS_INVALID",
            ["options"],
        ),
        (by, UPDATE, {"id": ids["Hair"], "required": None}, "INVALID_INPUT", ["required"]),
        (stranger, UPDATE, {"id": ids["Hair"], "name": "Mine"}, "NOT_FOUND", ["id"]),
        (by, ARCHIVE, {"id": ids["Married"], **stay}, "CUSTOM_FIELD_NAME_TAKEN", None),
        (stranger, ARCHIVE, {"id": ids["Hair"]}, "NOT_FOUND", ["id"]),
        (by, REORDER, {"ids": [ids["Hair"], f"fld_{0:032x}"]}, "NOT_FOUND", ["ids", "1"]),
        (stranger, REORDER, {"ids": [ids["Hair"]]}, "NOT_FOUND", ["ids", "0"]),
    ):
        payload = await does(who, query, **given)
        where = field and ["input", *field]
        assert payload["problems"] == [{"code": code, "field": where}], given

    assert await everything() == before


async def test_a_business_has_room_for_a_hundred_fields(by: Any, does: Any) -> None:
    """The next one is refused."""
    await db.execute(
        "INSERT INTO client_fields (business_id, name, kind, position)"
        " SELECT $1, 'f' || n, 'TEXT', n FROM generate_series(1, 100) n",
        by.business_id,
    )

    payload = await does(by, CREATE, name="One more", kind="TEXT")

    assert payload["problems"] == [{"code": "CUSTOM_FIELDS_TOO_MANY", "field": None}]


async def test_values_are_kept_in_the_form_of_their_kind(
    by: Any, does: Any, ids: dict[str, str]
) -> None:
    """R14, R21: those left out stay; none removes; they come in the order of the fields."""
    made = await does(
        by,
        OPEN,
        **ANN,
        customFields=[
            {"fieldId": ids["Pets"], "text": " Two dogs 🐕 \r\nليلى "},
            {"fieldId": ids["Size"], "number": 38.5},
            {"fieldId": ids["Hair"], "choice": "thick "},
        ],
    )
    client = made["client"].pop("id")
    changed = await does(
        by,
        CHANGE,
        id=client,
        customFields=[
            {"fieldId": ids["Married"], "date": "2015-06-30"},
            {"fieldId": ids["Size"], "number": -1e9},
            {"fieldId": ids["Pets"], "text": " "},
            {"fieldId": ids["Hair"]},
        ],
    )

    pets = "Two dogs 🐕 \nليلى"
    assert made == {
        "client": {"customFields": said(Hair="thick", Size=38.5, Pets=pets)},
        "problems": [],
    }
    assert changed == {
        "client": {"customFields": said(Size=-1e9, Married="2015-06-30"), "version": 2},
        "problems": [],
    }


async def test_a_value_that_does_not_fit_its_field_is_refused(
    by: Any, does: Any, ids: dict[str, str]
) -> None:
    """With the path of the very value; the file is as it was, or not there at all."""
    gone = (await does(by, CREATE, name="Gone", kind="TEXT"))["clientField"]["id"]
    await does(by, ARCHIVE, id=gone)
    client = (await does(by, OPEN, **ANN))["client"]["id"]
    before = await everything()
    fine = {"fieldId": ids["Pets"], "text": "Cat"}

    for value, code, field in (
        ({"fieldId": ids["Size"], "text": "38"}, "CUSTOM_FIELD_WRONG_KIND", "text"),
        ({"fieldId": ids["Hair"], "text": "fine"}, "CUSTOM_FIELD_WRONG_KIND", "text"),
        ({"fieldId": ids["Size"], "number": 1, "choice": "a"}, "CUSTOM_FIELD_WRONG_KIND", "choice"),
        ({"fieldId": ids["Hair"], "choice": "long"}, "CUSTOM_FIELD_NOT_AN_OPTION", "choice"),
        ({"fieldId": ids["Pets"], "text": "Dog"}, "CUSTOM_FIELD_TWICE", "fieldId"),
        ({"fieldId": gone, "text": "Dog"}, "CUSTOM_FIELD_ARCHIVED", "fieldId"),
        ({"fieldId": f"fld_{0:032x}", "text": "Dog"}, "NOT_FOUND", "fieldId"),
    ):
        for query, who in ((OPEN, ANN), (CHANGE, {"id": client})):
            payload = await does(by, query, **who, customFields=[fine, value])
            assert payload["client"] is None
            [problem] = payload["problems"]
            assert (problem["code"], problem["field"]) == (
                code,
                ["input", "customFields", "1", field],
            )
    long = await does(by, OPEN, **ANN, customFields=[{"fieldId": ids["Pets"], "text": "x" * 2_001}])
    assert long["problems"] == [
        {
            "code": "TEXT_TOO_LONG",
            "field": ["input", "customFields", "0", "text"],
            "message": "That may be at most 2,000 characters long.",
        }
    ]

    assert await everything() == before


async def test_what_is_required_is_asked_of_the_team(
    by: Any, does: Any, do: Any, ids: dict[str, str]
) -> None:
    """When they open a file, and not to be removed; files that were open before stay valid."""
    old = (await does(by, OPEN, **ANN))["client"]["id"]
    await does(by, UPDATE, id=ids["Size"], required=True)

    missing = await does(by, OPEN, **ANN)
    given = [{"fieldId": ids["Size"], "number": 38}]
    made = (await does(by, OPEN, **ANN, customFields=given))["client"]["id"]
    removed = await does(by, CHANGE, id=made, customFields=[{"fieldId": ids["Size"]}])
    touched = await does(by, CHANGE, id=old, customFields=[])

    for payload, field in ((missing, []), (removed, ["0", "number"])):
        assert payload == {
            "client": None,
            "problems": [
                {
                    "code": "CUSTOM_FIELD_REQUIRED",
                    "field": ["input", "customFields", *field],
                    "message": "Size has to be filled in.",
                }
            ],
        }
    assert touched["problems"] == []


async def test_what_was_chosen_outlives_its_option_and_archiving(
    by: Any, does: Any, ids: dict[str, str]
) -> None:
    """Nothing that was entered is lost: it is seen again when the field comes back."""
    chosen = [{"fieldId": ids["Hair"], "choice": "fine"}]
    client = (await does(by, OPEN, **ANN, customFields=chosen))["client"]["id"]
    await does(by, UPDATE, id=ids["Hair"], options=["thick"])
    same = await does(by, CHANGE, id=client, customFields=chosen)
    await does(by, ARCHIVE, id=ids["Hair"])
    away = await does(by, CHANGE, id=client)
    await does(by, ARCHIVE, id=ids["Hair"], archived=False)
    back = await does(by, CHANGE, id=client)

    assert same["client"]["customFields"] == said(Hair="fine")
    assert away["client"]["customFields"] == []
    assert back["client"]["customFields"] == said(Hair="fine")
