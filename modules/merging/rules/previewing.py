"""Looking at what a merge would do, before it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from modules import client_data, previews
from modules.client_data import ClientTable
from modules.clients import rules as clients
from modules.errors import NotFound
from modules.merging.events import MergeSide
from modules.merging.rules.fields import JOINED, Field, fields, usual
from modules.merging.rules.moving import colliding
from modules.merging.rules.refusals import SameFile
from modules.previews import Preview, Seen
from modules.viewer import Viewer
from storage import catalogue, database
from storage.catalogue import CLIENT


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPreview:
    """A field, what each file has in it, and what the survivor would get."""

    name: str
    survivor: Any
    other: Any
    usual: MergeSide
    can_join: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPreview:
    """How many rows of a kind there are, and what would become of the other file's."""

    name: str
    survivor: int
    moves: int
    set_aside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePreview:
    """What a merge would do."""

    survivor_id: UUID
    other_id: UUID
    other_version: int
    preview: Preview
    fields: Sequence[FieldPreview]
    kinds: Sequence[KindPreview]


async def preview(by: Viewer, survivor_id: UUID, other_id: UUID) -> MergePreview:
    """Say what merging would do, field by field and kind by kind. Refuses: SameFile, NotFound."""
    if survivor_id == other_id:
        raise SameFile(field="other_id")
    business_id = by.of_business()
    found = await database.fetch(
        "SELECT id, version FROM clients WHERE business_id = $1 AND id IN ($2, $3)",
        business_id, survivor_id, other_id,
    )  # fmt: skip
    there = {row["id"]: row["version"] for row in found}
    for name, id_ in (("survivor_id", survivor_id), ("other_id", other_id)):
        if id_ not in there:
            raise NotFound("There is no such client.", field=name)
    survivor = await clients.copy_of(business_id, survivor_id)
    other = await clients.copy_of(business_id, other_id)
    table = next(each for each in await catalogue.tables() if each.name == "clients")
    kinds = await _kinds(business_id, survivor_id, other_id)
    return MergePreview(
        survivor_id=survivor_id,
        other_id=other_id,
        other_version=there[other_id],
        preview=previews.sealed(by, _seen(survivor_id, other_id, there, kinds)),
        fields=[_field(field, survivor, other) for field in fields(table)],
        kinds=kinds,
    )


async def check(
    by: Viewer, token: str, survivor_id: UUID, other_id: UUID, versions: Mapping[UUID, int]
) -> None:
    """Make sure that merging these files is what was looked at. Refuses: StalePreview."""
    kinds = await _kinds(by.of_business(), survivor_id, other_id)
    previews.check(by, token, _seen(survivor_id, other_id, versions, kinds))


def _seen(
    survivor_id: UUID,
    other_id: UUID,
    versions: Mapping[UUID, int],
    kinds: Sequence[KindPreview],
) -> Seen:
    """Say what the token of a preview stands for: whatever of the files is shown."""
    return Seen(
        about=f"merge {other_id} into {survivor_id}",
        version=versions[survivor_id],
        counts={each.name: each.moves for each in kinds},
        more=[versions[other_id], [[each.survivor, each.set_aside] for each in kinds]],
    )


def _field(field: Field, survivor: Any, other: Any) -> FieldPreview:
    return FieldPreview(
        name=field.name,
        survivor=field.of(survivor),
        other=field.of(other),
        usual=usual(field, survivor, other),
        can_join=field.name in JOINED,
    )


async def _kinds(business_id: UUID, survivor: UUID, other: UUID) -> list[KindPreview]:
    kinds = [k for k in await client_data.kinds() if not (k.said.stays or k.said.hidden)]
    counted = " UNION ALL ".join(
        f"SELECT {n}, (SELECT count(*) FROM {k.table.name} WHERE business_id = $1 AND {CLIENT} = $3),"  # noqa: E501, S608 -- the catalogue's names
        f" (SELECT count(*) FROM {k.table.name} WHERE business_id = $1 AND {CLIENT} = $2),"
        f" {_collisions(k)}"
        for n, k in enumerate(kinds)
    )
    found: dict[str, KindPreview] = {}
    for nth, mine, theirs, alike in await database.fetch(counted, business_id, other, survivor):
        if mine or theirs:
            name = kinds[nth].name
            so_far = found.get(name) or KindPreview(name=name, survivor=0, moves=0, set_aside=0)
            found[name] = KindPreview(
                name=name,
                survivor=so_far.survivor + mine,
                moves=so_far.moves + theirs - alike,
                set_aside=so_far.set_aside + alike,
            )
    return sorted(found.values(), key=lambda each: each.name)


def _collisions(kind: ClientTable) -> str:
    table = kind.table
    own = [u for u in table.uniques if any(key.strip('"') == CLIENT for key in u.keys)]
    if not own or kind.said.yields:
        return "0"
    keys = ", ".join(f"c.{column}" for column in table.key)
    union = " UNION ".join(f"SELECT {keys} FROM ({colliding(table, u)}) AS c" for u in own)  # noqa: S608 -- the catalogue's names
    return f"(SELECT count(*) FROM ({union}) AS alike)"  # noqa: S608 -- the catalogue's names
