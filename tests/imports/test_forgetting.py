"""Lists that are taken over beside everything else: merges, groups, own fields, erasure."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from modules.erasure.rules import finishing
from storage import database as db
from tests.imports.conftest import READ, Salon

OPEN = """mutation($input: CreateClientInput!) {
  createClient(input: $input) { client { id } problems { code field } } }"""
RENAME = """mutation($input: UpdateClientInput!) {
  updateClient(input: $input) { client { id } problems { code field } } }"""
FIELD = """mutation($input: CreateClientFieldInput!) {
  createClientField(input: $input) { clientField { id } problems { code } } }"""
GROUP = """mutation($input: CreateGroupInput!) {
  createGroup(input: $input) { group { id } problems { code } } }"""
SEGMENT = """mutation($input: CreateClientSegmentInput!) {
  createClientSegment(input: $input) { clientSegment { id } problems { code } } }"""
INVITE = """mutation($input: InviteClientsInput!) {
  inviteClients(input: $input) { problems { code } } }"""
MERGE = """mutation($input: MergeClientsInput!) {
  mergeClients(input: $input) { merge { id } problems { code } } }"""
UNMERGE = """mutation($input: UnmergeClientsInput!) {
  unmergeClients(input: $input) { kept stayed { kind } problems { code } } }"""
EXPORT = """mutation($input: ExportClientsInput!) {
  exportClients(input: $input) { export { id } problems { code } } }"""
LOOK = "query($id: ID!) { clientDeletionPreview(clientId: $id) { token } }"
DELETE = """mutation($input: DeleteClientInput!) {
  deleteClient(input: $input) { receipt { id } problems { code } } }"""
MEANT = """query($segment: ID) { viewer { business {
  clients(segmentId: $segment) { nodes { firstName } } } } }"""
LOOK_AT = """query($id: ID!) { clientImport(id: $id) {
  columns { samples } counts { create update skip problem } } }"""
HEAD = b"First Name,Last Name,Email,Phone,Notes\n"
HERS = b"Zoltana,Querfeld,z@querfeld.example,06 1234 9999,Zoltana is allergic\n"
OTHERS = b"Bo,Dijk,bo@example.org,,ok\nCy,Ek,,06 1111 2222,fine\n"


@pytest.fixture
def enabled() -> list[str]:
    """All that may hold a client."""
    return [
        *("accounts", "messaging", "services", "clients", "appointments", "erasure", "exports"),
        *("imports", "invitations", "merging", "groups"),
    ]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who watch are told at once, and nobody waits long."""
    monkeypatch.setattr(finishing, "TOLD", finishing.timedelta(0))
    monkeypatch.setattr(finishing, "LONGEST_PAUSE", 0.2)


async def zoltana(salon: Salon, **more: Any) -> str:
    """Open the file of somebody with a name of her own."""
    person = {"firstName": "Zoltana", "lastName": "Querfeld", "email": "z@querfeld.example"}
    made = await salon.do(OPEN, **person, phone="06 1234 9999", **more)
    assert made["problems"] == []
    return str(made["client"]["id"])


