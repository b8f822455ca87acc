"""Businesses, people and their ways in, as the API shows them."""

from modules.accounts.types.account import Account, Session, UpdateAccountInput
from modules.accounts.types.business import Business, UpdateBusinessInput
from modules.accounts.types.change import Change, JobChange, told
from modules.accounts.types.passwords import (
    ChangePasswordInput,
    RequestPasswordResetInput,
    ResetPasswordInput,
    ResetRequested,
    VerifyEmailInput,
)
from modules.accounts.types.sessions import (
    CodeRequested,
    SignedIn,
    SignedOut,
    signed_in,
    whoever_signed_in,
)
from modules.accounts.types.signing_in import (
    RequestSignInCodeInput,
    SignInInput,
    SignInWithCodeInput,
    SignOutEverywhereInput,
    SignOutInput,
    SignUpBusinessInput,
    SwitchBusinessInput,
)
from modules.accounts.types.team import (
    TEAM_COLUMNS,
    AcceptInvitationInput,
    AddTeamMemberInput,
    ChangeTeamMemberRoleInput,
    InviteTeamMemberInput,
    RemoveTeamMemberInput,
    RevokeTeamInvitationInput,
    TeamFilter,
    TeamInvitation,
    TeamMember,
    TeamOrder,
)
from modules.accounts.types.viewer import Me, me

__all__ = [
    "TEAM_COLUMNS",
    "AcceptInvitationInput",
    "Account",
    "AddTeamMemberInput",
    "Business",
    "Change",
    "ChangePasswordInput",
    "ChangeTeamMemberRoleInput",
    "CodeRequested",
    "InviteTeamMemberInput",
    "JobChange",
    "Me",
    "RemoveTeamMemberInput",
    "RequestPasswordResetInput",
    "RequestSignInCodeInput",
    "ResetPasswordInput",
    "ResetRequested",
    "RevokeTeamInvitationInput",
    "Session",
    "SignInInput",
    "SignInWithCodeInput",
    "SignOutEverywhereInput",
    "SignOutInput",
    "SignUpBusinessInput",
    "SignedIn",
    "SignedOut",
    "SwitchBusinessInput",
    "TeamFilter",
    "TeamInvitation",
    "TeamMember",
    "TeamOrder",
    "UpdateAccountInput",
    "UpdateBusinessInput",
    "VerifyEmailInput",
    "me",
    "signed_in",
    "told",
    "whoever_signed_in",
]
