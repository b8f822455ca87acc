"""The secrets of the links in invitations: only the mails ever hold them."""

from __future__ import annotations

import secrets
from uuid import UUID

from modules.accounts.rules.sessions import hash_of
from storage import database


async def make(invitation_id: UUID) -> str:
    """Make a secret for a mail; those of earlier mails go on working."""
    token = secrets.token_urlsafe(32)
    await database.execute(
        "INSERT INTO client_invitation_links (token_hash, business_id, invitation_id)"
        " SELECT $2, business_id, id FROM client_invitations WHERE id = $1",
        invitation_id,
        hash_of(token),
    )
    return token
