"""Deleting a file: it is gone in one transaction, and its traces are put down as work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from modules import client_data, previews
from modules.client_data import ClientTable
from modules.clients import rules as clients
from modules.erasure.events import ErasureReason
from modules.erasure.rules import looking
from modules.erasure.rules.finishing import FINISH, STEPS
from modules.errors import NotFound
from modules.viewer import Viewer
from storage import database, jobs, jsonb, ledger
from storage.catalogue import CLIENT, OTHER
from storage.models import uuid7

LISTS = ("export",)
"""What objects hold that list a whole business's people; they can be made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A file that is gone."""

    receipt_id: UUID
    cancelled: Sequence[clients.Cancelled]


async def delete_client(
    by: Viewer, *, client_id: UUID, token: str, reason: ErasureReason | None = None
) -> Deleted:
    """Delete a file with everything that belongs to it. There is no way back.

    What is to come is cancelled, with notices.
    """
    business_id = by.of_business()
    file = (await clients.lock(by, [client_id])).get(client_id)
    if file is None:
        raise NotFound("There is no such client.", field="id")
    kinds = await client_data.kinds()
    counts = await client_data.counts(business_id, client_id, kinds)
    previews.check(by, token, looking.seen(client_id, file["version"], counts))
    known_by = await client_data.addresses(business_id, client_id)
    receipt = uuid7()
    await database.execute(
        "INSERT INTO erasures (id, business_id, account_id, reason, went, traces, done, total)"
        " VALUES ($1, $2, $3, $4, $5, $6, 1, $7)",
        receipt, business_id, by.account_id, reason,
        jsonb.text({"clients": 1, **counts}), jsonb.text(_traces(file, known_by)), STEPS,
    )  # fmt: skip
    await _note_ids(business_id, receipt, client_id, kinds)
    await _drop_objects(business_id, client_id)
    cancelled = await clients.delete(by, client_id=client_id)
    await jobs.enqueue(
        FINISH,
        {"business_id": str(business_id), "erasure_id": str(receipt)},
        key=f"{FINISH}:{receipt}",
    )
    return Deleted(receipt_id=receipt, cancelled=cancelled)


async def _drop_objects(business_id: UUID, client_id: UUID) -> None:
    """Give up the file's own objects, and the lists of people it may be on."""
    await ledger.drop(business_id, client_id=client_id)
    for purpose in LISTS:
        await ledger.drop(business_id, purpose=purpose)


def _traces(file: Any, known_by: Sequence[str]) -> dict[str, Any]:
    """Say by what the file is recognised where it is not named by an id."""
    return {
        "client_id": str(file["id"]),
        "account_id": file["account_id"] and str(file["account_id"]),
        "addresses": known_by,
        "name": f"{file['first_name']} {file['last_name']}",
    }


async def _note_ids(
    business_id: UUID, receipt: UUID, client_id: UUID, kinds: Sequence[ClientTable]
) -> None:
    """Note every id there is in the file, also those of files that were merged into it."""
    parts = ["SELECT $3::uuid"]
    for kind in kinds:
        table = kind.table
        where = f"FROM {table.name} WHERE business_id = $1 AND {CLIENT} = $3"
        parts += [f"SELECT {key} {where}" for key in _own_ids(kind)]
        if table.has(OTHER):
            gone = "SELECT FROM clients c WHERE c.business_id = $1 AND c.id = "
            parts.append(f"SELECT {OTHER} {where} AND NOT EXISTS ({gone}{OTHER})")
    await database.execute(
        "INSERT INTO erasure_ids (business_id, erasure_id, id)"  # noqa: S608 -- the catalogue's names
        f" SELECT $1, $2, of.id FROM ({' UNION '.join(parts)}) AS of (id)",
        business_id,
        receipt,
        client_id,
    )


def _own_ids(kind: ClientTable) -> list[str]:
    """Name the columns with ids of a table's own rows: its key, where that refers to nothing."""
    table = kind.table
    named = {column for reference in table.references for column in reference.columns}
    return [
        column.name
        for column in table.columns
        if column.name in table.key
        and column.type == "uuid"
        and column.name not in {"business_id", CLIENT, OTHER, *named}
    ]
