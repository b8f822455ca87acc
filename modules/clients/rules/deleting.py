"""Parting with a client: the file goes, and whatever refers to it goes with it."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from modules.clients.events import ClientDeleted
from modules.clients.hooks import BEFORE_DELETING, Cancelled, Deletion
from modules.clients.rules.verifying import withdraw_client
from modules.errors import NotFound
from modules.events import record
from modules.viewer import Viewer
from storage import database


async def lock(by: Viewer, client_ids: list[UUID]) -> dict[UUID, asyncpg.Record]:
    """Lock files until the end of the change, and give those that are there.

    Nothing can be added to a file that is locked. Everybody takes them in the same order.
    """
    rows = await database.fetch(
        "SELECT * FROM clients WHERE business_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE",
        by.of_business(), client_ids,
    )  # fmt: skip
    return {row["id"]: row for row in rows}


async def delete(by: Viewer, *, client_id: UUID) -> list[Cancelled]:
    """Part with a client for good; answers what was cancelled.

    Whoever signed in to see it is signed out, and others do first what they have to do. Whatever
    refers to the file goes by its foreign key; what only names it stays for whoever erases.
    Refuses: NotFound.
    """
    business_id = by.of_business()
    file = (await lock(by, [client_id])).get(client_id)
    if file is None:
        raise NotFound("There is no such client.", field="id")
    deletion = Deletion(
        by=by, business_id=business_id, client_id=client_id, account_id=file["account_id"]
    )
    await withdraw_client(by, client_id=client_id)
    cancelled = [each for several in await BEFORE_DELETING.call(deletion) for each in several]
    await database.execute(
        "DELETE FROM clients WHERE business_id = $1 AND id = $2", business_id, client_id
    )
    record(ClientDeleted(business_id=business_id, subject=client_id))
    return cancelled
