"""People, the businesses they run or work for, and how they get in."""

from __future__ import annotations

from modules.accounts import resolvers, rules, types
from modules.accounts.events import (
    EVENTS,
    MembershipChanged,
    PasswordResetRequested,
    SessionsEnded,
    SignInCodeRequested,
)
from modules.accounts.notices import EMAILS
from modules.accounts.rules import trust
from modules.contract import Module

module = Module(
    name="accounts",
    schema=(
        resolvers.AccountQueries,
        resolvers.BusinessTeam,
        resolvers.SigningInMutations,
        resolvers.PasswordMutations,
        resolvers.AccountMutations,
        resolvers.BusinessMutations,
        resolvers.JobSubscriptions,
        *resolvers.GETTERS,
    ),
    types=(types.TeamInvitation, types.Session),
    events=EVENTS,
    reactions={
        PasswordResetRequested: [rules.find_accounts],
        SignInCodeRequested: [rules.find_client],
    },
    hears=dict.fromkeys(trust.ENDING, rules.forget),
    emails=EMAILS,
    authenticate=rules.authenticate,
    revokes={
        SessionsEnded: lambda event: event.sessions,
        MembershipChanged: lambda event: event.sessions,
    },
)
