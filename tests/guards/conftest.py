"""Two businesses with one of everything each, and every id of both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from modules.accounts import rules as accounts
from modules.clients import rules as clients
from modules.merging.rules import duplicates
from modules.viewer import Role, Viewer
from schema.api import Asked
from schema.composed import ComposedSchema
from schema.engine import Engine
from schema.tables import table_of
from storage import log
from storage.database import execute, fetch, fetchval
from tests.guards.building import Builder, noon
from tests.promises.conftest import BOOK, CLIENT, HOURS, SERVICE, SIGN_UP, STAFF

Ask = Callable[..., Awaitable[dict[str, Any]]]

PASSWORD = "correct horse battery"
INVITE = """mutation($input: InviteTeamMemberInput!) {
  inviteTeamMember(input: $input) { teamInvitation { id } problems { code } }
}"""
INVITE_CLIENTS = """mutation($input: InviteClientsInput!) {
  inviteClients(input: $input) { mailed problems { code } }
}"""
MEMBER = """mutation($input: AddTeamMemberInput!) {
  addTeamMember(input: $input) { teamMember { account { id } } problems { code } }
}"""
MERGE = """mutation($input: MergeClientsInput!) {
  mergeClients(input: $input) { merge { id } problems { code } }
}"""
SIGN_IN = """mutation($input: SignInInput!) {
  signIn(input: $input) { token problems { code } }
}"""
TIME_OFF = """mutation($input: AddTimeOffInput!) {
  addTimeOff(input: $input) { timeOff { id } problems { code } }
}"""
DAY_HOURS = """mutation($input: SetDatedHoursInput!) {
  setDatedHours(input: $input) { staff { id } problems { code } }
}"""
BLOCK_TIME = """mutation($input: BlockTimeInput!) {
  blockTime(input: $input) { blockedTime { id } problems { code } }
}"""
CLOSE = """mutation($input: AddClosingInput!) {
  addClosing(input: $input) { closing { id } problems { code } }
}"""
CATEGORY = """mutation($input: CreateServiceCategoryInput!) {
  createServiceCategory(input: $input) { serviceCategory { id } problems { code } }
}"""
FIELD = """mutation($input: CreateClientFieldInput!) {
  createClientField(input: $input) { clientField { id } problems { code } }
}"""
GROUP = """mutation($input: CreateGroupInput!) {
  createGroup(input: $input) { group { id } problems { code } }
}"""
IMPORT = """mutation($input: StartClientImportInput!) {
  startClientImport(input: $input) { clientImport { id } problems { code } }
}"""
IMPORT_REQUEST = """mutation($input: RequestClientImportInput!) {
  requestClientImport(input: $input) { importRequest { id } problems { code } }
}"""
SUPPRESS = """mutation($input: SuppressEmailInput!) {
  suppressEmail(input: $input) { suppression { id } problems { code } }
}"""
EXPORT = """mutation($input: ExportClientFileInput!) {
  exportClientFile(input: $input) { export { id } problems { code } }
}"""
BELONGS = {
    "businesses": "t.id = $1",
    "accounts": "t.id IN (SELECT account_id FROM memberships WHERE business_id = $1)",
}
"""How rows belong to a business where they have no `business_id`."""


@dataclass(frozen=True)
class Salon:
    """A business with one of everything, all its names and texts holding one word."""

    word: str
    business_id: UUID
    tokens: dict[Role, str]
    ids: dict[str, str]
    """An id of each type, by its prefix."""
    keys: frozenset[UUID]
    """The key of every row of every type."""
    twin: str
    """A second client's id, for whatever wants two."""

    def secrets(self) -> list[bytes]:
        """List what nobody else may ever read."""
        return [self.word.encode(), *(key.hex.encode() for key in self.keys)]


@dataclass(frozen=True)
class World:
    """Two businesses that must not know of each other."""

    engine: Engine
    builder: Builder
    ours: Salon
    theirs: Salon

    async def ask(self, query: str, variables: dict[str, Any], viewer: Viewer) -> bytes:
        """Ask, and give the answer as it was sent."""
        return (await self.engine.answer(Asked(query, variables), viewer)).body

    async def viewer(self, salon: Salon, role: Role) -> Viewer:
        """Sign in as somebody there."""
        return await self.engine.viewer(salon.tokens.get(role))

    async def state(self, salon: Salon) -> dict[str, str]:
        """Fingerprint every row a business has, table by table."""
        tables = await fetch(
            "SELECT table_name AS name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'business_id'"
        )
        where = {row["name"]: "t.business_id = $1" for row in tables} | BELONGS
        union = " UNION ALL ".join(
            f"SELECT '{name}' AS name, count(*) || md5(string_agg(t::text, ',' ORDER BY t::text))"
            f" AS print FROM {name} t WHERE {condition}"
            for name, condition in where.items()
        )
        return {row["name"]: row["print"] for row in await fetch(union, salon.business_id)}


