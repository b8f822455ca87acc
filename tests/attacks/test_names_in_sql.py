"""Names of a business's own that are SQL, over HTTP: they are names, and nothing else happens."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

import server as server_module
from modules.cells import bare
from storage.database import Database, fetch
from storage.settings import Settings
from tests.attacks.conftest import Target, rows
from tests.conftest import serving
from tests.promises.conftest import furnish

CUT = 60
NAMES = [
    *(f'{"x" * n}"' for n in range(55, 71)),
    *(f'{"é" * n}"' for n in (27, 28, 29, 30, 31, 62, 63, 64)),
    *(chr(0x1D4B3) * n + '""' for n in (14, 15, 16, 58, 59, 60)),
    '"' * 64,
    "'" * 65,
    "\\" * 61,
    "$tag$ $$ $1 $2 {0} {sql} %s %(name)s :name",
    ", (SELECT string_agg(password_hash, ',') FROM accounts) AS \"",
    f'{"a" * (CUT - 2)}" FROM clients c; DROP TABLE clients; --',
    "'; UPDATE accounts SET password_hash = 'x'; --",
    "\"; COPY accounts TO PROGRAM 'touch /tmp/owned'; /*",
    "E'\\x27' U&'\\0027' \\' \\\"",
    "=cmd|' /C calc'!A0;=1+1",
    ';"=1+1"',
    "a,b;c|d",
    "id",
    "c.custom->>'x'",
]
FIELD = """mutation($input: CreateClientFieldInput!) { createClientField(input: $input) {
  clientField { id name } problems { code } } }"""
REORDER = """mutation($input: ReorderClientFieldsInput!) { reorderClientFields(input: $input) {
  problems { code } } }"""
CLIENT = """mutation($input: CreateClientInput!) { createClient(input: $input) {
  client { id } problems { code } } }"""
EXPORT = """mutation($input: ExportClientsInput!) { exportClients(input: $input) {
  export { id } problems { code } } }"""
LOOK = "query($id: ID!) { export(id: $id) { status url } }"
SEGMENT = """mutation($input: CreateClientSegmentInput!) { createClientSegment(input: $input) {
  clientSegment { id name } problems { code } } }"""
FOUND = """query($search: String, $filter: ClientFilter, $order: ClientOrder) {
  viewer { business { clients(search: $search, filter: $filter, orderBy: $order, first: 5) {
    totalCount nodes { customFields { field { name } text } tags } } } } }"""
START = """mutation($input: StartClientImportInput!) { startClientImport(input: $input) {
  clientImport { id } upload { url headers { name value } } problems { code } } }"""
READ = """mutation($input: ReadClientImportInput!) { readClientImport(input: $input) {
  clientImport { id } problems { code } } }"""
IMPORT = """query($id: ID!) { clientImport(id: $id) { stage counts { create problem }
  columns { header customFieldId } } }"""


@pytest.fixture
async def working(database: Database, settings: Settings) -> AsyncIterator[Target]:
    """A salon's server that does its jobs too, over HTTP."""
    app = server_module.create_app(settings.model_copy(update={"worker": True}), database=database)
    async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=60) as http:

        async def ask(query: str, variables: Any = None, *, token: str | None = None) -> Any:
            headers = {"authorization": f"Bearer {token}"} if token else {}
            body = {"query": query, "variables": variables or {}}
            return (await http.post("/graphql", json=body, headers=headers)).json()

        yield Target(url, http, await furnish(ask), {})


async def _do(target: Target, mutation: str, **given: Any) -> Any:
    answer = (await target.post({"query": mutation, "variables": {"input": given}})).json()
    assert "errors" not in answer, answer
    [payload] = answer["data"].values()
    assert payload["problems"] == [], payload
    return payload


async def _exported(target: Target, format: str) -> bytes:
    id_ = (await _do(target, EXPORT, format=format))["export"]["id"]
    async with asyncio.timeout(30):
        while True:
            found = (await target.ask(LOOK, id=id_))["data"]["export"]
            if found["status"] != "RUNNING":
                break
            await asyncio.sleep(0.05)
    assert found["status"] == "DONE", found
    return (await target.http.get(found["url"])).content


