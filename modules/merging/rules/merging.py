"""Making one file of two, and two of it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from modules import belongings
from modules.accounts import rules as accounts
from modules.clients import rules as clients
from modules.clients.events import ClientsMerged, ClientsUnmerged
from modules.errors import InvalidInput, NotFound, Refusal, StaleVersion
from modules.events import record
from modules.merging.events import MergeSide
from modules.merging.rules import moving
from modules.merging.rules.fields import WORKED_OUT, Row, fields, joined
from modules.merging.rules.moving import Mover
from modules.viewer import Viewer
from storage import catalogue, database, jsonb
from storage.catalogue import Table
from storage.models import uuid7

KEPT = timedelta(days=30)
"""How long a merge can be undone."""
STEP = 1_000
"""By how much a merge raises the survivor's version: what was read of the merged file stays stale
when the merge is undone and the version is what it was before."""


class SameFile(InvalidInput):
    """A file cannot be merged with itself."""

    code = "SAME_FILE"
    remedy = "Choose two files."


class AlreadyMerged(Refusal):
    """This file was merged into another already."""

    code = "ALREADY_MERGED"
    remedy = "Use the file it is a part of now, or undo that merge first."


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


async def merge_clients(
    by: Viewer,
    *,
    survivor_id: UUID,
    other_id: UUID,
    chosen: Mapping[str, MergeSide] | None = None,
    survivor_version: int | None = None,
    other_version: int | None = None,
) -> UUID:
    """Make one file of two; answers the merge's id.

    Everything of the other file becomes the survivor's; what the survivor has already is set aside.
    Refuses: SameFile, NotFound, AlreadyMerged, StaleVersion, MergeFieldUnknown.
    """
    if survivor_id == other_id:
        raise SameFile(field="other_id")
    files = await clients.hold(by, [survivor_id, other_id])
    for name, id_ in (("survivor", survivor_id), ("other", other_id)):
        if id_ not in files:
            raise await _missing(by, id_, f"{name}_id")
    for name, id_, version in (
        ("survivor", survivor_id, survivor_version),
        ("other", other_id, other_version),
    ):
        if version is not None and files[id_]["version"] != version:
            raise StaleVersion(field=f"{name}_version")
    business_id, merge_id = by.of_business(), uuid7()
    tables = {table.name: table for table in await catalogue.tables()}
    survivor = await clients.copy_of(business_id, survivor_id)
    other = await clients.copy_of(business_id, other_id)
    columns = joined(fields(tables["clients"]), survivor, other, chosen or {})
    await database.execute(
        "INSERT INTO client_merges (id, business_id, client_id, other_client_id, account_id,"
        " survivor, became, other) VALUES ($1, $2, $3, $4, $5, $6, '{}', '{}')",
        merge_id, business_id, survivor_id, other_id, by.account_id, jsonb.text(survivor),
    )  # fmt: skip
    await _sign_out(business_id, survivor, other, columns)
    await moving.moving(True)
    # An account has one file here: the one lets go of it before the other takes it.
    await clients.rewrite(business_id, other_id, {"account_id": None}, version=other["version"])
    became = await clients.rewrite(
        business_id, survivor_id, columns, version=survivor["version"] + STEP
    )
    await _hand_over(business_id, merge_id, survivor_id, other_id, tables)
    figures = await clients.copy_of(business_id, other_id)
    last = {**other, **{name: figures[name] for name in WORKED_OUT if name in figures}}
    await clients.close(business_id, other_id)
    await moving.moving(False)
    await database.execute(
        "UPDATE client_merges SET became = $3, other = $4 WHERE business_id = $1 AND id = $2",
        business_id, merge_id, jsonb.text(became), jsonb.text(last),
    )  # fmt: skip
    record(
        ClientsMerged(
            business_id=business_id, subject=survivor_id, other_id=other_id, merge_id=merge_id
        )
    )
    return merge_id


async def unmerge_clients(by: Viewer, *, merge_id: UUID) -> Unmerged:
    """Make two files again of one, both as they were; what changed since stays with the survivor.

    Refuses: NotFound, MergeTooOld.
    """
    business_id = by.of_business()
    merge = await _merge(by, merge_id)
    survivor_id: UUID = merge["client_id"]
    other: dict[str, Any] = orjson.loads(merge["other"])
    other_id = UUID(other["id"])
    tables = {table.name: table for table in await catalogue.tables()}
    await moving.moving(True)
    kept = await _give_back_fields(business_id, merge, tables["clients"])
    await _reopen(business_id, survivor_id, other, tables["clients"])
    stayed = await _give_back_rows(business_id, merge_id, survivor_id, other_id, tables)
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


async def sweep() -> None:
    """Forget what undoing needs, when nobody may undo it any more; that files were merged stays."""
    await database.execute(
        "WITH old AS (UPDATE client_merges SET survivor = NULL, became = NULL, other = NULL"
        " WHERE other IS NOT NULL AND at < now() - $1::interval RETURNING business_id, id)"
        " DELETE FROM client_merge_parts p USING old"
        " WHERE p.business_id = old.business_id AND p.merge_id = old.id",
        KEPT,
    )


async def _sign_out(business_id: UUID, survivor: Row, other: Row, columns: Row) -> None:
    """End the place of the account that the one file does not keep."""
    for file in (survivor, other):
        account = file["account_id"]
        if account is not None and account != columns["account_id"]:
            await accounts.dismiss_client(UUID(account), business_id)


async def _let_in(business_id: UUID, *client_ids: UUID) -> None:
    """Give whoever signs in to see one of the files their place back."""
    for client_id in client_ids:
        account = (await clients.copy_of(business_id, client_id))["account_id"]
        if account is not None:
            await accounts.admit_client(UUID(account), business_id)


async def _hand_over(
    business_id: UUID, merge_id: UUID, survivor: UUID, other: UUID, tables: Mapping[str, Table]
) -> None:
    """Move what belongs to the other file, table by table, and note what happened."""
    kinds = await belongings.kinds()
    mover = Mover(business_id, kinds, tables)
    for kind in kinds:
        await mover.set_aside(kind, survivor, other)
    for nth, kind in enumerate(kind for kind in kinds if not kind.said.stays):
        await mover.move(kind, survivor, other, merge_id, nth)
    for nth, (table, rows) in enumerate(mover.aside):
        await database.execute(
            "INSERT INTO client_merge_parts"
            " (business_id, client_id, merge_id, nth, table_name, aside)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            business_id, survivor, merge_id, len(kinds) + nth, table, jsonb.text(rows),
        )  # fmt: skip


async def _give_back_fields(business_id: UUID, merge: Any, table: Table) -> list[str]:
    """Make the survivor's fields what they were; answers those that were changed since."""
    before, became = orjson.loads(merge["survivor"]), orjson.loads(merge["became"])
    if UUID(before["id"]) != merge["client_id"]:
        return []  # the survivor is a part of another file by now, which has fields of its own
    now = await clients.copy_of(business_id, merge["client_id"])
    known = fields(table)
    same = [field for field in known if field.of(now) == field.of(became)]
    kept = [field.name for field in known if field.of(now) != field.of(became)]
    columns = {column: before[column] for field in same for column in field.columns}
    untouched = now["version"] == became["version"]
    version = before["version"] if untouched else now["version"] + 1
    reach = {**now, **columns}
    if reach["email"] is None and reach["phone"] is None:
        return [field.name for field in known]  # nobody is left without a way to be reached
    await clients.rewrite(business_id, merge["client_id"], columns, version=version)
    return kept


