"""Making one file of two."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from modules import client_data
from modules.accounts import rules as accounts
from modules.clients import rules as clients
from modules.clients.events import ClientsMerged
from modules.errors import Checks, NotFound, Refusal, same_version
from modules.events import record
from modules.merging.events import MergeSide
from modules.merging.rules import moving, previewing
from modules.merging.rules.fields import Row, fields, joined
from modules.merging.rules.moving import Mover
from modules.merging.rules.refusals import AlreadyMerged, SameFile
from modules.viewer import Viewer
from storage import catalogue, database, jsonb
from storage.catalogue import Table
from storage.models import uuid7

KEPT = timedelta(days=30)
"""How long a merge can be undone."""
STEP = 1_000
"""By how much a merge raises the survivor's version: what was read of the merged file stays stale
when the merge is undone and the version is what it was before."""


async def merge_clients(
    by: Viewer,
    *,
    survivor_id: UUID,
    other_id: UUID,
    chosen: Mapping[str, MergeSide] | None = None,
    survivor_version: int | None = None,
    other_version: int | None = None,
    token: str | None = None,
) -> UUID:
    """Make one file of two; answers the merge's id.

    Everything of the other file becomes the survivor's; what the survivor has already is set aside.
    """
    if survivor_id == other_id:
        raise SameFile(field="other_id")
    files = await clients.lock(by, [survivor_id, other_id])
    for name, id_ in (("survivor", survivor_id), ("other", other_id)):
        if id_ not in files:
            raise await _missing(by, id_, f"{name}_id")
    checks = Checks()
    for name, id_, version in (
        ("survivor", survivor_id, survivor_version),
        ("other", other_id, other_version),
    ):
        with checks:
            same_version(files[id_]["version"], version, f"{name}_version")
    checks.done()
    if token is not None:
        versions = {id_: file["version"] for id_, file in files.items()}
        await previewing.check(by, token, survivor_id, other_id, versions)
    business_id, merge_id = by.of_business(), uuid7()
    tables = {table.name: table for table in await catalogue.tables()}
    survivor = await clients.copy_of(business_id, survivor_id)
    other = await clients.copy_of(business_id, other_id)
    columns = joined(fields(tables["clients"]), survivor, other, chosen or {})
    await database.execute(
        "INSERT INTO client_merges (id, business_id, client_id, other_client_id, account_id,"
        " survivor, became, other, chosen) VALUES ($1, $2, $3, $4, $5, $6, '{}', '{}', $7)",
        merge_id, business_id, survivor_id, other_id, by.account_id, jsonb.text(survivor),
        jsonb.text(chosen or {}),
    )  # fmt: skip
    await _sign_out(business_id, survivor, other, columns)
    await moving.moving(True)
    # An account has one file here: the one lets go of it before the other takes it.
    await clients.rewrite(business_id, other_id, {"account_id": None}, version=other["version"])
    became = await clients.rewrite(
        business_id, survivor_id, columns, version=survivor["version"] + STEP
    )
    await _hand_over(business_id, merge_id, survivor_id, other_id, tables)
    await clients.close(business_id, other_id)
    await moving.moving(False)
    await database.execute(
        "UPDATE client_merges SET became = $3, other = $4 WHERE business_id = $1 AND id = $2",
        business_id, merge_id, jsonb.text(became), jsonb.text(other),
    )  # fmt: skip
    record(
        ClientsMerged(
            business_id=business_id, subject=survivor_id, other_id=other_id, merge_id=merge_id
        )
    )
    return merge_id


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


async def _hand_over(
    business_id: UUID, merge_id: UUID, survivor: UUID, other: UUID, tables: Mapping[str, Table]
) -> None:
    """Move what belongs to the other file, table by table, and note what happened."""
    kinds = await client_data.kinds()
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


async def _missing(by: Viewer, client_id: UUID, field: str) -> Refusal:
    gone = await database.fetchval(
        "SELECT EXISTS (SELECT FROM client_merges WHERE business_id = $1 AND other_client_id = $2)",
        by.of_business(), client_id,
    )  # fmt: skip
    return AlreadyMerged(field=field) if gone else NotFound("There is no such client.", field=field)


def until(at: datetime) -> datetime:
    """Say how long a merge of that moment can be undone."""
    return at + KEPT
