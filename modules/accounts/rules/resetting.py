"""A forgotten password, and the mail that helps: nobody learns from it whose address is known."""

from __future__ import annotations

from modules import mail_address
from modules.accounts import models
from modules.accounts.events import NOBODYS, PasswordResetFound, PasswordResetRequested
from modules.accounts.rules import (
    attempts,
    links,
    passwords,
    sessions,
    signing_in,
    signing_up,
)
from modules.accounts.rules.links import LinkExpired, LinkKind
from modules.events import record
from modules.viewer import Viewer
from storage.database import fetch, fetchval
from storage.log import change

CLAIMANTS = 5
"""How many accounts that merely claim an address get a mail when nobody has proved it."""

_FIND = """
SELECT a.id, a.confirmed_at, m.business_id FROM accounts a JOIN LATERAL (
    SELECT business_id FROM memberships WHERE account_id = a.id
    ORDER BY role = 'CLIENT', created_at, id LIMIT 1
) m ON true
WHERE a.email = $1 ORDER BY a.confirmed_at NULLS LAST, a.created_at DESC LIMIT $2
"""


async def request_password_reset(by: Viewer, *, email: str) -> str:
    """Have a link sent to an address, if anybody has it; gives the address as we write it.

    Nothing here looks whether the address is known: a job does, when the answer is long gone.
    """
    email = mail_address.normalise(email)
    await attempts.spend(attempts.mails("reset", email, by.address))
    request = await models.ResetRequest.create(email=email)
    record(PasswordResetRequested(business_id=NOBODYS, subject=request.id))
    return email


async def find_accounts(event: PasswordResetRequested) -> None:
    """Turn a request into mails for the accounts it can be about; a second run finds nothing."""
    async with change(actor=None):
        email = await fetchval(
            "DELETE FROM reset_requests WHERE id = $1 RETURNING email", event.subject
        )
        accounts = await fetch(_FIND, email, CLAIMANTS)
        proved = [row for row in accounts if row["confirmed_at"] is not None]
        for row in proved or accounts:
            record(PasswordResetFound(business_id=row["business_id"], subject=row["id"]))


async def reset_password(by: Viewer, *, token: str, password: str) -> int:
    """Set a new password with the link from the mail; says how many sessions it ended, all of them.

    Refuses: LinkExpired, PasswordTooShort, PasswordTooLong, PasswordWeak. A refused password does
    not use up the link.
    """
    account = await models.Account.get_or_none(id=await links.use(LinkKind.RESET, token))
    if account is None or account.email is None:
        raise LinkExpired
    if (business_id := await signing_up.business_of(account.id)) is None:
        raise LinkExpired
    spelt = passwords.check(password, account.name, account.email)
    if not await signing_up.prove(account):
        raise LinkExpired  # somebody else proved the address since
    await signing_in.set_password(by, account, spelt, business_id=business_id)
    await links.withdraw(account_id=account.id)
    return await sessions.end(account.id)
