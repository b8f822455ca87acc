"""Making one file of two, and two of one again."""

from __future__ import annotations

import asyncio
from itertools import permutations
from typing import Any

import pytest
from graphql import build_schema

from modules.merging import rules
from storage.database import execute, fetch, fetchval
from tests.composition.breaking import ROOT, SDL
from tests.merging.conftest import (
    CHANGE,
    MERGE,
    PREVIEW,
    everything,
    key,
    merge,
    open_file,
    unmerge,
)
from tests.promises.conftest import BOOK, Salon

GROUP = """mutation($input: CreateGroupInput!) {
  createGroup(input: $input) { group { id } problems { code } } }"""
NOTE = """mutation($input: AddClientNoteInput!) {
  addClientNote(input: $input) { problems { code } } }"""
OF = "SELECT count(*) FROM appointments WHERE client_id = $1"
UNKNOWN = ("shoeSize", "first_name", "id")


@pytest.fixture
async def other(salon: Salon) -> str:
    """A second file on Ann, with appointments, notes and a group that Ann is in as well."""
    other = await open_file(
        salon, birthday="1990-01-02", tags=["vip", "late"], preferredStaffId=salon.staff
    )
    mine = {"input": {"id": salon.client, "tags": ["vip", "tea"]}}
    await salon.does(CHANGE, "updateClient", mine)
    for hours, client in ((0, other), (1, other), (2, salon.client)):
        slot = {"input": {**salon.slot(hours), "clientId": client}}
        assert (await salon.does(BOOK, "bookAppointment", slot))["problems"] == []
    for name, members in (("Both", [other, salon.client]), ("Hers", [other])):
        group = {"input": {"name": name, "clientIds": members}}
        assert (await salon.does(GROUP, "createGroup", group))["problems"] == []
    note = {"input": {"clientId": other, "kind": "ALLERGY", "text": "nuts"}}
    assert (await salon.does(NOTE, "addClientNote", note))["problems"] == []
    return other


async def test_a_preview_says_what_would_become_of_everything(salon: Salon, other: str) -> None:
    """R15, R24: every field with who wins, every kind with what moves and what is set aside."""
    before = await everything()
    given = {"survivor": salon.client, "other": other}
    answer = await salon.ask(PREVIEW, given, token=salon.token)
    seen = answer["data"]["clientMergePreview"]

    assert (seen["survivor"], seen["other"]) == ({"fullName": "Ann Lee"}, {"fullName": "Anne Lee"})
    fields = {each.pop("name"): each for each in seen["fields"]}
    assert fields["firstName"] == {
        "survivor": "Ann", "other": "Anne", "usual": "SURVIVOR", "canJoin": False,
    }  # fmt: skip
    assert fields["phone"]["usual"] == "OTHER"
    assert fields["tags"] == {
        "survivor": ["tea", "vip"], "other": ["late", "vip"], "usual": "BOTH", "canJoin": True,
    }  # fmt: skip
    assert {"address", "blockedAt", "email", "birthday", "customFields"} <= fields.keys()
    assert fields["preferredStaff"]["survivor"] is None
    blocked = fields["blockedAt"]["survivor"]
    assert blocked == {"blockedAt": None, "blockReason": None}
    assert fields["email"]["survivor"].keys() == {"email", "accountStatus", "emailVerifiedAt"}
    assert fields["preferredStaff"]["other"] == {"id": salon.staff}
    named = set(fields)
    for each in fields.values():
        for value in (each["survivor"], each["other"]):
            named |= value.keys() if isinstance(value, dict) else set()
    own = build_schema((ROOT / SDL).read_text("utf-8")).type_map["Client"].fields.keys()  # type: ignore[attr-defined]
    assert named - own - {"street", "postalCode", "city", "region", "country"} == set()
    kinds = {each.pop("kind"): each for each in seen["kinds"]}
    assert kinds["appointments"] == {"survivor": 1, "moves": 2, "setAside": 0}
    assert kinds["notes"] == {"survivor": 0, "moves": 1, "setAside": 0}
    assert [each for each in kinds.values() if each["setAside"]] == [
        {"survivor": 1, "moves": 1, "setAside": 1}
    ]
    assert await everything() == before


