"""Lists from elsewhere, from the upload to the client list and back."""

from __future__ import annotations

import pytest

from modules.imports.rules.mapping import Options
from modules.imports.rules.matching import plan
from storage import database as db
from tests.imports.conftest import COMMIT, MAP, OWN_FIELDS, ROLL_BACK, Salon

LIST = (
    "Vorname;Nachname;E-Mail-Adresse;Handy;Geburtsdatum;Straße;PLZ;Ort;Land;Notizen;Newsletter\n"
    "Zoë;Müller;Zoe@X.example;06 12345678;31.12.1985;Hauptstr. 5;50667;Köln;Deutschland;nett;ja\n"
    "Jörg;Groß;;+49 221 1234567;;;;;;;nein\n"
    "Ohne;Adresse;;;;;;;;;\n"
)

OWN = (
    b"First Name,Last Name,Email,Skin type,Shoe size,Wedding day,Hair colour,Left behind\n"
    b"Ann,Lee,ann@x.example,dry,38.5,12/31/2019,grey,old\n"
)


@pytest.mark.parametrize("own_fields", [(), OWN_FIELDS], ids=["none of its own", "of every kind"])
async def test_a_list_is_uploaded_looked_over_committed_and_taken_back(salon: Salon) -> None:
    """R19, C9: what a file says becomes clients, in seconds, and we say what cannot."""
    id_ = await salon.bring(LIST.encode("cp1252"))
    ready = await salon.settled(id_)
    rows = await salon.rows(id_)
    done = await salon.commit(id_)
    clients = await salon.clients()
    back = await salon.roll_back(id_)

    assert ready["stage"] == "READY"
    assert ready["layout"] == {
        "encoding": "Windows-1252", "separator": ";", "sheet": None, "headerRow": 1,
    }  # fmt: skip
    assert ready["counts"] == {
        "rows": 3, "read": 3, "create": 2, "update": 0, "skip": 0, "problem": 1,
    }  # fmt: skip
    assert [column["field"] for column in ready["columns"]] == [
        "FIRST_NAME", "LAST_NAME", "EMAIL", "PHONE", "BIRTHDAY", "STREET", "POSTAL_CODE", "CITY",
        "COUNTRY", "NOTE", "CONSENT_EMAIL",
    ]  # fmt: skip
    assert rows[0] == {
        "rowNumber": 2,
        "outcome": "CREATE",
        "same": None,
        "sameAsRow": None,
        "client": None,
        "person": {
            "firstName": "Zoë", "lastName": "Müller", "email": "zoe@x.example",
            "phone": "+31612345678", "birthday": "1985-12-31", "street": "Hauptstr. 5",
            "postalCode": "50667", "city": "Köln", "country": "DE", "note": "nett", "tags": [],
            "consents": ["EMAIL"],
        },
        "problems": [],
    }  # fmt: skip
    assert rows[2]["outcome"] == "PROBLEM"
    assert rows[2]["problems"] == [
        {"code": "EMAIL_OR_PHONE_REQUIRED", "field": "email", "value": None, "fatal": True}
    ]
    assert done["stage"] == "COMMITTED"
    assert done["effects"] == {"created": 2, "updated": 0, "removed": 0, "restored": 0, "kept": 0}
    assert [(c["first_name"], c["email"], c["source"], c["consents"]) for c in clients] == [
        ("Jörg", None, "IMPORT", []),
        ("Zoë", "zoe@x.example", "IMPORT", ["EMAIL"]),
    ]
    assert back["stage"] == "ROLLED_BACK"
    assert back["effects"] == {"created": 2, "updated": 0, "removed": 2, "restored": 0, "kept": 0}
    assert await salon.clients() == []


async def test_a_list_fills_in_the_fields_of_the_business(salon: Salon) -> None:
    """R15, R19: every kind of field is known by its name, its values are read as its kind asks."""
    id_ = await salon.bring(OWN)
    ready = await salon.settled(id_)
    await salon.commit(id_)
    [ann] = await salon.clients()

    assert ready["stage"] == "READY"
    assert {c["header"]: c["field"] for c in ready["columns"]} == {
        "First Name": "FIRST_NAME", "Last Name": "LAST_NAME", "Email": "EMAIL",
        "Skin type": "CUSTOM", "Shoe size": "CUSTOM", "Wedding day": "CUSTOM",
        "Hair colour": "CUSTOM", "Left behind": "IGNORE",
    }  # fmt: skip
    assert sorted(map(str, ann["custom"].values())) == ["2019-12-31", "38.5", "Grey", "dry"]


