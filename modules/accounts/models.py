"""Tables of people, the businesses they run or work for, and their ways in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q, Subquery
from tortoise.models import Model

from modules.viewer import TEAM, Role, Viewer
from storage.models import Row, Tenant, Versioned


class Business(Row, Versioned):
    """A salon, a studio, a practice: whoever keeps appointments."""

    name: str = fields.TextField()
    zone: str = fields.TextField()
    currency: str = fields.TextField()
    locale: str = fields.TextField(default="en")
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "businesses"

    @classmethod
    def scope(cls, viewer: Tenant) -> Q:
        """Show everybody their own business, and no other."""
        return Q(id=viewer.business_id)


class Account(Row, Versioned):
    """The account of a person who can sign in."""

    email: str | None = fields.TextField(null=True)
    """In its one form. Until it is confirmed, several accounts may claim the same address."""
    confirmed_at: datetime | None = fields.DatetimeField(null=True)
    """When its owner proved to read mail sent there; one account at most has proved it."""
    name: str = fields.TextField()
    password_hash: str | None = fields.TextField(null=True)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "accounts"

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """Show the people of the team to each other, and everybody else only themselves."""
        if viewer.role not in TEAM:
            return Q(id=viewer.account_id)
        team = Membership.filter(Membership.scope(viewer)).values("account_id")
        return Q(id__in=Subquery(team))

    @classmethod
    def own(cls, viewer: Viewer) -> Q:
        """Show everybody themselves."""
        return Q(id=viewer.account_id)


class Membership(Row, Versioned):
    """A person's place in a business."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "accounts.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: UUID
    business: fields.ForeignKeyRelation[Business] = fields.ForeignKeyField(
        "accounts.Business", related_name=False, on_delete=fields.CASCADE
    )
    business_id: UUID
    role: Role = fields.CharEnumField(Role, max_length=6)  # type: ignore[assignment]
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept, and that nobody has two places in one business."""

        table = "memberships"
        unique_together = (("account_id", "business_id"),)

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """Show the team of one's own business to itself, and everybody else their own place."""
        if viewer.role not in TEAM:
            return Q(business_id=viewer.business_id, account_id=viewer.account_id)
        return Q(business_id=viewer.business_id, role__in=sorted(TEAM))

    @classmethod
    def own(cls, viewer: Viewer) -> Q:
        """Show everybody their own places, in all their businesses."""
        return Q(account_id=viewer.account_id)


class Session(Row):
    """A device somebody is signed in on, acting in one business."""

    account_id: UUID = fields.UUIDField()
    business_id: UUID = fields.UUIDField()
    token_hash: bytes = fields.BinaryField()
    user_agent: str = fields.TextField(default="")
    only_as_client = fields.BooleanField(default=False)
    """Whether a mail opened it, so that it acts as a client and as nothing else."""
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    last_used_at: datetime = fields.DatetimeField(auto_now_add=True)
    expires_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "sessions"

    @classmethod
    def scope(cls, viewer: Viewer) -> Q:
        """Show everybody their own sessions, in all their businesses."""
        return Q(account_id=viewer.account_id)


class Invitation(Row):
    """A place in the team, offered by mail and not yet taken."""

    business: fields.ForeignKeyRelation[Business] = fields.ForeignKeyField(
        "accounts.Business", related_name=False, on_delete=fields.CASCADE
    )
    business_id: UUID
    email: str = fields.TextField()
    name: str = fields.TextField()
    role: Role = fields.CharEnumField(Role, max_length=6)  # type: ignore[assignment]
    invited_by: Any = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    expires_at: datetime = fields.DatetimeField()
    accepted_at: datetime | None = fields.DatetimeField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "invitations"

    OPEN: ClassVar = Q(accepted_at=None, revoked_at=None)
    """Those that can still be accepted or taken back."""

    @classmethod
    def scope(cls, viewer: Tenant) -> Q:
        """Show the invitations of one's own business."""
        return Q(business_id=viewer.business_id)


class Link(Row):
    """A way in that was mailed to somebody: works once, for a while."""

    kind: str = fields.TextField()
    account_id: UUID | None = fields.UUIDField(null=True)
    invitation_id: UUID | None = fields.UUIDField(null=True)
    token_hash: bytes = fields.BinaryField()
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    expires_at: datetime = fields.DatetimeField()
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "links"


class ResetRequest(Row):
    """An address somebody typed into "I forgot my password", kept until the mail has gone."""

    email: str = fields.TextField()
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "reset_requests"


class SignInRequest(Row):
    """An address somebody typed to sign in as a client, kept until it is known whose it is."""

    email: str = fields.TextField()
    wanted: UUID = fields.UUIDField()
    """The business they want to be let into; whether there is one is not known yet."""
    asked_from: bytes | None = fields.BinaryField(null=True)
    """From which network, as a hash."""
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "sign_in_requests"


class SignInCode(Row):
    """A code mailed to a client to sign in with."""

    business_id: UUID = fields.UUIDField()
    account_id: UUID = fields.UUIDField()
    asked_from: bytes | None = fields.BinaryField(null=True)
    """From which network it was asked for, as a hash."""
    code_hash: bytes | None = fields.BinaryField(null=True)
    tries: int = fields.IntField(default=0)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    expires_at: datetime | None = fields.DatetimeField(null=True)
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "sign_in_codes"


class Attempt(Model):
    """How often something secret was tried lately; says what was tried only as a hash."""

    key: bytes = fields.BinaryField(primary_key=True)
    count: int = fields.IntField()
    resets_at: datetime = fields.DatetimeField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "attempts"
