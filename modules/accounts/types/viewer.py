"""Whoever asks."""

from __future__ import annotations

from uuid import UUID, uuid5

import strawberry

from modules import viewer as who
from modules.accounts import models
from modules.accounts.types.account import Account, Session
from modules.accounts.types.business import Business
from modules.accounts.types.team import TeamMember
from modules.viewer import SIGNED_IN, Role, Viewer
from schema import Many, One, encode, object, rows


@object(name="Viewer")
class Me:
    """Whoever asks: one account, in one role, in one business; the public has neither."""

    id: strawberry.ID
    """The same for the same account in the same business: for caches, not for `node(id:)`."""
    role: Role
    """What the asker may do here."""

    @rows(audience=who.EVERYONE)
    @staticmethod
    def account(viewer: Viewer) -> One[Account]:
        """The person; null for the public."""
        return viewer.own(models.Account)

    @rows(audience=SIGNED_IN)
    @staticmethod
    def business(viewer: Viewer) -> One[Business]:
        """The business being acted in."""
        return viewer.rows(models.Business)

    @rows(audience=SIGNED_IN)
    @staticmethod
    def memberships(viewer: Viewer) -> Many[TeamMember]:
        """Every business one has a place in, the oldest first; act there with `switchBusiness`."""
        return viewer.own(models.Membership).order_by("created_at", "id")

    @rows(audience=SIGNED_IN)
    @staticmethod
    def sessions(viewer: Viewer) -> Many[Session]:
        """Where the person is signed in, the latest first; end one with `signOut`."""
        return viewer.rows(models.Session).order_by("-created_at", "-id")


def me(viewer: Viewer) -> Me:
    """Say who asks."""
    nobody = UUID(int=0)
    key = uuid5(viewer.account_id or nobody, str(viewer.business_id or nobody))
    return Me(id=strawberry.ID(encode("viw", key)), role=viewer.role)