LOOKED_AT = """query($id: ID!) { clientImportPreview(clientImportId: $id) {
  clientImport { stage } version counts { kind count } token } }"""


BACK = """query($id: ID!) { clientImportRollbackPreview(clientImportId: $id) {
  clientImport { stage } version counts { kind count } token } }"""
CHANGE = """mutation($input: UpdateClientInput!) { updateClient(input: $input) {
  client { id } problems { code } } }"""


async def test_taking_a_list_back_is_looked_at_first(salon: Salon) -> None:
    """R21: how many files it is about, and that nothing of it changed since."""
    people = b"First name,Last name,Email\nAnn,Lee,ann@x.example\nBo,Ek,bo@x.example\n"
    id_ = await salon.bring(people)
    assert (await salon.do(COMMIT, id=id_))["problems"] == []
    await salon.settled(id_)
    seen = await salon.get(BACK, id=id_)
    key = await db.fetchval("SELECT id FROM clients WHERE first_name = 'Ann'")
    await salon.do(CHANGE, id=f"cli_{key.hex}", lastName="Lo")

    stale = await salon.do(ROLL_BACK, id=id_, token=seen["token"])
    again = await salon.get(BACK, id=id_)
    done = await salon.do(ROLL_BACK, id=id_, token=again["token"])
    await salon.settled(id_)

    assert seen["counts"] == [{"kind": "new clients", "count": 2}]
    assert stale["problems"] == [{"code": "STALE_PREVIEW", "field": ["input", "token"]}]
    assert again["counts"] == [
        {"kind": "clients changed since", "count": 1},
        {"kind": "new clients", "count": 2},
    ]
    assert done["problems"] == []
    assert [each["first_name"] for each in await salon.clients()] == ["Ann"]


FILE_OF = """{ viewer { business { clients(first: 5) { nodes {
  firstName customFields { field { name } number } } } } } }"""


async def test_what_is_no_number_is_not_kept_as_one(salon: Salon) -> None:
    """R21: such a value is left out and told, and everybody's file can be read afterwards."""
    id_ = await salon.bring(
        b"First name,Last name,Email,Shoe size\nAnn,Lee,ann@x.example,large\n"
        b"Bo,Ek,bo@x.example,38.5\nCy,Ek,cy@x.example,1e309\n"
    )
    rows = await salon.rows(id_)
    assert (await salon.commit(id_))["stage"] == "COMMITTED"
    found = await salon.get(FILE_OF)

    told = {row["rowNumber"]: sorted(each["field"] for each in row["problems"]) for row in rows}
    assert told == {2: ["Shoe size"], 3: [], 4: ["Shoe size"]}
    files = {
        each["firstName"]: {own["field"]["name"]: own["number"] for own in each["customFields"]}
        for each in found["business"]["clients"]["nodes"]
    }
    assert files == {"Ann": {}, "Bo": {"Shoe size": 38.5}, "Cy": {}}


NEW = """mutation($input: CreateClientInput!) { createClient(input: $input) {
  client { id } problems { code } } }"""
STATE = """query($id: ID!) { clientImport(id: $id) {
  status stage problem { code message remedy retryable }
  counts { create update skip problem } } }"""


async def test_a_client_who_came_after_the_preview_turns_a_commit_with_its_token_back(
    salon: Salon,
) -> None:
    """R21: who is known is looked at again when it is written, and that is not what was seen."""
    two = b"First name,Last name,Email\nAnn,Lee,ann@x.example\nBo,Ek,bo@x.example\n"
    id_ = await salon.bring(two)
    seen = await salon.get(LOOKED_AT, id=id_)
    ann = {"firstName": "Ann", "lastName": "Lee", "email": "ann@x.example"}
    assert (await salon.do(NEW, **ann))["problems"] == []
    before = await salon.clients()

    assert (await salon.do(COMMIT, id=id_, token=seen["token"]))["problems"] == []
    await salon.settled(id_)
    turned_back = await salon.get(STATE, id=id_)
    stale = await salon.do(COMMIT, id=id_, token=seen["token"])
    left = await salon.clients()
    again = await salon.get(LOOKED_AT, id=id_)
    assert (await salon.do(COMMIT, id=id_, token=again["token"]))["problems"] == []
    await salon.settled(id_)

    assert turned_back == {
        "status": "WAITING",
        "stage": "READY",
        "problem": {
            "code": "STALE_PREVIEW",
            "message": "Since the preview was looked at, clients came or changed so that other"
            " things would become of the rows. Nothing was written.",
            "remedy": "Look at the preview again, and send its token.",
            "retryable": False,
        },
        "counts": {"create": 1, "update": 0, "skip": 1, "problem": 0},
    }
    assert stale["problems"] == [{"code": "STALE_PREVIEW", "field": ["input", "token"]}]
    assert left == before
    assert again["counts"] == [
        {"kind": "new clients", "count": 1},
        {"kind": "skipped rows", "count": 1},
    ]
    done = await salon.get(STATE, id=id_)
    assert (done["stage"], done["problem"]) == ("COMMITTED", None)
    assert len(await salon.clients()) == len(before) + 1