async def test_everything_moves_to_the_file_that_stays(salon: Salon, other: str) -> None:
    """R24: appointments, notes and groups; a blank is filled, what is known is kept."""
    versions = await fetch("SELECT id, version FROM appointments ORDER BY id")
    merged = await merge(salon, other)

    assert merged["problems"] == []
    assert merged["client"] | {"version": 0} == {
        "id": salon.client,
        "fullName": "Ann Lee",
        "email": "ann@example.com",
        "phone": "+31612345678",
        "tags": ["late", "tea", "vip"],
        "version": 0,
        "appointments": {"totalCount": 3},
    }
    assert merged["merge"]["client"] == {"id": salon.client}
    assert merged["merge"]["actor"] == {"name": "Olga"}
    assert await fetchval("SELECT count(*) FROM clients") == 1
    assert await fetchval("SELECT count(*) FROM group_members") == 2
    found_by = await fetchval("SELECT search_text FROM clients")
    assert found_by == "ann lee ann ann@example.com +31612345678 0612345678"
    assert await fetch("SELECT id, version FROM appointments ORDER BY id") == versions
    told = await fetch("SELECT subject FROM event WHERE kind = 'clients.ClientsMerged'")
    assert [row["subject"] for row in told] == [key(salon.client)]


async def test_what_is_merged_and_unmerged_is_as_it_was(salon: Salon, other: str) -> None:
    """R24: every row of every table, with its id and its version."""
    before = await everything()
    merged = await merge(salon, other, fields=[{"name": "firstName", "side": "OTHER"}])
    assert merged["client"]["fullName"] == "Anne Lee"
    assert await everything() != before
    again = await unmerge(salon, merged)

    assert again == {
        "client": {"id": salon.client, "fullName": "Ann Lee"},
        "other": {"id": other, "fullName": "Anne Lee"},
        "kept": [],
        "stayed": [],
        "problems": [],
    }
    assert await everything() == before


async def test_what_changed_since_stays(salon: Salon, other: str) -> None:
    """R24: a field and an appointment somebody changed, and one that was booked since."""
    merged = await merge(salon, other)
    number = {"input": {"id": salon.client, "phone": "+31687654321"}}
    await salon.does(CHANGE, "updateClient", number)
    moved = await fetchval("SELECT id FROM appointments ORDER BY starts_at LIMIT 1")
    await execute("UPDATE appointments SET note = 'changed' WHERE id = $1", moved)
    await salon.book(hours=5)
    again = await unmerge(salon, merged)

    assert (again["kept"], again["stayed"]) == (["phone"], [{"kind": "appointments", "count": 1}])
    assert [await fetchval(OF, key(each)) for each in (salon.client, other)] == [3, 1]
    phones = await fetch("SELECT phone FROM clients ORDER BY first_name")
    assert [row["phone"] for row in phones] == ["+31687654321", "+31612345678"]


async def test_a_chain_is_undone_from_either_end(salon: Salon, other: str) -> None:
    """R24: A into B into C; undone in turn all are as they were."""
    third = await open_file(salon, firstName="Ana", email="ana@lee.example")
    before = await everything()
    first = await merge(salon, other)
    second = await merge(salon, salon.client, survivor=third)
    assert second["client"]["appointments"] == {"totalCount": 3}
    gone = await merge(salon, other, survivor=third)
    assert gone["problems"] == [{"code": "ALREADY_MERGED", "field": ["input", "otherId"]}]

    assert (await unmerge(salon, second))["problems"] == []
    assert (await unmerge(salon, first))["problems"] == []
    assert await everything() == before

    first = await merge(salon, other)
    second = await merge(salon, salon.client, survivor=third)
    again = await unmerge(salon, first)
    assert (again["client"]["id"], again["other"]["id"]) == (third, other)
    assert (await unmerge(salon, second))["problems"] == []
    assert [await fetchval(OF, key(each)) for each in (other, salon.client, third)] == [2, 1, 0]


