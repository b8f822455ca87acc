"""Invites people to be clients by mail, and puts them on the list when they accept."""

from __future__ import annotations

from modules.accounts.hooks import ACCEPT_INVITATION
from modules.client_data import ClientData
from modules.contract import Module
from modules.invitations import resolvers
from modules.invitations.events import (
    ClientInvitationAccepted,
    ClientInvitationRevoked,
    ClientInvited,
)
from modules.invitations.notices import EMAILS
from modules.invitations.rules import accept

module = Module(
    name="invitations",
    requires=["accounts", "clients", "messaging"],
    schema=[
        resolvers.BusinessInvitations,
        resolvers.ClientInvitations,
        resolvers.InvitationMutations,
        resolvers.AcceptedNames,
        resolvers.InvitationSubscriptions,
        *resolvers.GETTERS,
    ],
    client_data=[
        ClientData(
            table="client_invitations",
            name="invitations",
            shows=("email", "created_at", "sent_at", "accepted_at", "revoked_at"),
        ),
    ],
    events=[ClientInvited, ClientInvitationAccepted, ClientInvitationRevoked],
    hooks={ACCEPT_INVITATION: accept},
    emails=EMAILS,
)
