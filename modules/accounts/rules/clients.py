"""Clients as people who sign in: their account, their place at a business, and how it ends."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from modules import mail_address
from modules.accounts import models
from modules.accounts.events import ClientAdmitted, ClientWithdrawn
from modules.accounts.hooks import Accepted
from modules.accounts.rules import passwords, sessions, signing_in, signing_up
from modules.accounts.rules.links import LinkExpired
from modules.accounts.rules.sessions import SignedIn
from modules.events import record
from modules.viewer import Role, Viewer
from storage.database import execute, fetchval


async def person(email: str, *, name: str) -> models.Account:
    """Give the account of whoever just proved to read this address's mail.

    That is the one that proved the address before, or a new one without a password. Accounts that
    only claim the address stay what they are, and whose they are. Refuses: LinkExpired, for what is
    not in its one form: a mail sent to another spelling proves nothing about this one.
    """
    if not mail_address.is_normal(email):
        raise LinkExpired
    await execute(signing_up.TAKE_TURNS, f"confirm {email}")
    known = await models.Account.get_or_none(email=email, confirmed_at__isnull=False)
    return known or await models.Account.create(
        email=email, name=name[:200], confirmed_at=datetime.now(UTC)
    )


async def has_account(email: str) -> bool:
    """Say whether somebody proved this address. Refuses: EmailInvalid."""
    found = models.Account.filter(email=mail_address.normalise(email), confirmed_at__isnull=False)
    return await found.exists()


async def with_account(emails: Collection[str]) -> set[str]:
    """Pick the addresses somebody proved, out of some in their one form."""
    found = models.Account.filter(email__in=list(emails), confirmed_at__isnull=False)
    return {account.email for account in await found.only("id", "email") if account.email}


async def admit_client(account_id: UUID, business_id: UUID) -> models.Membership:
    """Give a person a place at a business as its client; whoever works there keeps the better one.

    Many at once are one place.
    """
    admitted = await fetchval(
        "INSERT INTO memberships (id, account_id, business_id, role)"
        " VALUES (uuidv7(), $1, $2, 'CLIENT')"
        " ON CONFLICT (account_id, business_id) DO NOTHING RETURNING id",
        account_id, business_id,
    )  # fmt: skip
    if admitted is not None:
        record(ClientAdmitted(business_id=business_id, subject=account_id))
    return await models.Membership.get(account_id=account_id, business_id=business_id)


async def dismiss_client(account_id: UUID, business_id: UUID) -> int:
    """Take a client's place at a business back; says how many sessions ended there.

    A place in the team is not touched, and the account stays its owner's.
    """
    place = await models.Membership.get_or_none(
        account_id=account_id, business_id=business_id, role=Role.CLIENT
    )
    if place is None:
        return 0
    ended = await sessions.end(account_id, business_id=business_id)
    await models.SignInCode.filter(account_id=account_id, business_id=business_id).delete()
    await place.delete()
    record(ClientWithdrawn(business_id=business_id, subject=account_id))
    return ended


async def begin_as_client(
    account_id: UUID, business_id: UUID, *, user_agent: str = ""
) -> SignedIn | None:
    """Sign somebody in whom a mail let in; None for the team, who sign in with their passwords."""
    place = await models.Membership.get_or_none(
        account_id=account_id, business_id=business_id, role=Role.CLIENT
    )
    if place is None:
        return None
    return await sessions.begin(place, only_as_client=True, user_agent=user_agent)


async def welcome(
    by: Viewer, accepted: Accepted, *, password: str | None = None, user_agent: str = ""
) -> SignedIn | None:
    """Sign in whoever accepted an invitation as a client, with a first password if they chose one.

    Refuses: PasswordTooShort, PasswordTooLong, PasswordWeak.
    """
    account = await models.Account.get(id=accepted.account_id)
    if password is not None and account.password_hash is None:
        spelt = passwords.check(password, account.name, account.email or "")
        await signing_in.set_password(by, account, spelt, business_id=accepted.business_id)
    return await begin_as_client(accepted.account_id, accepted.business_id, user_agent=user_agent)
