"""Clients who may no longer book by themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from modules.clients import models
from modules.clients.events import ClientUpdated
from modules.errors import NotFound
from modules.events import record
from modules.text import paragraphs
from modules.viewer import Viewer


async def block_client(by: Viewer, *, client_id: UUID, reason: str | None = None) -> UUID:
    """Keep somebody from booking; what is booked stays. Again: only the reason changes."""
    why = paragraphs(reason, "reason", limit=1_000)
    client = await _find(by, client_id)
    since = client.blocked_at or datetime.now(UTC)
    return await _write(by, client, blocked_at=since, block_reason=why)


async def unblock_client(by: Viewer, *, client_id: UUID) -> UUID:
    """Let somebody book again; whoever may already, may."""
    client = await _find(by, client_id)
    return await _write(by, client, blocked_at=None, block_reason=None)


async def _find(by: Viewer, client_id: UUID) -> models.Client:
    clients = by.rows(models.Client).select_for_update(no_key=True)
    client: models.Client | None = await clients.get_or_none(id=client_id)
    if client is None:
        raise NotFound("There is no such client.", field="id")
    return client


async def _write(by: Viewer, client: models.Client, **columns: Any) -> UUID:
    changed = tuple(name for name, value in columns.items() if getattr(client, name) != value)
    if changed:
        await by.rows(models.Client).filter(id=client.id).update(**columns)
        record(ClientUpdated(business_id=by.of_business(), subject=client.id, changed=changed))
    return client.id
