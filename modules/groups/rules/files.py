"""Making groups, and naming them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from modules import text
from modules.clients.rules import FOLDING, UNEDITED, fold
from modules.errors import InvalidInput, NotFound, checked
from modules.events import record
from modules.groups import models
from modules.groups.events import GroupCreated, GroupUpdated
from modules.groups.rules import members
from modules.viewer import Viewer
from storage import database

_NOTHING = {"version": F("version")}
"""An update of no column, which counts as a change all the same."""
_CREATE = """
INSERT INTO client_groups (business_id, name, description, folded_name, sort_name, folding)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (business_id, folded_name) DO NOTHING RETURNING id"""

_OUTDATED = f"""
SELECT id, name FROM client_groups WHERE folding IS DISTINCT FROM {FOLDING}
ORDER BY id FOR NO KEY UPDATE"""  # noqa: S608 -- a constant
_REFOLD = "UPDATE client_groups SET sort_name = $2, folding = $3 WHERE id = $1"


class GroupNameTaken(InvalidInput):
    """There is a group of this name already."""

    code = "GROUP_NAME_TAKEN"
    remedy = "Choose another name, or add the clients to the group there is."


class GroupChanges(TypedDict, total=False):
    """What can be changed about a group itself; what is left out stays."""

    name: str
    description: str | None
    client_ids: Sequence[UUID] | None
    """Who is in it: exactly these. None changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroup:
    """A group that was made."""

    id: UUID
    duplicates_ignored: int
    """How many of the clients named for it were named before."""


async def create_group(
    by: Viewer, *, name: str, description: str | None = None, client_ids: Sequence[UUID] = ()
) -> NewGroup:
    """Make a group of these clients, or of none yet; who is named twice is in it once."""
    columns = _tidied({"name": name, "description": description})
    business_id = by.of_business()
    group_id: UUID | None = await database.fetchval(
        _CREATE, business_id, columns["name"], columns["description"],
        columns["folded_name"], columns["sort_name"], columns["folding"],
    )  # fmt: skip
    if group_id is None:
        raise GroupNameTaken(field="name")
    added = await members.put(by, group_id, client_ids)
    record(GroupCreated(business_id=business_id, subject=group_id, added=added.added))
    return NewGroup(id=group_id, duplicates_ignored=added.duplicates_ignored)


async def update_group(
    by: Viewer, *, group_id: UUID, **changes: Unpack[GroupChanges]
) -> members.Replaced:
    """Rename a group, describe it anew, and let exactly these clients be in it."""
    asked: dict[str, Any] = dict(changes)
    client_ids = asked.pop("client_ids", None)
    columns = _tidied(asked)
    found = by.rows(models.ClientGroup).filter(id=group_id)
    try:
        async with database.transaction():
            if not await found.update(**columns or _NOTHING):
                raise NotFound("There is no such group.", field="id")
    except IntegrityError as error:
        raise GroupNameTaken(field="name") from error
    record(GroupUpdated(business_id=by.of_business(), subject=group_id))
    if client_ids is None:
        return members.Replaced()
    return await members.replace_clients(by, group_id=group_id, client_ids=client_ids)


def pattern(search: str) -> str:
    """Make the LIKE pattern for any part of a group's name, whatever capitals and accents."""
    escaped = re.sub(r"([\\%_])", r"\\\1", fold(search[:200].replace("\0", "")))
    return f"%{escaped}%"


async def refold() -> None:
    """Write anew by what groups are sorted, where another way of folding wrote it."""
    async with database.transaction():
        due = await database.fetch(_OUTDATED)
        await database.execute(UNEDITED)
        for row in due:
            await database.execute(_REFOLD, row["id"], fold(row["name"]), FOLDING)


def _sorted(name: str) -> dict[str, Any]:
    return {"sort_name": fold(name), "folding": FOLDING}


def _tidied(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Check all that was typed, and give the columns it is kept in."""
    return {
        name: value for found in checked(asked, _tidy).values() for name, value in found.items()
    }


def _tidy(column: str, value: Any) -> dict[str, Any]:
    """Check what was typed, and give the columns it is kept in."""
    match column:
        case "name":
            tidy = text.name(value, column)
            return {"name": tidy, "folded_name": tidy.casefold(), **_sorted(tidy)}
        case "description":
            return {"description": text.paragraphs(value, column, limit=5_000)}
        case _:
            raise TypeError(f"groups have no {column}")
