"""Looking at what would go, before it does: nobody deletes what they have not seen."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from modules import client_data, previews
from modules.errors import NotFound
from modules.previews import Preview, Seen
from modules.viewer import Viewer
from storage import database


async def look(by: Viewer, client_id: UUID) -> Preview:
    """Count what would go with a file. Refuses: NotFound."""
    version = await database.fetchval(
        "SELECT version FROM clients WHERE business_id = $1 AND id = $2",
        by.of_business(), client_id,
    )  # fmt: skip
    if version is None:
        raise NotFound("There is no such client.", field="client_id")
    found = await client_data.counts(by.of_business(), client_id)
    return previews.sealed(by, seen(client_id, version, found))


def seen(client_id: UUID, version: int, counts: Mapping[str, int]) -> Seen:
    """Say what the token of a preview stands for."""
    return Seen(about=f"delete {client_id}", version=version, counts=counts)
