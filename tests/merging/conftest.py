"""A salon with two files on one person, and a look at everything there is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest

from storage.database import fetch
from tests.promises.conftest import Ask, Salon, furnish

MERGE = """mutation($input: MergeClientsInput!, $key: String, $dry: Boolean! = false) {
  mergeClients(input: $input, idempotencyKey: $key, dryRun: $dry) {
    client { id fullName email phone tags version appointments { totalCount } }
    merge { id createdAt undoableUntil actor { name } client { id } }
    problems { code field } replayed
  }
}"""
UNMERGE = """mutation($input: UnmergeClientsInput!) {
  unmergeClients(input: $input) {
    client { id fullName } other { id fullName } kept stayed { kind count } problems { code field }
  }
}"""
PREVIEW = """query($survivor: ID!, $other: ID!) {
  clientMergePreview(survivorId: $survivor, otherId: $other) {
    survivor { fullName } other { fullName }
    fields { name survivor other usual canJoin }
    kinds { kind survivor moves setAside }
  }
}"""
DUPLICATES = """query($min: Int) { viewer { business { duplicateClients(minScore: $min) {
  totalCount nodes { client { fullName } otherClient { fullName } score reasons } } } } }"""
OPEN = """mutation($input: CreateClientInput!) {
  createClient(input: $input) { client { id version } problems { code field } } }"""
CHANGE = """mutation($input: UpdateClientInput!) {
  updateClient(input: $input) { client { version } problems { code } } }"""

OTHER_THINGS = {"event", "job", "job_log", "job_statistics", "idempotency", "sessions", "messages"}
"""Tables of what was said and done, not of what there is."""


@pytest.fixture
async def salon(api: Ask) -> Salon:
    """A furnished salon; its client is Ann Lee, Ann@Example.com."""
    return await furnish(api)


async def open_file(salon: Salon, **person: Any) -> str:
    """Open a file."""
    usual = {"firstName": "Anne", "lastName": "Lee", "phone": "+31612345678"}
    made = await salon.does(OPEN, "createClient", {"input": {**usual, **person}})
    assert made["problems"] == [], made
    return str(made["client"]["id"])


async def merge(salon: Salon, other: str, survivor: str | None = None, **more: Any) -> Any:
    """Merge a file into the salon's client's, or into another one."""
    given = {"survivorId": survivor or salon.client, "otherId": other, **more}
    return await salon.does(MERGE, "mergeClients", {"input": given})


async def unmerge(salon: Salon, merged: Any) -> Any:
    """Undo a merge."""
    given = {"input": {"id": merged["merge"]["id"]}}
    return await salon.does(UNMERGE, "unmergeClients", given)


async def everything() -> dict[str, list[Any]]:
    """Every row of every table of the business, as JSON."""
    tables = await fetch(
        "SELECT table_name AS name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
    )
    found = {}
    for row in tables:
        if row["name"] not in OTHER_THINGS:
            rows = await fetch(f"SELECT to_jsonb(t) AS said FROM {row['name']} t ORDER BY t::text")
            found[row["name"]] = [orjson.loads(each["said"]) for each in rows]
    return found


def key(id_: str) -> UUID:
    """Give the key of an id of the API."""
    return UUID(id_.partition("_")[2])
