"""The mails accounts cause: what each needs to know, and the links only they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from modules.accounts import models
from modules.accounts.events import (
    AddressClaimed,
    PasswordResetFound,
    SignInCodeFound,
    TeamMemberInvited,
)
from modules.accounts.rules import codes, links
from modules.accounts.rules.links import LinkKind
from modules.emails import Addressed, Email, Emails

_ACCOUNT = Addressed(
    "SELECT email, name, NULL::uuid FROM accounts WHERE id = event.subject AND email IS NOT NULL"
)
_INVITED = Addressed(
    "SELECT email, name, NULL::uuid FROM invitations WHERE business_id = event.business_id"
    " AND id = event.subject AND accepted_at IS NULL AND revoked_at IS NULL"
)

_CODED = Addressed(
    "SELECT a.email, a.name, NULL::uuid FROM sign_in_codes c JOIN accounts a ON a.id = c.account_id"
    " WHERE c.business_id = event.business_id AND c.id = event.subject AND c.used_at IS NULL"
    " AND a.email IS NOT NULL"
)


async def _claim(event: AddressClaimed) -> Mapping[str, Any]:
    account = await models.Account.get(id=event.subject)
    proved = models.Account.filter(email=account.email, confirmed_at__isnull=False)
    return {
        "known": await proved.exclude(id=account.id).exists(),
        "token": await links.make(LinkKind.CONFIRMATION, account_id=account.id),
    }


async def _reset(event: PasswordResetFound) -> Mapping[str, Any]:
    return {"token": await links.make(LinkKind.RESET, account_id=event.subject)}


async def _invitation(event: TeamMemberInvited) -> Mapping[str, Any]:
    offer = await models.Invitation.get(id=event.subject)
    return {
        "token": await links.make(LinkKind.INVITATION, invitation_id=offer.id),
        "role": offer.role,
        "host": await _name(offer.invited_by),
    }


async def _code(event: SignInCodeFound) -> Mapping[str, Any]:
    return {"code": await codes.make_code(event.subject)}


async def _name(account_id: UUID | None) -> str | None:
    account = await models.Account.get_or_none(id=account_id) if account_id else None
    return account.name if account else None


EMAILS: Emails = {
    AddressClaimed: [
        Email(
            kind="CONFIRM_ADDRESS",
            package="modules.accounts",
            template="confirm_address",
            recipients=_ACCOUNT,
            context=_claim,
            always=True,
        )
    ],
    PasswordResetFound: [
        Email(
            kind="PASSWORD_RESET",
            package="modules.accounts",
            template="password_reset",
            recipients=_ACCOUNT,
            context=_reset,
            listed=False,
            always=True,
        )
    ],
    TeamMemberInvited: [
        Email(
            kind="TEAM_INVITATION",
            package="modules.accounts",
            template="team_invitation",
            recipients=_INVITED,
            context=_invitation,
        )
    ],
    SignInCodeFound: [
        Email(
            kind="SIGN_IN_CODE",
            package="modules.accounts",
            template="sign_in_code",
            recipients=_CODED,
            context=_code,
            listed=False,
            always=True,
        )
    ],
}
