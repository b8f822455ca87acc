"""Mail to people who have not asked for it: which business may send it, and how much."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from modules.accounts.rules import attempts
from modules.accounts.rules.attempts import Limit
from modules.errors import Refusal
from storage.database import fetch, fetchval, transaction
from storage.process import here

DAY = timedelta(days=1)
FOR_EVER = timedelta(days=36_500)
SHARE = 5
"""A business has one part in so many of what an address gets in a day, beside what all share."""

UNCONFIRMED = "no owner of the business has confirmed their mail address"
BUSINESS_LIMIT = "the business sent as many messages as it may in a day"
RECIPIENT_LIMIT = "this address got as many messages as it may in a day"


class OwnerNotVerified(Refusal):
    """No mail goes to others before an owner has confirmed their mail address."""

    code = "OWNER_NOT_VERIFIED"
    remedy = "Follow the link in the mail that came after signing up, then try again."
    client_message = "This business cannot send you mail yet."
    client_remedy = "Ask the business: its owner has to confirm their own mail address first."


async def check_mail(business_id: UUID, addresses: Collection[str]) -> None:
    """Let somebody ask for mail to these addresses. Refuses: OwnerNotVerified, TooManyAttempts."""
    own, confirmed = await _own(business_id), await _confirmed(business_id)
    others = set(addresses) - {each for each, proved in own.items() if proved}
    if not confirmed:
        written = [_wrote(business_id, each) for each in others.difference(own)]
        new = len(written) - await attempts.count_known(written)
        if await attempts.left(_trial(business_id)) < new:
            raise OwnerNotVerified
    if others:
        await attempts.check([_of_business(business_id)], times=len(others))
    if len(others) == 1:
        await _check_address(business_id, others.pop(), confirmed=confirmed)


async def _check_address(business_id: UUID, address: str, *, confirmed: bool) -> None:
    if not confirmed or not await attempts.left(_share(business_id, address)):
        await attempts.check([_to(address)])


async def held(business_id: UUID, recipients: Mapping[UUID, str]) -> dict[UUID, str]:
    """Say which messages may not leave, by their ids, and why; those that may are counted.

    Ask once for each message, when it is about to be handed over.
    """
    own, confirmed = await _own(business_id), await _confirmed(business_id)
    found: dict[UUID, str] = {}
    for id_, address in recipients.items():
        if own.get(address):
            continue
        if why := await _why_not(business_id, address, confirmed=confirmed, own=address in own):
            found[id_] = why
    return found


async def _why_not(business_id: UUID, address: str, *, confirmed: bool, own: bool) -> str | None:
    if not (confirmed or own or await _try_out(business_id, address)):
        return UNCONFIRMED
    if not await _reaches(business_id, address, confirmed=confirmed):
        return RECIPIENT_LIMIT
    if not await attempts.take(_of_business(business_id)):
        return BUSINESS_LIMIT
    return None


async def _reaches(business_id: UUID, address: str, *, confirmed: bool) -> bool:
    """Count a message to an address: in the business's own share first, then in what all share.

    So a business that writes much to somebody keeps no other one's messages from them. One that is
    not confirmed has no share of its own: a thousand could be opened to fill a mailbox.
    """
    if confirmed and await attempts.take(_share(business_id, address)):
        return True
    return await attempts.take(_to(address))


async def _try_out(business_id: UUID, address: str) -> bool:
    """Count an address among the few a business may write to unconfirmed, once however often."""
    wrote, trial = _wrote(business_id, address), _trial(business_id)
    async with transaction() as connection:
        # Held until the end: two messages to one address are one address, and wait for each other.
        if await connection.fetchval(_HOLD, wrote.key, FOR_EVER):
            return True
        if not await connection.fetchval(attempts.TAKE, trial.key, *trial.allowed):
            return False
        await connection.execute("UPDATE attempts SET count = 1 WHERE key = $1", wrote.key)
    return True


async def _confirmed(business_id: UUID) -> bool:
    return bool(await fetchval(_CONFIRMED, business_id))


async def _own(business_id: UUID) -> dict[str, bool]:
    """Give the addresses of those who run the business, and whether they proved them.

    Of those who have not, only whoever opened the business is there: the address is the one they
    gave themselves. It may be somebody else's, so what goes there is limited like other mail.
    """
    return {row["email"]: row["proved"] for row in await fetch(_OWN, business_id)}


def _trial(business_id: UUID) -> Limit:
    return Limit("mail unconfirmed", str(business_id), (here.settings.trial_recipients, FOR_EVER))


def _wrote(business_id: UUID, address: str) -> Limit:
    return Limit("mailed unconfirmed", f"{business_id} {address}", (1, FOR_EVER))


def _of_business(business_id: UUID) -> Limit:
    return Limit("mail of a business", str(business_id), (here.settings.mails_per_business, DAY))


def _share(business_id: UUID, address: str) -> Limit:
    most = max(1, here.settings.mails_per_recipient // SHARE)
    return Limit("mail of a business to an address", f"{business_id} {address}", (most, DAY))


def _to(address: str) -> Limit:
    return Limit("mail to an address", address, (here.settings.mails_per_recipient, DAY))


_HOLD = """
INSERT INTO attempts (key, count, resets_at) VALUES ($1, 0, now() + $2)
ON CONFLICT (key) DO UPDATE SET count = attempts.count RETURNING count"""
_CONFIRMED = """
SELECT EXISTS (SELECT FROM memberships m JOIN accounts a ON a.id = m.account_id
    WHERE m.business_id = $1 AND m.role = 'OWNER' AND a.confirmed_at IS NOT NULL)"""
_OWN = """
SELECT a.email, bool_or(a.confirmed_at IS NOT NULL) AS proved
FROM accounts a JOIN memberships m ON m.account_id = a.id
WHERE m.business_id = $1 AND m.role <> 'CLIENT' AND a.email IS NOT NULL
    AND (a.confirmed_at IS NOT NULL OR m.id = (
        SELECT id FROM memberships WHERE business_id = $1 AND role = 'OWNER'
        ORDER BY created_at, id LIMIT 1))
GROUP BY a.email"""