async def _untouched() -> Any:
    """All that those names are after."""
    return [
        await fetch(f"SELECT * FROM {table} ORDER BY id")
        for table in ("accounts", "businesses", "memberships")
    ]


async def test_names_of_fields_are_headers_of_an_export_and_no_sql(working: Target) -> None:
    """Names of quotes, backslashes, dollars and semicolons, cut nowhere, at every length."""
    values = {}
    for name in NAMES:
        field = (await _do(working, FIELD, name=name, kind="TEXT"))["clientField"]
        assert field["name"] == name
        values[field["id"]] = name
    own = [{"fieldId": id_, "text": f"of {name}"} for id_, name in values.items()]
    own_client = await _do(
        working, CLIENT, firstName="Zoë", lastName='O"Hara; \\', customFields=own,
        tags=["a'b", "$1"], email="z@x.example",
    )  # fmt: skip
    before, counted = await _untouched(), await rows()

    table = list(csv.reader(io.StringIO((await _exported(working, "CSV")).decode(), newline="")))
    people = [orjson.loads(x) for x in (await _exported(working, "JSON_LINES")).splitlines()]

    header = [bare(cell) for cell in table[0]]
    assert header[16:-11] == NAMES
    [zoe] = [row for row in table if row[-1] == own_client["client"]["id"]]
    assert [bare(cell) for cell in zoe[16:-11]] == [f"of {name}" for name in NAMES]
    assert {len(row) for row in table} == {len(header)}
    [same] = [one for one in people if one["id"] == own_client["client"]["id"]]
    assert same["customFields"] == {name: f"of {name}" for name in NAMES}
    assert await _untouched() == before
    after = await rows()
    # An export of each kind was kept, with its events; nothing else.
    assert {t for t in after if after[t] != counted[t]} <= {"exports", "stored_objects", "event"}
    assert after["exports"] == counted["exports"] + 2


async def test_such_names_do_nothing_in_lists_segments_and_imports(working: Target) -> None:
    """They are searched, filtered by, kept as segments and read from a header, letter by letter."""
    before = await _untouched()
    for name in NAMES:
        await _do(working, FIELD, name=name, kind="TEXT")
        segment = await _do(working, SEGMENT, name=name, filter={"tags": [name]})
        assert segment["clientSegment"]["name"] == name
        for asked in (
            {"search": name}, {"filter": {"tags": [name]}}, {"filter": {"or": [{"tags": [name]}]}},
        ):  # fmt: skip
            answer = (await working.post({"query": FOUND, "variables": asked})).json()
            assert "errors" not in answer, answer

    assert await _untouched() == before


async def test_such_names_in_the_header_of_an_import_do_nothing(working: Target) -> None:
    """They come back letter by letter, and are rows of no other table."""
    before = await _untouched()
    file = io.StringIO(newline="")
    csv.writer(file).writerows(
        [["First name", "Last name", "Email", *NAMES], ["Ann", "Lee", "a@x.example", *NAMES]]
    )
    data = file.getvalue().encode()
    started = await _do(
        working, START, fileName="'; DROP TABLE clients; --.csv", contentType="text/csv",
        size=len(data),
    )  # fmt: skip
    upload, id_ = started["upload"], started["clientImport"]["id"]
    headers = {each["name"]: each["value"] for each in upload["headers"]}
    sent = await working.http.request("PUT", upload["url"], content=data, headers=headers)
    assert sent.status_code < 300, sent.text
    await _do(working, READ, id=id_)
    async with asyncio.timeout(30):
        while True:
            found = (await working.post({"query": IMPORT, "variables": {"id": id_}})).json()[
                "data"
            ]["clientImport"]
            if found["stage"] not in ("UPLOADING", "READING"):
                break
            await asyncio.sleep(0.05)

    assert found["stage"] == "READY", found
    assert [column["header"] for column in found["columns"]][3:] == NAMES
    assert await _untouched() == before