@pytest.fixture
async def world(engine: Engine, api: Ask) -> World:
    """Both businesses, furnished over the API, and where that has no rows, in their tables."""
    builder = Builder(engine.schema)
    return World(
        engine,
        builder,
        await _furnish(engine.schema, api, "qqours"),
        await _furnish(engine.schema, api, "zztheirs"),
    )


async def _furnish(schema: ComposedSchema, ask: Ask, word: str) -> Salon:
    async def do(query: str, token: str | None = None, **given: Any) -> dict[str, Any]:
        response = await ask(query, {"input": given}, token=token)
        assert "errors" not in response, response
        [payload] = response["data"].values()
        assert payload["problems"] == [], payload
        return dict(payload)

    password = f"{word} {PASSWORD}"
    up = await do(
        SIGN_UP, businessName=f"{word} Salon", zone="Europe/Amsterdam", currency="EUR",
        name=f"{word} Olga", email=f"olga@{word}.example", password=password,
    )  # fmt: skip
    owner = up["token"]
    business_id = UUID(up["viewer"]["business"]["id"].partition("_")[2])
    member = {"email": f"sam@{word}.example", "name": f"{word} Sam", "password": password}
    account = (await do(MEMBER, owner, **member))["teamMember"]["account"]["id"]
    entered = await do(SIGN_IN, email=f"sam@{word}.example", password=password)
    await do(INVITE, owner, email=f"ina@{word}.example", name=f"{word} Ina")
    await do(INVITE_CLIENTS, owner, emails=[f"{word} <ivy@{word}.example>"])
    sam = (await do(STAFF, owner, name=f"{word} Sam", accountId=account))["staff"]["id"]
    week = [{"weekday": day, "starts": "00:00", "ends": "23:59"} for day in range(1, 8)]
    await do(HOURS, owner, id=sam, hours=week)
    days = [(noon() + timedelta(days=days)).isoformat() for days in (3, 4)]
    await do(TIME_OFF, owner, staffId=sam, startsAt=days[0], endsAt=days[1], reason=word)
    later = [(noon() + timedelta(days=35, hours=hours)).isoformat() for hours in (0, 1)]
    await do(BLOCK_TIME, owner, staffId=sam, startsAt=later[0], endsAt=later[1], reason=word)
    far = (noon() + timedelta(days=30)).date().isoformat()
    await do(DAY_HOURS, owner, id=sam, day=far, hours=[])
    await do(CLOSE, owner, name=word, firstDay=far, lastDay=far)
    category = await do(CATEGORY, owner, name=f"{word} Hair", description=word)
    cut = {
        "name": f"{word} Cut",
        "categoryId": category["serviceCategory"]["id"],
        "durationMinutes": 30,
        "price": {"amountMinor": 4500},
        "staffIds": [sam],
    }
    service = (await do(SERVICE, owner, **cut))["service"]["id"]
    field = (await do(FIELD, owner, name=f"{word} Pets", kind="TEXT"))["clientField"]["id"]
    ann = {
        "firstName": "Ann",
        "lastName": word,
        "email": f"ann@{word}.example",
        "note": word,
        "tags": [word],
        "notes": [{"kind": "ALERT", "text": word}],
        "consents": [{"channel": "EMAIL", "granted": True, "how": word}],
        "customFields": [{"fieldId": field, "text": word}],
        "preferredStaffId": sam,
    }
    client = (await do(CLIENT, owner, **ann))["client"]["id"]
    twin = (await do(CLIENT, owner, **ann, phone="+31612345678"))["client"]["id"]
    gone = (await do(CLIENT, owner, **ann))["client"]["id"]
    await do(MERGE, owner, survivorId=twin, otherId=gone)
    await duplicates.compare({"business_id": str(business_id)})
    await do(GROUP, owner, name=f"{word} Group", description=word, clientIds=[client])
    slot = {"clientId": client, "serviceId": service, "staffId": sam}
    await do(BOOK, owner, **slot, startsAt=noon().replace(hour=8).isoformat(), note=word)
    made = await do(IMPORT, owner, fileName=f"{word}.csv", size=100)
    await _import(made["clientImport"]["id"], client, word)
    await do(IMPORT_REQUEST, owner, note=word)
    await do(SUPPRESS, owner, email=f"nobody@{word}.example")
    await do(EXPORT, owner, clientId=client)

    tokens = {
        Role.OWNER: owner,
        Role.STAFF: entered["token"],
        Role.CLIENT: await _sign_in_as_client(business_id, client, f"ann@{word}.example"),
    }
    ids, keys = await _ids(schema, business_id)
    return Salon(word, business_id, tokens, ids, keys, twin)


