"""A salon that takes over lists: over the API, with a worker that reads and writes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

import server as server_module
from modules.contract import Module
from modules.reactions import Reactions
from schema.engine import Engine
from schema.runtime import working
from storage import database as db
from storage import objects
from storage.database import Database
from storage.settings import Settings
from tests.conftest import serving
from tests.promises.conftest import SIGN_UP

Ask = Callable[..., Awaitable[Any]]

START = """mutation($input: StartClientImportInput!) { startClientImport(input: $input) {
  clientImport { id version } upload { url headers { name value } } problems { code field } } }"""
READ = """mutation($input: ReadClientImportInput!) { readClientImport(input: $input) {
  clientImport { stage version } problems { code field } } }"""
MAP = """mutation($input: MapClientImportColumnsInput!) { mapClientImportColumns(input: $input) {
  clientImport { stage } problems { code field } } }"""
COMMIT = """mutation($input: CommitClientImportInput!) { commitClientImport(input: $input) {
  clientImport { stage } problems { code field } } }"""
CANCEL = """mutation($input: CancelClientImportInput!) { cancelClientImport(input: $input) {
  clientImport { stage } problems { code field } } }"""
ROLL_BACK = """mutation($input: RollbackClientImportInput!) { rollbackClientImport(input: $input) {
  clientImport { stage } problems { code field } } }"""
LOOK = """query($id: ID!) { clientImport(id: $id) {
  stage layout { encoding separator sheet headerRow } sheets
  problem { code message remedy }
  columns { index header samples guess field dateOrder }
  counts { rows read create update skip problem }
  effects { created updated removed restored kept }
} }"""
PREVIEW = """query($id: ID!, $outcome: ImportOutcome) { clientImport(id: $id) {
  preview(first: 100, outcome: $outcome) { totalCount nodes {
    rowNumber outcome same sameAsRow client { firstName }
    person { firstName lastName email phone birthday street postalCode city country note
      tags consents }
    problems { code field value fatal }
  } } } }"""
OWN_FIELD = """mutation($input: CreateClientFieldInput!) { createClientField(input: $input) {
  clientField { id } problems { code field } } }"""
ARCHIVE = """mutation($input: ArchiveClientFieldInput!) { archiveClientField(input: $input) {
  clientField { id } problems { code field } } }"""
OWN_FIELDS: tuple[dict[str, Any], ...] = (
    {"name": "Skin type", "kind": "TEXT"},
    {"name": "Shoe size", "kind": "NUMBER"},
    {"name": "Wedding day", "kind": "DATE"},
    {"name": "Hair colour", "kind": "CHOICE", "options": ["Brown", "Grey"]},
    {"name": "Left behind", "kind": "TEXT"},
)
"""A field of every kind; the last one is archived."""
BUSY = ("READING", "COMMITTING", "ROLLING_BACK")


@dataclass
class Salon:
    """An owner who takes over lists."""

    ask: Ask
    token: str
    business_id: str

    async def do(self, query: str, **given: Any) -> Any:
        """Ask for a mutation, and give its payload."""
        answer = await self.ask(query, {"input": given}, token=self.token)
        assert "errors" not in answer, answer
        [payload] = answer["data"].values()
        return payload

    async def get(self, query: str, **variables: Any) -> Any:
        """Ask for one thing, and give it."""
        answer = await self.ask(query, variables, token=self.token)
        assert "errors" not in answer, answer
        [found] = answer["data"].values()
        return found

    async def upload(self, data: bytes, name: str = "clients.csv", kind: str = "text/csv") -> str:
        """Bring a file here, and give the import's id."""
        started = await self.do(START, fileName=name, contentType=kind, size=len(data))
        assert started["problems"] == []
        [key] = [
            row["key"]
            for row in await db.fetch(
                "SELECT file_key AS key FROM client_imports ORDER BY created_at DESC LIMIT 1"
            )
        ]
        await objects.store().put(key, data, content_type=kind, size=len(data))
        return str(started["clientImport"]["id"])

    async def bring(self, data: bytes, name: str = "clients.csv", kind: str = "text/csv") -> str:
        """Upload a file and wait until it was read."""
        id_ = await self.upload(data, name, kind)
        assert (await self.do(READ, id=id_))["problems"] == []
        await self.settled(id_)
        return id_

    async def settled(self, id_: str) -> Any:
        """Wait until nothing is being done about an import, and give it."""
        async with asyncio.timeout(120):
            while True:
                found = await self.get(LOOK, id=id_)
                if found["stage"] not in BUSY:
                    return found
                await asyncio.sleep(0.05)

    async def commit(self, id_: str) -> Any:
        """Write a list, and wait until that is done."""
        assert (await self.do(COMMIT, id=id_))["problems"] == []
        return await self.settled(id_)

    async def roll_back(self, id_: str) -> Any:
        """Take a list back, and wait until that is done."""
        assert (await self.do(ROLL_BACK, id=id_))["problems"] == []
        return await self.settled(id_)

    async def rows(self, id_: str, outcome: str | None = None) -> Any:
        """Give the preview's rows."""
        found = await self.get(PREVIEW, id=id_, outcome=outcome)
        return found["preview"]["nodes"]

    async def clients(self) -> list[dict[str, Any]]:
        """Give all that is kept of all clients, except what differs every time."""
        rows = await db.fetch(
            "SELECT to_jsonb(c) - 'id' - 'created_at' AS c FROM clients c ORDER BY sort_name, id"
        )
        import orjson  # noqa: PLC0415

        return [orjson.loads(row["c"]) for row in rows]


