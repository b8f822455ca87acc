"""Invitations as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum

from strawberry import UNSET

from modules.accounts.types import Account, Change
from modules.clients.types import Client
from modules.invitations import models, rules
from schema import (
    IdOf,
    Node,
    OrderDirection,
    computed,
    enum,
    input,
    object,
    payload,
    table,
    visible,
)

enum(rules.InvitationOutcome)


@enum
class ClientInvitationStatus(Enum):
    """How an invitation stands."""

    PENDING = "PENDING"
    """It was sent and can be accepted."""
    ACCEPTED = "ACCEPTED"
    """They followed its link, and are on the list."""
    REVOKED = "REVOKED"
    """The invitation was taken back."""
    EXPIRED = "EXPIRED"
    """Nobody accepted it in time; send it again, and it can be accepted once more."""


@table(models.ClientInvitation, prefix="civ")
class ClientInvitation(Node):
    """Somebody who was asked to be a client here, and to look after their own appointments."""

    email: str
    """Where it was sent, in lower case."""
    name: str | None
    """What was typed beside the address."""
    client: Client | None
    """Their file; null while they are not on the list."""
    actor: Account | None = visible(column="invited_by")
    """Who invited them first."""
    created_at: datetime
    """When they were invited first."""
    sent_at: datetime
    """When it was mailed last."""
    times_sent: int
    """How often it was mailed."""
    expires_at: datetime
    """Until when it can be accepted."""
    accepted_at: datetime | None
    """When it was accepted."""
    revoked_at: datetime | None
    """When it was taken back."""

    @computed(needs=("accepted_at", "revoked_at", "expires_at"))
    def status(self) -> ClientInvitationStatus:
        """How the invitation stands."""
        if self.accepted_at is not None:
            return ClientInvitationStatus.ACCEPTED
        if self.revoked_at is not None:
            return ClientInvitationStatus.REVOKED
        if self.expires_at <= datetime.now(UTC):
            return ClientInvitationStatus.EXPIRED
        return ClientInvitationStatus.PENDING


@input
class ClientInvitationFilter:
    """Which invitations: those that meet every condition that is set."""

    status: ClientInvitationStatus | None = UNSET
    """Only invitations that stand like this."""


@enum
class ClientInvitationOrderField(Enum):
    """What invitations are sorted by; of equals, the one made last comes last."""

    CREATED_AT = "CREATED_AT"
    """By when they were made."""
    SENT_AT = "SENT_AT"
    """By when they were mailed last."""
    EMAIL = "EMAIL"
    """By the address they were sent to."""


@input
class ClientInvitationOrder:
    """How invitations are sorted."""

    field: ClientInvitationOrderField
    """What they are sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""


CLIENT_INVITATION_COLUMNS = {
    ClientInvitationOrderField.CREATED_AT: ("created_at", "id"),
    ClientInvitationOrderField.SENT_AT: ("sent_at", "id"),
    ClientInvitationOrderField.EMAIL: ("email", "id"),
}
"""The columns that invitations are sorted by."""


@object
class InvitedEmail:
    """An address as it was typed, and what became of it."""

    outcome: rules.InvitationOutcome
    """What became of the address."""
    typed: str
    """All that was typed of it: `Ann Lee <ann@example.org>`."""
    entry: int
    """Which of the texts in `emails` it stands in, from 0."""
    start: int
    """Where it begins in that text, in UTF-16 code units as JavaScript counts them."""
    end: int
    """Where it ends: the place after its last character."""
    email: str | None
    """The address in lower case; null when it is none."""
    client_invitation: ClientInvitation | None
    """The invitation; null where nobody was written to."""
    client: Client | None
    """Their file; null when they are not on the list."""


@payload
class ClientsInvited:
    """A list of people who were invited."""

    emails: list[InvitedEmail]
    """Every address that was typed, in its order."""
    mailed: int
    """How many people a mail goes to."""


@enum
class ClientInvitationChangeKind(Enum):
    """What happened to an invitation."""

    INVITED = "INVITED"
    """It was mailed, for the first time or again."""
    ACCEPTED = "ACCEPTED"
    """It was accepted: they are on the list."""
    REVOKED = "REVOKED"
    """The invitation was taken back."""


@object
class ClientInvitationChange(Change):
    """Something that happened to an invitation."""

    kind: ClientInvitationChangeKind
    """What happened to the invitation."""
    client_invitation: ClientInvitation | None
    """The invitation as it is now; null when it is gone with its client's file."""


@input
class InviteClientsInput:
    """People to invite as clients."""

    emails: list[str]
    """Mail addresses as they are typed or pasted, up to 1,000 in all: one text
    (`"ann@example.org,bo@example.org"`) or several. Commas, semicolons, white space and line breaks
    part them; `Ann Lee <ann@example.org>` tells a name."""


@input
class ResendClientInvitationInput:
    """An invitation to mail once more."""

    id: IdOf[ClientInvitation]
    """The invitation to send again."""


@input
class RevokeClientInvitationInput:
    """An invitation to take back."""

    id: IdOf[ClientInvitation]
    """The invitation to revoke."""