async def _reopen(business_id: UUID, survivor_id: UUID, other: Row, table: Table) -> None:
    """Open the other file again, as it was; without an account that the survivor has kept."""
    again = dict(other)
    taken = await database.fetchval(
        "SELECT account_id FROM clients WHERE business_id = $1 AND account_id = $2",
        business_id, other["account_id"] and UUID(other["account_id"]),
    )  # fmt: skip
    if taken is not None:
        again |= {"account_id": None, "account_state": "UNVERIFIED", "email_verified_at": None}
    await moving.restore(table, [again])


async def _give_back_rows(
    business_id: UUID, merge_id: UUID, survivor: UUID, other: UUID, tables: Mapping[str, Table]
) -> dict[str, int]:
    """Move rows back and put back those that were set aside; answers what stays, by name."""
    kinds = {kind.table.name: kind for kind in await belongings.kinds()}
    stayed: dict[str, int] = {}
    for part in await database.fetch(
        "SELECT table_name, moved, aside FROM client_merge_parts"
        " WHERE business_id = $1 AND merge_id = $2 ORDER BY nth",
        business_id, merge_id,
    ):  # fmt: skip
        name = part["table_name"]
        moved, aside = orjson.loads(part["moved"]), orjson.loads(part["aside"])
        if moved and name in kinds:
            kind = kinds[name]
            went = await moving.back(
                kind, moved, business_id=business_id, survivor=survivor, other=other
            )
            if went < len(moved) and not kind.said.hidden:
                stayed[kind.name] = stayed.get(kind.name, 0) + len(moved) - went
        if aside and name in tables:
            await moving.restore(tables[name], aside)
    return stayed


async def _merge(by: Viewer, merge_id: UUID) -> Any:
    """Find a merge that can be undone, and hold it and the file it is in."""
    business_id = by.of_business()
    found = await database.fetchval(
        "SELECT client_id FROM client_merges WHERE business_id = $1 AND id = $2",
        business_id, merge_id,
    )  # fmt: skip
    if found is not None:
        await clients.hold(by, [found])
    merge = await database.fetchrow(
        "SELECT *, at < now() - $3::interval AS old FROM client_merges"
        " WHERE business_id = $1 AND id = $2 FOR UPDATE",
        business_id, merge_id, KEPT,
    )  # fmt: skip
    if merge is None or merge["client_id"] != found:
        raise NotFound("There is no such merge; it may have been undone.", field="merge_id")
    if merge["old"] or merge["other"] is None:
        raise MergeTooOld(field="merge_id")
    return merge


async def _missing(by: Viewer, client_id: UUID, field: str) -> Refusal:
    gone = await database.fetchval(
        "SELECT EXISTS (SELECT FROM client_merges WHERE business_id = $1 AND other_client_id = $2)",
        by.of_business(), client_id,
    )  # fmt: skip
    return AlreadyMerged(field=field) if gone else NotFound("There is no such client.", field=field)


def until(at: datetime) -> datetime:
    """Say how long a merge of that moment can be undone."""
    return at + KEPT
