"""Links by which clients prove their mail addresses: each knows its address and works once."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from modules.accounts.rules import LinkExpired
from modules.accounts.rules.sessions import hash_of
from modules.clients.models import ClientLink, LinkKind
from storage.database import execute, fetchrow

LASTS = timedelta(days=7)


async def prepare(business_id: UUID, client_id: UUID, kind: LinkKind, email: str) -> UUID:
    """Ask a client to prove an address; what they were asked before in this matter is void."""
    await ClientLink.filter(
        business_id=business_id, client_id=client_id, kind=kind, used_at__isnull=True
    ).delete()
    made = await ClientLink.create(
        business_id=business_id,
        client_id=client_id,
        kind=kind,
        email=email,
        expires_at=datetime.now(UTC) + LASTS,
    )
    return made.id


async def open_link(link_id: UUID) -> ClientLink | None:
    """Give a link that can still be followed, or is still to be mailed."""
    return await ClientLink.get_or_none(
        id=link_id, used_at__isnull=True, expires_at__gt=datetime.now(UTC)
    )


async def make(link_id: UUID) -> str:
    """Make a link's secret; only the mail ever holds it."""
    token = secrets.token_urlsafe(32)
    await execute("UPDATE client_links SET token_hash = $2 WHERE id = $1", link_id, hash_of(token))
    return token


async def use(token: str) -> ClientLink:
    """Use up a link; many who follow it at once are one. Refuses: LinkExpired."""
    row = await fetchrow(
        "UPDATE client_links SET used_at = now() WHERE token_hash = $1"
        " AND used_at IS NULL AND expires_at > now() RETURNING id",
        hash_of(token),
    )
    if row is None:
        raise LinkExpired
    return await ClientLink.get(id=row["id"])


async def withdraw(business_id: UUID, client_id: UUID) -> None:
    """Make every link of a client that was not used yet useless."""
    await ClientLink.filter(
        business_id=business_id, client_id=client_id, used_at__isnull=True
    ).delete()
