"""Making two files again of one, in whatever order merges are undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from modules import client_data
from modules.accounts import rules as accounts
from modules.client_data import ClientTable
from modules.clients import rules as clients
from modules.clients.events import ClientsUnmerged
from modules.errors import NotFound, Refusal
from modules.events import record
from modules.merging.rules import lineage, moving
from modules.merging.rules.fields import Row, fields
from modules.merging.rules.lineage import Step
from modules.merging.rules.merging import KEPT
from modules.merging.rules.moving import Rows
from modules.viewer import Viewer
from storage import catalogue, database, jsonb
from storage.catalogue import CLIENT, Table


class MergeTooOld(Refusal):
    """This merge was too long ago to be undone."""

    code = "MERGE_TOO_OLD"
    remedy = "A merge can be undone for 30 days; open a new file instead."


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged:
    """Two files that are two again."""

    client_id: UUID
    other_id: UUID
    kept: list[str]
    """Fields of the survivor that were changed since, and stay."""
    stayed: Mapping[str, int]
    """Rows that came along and were changed since, or are gone, by name."""


async def unmerge_clients(by: Viewer, *, merge_id: UUID) -> Unmerged:
    """Make two files again of one, as they were; what changed since stays with the survivor."""
    business_id = by.of_business()
    merge = await _merge(by, merge_id)
    survivor_id: UUID = merge["client_id"]
    other: dict[str, Any] = orjson.loads(merge["other"])
    other_id = UUID(other["id"])
    tables = {table.name: table for table in await catalogue.tables()}
    await moving.moving(True)
    later = await _later(business_id, merge)
    kept = await _give_back_fields(business_id, merge, later, tables["clients"])
    await _reopen(business_id, survivor_id, other, tables["clients"])
    stayed = await _give_back_rows(merge, other, tables, later)
    await moving.moving(False)
    await _let_in(business_id, survivor_id, other_id)
    await database.execute(
        "DELETE FROM client_merges WHERE business_id = $1 AND id = $2", business_id, merge_id
    )
    record(
        ClientsUnmerged(
            business_id=business_id, subject=survivor_id, other_id=other_id, merge_id=merge_id
        )
    )
    return Unmerged(client_id=survivor_id, other_id=other_id, kept=kept, stayed=stayed)


async def _let_in(business_id: UUID, *client_ids: UUID) -> None:
    """Give whoever signs in to see one of the files their place back."""
    for client_id in client_ids:
        account = (await clients.copy_of(business_id, client_id))["account_id"]
        if account is not None:
            await accounts.admit_client(UUID(account), business_id)


async def _later(business_id: UUID, merge: Any) -> list[Step]:
    """Find the merges the file went through since, the earliest first; they stay held."""
    rows = await database.fetch(
        "SELECT id, survivor, became, other, chosen FROM client_merges"
        " WHERE business_id = $1 AND client_id = $2 AND id > $3 AND other IS NOT NULL"
        " ORDER BY id FOR UPDATE",
        business_id, merge["client_id"], merge["id"],
    )  # fmt: skip
    return lineage.of(orjson.loads(merge["survivor"])["id"], rows)


async def _give_back_fields(
    business_id: UUID, merge: Any, later: Sequence[Step], table: Table
) -> list[str]:
    """Make the fields what they were, also in what undoing later merges needs.

    Answers those that somebody changed since, and that stay.
    """
    before, became = orjson.loads(merge["survivor"]), orjson.loads(merge["became"])
    now = await clients.copy_of(business_id, merge["client_id"])
    known = [each for each in fields(table) if each.within(before) and each.within(became)]
    was, becomes = lineage.without(known, became, before, later)
    file, kept = lineage.shifted(known, now, was, becomes)
    for step in later:
        await database.execute(
            "UPDATE client_merges SET survivor = $3, became = $4, other = $5"
            " WHERE business_id = $1 AND id = $2",
            business_id, step.merge_id,
            *map(jsonb.text, (step.survivor, step.became, step.other)),
        )  # fmt: skip
    columns = {column: file[column] for field in known for column in field.columns}
    await clients.rewrite(business_id, merge["client_id"], columns, version=file["version"])
    return kept


async def _reopen(business_id: UUID, survivor_id: UUID, other: Row, table: Table) -> None:
    """Open the other file again, as it was; without an account that the survivor has kept."""
    again = {**other, **clients.found_by(*(other[name] for name in FOUND_BY))}
    taken = await database.fetchval(
        "SELECT account_id FROM clients WHERE business_id = $1 AND account_id = $2",
        business_id, other["account_id"] and UUID(other["account_id"]),
    )  # fmt: skip
    if taken is not None:
        again |= {"account_id": None, "account_state": "UNVERIFIED", "email_verified_at": None}
    await moving.restore(table, [again])


async def _give_back_rows(
    merge: Any, reopened: Row, tables: Mapping[str, Table], later: Sequence[Step]
) -> dict[str, int]:
    """Move rows back and put back those that were set aside; answers what stays, by name."""
    kinds = {kind.table.name: kind for kind in await client_data.kinds()}
    stayed: dict[str, int] = {}
    for part in await database.fetch(
        "SELECT table_name, moved, aside FROM client_merge_parts"
        " WHERE business_id = $1 AND merge_id = $2 ORDER BY nth",
        merge["business_id"], merge["id"],
    ):  # fmt: skip
        name = part["table_name"]
        moved, aside = orjson.loads(part["moved"]), orjson.loads(part["aside"])
        if moved and name in kinds:
            left = await _back(merge, kinds[name], moved, reopened, later)
            if left and not kinds[name].said.hidden:
                stayed[kinds[name].name] = stayed.get(kinds[name].name, 0) + left
        if aside and name in tables:
            await moving.restore(tables[name], aside)
    return stayed


async def _back(
    merge: Any, kind: ClientTable, moved: Rows, reopened: Row, later: Sequence[Step]
) -> int:
    """Give rows back, wherever later merges have brought them; answers how many stay."""
    table = kind.table
    parts = await database.fetch(
        "SELECT merge_id, nth, moved, aside FROM client_merge_parts"
        " WHERE business_id = $1 AND merge_id = ANY ($2) AND table_name = $3",
        merge["business_id"], [step.merge_id for step in later], table.name,
    )  # fmt: skip
    # Set aside by a later merge as a row of the file this one made: it must not be taken for the
    # row that was in its way.
    marks = {_identity(table, row): row for row in moved}
    made = {step.other["id"] for step in later if step.inside}
    reclaimed = [
        row
        for part in parts
        for row in orjson.loads(part["aside"])
        if row[CLIENT] in made and _unchanged(row, marks.get(_identity(table, row)))
    ]
    if reclaimed:
        await moving.restore(table, [{**row, CLIENT: reopened["id"]} for row in reclaimed])
    there = {_identity(table, row) for row in reclaimed}
    went = await moving.back(
        kind,
        [row for row in moved if _identity(table, row) not in there],
        business_id=merge["business_id"],
        survivor=merge["client_id"],
        other=UUID(reopened["id"]),
    )
    gone = {_identity(table, row) for row in went}
    for part in parts:
        await database.execute(
            "UPDATE client_merge_parts SET moved = $4, aside = $5"
            " WHERE business_id = $1 AND merge_id = $2 AND nth = $3",
            merge["business_id"], part["merge_id"], part["nth"],
            jsonb.text([r for r in orjson.loads(part["moved"]) if _identity(table, r) not in gone]),
            jsonb.text([row for row in orjson.loads(part["aside"]) if row not in reclaimed]),
        )  # fmt: skip
    return len(moved) - len(reclaimed) - len(went)


def _identity(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column] for column in table.key if column != CLIENT)


def _unchanged(row: Row, mark: Row | None) -> bool:
    return mark is not None and all(row[k] == v for k, v in mark.items() if k != CLIENT)


async def _merge(by: Viewer, merge_id: UUID) -> Any:
    """Find a merge that can be undone, and hold it and the file it is in."""
    business_id = by.of_business()
    found = await database.fetchval(
        "SELECT client_id FROM client_merges WHERE business_id = $1 AND id = $2",
        business_id, merge_id,
    )  # fmt: skip
    if found is not None:
        await clients.lock(by, [found])
    merge = await database.fetchrow(
        "SELECT *, at < now() - $3::interval AS old FROM client_merges"
        " WHERE business_id = $1 AND id = $2 FOR UPDATE",
        business_id, merge_id, KEPT,
    )  # fmt: skip
    if merge is None or merge["client_id"] != found:
        raise NotFound("There is no such merge; it may have been undone.", field="id")
    if merge["old"] or merge["other"] is None:
        raise MergeTooOld(field="id")
    return merge


FOUND_BY = ("first_name", "last_name", "email", "phone")
"""What a file is found by."""
