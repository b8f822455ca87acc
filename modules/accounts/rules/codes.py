"""Signing in as a client by a code that was mailed: nobody learns whose address is known."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import asyncpg

from modules import mail_address
from modules.accounts import models
from modules.accounts.events import NOBODYS, SignInCodeFound, SignInCodeRequested
from modules.accounts.rules import attempts, clients, words
from modules.accounts.rules.sessions import SignedIn
from modules.errors import Refusal
from modules.events import record
from modules.viewer import Viewer
from storage.database import database, execute, fetchrow, fetchval
from storage.log import change

LASTS = timedelta(minutes=10)
TRIES = 5
"""How often one code can be tried from one network: strangers elsewhere use up nobody's."""
TRIES_FROM_EVERYWHERE = 20
"""How often from all networks; beyond that it can be tried from where it was asked for, or from
where the client signed in before, and from nowhere else."""
DIGITS = 6


class CodeWrong(Refusal):
    """This code is wrong, was used already, or is too old."""

    code = "CODE_WRONG"
    remedy = "Check the digits, or ask for a new code: it works once, for ten minutes."


_FIND = """
SELECT a.id FROM accounts a JOIN memberships m ON m.account_id = a.id
WHERE a.email = $1 AND a.confirmed_at IS NOT NULL AND m.business_id = $2 AND m.role = 'CLIENT'"""

_LIVE = """
SELECT id FROM sign_in_codes
WHERE business_id = $1 AND account_id = $2 AND used_at IS NULL AND expires_at > now()
    AND ($3::bytea IS NULL OR asked_from = $3)
ORDER BY created_at DESC, id DESC LIMIT 1"""

# Takes one of a code's tries, before anybody looks whether the digits are right: a thousand guesses
# at once are five from each network, and twenty from all that are strange to the client.
_TRY = """
UPDATE sign_in_codes SET tries = tries + 1
WHERE id = $1 AND used_at IS NULL AND expires_at > now()
    AND (tries < $2 OR asked_from = $3 OR $4)
RETURNING id, account_id, code_hash"""

_OVER = """
UPDATE sign_in_codes SET used_at = now()
WHERE business_id = $1 AND account_id = $2 AND used_at IS NULL AND code_hash IS NOT NULL"""


async def request_sign_in_code(by: Viewer, *, email: str, business_id: UUID) -> str:
    """Have a code mailed to a client, if they are one there; gives the address as we write it.

    Nothing here looks whether the address is known: a job does, when the answer is long gone.
    """
    email = mail_address.normalise(email)
    known = await attempts.is_known(attempts.network_of_code(email, by.address))
    await attempts.spend(attempts.mails("sign-in code", email, by.address, known=known))
    request = await models.SignInRequest.create(
        email=email, wanted=business_id, asked_from=_origin(email, by.address)
    )
    record(SignInCodeRequested(business_id=NOBODYS, subject=request.id))
    return email


async def find_client(event: SignInCodeRequested) -> None:
    """Turn a request into a code for the client it is about; a second run finds nothing."""
    async with change(actor=None):
        request = await fetchrow(
            "DELETE FROM sign_in_requests WHERE id = $1 RETURNING email, wanted, asked_from",
            event.subject,
        )
        if request is None:
            return
        business_id = request["wanted"]
        account_id = await fetchval(_FIND, request["email"], business_id)
        if account_id is not None:
            code = await models.SignInCode.create(
                business_id=business_id, account_id=account_id, asked_from=request["asked_from"]
            )
            record(SignInCodeFound(business_id=business_id, subject=code.id))


async def make_code(code_id: UUID) -> str:
    """Make the digits of a code; only the mail ever holds them."""
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    await execute(
        "UPDATE sign_in_codes SET code_hash = $2, expires_at = $3 WHERE id = $1",
        code_id, _hash(code_id, digits), datetime.now(UTC) + LASTS,
    )  # fmt: skip
    return digits


async def sign_in_with_code(
    by: Viewer, *, email: str, business_id: UUID, code: str, user_agent: str = ""
) -> SignedIn:
    """Open a session with the code from the mail, which acts as a client and as nothing else.

    The latest code counts, and the latest that was asked for from the same network: a stranger who
    asks for another one takes nobody's away. Whatever is wrong, the answer is the same.
    """
    email = mail_address.normalise(email)
    limits = attempts.guesses("code", f"{business_id} {email}", by.address)
    await attempts.spend(limits)
    tried = [
        await _try(code_id, email, by.address)
        for code_id in await _candidates(email, business_id, by.address)
    ]
    right = [_is(found, code) for found in tried]
    found = tried[right.index(True)] if any(right) else None
    if found is None or not await _use(found["id"]):
        raise CodeWrong(field="code")
    await execute(_OVER, business_id, found["account_id"])
    signed = await clients.begin_as_client(found["account_id"], business_id, user_agent=user_agent)
    if signed is None:
        raise CodeWrong(field="code")
    await attempts.forgive(limits[0])
    await attempts.count([attempts.network_of_code(email, by.address)])
    return signed


async def _candidates(email: str, business_id: UUID, address: str) -> tuple[UUID, UUID]:
    """Find the codes a client may mean: the latest from this network, and the latest of all.

    Always two, so that it takes as long whether or not there is such a client.
    """
    pool = database().pool
    account_id = await pool.fetchval(_FIND, email, business_id)
    own = await pool.fetchval(_LIVE, business_id, account_id, _origin(email, address))
    latest = await pool.fetchval(_LIVE, business_id, account_id, None)
    return own or NOBODYS, NOBODYS if latest in (own, None) else latest


async def _try(code_id: UUID, email: str, address: str) -> asyncpg.Record | None:
    """Take one of the tries of a code; None when it has none left from here.

    It is taken beside the transaction, which a wrong code rolls back.
    """
    whose = f"{code_id} {email} {words.network(address)}"
    known = await attempts.is_known(attempts.network_of_code(email, address))
    if not await attempts.take(attempts.Limit("tries of a code", whose, (TRIES, LASTS))):
        return None
    return await database().pool.fetchrow(
        _TRY, code_id, TRIES_FROM_EVERYWHERE, _origin(email, address), known
    )


def _is(found: asyncpg.Record | None, digits: str) -> bool:
    known = found["code_hash"] if found else bytes(32)
    return secrets.compare_digest(_hash(found["id"] if found else NOBODYS, digits.strip()), known)


def _origin(email: str, address: str) -> bytes:
    """Name from where a code was asked for, without keeping it."""
    return sha256(f"code asked from\0{email} {words.network(address)}".encode()).digest()


async def _use(code_id: UUID) -> bool:
    used = await fetchval(
        "UPDATE sign_in_codes SET used_at = now() WHERE id = $1 AND used_at IS NULL RETURNING id",
        code_id,
    )
    return used is not None


def _hash(code_id: UUID, digits: str) -> bytes:
    # There are only a million codes: with its id, a list of all hashes serves for no second one.
    return sha256(code_id.bytes + digits[:32].encode("utf-8", "replace")).digest()
