"""Who is known already: skipped, changed, filled in or doubled, and given back exactly."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from modules.imports import rules
from storage import database as db
from tests.imports.conftest import CANCEL, COMMIT, MAP, READ, ROLL_BACK, START, Salon

CLIENT = """mutation($input: CreateClientInput!) { createClient(input: $input) {
  client { id } problems { code } } }"""
UPDATE = """mutation($input: UpdateClientInput!) { updateClient(input: $input) {
  client { id } problems { code } } }"""
NOTE = """mutation($input: AddClientNoteInput!) { addClientNote(input: $input) {
  clientNote { id } problems { code } } }"""
LIST = (
    b"First name,Last name,Email,Phone,City,Tags\n"
    b"Zoe,Berg,ZOE@x.example,,Rome,new\n"
    b"Ann,Lee,,+31611111111,Oslo,\n"
    b"Kid,Lee,,+31611111111,Oslo,\n"
    b"Bob,Ray,bob@x.example,,,\n"
    b"Bobby,Ray,bob@x.example,,,\n"
)


async def _known(salon: Salon) -> dict[str, str]:
    made = {}
    for name, given in {
        "zoe": {"firstName": "Zoe", "lastName": "Berg", "email": "zoe@x.example", "tags": ["old"]},
        "ann": {"firstName": "Ann", "lastName": "Lee", "phone": "+31611111111"},
    }.items():
        answer = await salon.do(CLIENT, **given)
        assert answer["problems"] == []
        made[name] = answer["client"]["id"]
    return made


async def _plan(salon: Salon, id_: str) -> list[tuple[Any, ...]]:
    return [
        (*(row[each] for each in ("rowNumber", "outcome", "same", "sameAsRow")), _name(row))
        for row in await salon.rows(id_)
    ]


def _name(row: dict[str, Any]) -> str | None:
    return row["client"]["firstName"] if row["client"] else None


async def _options(salon: Salon, id_: str, **options: Any) -> None:
    assert (await salon.do(MAP, id=id_, options=options))["problems"] == []
    await salon.settled(id_)


async def test_people_who_are_known_are_skipped_unless_it_is_said(salon: Salon) -> None:
    """R19: by mail address, by phone and name, and by an earlier row; not by a family's phone."""
    await _known(salon)
    id_ = await salon.bring(LIST)

    assert await _plan(salon, id_) == [
        (2, "SKIP", "EMAIL", None, "Zoe"),
        (3, "SKIP", "PHONE_AND_NAME", None, "Ann"),
        (4, "CREATE", None, None, None),
        (5, "CREATE", None, None, None),
        (6, "SKIP", "EMAIL", 5, None),
    ]


async def test_known_people_are_changed_and_given_back(salon: Salon) -> None:
    """R19: what the row says replaces what the file says, and a rollback restores it exactly."""
    await _known(salon)
    before = await salon.clients()
    id_ = await salon.bring(LIST)
    await _options(salon, id_, sameEmail="UPDATE", samePhoneAndName="FILL_IN")
    plan = await _plan(salon, id_)
    done = await salon.commit(id_)
    people = {(c["first_name"], c["last_name"]): c for c in await salon.clients()}
    back = await salon.roll_back(id_)
    after = await salon.clients()

    assert [row[1] for row in plan] == ["UPDATE", "UPDATE", "CREATE", "CREATE", "SKIP"]
    assert done["effects"] == {"created": 2, "updated": 2, "removed": 0, "restored": 0, "kept": 0}
    zoe = people["Zoe", "Berg"]
    assert (zoe["city"], zoe["tags"], zoe["email"]) == ("Rome", ["new", "old"], "zoe@x.example")
    assert people["Ann", "Lee"]["city"] == "Oslo"
    assert people["Kid", "Lee"]["phone"] == "+31611111111"
    assert back["effects"] == {"created": 2, "updated": 2, "removed": 2, "restored": 2, "kept": 0}
    assert [{**c, "version": 0} for c in after] == [{**c, "version": 0} for c in before]


