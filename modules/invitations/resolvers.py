"""Inviting clients: the invitations that are out, and what becomes of them."""

from __future__ import annotations

from typing import Any

from strawberry import UNSET
from tortoise.queryset import QuerySet

from modules.accounts.rules import OwnerNotVerified
from modules.accounts.types import AcceptInvitationInput, Business, told
from modules.clients.types import Client
from modules.errors import NotFound, TooManyAttempts, checked
from modules.invitations import models, rules
from modules.invitations.events import (
    ClientInvitationAccepted,
    ClientInvitationRevoked,
    ClientInvited,
)
from modules.invitations.types import (
    CLIENT_INVITATION_COLUMNS,
    ClientInvitation,
    ClientInvitationChange,
    ClientInvitationChangeKind,
    ClientInvitationFilter,
    ClientInvitationOrder,
    ClientInvitationStatus,
    ClientsInvited,
    InviteClientsInput,
    InvitedEmail,
    ResendClientInvitationInput,
    RevokeClientInvitationInput,
)
from modules.text import NameRequired, TextNotAllowed, TextTooLong, name
from modules.viewer import Viewer
from schema import (
    TEAM,
    Connection,
    Happened,
    Mutation,
    One,
    Parent,
    Payload,
    Subscription,
    derive,
    extend,
    getters,
    in_order,
    mutation,
    ref,
    rows,
    subscription,
)

KINDS = {
    ClientInvited: ClientInvitationChangeKind.INVITED,
    ClientInvitationAccepted: ClientInvitationChangeKind.ACCEPTED,
    ClientInvitationRevoked: ClientInvitationChangeKind.REVOKED,
}


GETTERS = getters(Business, ClientInvitation)


@extend(Business)
class BusinessInvitations:
    """A business invites people."""

    @rows(audience=TEAM)
    @staticmethod
    def client_invitations(
        business: Parent[Business],
        viewer: Viewer,
        filter: ClientInvitationFilter | None = None,
        order_by: ClientInvitationOrder | None = None,
    ) -> Connection[ClientInvitation]:
        """People who were invited to be clients.

        Args:
            filter: Only such invitations.
            order_by: How to sort them; the latest first, when nothing is said.
        """
        found = viewer.rows(models.ClientInvitation).filter(business_id=business.id)
        found = _standing(found, (filter and filter.status) or None)
        return in_order(found, order_by, CLIENT_INVITATION_COLUMNS, "-created_at")


@extend(Client)
class ClientInvitations:
    """A client may have been invited."""

    @rows(audience=TEAM)
    @staticmethod
    def invitation(client: Parent[Client], viewer: Viewer) -> One[ClientInvitation]:
        """The latest invitation to look after their own appointments; null when there is none."""
        found = viewer.rows(models.ClientInvitation).filter(client_id=client.id)
        return found.order_by("-created_at", "-id").limit(1)


@extend(Mutation)
class InvitationMutations:
    """Inviting, reminding, taking back."""

    @mutation(
        refuses=(
            rules.EmailsMissing,
            rules.EmailsTooMany,
            OwnerNotVerified,
            TooManyAttempts,
        )
    )
    @staticmethod
    async def invite_clients(by: Viewer, input: InviteClientsInput) -> Payload[ClientsInvited]:
        """Invite people to be clients by mail; whoever has an account is on the list at once."""
        return _answered(await rules.invite(by, emails=input.emails))

    @mutation(
        refuses=(
            NotFound,
            rules.InvitationNotOpen,
            rules.WantsNoMail,
            OwnerNotVerified,
            TooManyAttempts,
        ),
    )
    @staticmethod
    async def resend_client_invitation(
        by: Viewer, input: ResendClientInvitationInput
    ) -> Payload[ClientInvitation]:
        """Mail an open invitation once more; it can be accepted for another 30 days."""
        return await rules.resend(by, invitation_id=input.id)

    @mutation(refuses=(NotFound, rules.InvitationNotOpen))
    @staticmethod
    async def revoke_client_invitation(
        by: Viewer, input: RevokeClientInvitationInput
    ) -> Payload[ClientInvitation]:
        """Take an open invitation back: its links stop working, its file stays."""
        return await rules.revoke(by, invitation_id=input.id)


@extend(AcceptInvitationInput, always=True, refuses=(NameRequired, TextTooLong, TextNotAllowed))
class AcceptedNames:
    """Whoever accepts an invitation as a client says what they are called."""

    first_name: str | None = UNSET
    """Their given name, for an invitation as a client; needed unless the business knows it."""
    last_name: str | None = UNSET
    """Their family name, for an invitation as a client; needed unless the business knows it."""

    @staticmethod
    async def check(by: Viewer, **names: str | None) -> dict[str, str]:
        """Make sure that what was typed are names."""
        typed = {name: value for name, value in names.items() if value is not None}
        return checked(typed, lambda field, value: name(value, field))

    @staticmethod
    async def apply(by: Viewer, accepted: Any, **names: str) -> None:
        """Write the names into their file; without names, see that it has some."""
        await rules.name_oneself(accepted, **names)


@extend(Subscription)
class InvitationSubscriptions:
    """Watching who accepts."""

    @subscription(ClientInvited, ClientInvitationAccepted, ClientInvitationRevoked)
    @staticmethod
    def client_invitation_changes(happened: Happened) -> ClientInvitationChange | None:
        """What happens to invitations, as it happens, and first what happened since `after`."""
        return ClientInvitationChange(
            kind=KINDS[type(happened.event)],  # type: ignore[index]
            **told(happened, ClientInvitation),
            client_invitation=ref(ClientInvitation, happened.event.subject),
        )


def _answered(everybody: list[rules.Invited]) -> ClientsInvited:
    return ClientsInvited(
        emails=[
            InvitedEmail(
                outcome=each.outcome,
                typed=each.typed.text,
                entry=each.typed.entry,
                start=each.typed.start,
                end=each.typed.end,
                email=each.typed.email,
                client_invitation=ref(ClientInvitation, each.invitation_id)
                if each.invitation_id
                else None,
                client=ref(Client, each.client_id) if each.client_id else None,
            )
            for each in everybody
        ],
        mailed=len({each.invitation_id for each in everybody} - {None}),
    )


def _standing(found: QuerySet[Any], status: ClientInvitationStatus | None) -> QuerySet[Any]:
    unanswered = {"accepted_at__isnull": True, "revoked_at__isnull": True}
    match status:
        case ClientInvitationStatus.PENDING:
            return found.filter(**unanswered, expires_at__gt=derive(rules.now))
        case ClientInvitationStatus.EXPIRED:
            return found.filter(**unanswered, expires_at__lte=derive(rules.now))
        case ClientInvitationStatus.ACCEPTED:
            return found.filter(accepted_at__isnull=False)
        case ClientInvitationStatus.REVOKED:
            return found.filter(revoked_at__isnull=False)
        case None:
            return found
