"""Filters of the client list that are named and kept: who is meant is found anew every time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack
from uuid import UUID

import orjson

from modules.clients import models
from modules.clients.events import ClientSegmentChanged
from modules.clients.hooks import MISSING
from modules.errors import InvalidInput, NotFound, Refusal, checked
from modules.events import record
from modules.text import name, paragraphs
from modules.viewer import Viewer
from storage import database

MOST = 200

_READ = "SELECT id, conditions::text FROM client_segments WHERE business_id = $1 AND id = ANY($2)"
_READ_ALL = "SELECT id, conditions::text FROM client_segments WHERE business_id = $1"

_NAMING = """
SELECT id FROM client_segments WHERE business_id = $1 AND strpos(conditions::text, $2) > 0
ORDER BY name, id"""
_ID = re.compile(r'"([a-z]+_[0-9a-f]{32})"')


class SegmentOutdated(Refusal):
    """This segment asks for something that is not there any more."""

    code = "SEGMENT_OUTDATED"
    remedy = "Change its filter: a group it names was deleted, or a module it needs is off."


class SegmentsTooMany(InvalidInput):
    """A business has at most 200 segments."""

    code = "SEGMENTS_TOO_MANY"
    remedy = "Delete one that is of no more use."


class SegmentChanges(TypedDict, total=False):
    """What can be changed about a segment; what is left out stays."""

    name: str
    description: str | None
    filter: Mapping[str, Any]


async def create_client_segment(
    by: Viewer, *, name: str, filter: Mapping[str, Any], description: str | None = None
) -> UUID:
    """Keep a filter under a name."""
    values = _tidy({"name": name, "filter": filter, "description": description})
    if await by.rows(models.ClientSegment).count() >= MOST:
        raise SegmentsTooMany
    made = await models.ClientSegment.create(business_id=by.of_business(), **values)
    record(ClientSegmentChanged(business_id=by.of_business(), subject=made.id))
    return made.id


async def update_client_segment(
    by: Viewer, *, segment_id: UUID, **changes: Unpack[SegmentChanges]
) -> UUID:
    """Change a segment."""
    values = _tidy(changes)
    held = by.rows(models.ClientSegment).filter(id=segment_id)
    if await held.select_for_update(no_key=True).first() is None:
        raise NotFound("There is no such segment.", field="id")
    if values:
        await held.update(**values)
        record(ClientSegmentChanged(business_id=by.of_business(), subject=segment_id))
    return segment_id


async def delete_client_segment(by: Viewer, *, segment_id: UUID) -> UUID:
    """Throw a segment away; the clients stay."""
    if not await by.rows(models.ClientSegment).filter(id=segment_id).delete():
        raise NotFound("There is no such segment.", field="id")
    record(ClientSegmentChanged(business_id=by.of_business(), subject=segment_id))
    return segment_id


async def all_filters(by: Viewer) -> dict[UUID, Mapping[str, Any] | None]:
    """Read the filters of all segments, as `filters` does."""
    return await _filters(by, await database.fetch(_READ_ALL, by.business_id))


async def filters(by: Viewer, segments: Sequence[UUID]) -> dict[UUID, Mapping[str, Any] | None]:
    """Read the filters of segments; those that are not there are left out.

    One that names what is gone has none: nobody is meant by that, and all but those would be
    everybody.
    """
    return await _filters(by, await database.fetch(_READ, by.business_id, segments))


async def _filters(by: Viewer, rows: Sequence[Any]) -> dict[UUID, Mapping[str, Any] | None]:
    named = {row["id"]: set(_ID.findall(row["conditions"])) for row in rows}
    every = set().union(*named.values())
    gone = set().union(*await MISSING.call(by, every)) if every else set()
    return {
        row["id"]: None if named[row["id"]] & gone else orjson.loads(row["conditions"])
        for row in rows
    }


async def naming(by: Viewer, named: str) -> list[UUID]:
    """List the segments whose filters name something, by its id as the API writes it."""
    rows = await database.fetch(_NAMING, by.of_business(), f'"{named}"')
    return [row["id"] for row in rows]


def _tidy(changes: Mapping[str, Any]) -> dict[str, Any]:
    named = {"filter": "conditions"}
    found = checked(changes, _tidy_one)
    return {named.get(what, what): value for what, value in found.items()}


def _tidy_one(column: str, value: Any) -> Any:
    match column:
        case "name":
            return name(value, column)
        case "description":
            return paragraphs(value, column, limit=2_000)
        case "filter":
            return value
        case _:
            raise TypeError(f"segments have no {column}")