async def test_what_happened_since_stays(salon: Salon) -> None:
    """R19: files that were changed, or in use, are counted and listed, and left alone."""
    made = await _known(salon)
    id_ = await salon.bring(LIST)
    await _options(salon, id_, sameEmail="UPDATE", samePhone="CREATE")
    await salon.commit(id_)
    found = await db.fetch("SELECT id, first_name FROM clients WHERE source = 'IMPORT'")
    new = {row["first_name"]: f"cli_{row['id'].hex}" for row in found}
    assert (await salon.do(UPDATE, id=new["Bob"], note="hi"))["problems"] == []
    assert (await salon.do(NOTE, clientId=new["Kid"], text="nuts"))["problems"] == []
    await salon.do(UPDATE, id=made["zoe"], tags=["mine"])

    back = await salon.roll_back(id_)
    kept = await salon.get(
        "query($id: ID!) { clientImport(id: $id) { clients(kept: true) { nodes {"
        " rowNumber kept created client { firstName } } } } }",
        id=id_,
    )

    assert back["effects"] == {"created": 2, "updated": 1, "removed": 0, "restored": 0, "kept": 3}
    assert kept["clients"]["nodes"] == [
        {"rowNumber": 2, "kept": "CHANGED", "created": False, "client": {"firstName": "Zoe"}},
        {"rowNumber": 4, "kept": "IN_USE", "created": True, "client": {"firstName": "Kid"}},
        {"rowNumber": 5, "kept": "CHANGED", "created": True, "client": {"firstName": "Bob"}},
    ]
    zoe = next(c for c in await salon.clients() if c["first_name"] == "Zoe")
    assert (zoe["city"], zoe["tags"]) == (None, ["mine"])


async def test_nothing_of_a_list_stays_once_it_is_done(salon: Salon) -> None:
    """R72: rows leave with the commit, and the file with them; a cancelled list leaves at once."""
    done = await salon.bring(LIST)
    await salon.commit(done)
    cancelled = await salon.bring(LIST)
    cancelled = await salon.do(CANCEL, id=cancelled)

    assert cancelled["clientImport"]["stage"] == "CANCELLED"
    assert await db.fetch("SELECT * FROM import_rows") == []
    states = await db.fetch("SELECT DISTINCT state FROM stored_objects WHERE purpose = 'import'")
    assert [row["state"] for row in states] in ([], ["DELETING"])
    samples = await db.fetchval("SELECT string_agg(columns::text, '') FROM client_imports")
    assert "samples" not in samples


async def test_a_list_nobody_commits_expires(salon: Salon) -> None:
    """R72: after a day nothing is left of those on it."""
    id_ = await salon.bring(LIST)
    await db.execute("UPDATE client_imports SET expires_at = now() - interval '1 minute'")

    await rules.sweep()

    assert (await salon.settled(id_))["stage"] == "EXPIRED"
    assert await db.fetch("SELECT * FROM import_rows") == []


async def test_imports_refuse_what_makes_no_sense_now(salon: Salon) -> None:
    """R19: each with a code, and nothing is changed."""
    large = await salon.do(START, fileName="a.csv", size=500_000_000)
    empty = await salon.do(START, fileName="a.csv", size=0)
    picture = await salon.do(START, fileName="a.png", contentType="image/png", size=10)
    started = await salon.do(START, fileName="a.csv", size=10)
    id_ = started["clientImport"]["id"]
    early = await salon.do(READ, id=id_)
    unread = await salon.do(COMMIT, id=id_)
    nothing = await salon.do(ROLL_BACK, id=id_)

    assert [a["problems"] for a in (large, empty, picture, early, unread, nothing)] == [
        [{"code": "FILE_TOO_LARGE", "field": ["input", "size"]}],
        [{"code": "FILE_EMPTY", "field": ["input", "size"]}],
        [{"code": "FILE_IS_NO_TABLE", "field": ["input", "contentType"]}],
        [{"code": "FILE_NOT_UPLOADED", "field": None}],
        [{"code": "IMPORT_NOT_READY", "field": None}],
        [{"code": "IMPORT_NOT_READY", "field": None}],
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "FILE_IS_NO_TABLE"),
        (b"Name,Email\n", "FILE_WITHOUT_ROWS"),
    ],
)
async def test_a_file_that_is_no_list_says_so(salon: Salon, data: bytes, code: str) -> None:
    """R19: a picture called .csv, a header with nothing below it."""
    found = await salon.settled(await salon.bring(data))

    assert (found["stage"], found["problem"]["code"]) == ("UNREADABLE", code)
    assert found["problem"]["remedy"].endswith(".")
    assert await db.fetch("SELECT * FROM import_rows") == []


