"""The team of a business, and who is invited to it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from strawberry import UNSET

from modules.accounts import models
from modules.accounts.types.account import Account
from modules.accounts.types.business import Business
from modules.viewer import OWNERS, SIGNED_IN, Role
from schema import IdOf, Node, OrderDirection, VersionedInput, enum, input, table, visible

enum(Role)


@table(models.Membership, prefix="mem", audience=SIGNED_IN)
class TeamMember(Node):
    """A person's place in a business."""

    account: Account
    """The account of the person."""
    business: Business = visible(SIGNED_IN, followed=True)
    """The business they work for."""
    role: Role
    """What they are in the team."""
    created_at: datetime
    """Since when they are of the team."""
    version: int
    """Grows with every change: send it along with an update."""


@table(models.Invitation, prefix="inv", audience=OWNERS)
class TeamInvitation(Node):
    """A place in the team, offered by mail."""

    email: str
    """The address it was sent to."""
    name: str
    """The name of the person invited."""
    role: Role
    """What they will be in the team."""
    created_at: datetime
    """When it was first made."""
    expires_at: datetime
    """Until when it can be accepted."""
    accepted_at: datetime | None
    """When it was; null while it is open."""
    revoked_at: datetime | None
    """When somebody took it back; null as long as nobody did."""


@input
class AddTeamMemberInput:
    """Somebody in the team, with a password they may change later."""

    email: str
    """The mail address they will sign in with."""
    name: str
    """What they are called, up to 200 characters."""
    password: str
    """10 to 256 characters, none of the commonest."""
    role: Role = Role.STAFF
    """What they may do: `STAFF` or `OWNER`."""


@input
class InviteTeamMemberInput:
    """Somebody who shall join the team."""

    email: str
    """Where the invitation goes."""
    name: str
    """What they are called, up to 200 characters."""
    role: Role = Role.STAFF
    """What they will be: `STAFF` or `OWNER`."""


@input
class RevokeTeamInvitationInput:
    """An offer that no longer stands."""

    id: IdOf[TeamInvitation]
    """The invitation to revoke."""


@input
class AcceptInvitationInput:
    """A place in the team or among the clients, by the link from the mail."""

    token: str
    """The secret from the link in the mail."""
    password: str | None = UNSET
    """For whoever joins the team and has no account with that address yet, and for clients who
    would rather not sign in by mailed codes: 10 to 256 characters."""


@input
class ChangeTeamMemberRoleInput(VersionedInput):
    """A member of the team, and the role they get."""

    id: IdOf[TeamMember]
    """The team member whose role to change."""
    role: Role
    """What they may do from now on: `STAFF` or `OWNER`."""


@input
class RemoveTeamMemberInput(VersionedInput):
    """Somebody who leaves the team."""

    id: IdOf[TeamMember]
    """The team member to remove."""


@input
class TeamFilter:
    """Which members of the team: those who meet every condition that is set."""

    role: list[Role] | None = UNSET
    """Only those in one of these roles."""


@enum
class TeamOrderField(Enum):
    """What members are sorted by; of equals, the one made last comes last."""

    NAME = "NAME"
    """By what they are called."""
    CREATED_AT = "CREATED_AT"
    """By since when they are of the team."""


@input
class TeamOrder:
    """How members are sorted."""

    field: TeamOrderField
    """What they are sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""


TEAM_COLUMNS = {
    TeamOrderField.NAME: ("account__name", "id"),
    TeamOrderField.CREATED_AT: ("created_at", "id"),
}
"""The columns that members are sorted by."""