CHAIN = [(1, 0), (2, 1), (3, 2)]
STAR = [(0, 1), (0, 2), (0, 3)]
PAIRS = [(0, 1), (2, 3), (2, 0)]
INSIDE = [(1, 2), (0, 1), (0, 3)]


@pytest.mark.parametrize("shape", [CHAIN, STAR, PAIRS, INSIDE])
async def test_merges_are_undone_in_any_order(
    salon: Salon, other: str, shape: list[tuple[int, int]]
) -> None:
    """R24: each file is as it was, with all that belongs to it, and all of it is said."""
    third = await open_file(
        salon, firstName="Ana", lastName="Ek", phone="+31687654321", email="ana@lee.example",
        tags=["late", "third"], address={"city": "Breda"}, note="Third",
        consents=[{"channel": "SMS", "granted": True}],
    )  # fmt: skip
    fourth = await open_file(
        salon, firstName="An", lastName="Ox", phone=None, email="an@ox.example", tags=["fourth"],
        birthday="1999-09-09",
    )  # fmt: skip
    files = [salon.client, other, third, fourth]
    for name, members in (("Third", [third, other]), ("All", files), ("Last", [third, fourth])):
        await salon.does(GROUP, "createGroup", {"input": {"name": name, "clientIds": members}})
    slot = {"input": {**salon.slot(3), "clientId": fourth}}
    assert (await salon.does(BOOK, "bookAppointment", slot))["problems"] == []
    before = await everything()

    for order in permutations(range(3)):
        merges = [await merge(salon, files[b], survivor=files[a]) for a, b in shape]
        assert [each["problems"] for each in merges] == [[]] * 3
        for nth in order:
            undone = await unmerge(salon, merges[nth])
            assert (undone["problems"], undone["stayed"]) == ([], []), order
        after = await everything()
        assert {name: after[name] for name in before if after[name] != before[name]} == {}, order


async def test_an_edit_within_a_chain_stays_where_it_was_made(salon: Salon, other: str) -> None:
    """R24: what somebody changed between two merges, and after both, is nobody's to take back."""
    third = await open_file(salon, firstName="Ana", email="ana@lee.example", note="Third")
    first = await merge(salon, other)
    edit = {"input": {"id": salon.client, "note": "Between"}}
    assert (await salon.does(CHANGE, "updateClient", edit))["problems"] == []
    second = await merge(salon, salon.client, survivor=third)
    edit = {"input": {"id": third, "birthday": "1980-08-08"}}
    assert (await salon.does(CHANGE, "updateClient", edit))["problems"] == []

    again = await unmerge(salon, first)
    assert (again["problems"], again["kept"]) == ([], ["birthday"])
    again = await unmerge(salon, second)

    assert again["problems"] == []
    rows = await fetch("SELECT id, note, birthday::text, phone FROM clients ORDER BY first_name")
    assert [tuple(row) for row in rows] == [
        (key(third), "Third", "1980-08-08", "+31612345678"),
        (key(salon.client), "Between", None, None),
        (key(other), None, "1990-01-02", "+31612345678"),
    ]


async def test_the_same_merge_twice_at_once_happens_once(salon: Salon, other: str) -> None:
    """R24: also when two merge the same pair in opposite directions."""
    results = await asyncio.gather(
        merge(salon, other), merge(salon, other), merge(salon, salon.client, survivor=other)
    )
    codes = [[problem["code"] for problem in each["problems"]] for each in results]

    assert sorted(codes) == [[], ["ALREADY_MERGED"], ["ALREADY_MERGED"]]
    assert await fetchval("SELECT count(*) FROM clients") == 1
    assert await fetchval("SELECT count(*) FROM client_merges") == 1