async def _sign_in_as_client(business_id: UUID, client_id: str, email: str) -> str:
    """Do what following the link from the mail does; gives the token."""
    by = Viewer(role=Role.OWNER, business_id=business_id)
    async with log.change(actor=None, business_id=business_id):
        key = UUID(client_id.partition("_")[2])
        account_id = await clients.prove(by, client_id=key, email=email)
        signed = await accounts.begin_as_client(account_id, business_id)
    assert signed is not None
    return signed.token


async def _import(import_id: str, client_id: str, word: str) -> None:
    """Put aside what the worker would have: a row of a list, and whom another became."""
    given = UUID(import_id.partition("_")[2]), UUID(client_id.partition("_")[2])
    column = {"header": word, "samples": [], "guess": "IGNORE", "field": "IGNORE"}
    await execute(
        "UPDATE client_imports SET state = 'READY', staged = true, columns = $2::jsonb"
        " WHERE id = $1",
        given[0], orjson.dumps([{**column, "date_order": None}] * 2).decode(),
    )  # fmt: skip
    await execute(
        "INSERT INTO import_rows (business_id, import_id, row_number, columns, outcome, client_id)"
        " SELECT business_id, id, 2, jsonb_build_object('first_name', $3::text), 'SKIP', $2"
        " FROM client_imports WHERE id = $1",
        *given, word,
    )  # fmt: skip
    await execute(
        "INSERT INTO imported_clients"
        " (business_id, import_id, client_id, row_number, created, written_version)"
        " SELECT business_id, id, $2, 3, true, 1 FROM client_imports WHERE id = $1",
        *given,
    )  # fmt: skip


async def _ids(schema: ComposedSchema, business_id: UUID) -> tuple[dict[str, str], frozenset[UUID]]:
    ids, keys = {}, set()
    for prefix, kind in schema.tables.items():
        bound = table_of(kind)
        assert bound is not None
        table = bound.model._meta.db_table
        condition = BELONGS.get(table, "t.business_id = $1")
        query = f"SELECT t.id FROM {table} t WHERE {condition} ORDER BY t.id"
        if not (found := await fetch(query, business_id)):
            await _insert(table, business_id)
            found = await fetch(query, business_id)
        ids[prefix] = f"{prefix}_{found[0]['id'].hex}"
        keys |= {row["id"] for row in found}
    return ids, frozenset(keys)


async def _insert(table: str, business_id: UUID) -> None:
    """Make a row of a table nobody furnished: its required columns, its keys those of others."""
    columns = await fetch(
        "SELECT c.column_name AS name, c.data_type AS type, f.target"
        " FROM information_schema.columns c"
        " LEFT JOIN (SELECT a.attname AS name, con.confrelid::regclass::text AS target"
        "  FROM pg_constraint con JOIN pg_attribute a ON a.attrelid = con.conrelid"
        "  AND a.attnum = ANY (con.conkey) WHERE con.contype = 'f'"
        "  AND con.conrelid = $1::text::regclass"
        "  AND a.attname <> 'business_id') f ON f.name = c.column_name"
        " WHERE c.table_name = $1::text AND (c.is_nullable = 'NO' AND c.column_default IS NULL)",
        table,
    )
    plain = {
        "uuid": "uuidv7()",
        "boolean": "false",
        "jsonb": "'{}'",
        "bytea": "'x'",
        "date": "now()",
    }
    values = {}
    for column in columns:
        if column["name"] == "business_id":
            values["business_id"] = "$1"
        elif column["target"]:
            condition = BELONGS.get(column["target"], "t.business_id = $1")
            key = await fetchval(
                f"SELECT t.id FROM {column['target']} t WHERE {condition}", business_id
            )
            values[column["name"]] = f"'{key}'"
        elif column["type"].startswith(("timestamp", "time")):
            values[column["name"]] = "now()"
        elif column["type"] in ("integer", "bigint", "smallint", "numeric"):
            values[column["name"]] = "1"
        else:
            values[column["name"]] = plain.get(column["type"], f"'{'x'}'")
    try:
        await execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})",
            business_id,
        )
    except Exception as error:
        raise AssertionError(
            f"Nothing in this world makes a row of {table}, and guessing one failed ({error}): "
            "make one in tests/guards/conftest.py, or its ids go unguarded."
        ) from error


def codes(body: bytes) -> list[str]:
    """List the codes of all problems in an answer, and of errors that tell of none."""
    answer = orjson.loads(body)
    said = [error["extensions"] for error in answer.get("errors", ())]
    found = [each.get("problem", each["code"]) for each in said]
    for payload in (answer.get("data") or {}).values():
        if isinstance(payload, dict):
            found += [problem["code"] for problem in payload.get("problems", ())]
    return found
