"""Lists of what a business has under way are cut down by `filter` and sorted by `orderBy`."""

from __future__ import annotations

from typing import Any

from storage.database import execute
from tests.promises.conftest import Salon

MEMBER = """mutation($input: AddTeamMemberInput!) { addTeamMember(input: $input) {
  problems { code } } }"""
EXPORT = """mutation($input: ExportClientsInput!) { exportClients(input: $input) {
  export { id } problems { code } } }"""
IMPORT = """mutation($input: StartClientImportInput!) { startClientImport(input: $input) {
  clientImport { id } problems { code } } }"""
CANCEL = """mutation($input: CancelClientImportInput!) { cancelClientImport(input: $input) {
  problems { code } } }"""
REQUEST = """mutation($input: RequestClientImportInput!) { requestClientImport(input: $input) {
  importRequest { id version } problems { code } } }"""
CLOSE = """mutation($input: UpdateImportRequestInput!) { updateImportRequest(input: $input) {
  problems { code } } }"""


async def done(salon: Salon, query: str, mutation: str, **input: Any) -> dict[str, Any]:
    """Do something, and see that it is done."""
    payload = await salon.does(query, mutation, {"input": input})
    assert payload["problems"] == []
    return payload


async def listed(salon: Salon, name: str, arguments: str, field: str) -> list[Any]:
    """Read a list of the business."""
    query = f"{{ viewer {{ business {{ {name}({arguments}) {{ nodes {{ {field} }} }} }} }} }}"
    answer = await salon.ask(query, token=salon.token)
    assert "errors" not in answer, answer
    return [each[field] for each in answer["data"]["viewer"]["business"][name]["nodes"]]


async def test_the_team_is_cut_down_by_role_and_sorted(salon: Salon) -> None:
    """R35: who may what, in the order a page shows them."""
    for name, role in (("Zoe Adams", "STAFF"), ("Abe Zimmer", "STAFF")):
        email = f"{name.split()[0].lower()}@example.com"
        await done(
            salon, MEMBER, "addTeamMember", email=email, name=name, role=role,
            password="correct horse battery",
        )  # fmt: skip

    async def names(arguments: str) -> list[str]:
        team = f"team{arguments} {{ nodes {{ account {{ name }} }} }}"
        query = f"{{ viewer {{ business {{ {team} }} }} }}"
        answer = await salon.ask(query, token=salon.token)
        nodes = answer["data"]["viewer"]["business"]["team"]["nodes"]
        return [each["account"]["name"] for each in nodes]

    everybody = await names("")
    assert everybody[1:] == ["Zoe Adams", "Abe Zimmer"]
    assert await names("(filter: { role: [STAFF] })") == ["Zoe Adams", "Abe Zimmer"]
    assert await names("(filter: { role: [OWNER] })") == everybody[:1]
    assert await names("(filter: { role: [OWNER, STAFF] }, orderBy: { field: NAME })") == sorted(
        everybody
    )
    assert await names("(orderBy: { field: CREATED_AT, direction: DESC })") == everybody[::-1]


async def test_exports_are_cut_down_by_kind_and_status_and_sorted(salon: Salon) -> None:
    """What can be downloaded, and what failed."""
    first = (await done(salon, EXPORT, "exportClients", format="CSV"))["export"]["id"]
    second = (await done(salon, EXPORT, "exportClients", format="JSON_LINES"))["export"]["id"]
    over = "UPDATE exports SET finished_at = now(), status = "
    problem = """{"code": "EXPORT_FAILED", "message": "", "remedy": "", "retryable": true}"""
    await execute(f"{over}'FAILED', problem = '{problem}' WHERE format = 'CSV'")
    await execute(f"{over}'DONE', size = 7, object_key = 'x' WHERE format = 'JSON_LINES'")

    assert await listed(salon, "exports", "first: 9", "id") == [second, first]
    for asked, found in (
        ("filter: { status: [FAILED] }", [first]),
        ("filter: { status: [DONE, EXPIRED] }", [second]),
        ("filter: { kind: CLIENT_FILE }", []),
        ("filter: { kind: CLIENT_LIST, status: [DONE] }", [second]),
        ("orderBy: { field: CREATED_AT }", [first, second]),
        ("orderBy: { field: SIZE }", [second, first]),
    ):
        assert await listed(salon, "exports", asked, "id") == found


async def test_imports_and_requests_are_cut_down_and_sorted(salon: Salon) -> None:
    """By how far they are: `stage` exactly, `status` in the words of all jobs."""
    ids = []
    for name in ("b.csv", "a.csv"):
        begun = await done(salon, IMPORT, "startClientImport", fileName=name, size=10)
        ids.append(begun["clientImport"]["id"])
    await done(salon, CANCEL, "cancelClientImport", id=ids[0])
    asked = (await done(salon, REQUEST, "requestClientImport", note="cards"))["importRequest"]
    await done(salon, CLOSE, "updateImportRequest", id=asked["id"], status="DONE")

    for arguments, found in (
        ("first: 9", ids[::-1]),
        ("filter: { stage: [CANCELLED] }", ids[:1]),
        ("filter: { status: [WAITING] }", ids[1:]),
        ("filter: { status: [WAITING], stage: [CANCELLED] }", []),
        ("filter: { status: [RUNNING, FAILED] }", []),
        ("orderBy: { field: FILE_NAME }", ids[::-1]),
        ("orderBy: { field: CREATED_AT }", ids),
    ):
        assert await listed(salon, "clientImports", arguments, "id") == found
    for arguments, found in (
        ("filter: { status: [DONE] }", [asked["id"]]),
        ("filter: { status: [REQUESTED, IN_PROGRESS] }", []),
        ("orderBy: { field: DUE_AT }", [asked["id"]]),
    ):
        assert await listed(salon, "importRequests", arguments, "id") == found