async def test_refusals_change_nothing(salon: Salon, other: str) -> None:
    """R24: the same file, nobody's, an old version, a field that is none."""
    before = await everything()

    async def code(**given: Any) -> list[Any]:
        asked = {"survivorId": salon.client, "otherId": other, **given}
        payload = await salon.does(MERGE, "mergeClients", {"input": asked})
        return [(problem["code"], problem["field"][-1]) for problem in payload["problems"]]

    nobody = f"cli_{0:032x}"
    assert await code(otherId=salon.client) == [("SAME_FILE", "otherId")]
    assert await code(survivorId=nobody) == [("NOT_FOUND", "survivorId")]
    assert await code(otherId=nobody) == [("NOT_FOUND", "otherId")]
    assert await code(otherVersion=99) == [("STALE_VERSION", "otherVersion")]
    for name, side in (("firstName", "BOTH"), *((name, "OTHER") for name in UNKNOWN)):
        chosen = [{"name": name, "side": side}]
        assert await code(fields=chosen) == [("MERGE_FIELD_UNKNOWN", "fields")]
    several = [{"name": name, "side": "OTHER"} for name in ("shoeSize", "id")]
    assert await code(fields=several) == [("MERGE_FIELD_UNKNOWN", "fields")] * 2
    stale = [("STALE_VERSION", "survivorVersion"), ("STALE_VERSION", "otherVersion")]
    assert await code(survivorVersion=98, otherVersion=99) == stale
    assert await everything() == before


async def test_a_merge_can_be_undone_for_thirty_days(salon: Salon, other: str) -> None:
    """R24: then the copies are thrown away, and that files were merged is all that is known."""
    merged = await merge(salon, other)
    await execute("UPDATE client_merges SET at = now() - interval '31 days'")
    late = await unmerge(salon, merged)
    await rules.sweep()

    assert late["problems"] == [{"code": "MERGE_TOO_OLD", "field": ["input", "id"]}]
    [kept] = await fetch("SELECT other_client_id, other FROM client_merges")
    assert tuple(kept) == (key(other), None)
    assert await fetch("SELECT * FROM client_merge_parts") == []
    again = await unmerge(salon, merged)
    assert again["problems"] == [{"code": "MERGE_TOO_OLD", "field": ["input", "id"]}]


LOOKED_AT = """query($survivor: ID!, $other: ID!) {
  clientMergePreview(survivorId: $survivor, otherId: $other) { otherVersion
    ... on Preview { token expiresAt version counts { kind count } } } }"""


async def test_with_the_token_of_a_preview_just_what_was_seen_is_merged(
    salon: Salon, other: str
) -> None:
    """A note more, or a changed name, and the merge is refused; nothing is merged then."""

    async def look() -> dict[str, Any]:
        given = {"survivor": salon.client, "other": other}
        answer = await salon.ask(LOOKED_AT, given, token=salon.token)
        return dict(answer["data"]["clientMergePreview"])

    first = await look()
    note = {"input": {"clientId": other, "kind": "GENERAL", "text": "late"}}
    assert (await salon.does(NOTE, "addClientNote", note))["problems"] == []
    second = await look()
    named = {"input": {"id": salon.client, "firstName": "Anna"}}
    assert (await salon.does(CHANGE, "updateClient", named))["problems"] == []
    before = await everything()

    stale = [
        await merge(salon, other, token=token)
        for token in (first["token"], second["token"], "", "9999999999.", "x" * 100_000)
    ]
    backwards = await merge(salon, salon.client, other, token=(await look())["token"])

    assert [each["problems"] for each in (*stale, backwards)] == [
        [{"code": "STALE_PREVIEW", "field": ["input", "token"]}]
    ] * 6
    assert await everything() == before
    counts = {each["kind"]: each["count"] for each in second["counts"]}
    assert counts["appointments"] == 2
    assert (await look())["version"] == second["version"] + 1
    assert (await merge(salon, other, token=(await look())["token"]))["problems"] == []
