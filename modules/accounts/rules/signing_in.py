"""Signing in, and changing what one signs in with."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from modules import mail_address
from modules.accounts import models
from modules.accounts.events import NOBODYS, PasswordChanged
from modules.accounts.rules import attempts, passwords, sessions
from modules.accounts.rules.sessions import SignedIn
from modules.errors import Forbidden, NotFound, Refusal
from modules.events import record
from modules.viewer import TEAM, Role, Viewer
from storage.database import execute, fetch


class InvalidCredentials(Refusal):
    """The mail address or the password is wrong."""

    code = "INVALID_CREDENTIALS"
    remedy = "Check both, or ask for a new password."


class NoBusiness(Refusal):
    """This account belongs to no business."""

    code = "NO_BUSINESS"
    remedy = "Ask a business to invite you, or sign up one of your own."


async def sign_in(
    by: Viewer,
    *,
    email: str,
    password: str,
    business_id: UUID | None = None,
    user_agent: str = "",
    proof: Proof | None = None,
) -> SignedIn:
    """Open a session in the business named, or else where the account has worked longest.

    An unknown address and a wrong password get the same answer after the same work. With a `proof`
    that the two belong together they are not looked at again.
    Refuses: EmailInvalid, TooManyAttempts, InvalidCredentials, NotFound (the business), NoBusiness.
    """
    proof = proof or await prove(by, email=email, password=password)
    if proof.fresh_hash is not None:
        await execute(
            "UPDATE accounts SET password_hash = $2 WHERE id = $1",
            proof.account_id,
            proof.fresh_hash,
        )
    place = await membership(proof.account_id, business_id)
    return await sessions.begin(place, user_agent=user_agent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An address and a password belong together."""

    account_id: UUID
    """Whose they are."""
    fresh_hash: str | None
    """A hash with today's parameters, where the old one was made with others."""


async def prove(by: Viewer, *, email: str, password: str) -> Proof:
    """Check a password, best before the transaction of the `sign_in` that goes by it.

    Otherwise everybody who waits to be hashed holds a connection, and nobody else can book.
    Refuses: EmailInvalid, TooManyAttempts, InvalidCredentials.
    """
    email = mail_address.normalise(email)
    async with passwords.turn(by.address):
        # Checked when the hashing begins, not when the request arrives: however many guesses come
        # at once, only as many as there are turns get past a full counter.
        candidates = await _candidates(email)
        # Whoever merely claims the address does not make their network known to its owner.
        owner = next((id_ for id_, _ in candidates if id_ is not None), NOBODYS)
        familiar = await attempts.is_known(attempts.network_of(owner, by.address))
        limits = attempts.sign_in(email, by.address, known=familiar)
        await attempts.check(limits)
        found = await passwords.match([known for _, known in candidates], password)
        if found is None:
            await attempts.count(limits)
            raise InvalidCredentials
    account_id, known = candidates[found]
    assert account_id is not None and known is not None  # noqa: PT018 - nothing else matches
    await attempts.forgive(limits[0])
    await attempts.count([attempts.network_of(account_id, by.address)])
    fresh = None
    if passwords.outdated(known):
        fresh = await passwords.hashed(passwords.spell(password), by.address)
    return Proof(account_id=account_id, fresh_hash=fresh)


async def switch_business(by: Viewer, *, business_id: UUID, user_agent: str = "") -> SignedIn:
    """Open a session in another business of the same account; the one at hand goes on.

    Whoever got in by a mail gets no further than to where they are a client as well.
    Refuses: NotFound, for businesses the account is not in as for those that do not exist;
    Forbidden.
    """
    if by.account_id is None:
        raise Forbidden("Sign in first.")
    place = await membership(by.account_id, business_id)
    mailed = await models.Session.filter(id=by.session_id, only_as_client=True).exists()
    if mailed and place.role is not Role.CLIENT:
        raise Forbidden("Sign in there with your password.")
    return await sessions.begin(place, only_as_client=mailed, user_agent=user_agent)


async def change_password(by: Viewer, *, current: str, new: str) -> int:
    """Change one's password; every other session ends, and the answer says how many did."""
    account = await models.Account.get_or_none(id=by.account_id) if by.account_id else None
    if account is None:
        raise Forbidden("Sign in first.")
    limit = attempts.Limit("change password", str(account.id), attempts.PER_ACCOUNT)
    spelt = passwords.check(new, account.name, account.email or "", field="new")
    async with passwords.turn(by.address):
        await attempts.check([limit])
        if await passwords.match([account.password_hash], current) is None:
            await attempts.count([limit])
            raise InvalidCredentials("The current password is wrong.", field="current")
    await attempts.forgive(limit)
    await set_password(by, account, spelt, business_id=by.of_business())
    return await sessions.end(account.id, but=by.session_id)


async def set_password(
    by: Viewer, account: models.Account, spelt: str, *, business_id: UUID
) -> None:
    """Give an account a password that was checked."""
    account.password_hash = await passwords.hashed(spelt, by.address)
    await account.save(update_fields=["password_hash"])
    record(PasswordChanged(business_id=business_id, subject=account.id))


async def membership(account_id: UUID, business_id: UUID | None = None) -> models.Membership:
    """Find an account's place in a business, or its oldest one. Refuses: NotFound, NoBusiness.

    A place in a team comes before any as a client.
    """
    places = models.Membership.filter(account_id=account_id).order_by("created_at", "id")
    if business_id is not None:
        place = await places.get_or_none(business_id=business_id)
        if place is None:
            raise NotFound(field="business_id")
        return place
    team = places.filter(role__in=TEAM)
    if (oldest := await team.first() or await places.first()) is None:
        raise NoBusiness
    return oldest


async def _candidates(email: str) -> list[tuple[UUID | None, str | None]]:
    """Give whoever proved to own an address, and whoever claimed it last; always two.

    Anybody may sign up with any address, and then sign in: that must work the same whether or not
    the address belongs to somebody already, or signing up would tell.
    """
    proved, claimed = await fetch(
        "SELECT a.id, a.password_hash FROM (VALUES (1), (2)) AS slot (n) LEFT JOIN LATERAL ("
        " SELECT id, password_hash FROM accounts WHERE email = $1"
        " AND (confirmed_at IS NOT NULL) = (slot.n = 1) ORDER BY created_at DESC, id DESC LIMIT 1"
        ") AS a ON true ORDER BY slot.n",
        email,
    )
    return [(proved["id"], proved["password_hash"]), (claimed["id"], claimed["password_hash"])]