class Web(Salon):
    """The same over HTTP, on a server that does its own jobs."""

    http: httpx.AsyncClient
    sweeps: Sequence[Callable[[], Awaitable[None]]]
    """What the server does every hour."""

    async def upload(self, data: bytes, name: str = "clients.csv", kind: str = "text/csv") -> str:
        """Bring a file where the server wants it, and give the import's id."""
        started = await self.do(START, fileName=name, contentType=kind, size=len(data))
        assert started["problems"] == []
        place = urlsplit(started["upload"]["url"])  # the tests' server has a port of its own
        headers = {each["name"]: each["value"] for each in started["upload"]["headers"]}
        put = await self.http.put(f"{place.path}?{place.query}", content=data, headers=headers)
        assert put.is_success, put.text
        return str(started["clientImport"]["id"])


@pytest.fixture
def enabled() -> list[str]:
    """Only what these tests are about."""
    return ["accounts", "services", "clients", "appointments", "imports", "exports"]


@pytest.fixture
def worker(loaded: list[Module], settings: Settings) -> Reactions:
    """What the worker reacts to."""
    return Reactions(loaded, settings)


@pytest.fixture
def own_fields() -> tuple[dict[str, Any], ...]:
    """What the salon defined for itself: lists are read beside fields of every kind."""
    return OWN_FIELDS


@pytest.fixture
async def salon(
    engine: Engine,
    api: Ask,
    database: Database,
    worker: Reactions,
    own_fields: tuple[dict[str, Any], ...],
) -> AsyncIterator[Salon]:
    """A salon in Amsterdam, whose worker is at work."""
    here = Salon(api, *await _sign_up(api))
    await _define(here, own_fields)
    async with working(database.dsn, worker):
        yield here


@pytest.fixture
async def web(
    database: Database, settings: Settings, own_fields: tuple[dict[str, Any], ...]
) -> AsyncIterator[Web]:
    """A salon whose server is a real one, with its worker at work."""
    app = server_module.create_app(settings.model_copy(update={"worker": True}), database=database)
    async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=60) as http:

        async def ask(query: str, variables: Any = None, *, token: str | None = None) -> Any:
            said = {"query": query, "variables": variables or {}}
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return (await http.post("/graphql", json=said, headers=headers)).json()

        here = Web(ask, *await _sign_up(ask))
        here.http, here.sweeps = http, app.state.lifetime.runtime.reactions.sweeps
        await _define(here, own_fields)
        yield here


async def _sign_up(ask: Ask) -> tuple[str, str]:
    """Open a salon; gives its owner's token and its id."""
    up = await ask(
        SIGN_UP,
        {"input": {
            "businessName": "Salon", "zone": "Europe/Amsterdam", "currency": "EUR",
            "name": "Olga", "email": "olga@salon.example", "password": "correct horse battery",
        }},
    )  # fmt: skip
    payload = up["data"]["signUpBusiness"]
    return payload["token"], payload["viewer"]["business"]["id"]


async def _define(here: Salon, own_fields: tuple[dict[str, Any], ...]) -> None:
    """Give a salon fields of its own."""
    for field in own_fields:
        made = await here.do(OWN_FIELD, **field)
        assert made["problems"] == []
        if field["name"] == "Left behind":
            assert (await here.do(ARCHIVE, id=made["clientField"]["id"]))["problems"] == []
