"""Links in mails: a secret that works once, for a while, and is kept only as a hash."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from modules.accounts import models
from modules.errors import Refusal
from storage.database import execute, fetchrow


class LinkKind(StrEnum):
    """What a link is good for."""

    RESET = "RESET"
    CONFIRMATION = "CONFIRMATION"
    INVITATION = "INVITATION"


LASTS = {
    LinkKind.RESET: timedelta(hours=1),
    LinkKind.CONFIRMATION: timedelta(days=7),
    LinkKind.INVITATION: timedelta(days=7),
}


class LinkExpired(Refusal):
    """This link was used already, or is too old, or never was one of ours."""

    code = "LINK_EXPIRED"
    remedy = "Ask for a new one."

    def __init__(self, message: str = "", *, field: str = "token") -> None:
        """Point at the token."""
        super().__init__(message, field=field)


async def make(
    kind: LinkKind, *, account_id: UUID | None = None, invitation_id: UUID | None = None
) -> str:
    """Make a link's secret for an account or an invitation; only the mail ever holds it."""
    token = secrets.token_urlsafe(32)
    await models.Link.create(
        kind=kind.value,
        account_id=account_id,
        invitation_id=invitation_id,
        token_hash=_hash(token),
        expires_at=datetime.now(UTC) + LASTS[kind],
    )
    return token


async def use(kind: LinkKind, token: str) -> UUID:
    """Use up a link; give the id of its account or invitation. Refuses: LinkExpired."""
    row = await fetchrow(
        "UPDATE links SET used_at = now() WHERE token_hash = $1 AND kind = $2"
        " AND used_at IS NULL AND expires_at > now()"
        " RETURNING coalesce(account_id, invitation_id) AS whose",
        _hash(token),
        kind.value,
    )
    if row is None:
        raise LinkExpired
    whose: UUID = row["whose"]
    return whose


async def withdraw(*, account_id: UUID | None = None, invitation_id: UUID | None = None) -> None:
    """Make every link of an account or an invitation that was not used yet useless."""
    await execute(
        "DELETE FROM links WHERE (account_id = $1 OR invitation_id = $2) AND used_at IS NULL",
        account_id,
        invitation_id,
    )


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()
