"""What accounts asks other modules: whom an invitation is from that is not to the team."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from modules.hooks import Hook


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Somebody took an invitation to a business as its client, and has a place there."""

    account_id: UUID
    business_id: UUID


ACCEPT_INVITATION: Hook[[str], Accepted | None] = Hook("accounts.accept_invitation")
"""Who holds the link with this secret? Asked when it is no link to a team; None: not ours.

Whoever answers uses the link up, sees to it that the person has an account and a place as a client
(`rules.person`, `rules.admit_client`), and refuses what it has to. Accounts signs them in.
"""
