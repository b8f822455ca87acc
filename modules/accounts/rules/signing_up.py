"""Signing up: a business with its first owner, and proof of the owner's address."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from modules import mail_address, text
from modules.accounts import models
from modules.accounts.events import (
    AccountMerged,
    AddressClaimed,
    AddressConfirmed,
    BusinessOpened,
    TeamMemberJoined,
)
from modules.accounts.rules import attempts, links, passwords, sessions, words
from modules.accounts.rules.links import LinkExpired, LinkKind
from modules.accounts.rules.sessions import SignedIn
from modules.accounts.rules.signing_in import InvalidCredentials
from modules.errors import Checks, Refusal
from modules.events import record
from modules.viewer import Role, Viewer
from storage.database import execute, fetchval
from storage.process import here


class SignUpClosed(Refusal):
    """No new businesses are taken here."""

    code = "SIGN_UP_CLOSED"
    remedy = "Ask whoever runs this server, or to be invited by a business that is here."


TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


async def sign_up_business(
    by: Viewer,
    *,
    business_name: str,
    zone: str,
    currency: str,
    name: str,
    email: str,
    password: str,
    locale: str = "en",
    user_agent: str = "",
    confirmed: bool = False,
    password_hash: str | None = None,
) -> SignedIn:
    """Open a business, make its first owner's account, and sign them in.

    Whether the address is known already makes no difference here: the new account only claims it.
    Its owner gets a mail, and following its link either confirms the claim or, when they have an
    account, moves the new business to that one. `confirmed` is for whoever sets up the server.
    `password_hash` is what `hash_password` made of the password, where it was called before.
    """
    if not confirmed:
        _refuse_if_closed()
    checks = Checks()
    with checks:
        business_name = text.name(business_name, "business_name")
    with checks:
        zone = words.zone(zone)
    with checks:
        currency = words.currency(currency)
    with checks:
        locale = words.locale(locale)
    with checks:
        name = text.name(name, "name")
    with checks:
        email = mail_address.normalise(email)
    with checks:
        spelt = passwords.check(password, name, email, business_name)
    checks.done()
    if not confirmed:
        await attempts.spend(attempts.mails("sign up", email, by.address))
    business = await models.Business.create(
        name=business_name, zone=zone, currency=currency, locale=locale
    )
    account = await make_account(
        by,
        business.id,
        email=email,
        name=name,
        spelt_password=spelt,
        password_hash=password_hash,
        confirmed=confirmed,
    )
    owner = await join(account.id, business.id, Role.OWNER)
    await attempts.count([attempts.network_of(account.id, by.address)])
    record(BusinessOpened(business_id=business.id, subject=business.id, account_id=account.id))
    return await sessions.begin(owner, user_agent=user_agent)


async def hash_password(by: Viewer, *, email: str, password: str) -> str | None:
    """Hash a password, best before the transaction of the `sign_up_business` it is for.

    None where it, or the address, is such that signing up will be refused.
    Refuses: SignUpClosed, TooManyAttempts.
    """
    _refuse_if_closed()
    try:
        email = mail_address.normalise(email)
    except mail_address.EmailInvalid:
        return None
    over = attempts.mails("sign up", email, by.address)
    return await passwords.hashed_if_fair(password, by.address, lambda: attempts.check(over))


def _refuse_if_closed() -> None:
    if here.settings.sign_up == "closed":
        raise SignUpClosed


async def make_account(
    by: Viewer,
    business_id: UUID,
    *,
    email: str,
    name: str,
    spelt_password: str,
    password_hash: str | None = None,
    confirmed: bool = False,
) -> models.Account:
    """Make an account of checked parts; unless `confirmed`, it only claims its address."""
    account = await models.Account.create(
        email=email,
        name=name,
        password_hash=password_hash or await passwords.hashed(spelt_password, by.address),
        confirmed_at=datetime.now(UTC) if confirmed else None,
    )
    if not confirmed:
        record(AddressClaimed(business_id=business_id, subject=account.id))
    return account


async def join(account_id: UUID, business_id: UUID, role: Role) -> models.Membership:
    """Give an account a place in a business."""
    place = await models.Membership.create(
        account_id=account_id, business_id=business_id, role=role
    )
    record(
        TeamMemberJoined(
            business_id=business_id, subject=place.id, account_id=account_id, role=role
        )
    )
    return place


async def verify_email(by: Viewer, *, token: str, password: str) -> int:
    """Prove to read an address's mail, with the link sent there; says how many sessions it ended.

    It takes the account's password as well: a stranger may have signed up with an address, and its
    owner, curious about the mail, must not prove it for them. When its owner has a confirmed
    account already, everything moves there, and the sessions of this one end.
    """
    account = await models.Account.get_or_none(id=await links.use(LinkKind.CONFIRMATION, token))
    if account is None or account.email is None:
        raise LinkExpired
    limit = attempts.Limit("confirm", str(account.id), attempts.PER_ACCOUNT)
    async with passwords.turn(by.address):
        await attempts.check([limit])
        if await passwords.match([account.password_hash], password) is None:
            await attempts.count([limit])
            raise InvalidCredentials("The password is wrong.", field="password")
    return 0 if await prove(account) else await _merge(account)


async def prove(account: models.Account) -> bool:
    """Note that an account's address is proved; False when another account proved it before."""
    if account.confirmed_at is not None:
        return True
    # Two links for one address, followed at once, take turns.
    await execute(TAKE_TURNS, f"confirm {account.email}")
    if await _who_proved(account.email) is not None:
        return False
    account.confirmed_at = datetime.now(UTC)
    await account.save(update_fields=["confirmed_at"])
    if (business_id := await business_of(account.id)) is not None:
        record(AddressConfirmed(business_id=business_id, subject=account.id))
    return True


async def business_of(account_id: UUID) -> UUID | None:
    """Name the business an account has worked in longest, or else been a client of."""
    found: UUID | None = await fetchval(
        "SELECT business_id FROM memberships WHERE account_id = $1"
        " ORDER BY role = 'CLIENT', created_at, id LIMIT 1",
        account_id,
    )
    return found


async def _who_proved(email: str | None) -> models.Account | None:
    return await models.Account.filter(email=email, confirmed_at__isnull=False).first()


async def _merge(account: models.Account) -> int:
    """Move an account's businesses to the one that proved its address; says what it ended."""
    into = await _who_proved(account.email)
    if into is None:
        raise LinkExpired
    ended = await sessions.end(account.id)
    there = {m.business_id: m for m in await models.Membership.filter(account_id=into.id)}
    for place in await models.Membership.filter(account_id=account.id):
        same = there.get(place.business_id)
        if same is not None and same.role is Role.CLIENT:  # whoever joins the team works there
            ended += await sessions.end(into.id, business_id=same.business_id)
            await same.delete()
            same = None
        if same is None:
            place.account_id = into.id
            await place.save(update_fields=["account_id"])
        else:
            if place.role is Role.OWNER and same.role is not Role.OWNER:
                same.role = Role.OWNER
                await same.save(update_fields=["role"])
            await place.delete()
        record(AccountMerged(business_id=place.business_id, subject=into.id, merged_id=account.id))
    if into.password_hash is None:  # a client who signed in by mail so far
        into.password_hash = account.password_hash
        await into.save(update_fields=["password_hash"])
    account.email = account.password_hash = None
    await account.save(update_fields=["email", "password_hash"])
    await links.withdraw(account_id=account.id)
    return ended
