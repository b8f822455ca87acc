"""Words the team puts on clients to find them by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from modules.clients.events import ClientUpdated
from modules.errors import InvalidInput, NotFound
from modules.events import record
from modules.text import line
from modules.viewer import Viewer
from storage import database

MOST = 50
"""Tags of one client."""
AT_ONCE = 1_000
"""Clients of one request."""

_TAKE = """
SELECT id FROM clients WHERE business_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE"""
_ADD = """
UPDATE clients
SET tags = ARRAY(SELECT DISTINCT unnest(tags || $3) COLLATE "C" AS tag ORDER BY tag)
WHERE business_id = $1 AND id = ANY($2) AND NOT tags @> $3
RETURNING id, cardinality(tags) AS many"""
_REMOVE = """
UPDATE clients
SET tags = ARRAY(SELECT tag FROM unnest(tags) tag WHERE tag <> ALL($3) ORDER BY tag COLLATE "C")
WHERE business_id = $1 AND id = ANY($2) AND tags && $3
RETURNING id, cardinality(tags) AS many"""


class TagsTooMany(InvalidInput):
    """A client has at most 50 tags."""

    code = "TAGS_TOO_MANY"
    remedy = "Remove some that are of no more use, or send fewer."


class ClientsTooMany(InvalidInput):
    """Those are too many clients for one request."""

    code = "CLIENTS_TOO_MANY"
    remedy = "Name at most {most} at once."
    values = MappingProxyType({"most": AT_ONCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """Clients whose tags were changed together."""

    client_ids: Sequence[UUID]
    changed: int
    """How many of them had other tags before."""


def tags(given: Sequence[str] | None, field: str = "tags") -> list[str]:
    """Tidy tags: in small letters, each once, in their order; blank ones are left out.

    Refuses: TagsTooMany, TextTooLong, TextNotAllowed.
    """
    tidy = (line(tag, f"{field}.{index}", limit=50) for index, tag in enumerate(given or ()))
    found = sorted({tag.lower()[:50] for tag in tidy if tag})
    if len(found) > MOST:
        raise TagsTooMany(field=field)
    return found


async def add_client_tags(by: Viewer, *, client_ids: Sequence[UUID], tags: Sequence[str]) -> Tagged:
    """Put tags on clients, beside those they have."""
    return await _change(_ADD, by, client_ids, tags)


async def remove_client_tags(
    by: Viewer, *, client_ids: Sequence[UUID], tags: Sequence[str]
) -> Tagged:
    """Take tags off clients, whether they had them or not."""
    return await _change(_REMOVE, by, client_ids, tags)


async def _change(
    statement: str, by: Viewer, client_ids: Sequence[UUID], typed: Sequence[str]
) -> Tagged:
    if len(client_ids) > AT_ONCE:
        raise ClientsTooMany(field="client_ids")
    business_id, words = by.of_business(), tags(typed)
    # Taken in one order: two who tag the same clients wait for each other, but not both ways.
    found = {row["id"] for row in await database.fetch(_TAKE, business_id, client_ids)}
    for index, client_id in enumerate(client_ids):
        if client_id not in found:
            raise NotFound("There is no such client.", field=f"client_ids.{index}")
    changed = await database.fetch(statement, business_id, client_ids, words)
    for row in changed:
        if row["many"] > MOST:
            raise TagsTooMany(field="tags")
        record(ClientUpdated(business_id=business_id, subject=row["id"], changed=("tags",)))
    return Tagged(client_ids=client_ids, changed=len(changed))
