"""A salon whose clients leave, a worker that does its jobs, and an eye on every table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from modules.contract import Module
from modules.erasure.rules import finishing
from modules.reactions import Reactions
from schema.runtime import working
from storage.database import Database, fetch, fetchval
from storage.settings import Settings
from tests.promises.conftest import Ask, Salon, furnish

Work = Callable[[], Awaitable[None]]

PREVIEW = """query($id: ID!) { clientDeletionPreview(clientId: $id) {
  client { fullName } counts { kind count } token expiresAt } }"""
DELETE = """mutation($input: DeleteClientInput!, $key: String, $dry: Boolean! = false) {
  deleteClient(input: $input, idempotencyKey: $key, dryRun: $dry) {
    receipt { id status reason startedAt finishedAt actor { name } went { kind count } }
    cancelled { appointmentId startsAt endsAt service staff }
    problems { code field } replayed messages { kind recipient }
  }
}"""
LEFT = "SELECT count(*) FROM job WHERE status IN ('queued', 'picked')"
RECEIPT = """query($id: ID!) { erasureReceipt(id: $id) {
  status finishedAt progress { done total } went { kind count } } }"""


@pytest.fixture
async def salon(api: Ask) -> Salon:
    """A furnished salon, whose client has a name that is nowhere else."""
    salon = await furnish(api)
    return replace(salon, client=await open_file(salon))


async def open_file(salon: Salon, **other: Any) -> str:
    """Open a file on Zoltana, or on whom is said."""
    person = {
        "firstName": "Zoltana",
        "lastName": "Querfeld",
        "email": "zoltana@querfeld.example",
        "phone": "+31612345678",
        **other,
    }
    query = """mutation($input: CreateClientInput!, $key: String) {
      createClient(input: $input, idempotencyKey: $key) { client { id } problems { code } } }"""
    made = await salon.does(
        query, "createClient", {"input": person, "key": f"made up for {person['email']}"}
    )
    assert made["problems"] == []
    return str(made["client"]["id"])


async def look(salon: Salon, client: str | None = None) -> dict[str, Any]:
    """Look at what would go."""
    answer = await salon.ask(PREVIEW, {"id": client or salon.client}, token=salon.token)
    assert "errors" not in answer, answer
    return dict(answer["data"]["clientDeletionPreview"])


async def delete(salon: Salon, client: str | None = None, **more: Any) -> dict[str, Any]:
    """Look, and delete."""
    token = (await look(salon, client))["token"]
    given = {"id": client or salon.client, "token": token}
    return dict(await salon.does(DELETE, "deleteClient", {"input": given, **more}))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who watch are told at once, and nobody waits long."""
    monkeypatch.setattr(finishing, "TOLD", finishing.timedelta(0))
    monkeypatch.setattr(finishing, "LONGEST_PAUSE", 0.2)


@pytest.fixture
def reactions(loaded: list[Module], settings: Settings) -> Reactions:
    """All that is done after something happened."""
    return Reactions(loaded, settings)


@asynccontextmanager
async def at_work(database: Database, reactions: Reactions) -> AsyncIterator[None]:
    """Have a real worker do the jobs meanwhile."""
    async with working(database.dsn, reactions):
        yield


@pytest.fixture
async def work(
    database: Database, reactions: Reactions, quick: None
) -> Callable[[], Awaitable[None]]:
    """Does the jobs there are, as a worker does, until none is left."""

    async def until_done() -> None:
        async with at_work(database, reactions), asyncio.timeout(90):
            while await fetchval(LEFT):  # noqa: ASYNC110 - there is nothing to be told by
                await asyncio.sleep(0.05)
        assert await fetch("SELECT * FROM job") == []

    return until_done


async def found(words: Iterable[str], folder: Path | None = None) -> list[tuple[str, str]]:
    """Look for words in every column of every table, and in all files of a folder."""
    columns = await fetch(
        "SELECT c.relname AS name, array_agg(CASE WHEN a.atttypid = 'bytea'::regtype"
        "  THEN format('encode(%I, ''escape'')', a.attname) ELSE format('%I::text', a.attname) END)"
        "  AS columns FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
        "  AND NOT a.attisdropped WHERE c.relkind IN ('r', 'p')"
        "  AND c.relnamespace = 'public'::regnamespace GROUP BY 1 ORDER BY 1"
    )
    sought = [word.lower() for word in words]
    hits: list[tuple[str, str]] = []
    for row in columns:
        every = ", ".join(row["columns"])
        rows = await fetch(
            f"SELECT word FROM unnest($1::text[]) AS word WHERE EXISTS (SELECT FROM {row['name']}"
            f" WHERE strpos(lower(concat_ws(' ', {every})), word) > 0)",
            sought,
        )
        hits += [(row["name"], hit["word"]) for hit in rows]
    for file in sorted(folder.rglob("*")) if folder else ():
        if file.is_file():
            told = (str(file) + file.read_bytes().decode(errors="replace")).lower()
            hits += [(file.name, word) for word in sought if word in told]
    return hits


def both(id_: str) -> list[str]:
    """Write an id as the API does, and as the database does."""
    key = UUID(id_.partition("_")[2])
    return [key.hex, str(key)]