async def test_all_that_is_wrong_with_a_correction_is_told(salon: Salon) -> None:
    """R19, R31: of the layout, the columns and the options at once; nothing is changed."""
    id_ = await salon.bring(b"Foo,Bar\nZoe,zoe@x.example\n")
    before = await salon.settled(id_)
    wrong = await salon.do(
        MAP,
        id=id_,
        layout={"separator": "x", "headerRow": -1},
        columns=[{"index": 9, "field": "EMAIL"}, {"index": -1, "field": "EMAIL"}],
        options={"phoneRegion": "XX", "missingLastName": "x" * 201, "tags": ["x" * 51]},
    )

    assert {".".join(each["field"][1:]): each["code"] for each in wrong["problems"]} == {
        "layout.separator": "LAYOUT_INVALID",
        "layout.headerRow": "LAYOUT_INVALID",
        "columns.0.index": "COLUMN_INVALID",
        "columns.1.index": "COLUMN_INVALID",
        "options.phoneRegion": "PHONE_REGION_INVALID",
        "options.missingLastName": "TEXT_TOO_LONG",
        "options.tags.0": "TEXT_TOO_LONG",
    }
    assert await salon.settled(id_) == before


async def test_columns_are_corrected(salon: Salon) -> None:
    """R19: what was guessed wrongly is said, and the list is read again."""
    id_ = await salon.bring(b"Foo,Bar,Baz\nZoe,Berg,zoe@x.example\n")
    wrong = await salon.do(
        MAP, id=id_, columns=[{"index": 0, "field": "EMAIL"}, {"index": 9, "field": "IGNORE"}]
    )
    right = [{"index": 0, "field": "LAST_NAME"}, {"index": 1, "field": "FIRST_NAME"}]
    assert (await salon.do(MAP, id=id_, columns=right, options={"tags": ["Moved"]}))[
        "problems"
    ] == []
    await salon.settled(id_)
    [row] = await salon.rows(id_)
    headless = await salon.do(MAP, id=id_, layout={"headerRow": 0})
    found = await salon.settled(id_)

    assert wrong["problems"] == [
        {"code": "COLUMN_INVALID", "field": ["input", "columns", "1", "index"]}
    ]
    assert (row["person"]["firstName"], row["person"]["lastName"]) == ("Berg", "Zoe")
    assert (row["person"]["email"], row["person"]["tags"]) == ("zoe@x.example", ["moved"])
    assert headless["problems"] == []
    assert (found["layout"]["headerRow"], found["counts"]["rows"]) == (0, 2)


async def test_those_on_a_list_are_written_to_only_if_it_is_said(salon: Salon) -> None:
    """R17, R19: a list is no reason to write to everybody on it."""
    quiet = await salon.bring(b"Name,Email\nAnn Lee,ann@x.example\n")
    await salon.commit(quiet)
    loud = await salon.bring(b"Name,Email,Phone\nBob Ray,bob@x.example,\nCy Poe,,+31611111111\n")
    await _options(salon, loud, sendVerification=True)
    await salon.commit(loud)

    asked = await db.fetch(
        "SELECT c.first_name FROM event e JOIN clients c ON c.id = e.subject"
        " WHERE e.kind = 'clients.ClientVerificationAsked'"
    )
    states = {c["first_name"]: c["account_state"] for c in await salon.clients()}
    assert [row["first_name"] for row in asked] == ["Bob"]
    assert states == {"Ann": "NONE", "Bob": "UNVERIFIED", "Cy": "NONE"}


async def test_of_many_lists_started_at_once_no_more_are_taken_than_may_be(salon: Salon) -> None:
    """Nobody passes the limit by asking before the others are counted."""
    started = await asyncio.gather(*(salon.do(START, fileName="a.csv", size=10) for _ in range(40)))

    codes = [[p["code"] for p in each["problems"]] for each in started]
    assert codes.count([]) == 20
    assert codes.count(["TOO_MANY_IMPORTS"]) == 20
    assert await db.fetchval("SELECT count(*) FROM client_imports") == 20