async def erase(salon: Salon, client: str) -> None:
    """Delete a file, and wait until nothing is left."""
    token = (await salon.get(LOOK, id=client))["token"]
    assert (await salon.do(DELETE, id=client, token=token))["problems"] == []
    async with asyncio.timeout(60):
        while await db.fetchval("SELECT count(*) FROM erasures WHERE status <> 'DONE'"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def traces() -> list[str]:
    """Name the columns of lists and invitations that still say who she was."""
    found = []
    for table in ("client_imports", "import_rows", "imported_clients", "client_invitations", "job"):
        for row in await db.fetch(f"SELECT to_jsonb(t) AS said FROM {table} t"):
            said = str(row["said"]).lower()
            found += [table] * any(word in said for word in ("zoltana", "querfeld", "12349999"))
    return found


async def test_who_was_erased_is_in_no_list_and_the_others_go_on(salon: Salon) -> None:
    """R15: rows, samples and the file of the lists she is on; other lists keep theirs."""
    client = await zoltana(salon)
    on = await salon.bring(HEAD + HERS + OTHERS)
    off = await salon.bring(HEAD + b"Dee,Ox,dee@example.org,,yes\n")
    waiting = await salon.upload(HEAD + b"Eve,Ash,eve@example.org,,no\n")
    assert await salon.do(INVITE, emails=["Zoltana <z@querfeld.example>"])

    await erase(salon, client)

    assert await traces() == []
    found = await salon.get(LOOK_AT, id=on)
    assert [column["samples"] for column in found["columns"]] == [[]] * 5
    assert found["counts"] == {"create": 2, "update": 0, "skip": 0, "problem": 0}
    kept = await salon.get(LOOK_AT, id=off)
    assert kept["columns"][0]["samples"] == ["Dee"]
    for id_ in (off, waiting):
        assert (await salon.do(READ, id=id_))["problems"] == []
        assert (await salon.settled(id_))["stage"] == "READY"
    for id_ in (on, off, waiting):
        assert (await salon.commit(id_))["stage"] == "COMMITTED"
    names = await db.fetch("SELECT first_name FROM clients ORDER BY 1")
    assert [row["first_name"] for row in names] == ["Bo", "Cy", "Dee", "Eve"]


async def test_earlier_addresses_of_who_was_erased_are_found_too(salon: Salon) -> None:
    """C10: in invitations of nobody's, and in rows of a list whose file left with somebody else."""
    client = await zoltana(salon)
    await salon.do(INVITE, emails=["Z. <first@querfeld.example>"])
    for address in ("first@querfeld.example", "second@querfeld.example"):
        assert (await salon.do(RENAME, id=client, email=address))["problems"] == []
    other = await salon.do(OPEN, firstName="Bo", lastName="Dijk", email="bo@example.org")
    listed = await salon.bring(
        HEAD + b"Z,Q,first@querfeld.example,,\nZoltana,Querfeld,,,\nBo,Dijk,bo@example.org,,\n"
        b"Dee,Ox,dee@example.org,,\n"
    )
    unlinked = "SELECT count(*) FROM client_invitations WHERE client_id IS NULL"
    assert await db.fetchval(unlinked) == 1

    await erase(salon, other["client"]["id"])
    await erase(salon, client)

    assert await traces() == []
    assert (await salon.get(LOOK_AT, id=listed))["counts"] == {
        "create": 1, "update": 0, "skip": 0, "problem": 0,
    }  # fmt: skip
    assert (await salon.commit(listed))["stage"] == "COMMITTED"


async def test_a_list_that_failed_keeps_nothing_of_who_was_erased(salon: Salon) -> None:
    """C10: neither samples nor the file, and none of her rows."""
    client = await zoltana(salon)
    listed = await salon.bring(HEAD + HERS + OTHERS)
    await db.execute(
        "UPDATE client_imports SET state = 'FAILED', problem = jsonb_build_object("
        "'code', 'IMPORT_FAILED', 'message', '', 'remedy', '', 'doing', 'READING')"
    )

    await erase(salon, client)

    assert await traces() == []
    assert await db.fetchval("SELECT count(file_key) FROM client_imports") == 0
    found = await salon.get(LOOK_AT, id=listed)
    assert [column["samples"] for column in found["columns"]] == [[]] * 5


async def test_lists_merges_and_erasure_leave_everything_else_as_it_was(salon: Salon) -> None:
    """R15, R24: beside own fields of every kind, groups, segments, invitations and exports."""
    kinds: list[dict[str, Any]] = [
        {"kind": "TEXT"}, {"kind": "NUMBER"}, {"kind": "DATE"},
        {"kind": "CHOICE", "options": ["a", "b"]},
    ]  # fmt: skip
    own = []
    for kind in kinds:
        made = await salon.do(FIELD, name=kind["kind"], **kind)
        own.append(made["clientField"]["id"])
    values = [
        {"fieldId": own[0], "text": "t"}, {"fieldId": own[1], "number": 1.5},
        {"fieldId": own[2], "date": "2020-02-02"}, {"fieldId": own[3], "choice": "a"},
    ]  # fmt: skip
    ann = await salon.do(
        OPEN, firstName="Ann", lastName="Lee", email="ann@lee.example", tags=["vip"],
        customFields=values,
    )  # fmt: skip
    bo = await salon.do(OPEN, firstName="Bo", lastName="Dijk", email="bo@example.org")
    ann, bo = ann["client"]["id"], bo["client"]["id"]
    await salon.do(GROUP, name="Both", clientIds=[ann, bo])
    group = (await salon.do(GROUP, name="Hers", clientIds=[ann]))["group"]["id"]
    made = await salon.do(SEGMENT, name="Others", filter={"not": {"groupIds": [group]}})
    segment = made["clientSegment"]["id"]
    await salon.do(INVITE, emails=["New <new@example.org>"])
    before = await state()

    listed = await salon.bring(HEAD + HERS + OTHERS)
    under_way = await salon.bring(HEAD + HERS + b"Dee,Ox,dee@example.org,,yes\n")
    assert (await salon.commit(listed))["stage"] == "COMMITTED"
    imported = await state()
    rows = await db.fetch("SELECT id, first_name FROM clients")
    ids = {row["first_name"]: f"cli_{row['id'].hex}" for row in rows}
    assert sorted(ids) == ["Ann", "Bo", "Cy", "Zoltana"]
    assert (await salon.do(EXPORT, format="CSV"))["problems"] == []

    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)):
        merges = []
        for survivor, other in (("Ann", "Zoltana"), ("Bo", "Ann"), ("Bo", "Cy")):
            given = {"survivorId": ids[survivor], "otherId": ids[other]}
            merges.append((await salon.do(MERGE, **given))["merge"]["id"])
        for nth in order:
            undone = await salon.do(UNMERGE, id=merges[nth])
            assert undone == {"kept": [], "stayed": [], "problems": []}, order
        assert await state() == imported, order

    found = await salon.get(MEANT, segment=segment)
    assert [each["firstName"] for each in found["business"]["clients"]["nodes"]] == [
        "Bo", "Cy", "Zoltana",
    ]  # fmt: skip
    await erase(salon, ids["Zoltana"])
    assert await traces() == []
    assert (await salon.roll_back(listed))["stage"] == "ROLLED_BACK"
    assert await state() == before
    assert (await salon.commit(under_way))["stage"] == "COMMITTED"
    assert (await salon.roll_back(under_way))["stage"] == "ROLLED_BACK"
    assert await state() == before


async def state() -> dict[str, Any]:
    """All that belongs to clients, and what a business arranges them by."""
    tables = (
        *("clients", "client_words", "client_notes", "client_consents", "client_fields"),
        *("client_groups", "group_members", "client_segments", "client_invitations"),
    )
    found = {}
    for table in tables:
        rows = await db.fetch(f"SELECT to_jsonb(t) AS said FROM {table} t ORDER BY t::text")
        found[table] = [orjson.loads(row["said"]) for row in rows]
    return found