async def test_what_becomes_of_rows_is_worked_out_without_a_lock_on_those_of_others(
    salon: Salon,
) -> None:
    """Lists of all businesses lie in one table: none waits until another one is planned."""
    id_ = await salon.bring(LIST.encode("cp1252"))
    row = await db.fetchrow("SELECT id, business_id FROM client_imports")
    async with db.transaction():
        await plan(row["business_id"], row["id"], Options.of({}))
        held = await db.fetch(
            "SELECT mode FROM pg_locks WHERE relation = 'import_rows'::regclass"
            " AND pid = pg_backend_pid()"
        )

    assert {each["mode"] for each in held} <= {"AccessShareLock", "RowExclusiveLock"}
    assert (await salon.settled(id_))["stage"] == "READY"


async def test_with_the_token_of_a_preview_just_what_was_seen_is_committed(salon: Salon) -> None:
    """Mapped anew, the list is another one: the token is refused, and nothing is written."""
    id_ = await salon.bring(LIST.encode("cp1252"))
    seen = await salon.get(LOOKED_AT, id=id_)
    mapped = await salon.do(MAP, id=id_, options={"missingLastName": "-"})
    assert mapped["problems"] == []
    await salon.settled(id_)
    stale = await salon.do(COMMIT, id=id_, token=seen["token"])
    clients = await salon.clients()
    again = await salon.get(LOOKED_AT, id=id_)
    done = await salon.do(COMMIT, id=id_, token=again["token"])

    assert {k: v for k, v in seen.items() if k not in ("token", "version")} == {
        "clientImport": {"stage": "READY"},
        "counts": [
            {"kind": "new clients", "count": 2},
            {"kind": "rows with problems", "count": 1},
        ],
    }
    assert stale["problems"] == [{"code": "STALE_PREVIEW", "field": ["input", "token"]}]
    assert clients == []
    assert again["version"] > seen["version"]
    assert done["problems"] == []
    assert (await salon.settled(id_))["stage"] == "COMMITTED"


SPEAK = """mutation($input: UpdateBusinessInput!) {
  updateBusiness(input: $input) { problems { code } } }"""
SAID = """query($id: ID!) { clientImport(id: $id) { problem { code message }
  preview(first: 10) { nodes { problems { code message remedy } } } } }"""


async def test_what_is_wrong_with_a_list_is_told_in_its_readers_language(salon: Salon) -> None:
    """Whenever it was read: the same list in English, Dutch and German, and one that is none."""
    rows = b"First Name,Last Name,Email,Phone,Birthday\nBo,Dijk,bo@x.example,,31.12.\n"
    list_ = await salon.bring(rows + b"Cy,Ek,cy@x.example,06 12345678 mother,\n")
    picture = await salon.bring(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)

    told = {}
    for locale in ("en", "nl", "de"):
        assert (await salon.do(SPEAK, locale=locale))["problems"] == []
        found = await salon.get(SAID, id=list_)
        said = [p for row in found["preview"]["nodes"] for p in row["problems"]]
        problem = (await salon.get(SAID, id=picture))["problem"]
        told[locale] = [*[each["message"] for each in said], problem["message"]]
        assert [each["code"] for each in said] == ["DATE_WITHOUT_YEAR", "PHONE_PARTLY_READ"]
        assert problem["code"] == "FILE_IS_NO_TABLE"

    assert told == {
        "en": [
            "That date has no year.",
            "Besides +31612345678 that says: mother",
            "This is a PNG picture, not a list.",
        ],
        "nl": [
            "Bij deze datum ontbreekt het jaar.",
            "Naast +31612345678 staat er: mother",
            "Dit is een PNG-afbeelding, geen lijst.",
        ],
        "de": [
            "Diesem Datum fehlt das Jahr.",
            "Neben +31612345678 steht dort: mother",
            "Das ist ein PNG-Bild, keine Liste.",
        ],
    }
