"""Sessions: who a token stands for, and how it stops standing for anybody."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from uuid import UUID

from modules.accounts import models
from modules.accounts.events import SessionsEnded
from modules.accounts.rules import trust
from modules.errors import NotFound
from modules.events import record
from modules.viewer import Role, Viewer
from storage.database import execute, fetch, fetchrow

PREFIX = "rgl_"

_LOOK_UP = """
SELECT s.id, s.account_id, s.business_id, s.expires_at, s.last_used_at, m.role, b.zone,
    b.locale
FROM sessions s JOIN memberships m USING (account_id, business_id)
JOIN businesses b ON b.id = s.business_id
WHERE s.token_hash = $1 AND s.expires_at > now() AND (m.role = 'CLIENT' OR NOT s.only_as_client)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new session and its token, which is told this once and never again."""

    token: str
    session_id: UUID
    account_id: UUID
    business_id: UUID
    role: Role
    expires_at: datetime
    zone: str
    locale: str

    @property
    def viewer(self) -> Viewer:
        """Whoever uses the token."""
        return Viewer(
            role=self.role,
            account_id=self.account_id,
            business_id=self.business_id,
            session_id=self.session_id,
            expires_at=self.expires_at,
            zone=self.zone,
            locale=self.locale,
        )


def hash_of(token: str) -> bytes:
    """Give what we keep of a token."""
    return sha256(token.encode("utf-8", "replace")).digest()


async def begin(
    membership: models.Membership, *, only_as_client: bool = False, user_agent: str = ""
) -> SignedIn:
    """Open a session that acts in the membership's business.

    One that a mail opened acts `only_as_client`: it never gets into a team.
    """
    if secrets.randbelow(256) == 0:
        await sweep()
    token = PREFIX + secrets.token_urlsafe(32)
    business = await models.Business.get(id=membership.business_id).only("id", "zone", "locale")
    session = await models.Session.create(
        account_id=membership.account_id,
        business_id=membership.business_id,
        token_hash=hash_of(token),
        user_agent=user_agent[:300],
        only_as_client=only_as_client,
        expires_at=datetime.now(UTC) + trust.IDLE,
    )
    return SignedIn(
        token=token,
        session_id=session.id,
        account_id=membership.account_id,
        business_id=membership.business_id,
        role=membership.role,
        expires_at=session.expires_at,
        zone=business.zone,
        locale=business.locale,
    )


async def sweep() -> None:
    """Delete sessions, links and codes that ended by themselves a while ago."""
    await execute("DELETE FROM sessions WHERE expires_at < now() - interval '7 days'")
    await execute("DELETE FROM links WHERE expires_at < now() - interval '7 days'")
    await execute("DELETE FROM sign_in_codes WHERE created_at < now() - interval '1 day'")


async def end(
    account_id: UUID,
    *,
    business_id: UUID | None = None,
    only: UUID | None = None,
    but: UUID | None = None,
) -> int:
    """End sessions of an account, and say how many.

    All of them; or those in one business; or `only` one; and never the one named by `but`.
    """
    trust.withdraw(account_id)
    gone = await fetch(
        "DELETE FROM sessions WHERE account_id = $1 AND ($2::uuid IS NULL OR business_id = $2)"
        " AND ($3::uuid IS NULL OR id = $3) AND id IS DISTINCT FROM $4::uuid"
        " RETURNING business_id, id",
        account_id,
        business_id,
        only,
        but,
    )
    _record(account_id, ((row["business_id"], row["id"]) for row in gone))
    return len(gone)


async def sign_out(by: Viewer, *, session_id: UUID | None = None) -> int:
    """End the session the request came with, or another of the same account; says how many ended.

    Refuses: NotFound, for sessions of others as for those that do not exist.
    """
    only = session_id or by.session_id
    if by.account_id is None or only is None:
        return 0
    ended = await end(by.account_id, only=only)
    if session_id is not None and not ended:
        raise NotFound(field="id")
    return ended


async def sign_out_everywhere(by: Viewer, *, stay_here: bool = False) -> int:
    """End every session of the account in all its businesses; says how many ended."""
    if by.account_id is None:
        return 0
    return await end(by.account_id, but=by.session_id if stay_here else None)


async def authenticate(token: str) -> Viewer | None:
    """Say who a token stands for; None when it stands for nobody (any more).

    Answers from memory while nothing happened to the session; see `trust`.
    """
    if not token.startswith(PREFIX) or len(token) > 64:  # noqa: PLR2004 - ours are shorter
        return None
    key = hash_of(token)
    if (known := trust.recall(key)) is not None:
        return known
    seen = trust.now()
    row = await fetchrow(_LOOK_UP, key)
    if row is None:
        return None
    viewer = Viewer(
        role=Role(row["role"]),
        account_id=row["account_id"],
        business_id=row["business_id"],
        session_id=row["id"],
        expires_at=row["expires_at"],
        zone=row["zone"],
        locale=row["locale"],
    )
    trust.remember(key, viewer, seen, last_used_at=row["last_used_at"])
    return viewer


def _record(account_id: UUID, gone: Iterable[tuple[UUID, UUID]]) -> None:
    for business_id, sessions in groupby(sorted(gone), key=lambda each: each[0]):
        record(
            SessionsEnded(
                business_id=business_id, subject=account_id, sessions=[each[1] for each in sessions]
            )
        )
