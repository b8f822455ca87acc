"""Guessing is limited: counters in PostgreSQL, which hold over restarts and in every process."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import ceil
from uuid import UUID

from modules.accounts.rules import words
from modules.errors import TooManyAttempts
from storage.database import database

PER_ACCOUNT = (10, timedelta(minutes=15))
"""From one network: guesses of strangers elsewhere lock nobody out of what is theirs."""
FROM_EVERYWHERE = (100, timedelta(minutes=15))
"""From all networks an account was never signed in from."""
KNOWN = timedelta(days=90)
"""How long a network is known from which somebody signed in."""
PER_NETWORK = (100, timedelta(minutes=15))
MAILS_PER_ADDRESS = (5, timedelta(hours=1))
"""At the wish of one network, or one business: others can still have theirs."""
MAILS_FROM_EVERYWHERE = (20, timedelta(hours=1))
MAILS_PER_NETWORK = (100, timedelta(hours=1))
INVITATIONS_PER_BUSINESS = (200, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts at one thing in so much time."""

    what: str
    value: str
    allowed: tuple[int, timedelta]

    @property
    def key(self) -> bytes:
        """Name the counter without keeping what was typed."""
        return sha256(f"{self.what}\0{self.value}".encode()).digest()


def limits(
    what: str,
    value: str,
    address: str,
    account: tuple[int, timedelta],
    network: tuple[int, timedelta],
) -> list[Limit]:
    """Limit attempts at `value`, and those that come from one network whatever they are at."""
    found = [Limit(what, value, account)]
    if address:
        found.append(Limit(f"{what} from", words.network(address), network))
    return found


def guesses(what: str, value: str, address: str) -> list[Limit]:
    """Limit guesses at a secret from one network, the first limit for this one alone."""
    pair = f"{value} {words.network(address)}"
    return limits(what, pair, address, PER_ACCOUNT, PER_NETWORK)


def sign_in(email: str, address: str, *, known: bool = False) -> list[Limit]:
    """Limit wrong passwords for one mail address, from one network and from all unknown ones."""
    here = guesses("sign in", email, address)
    return here if known else [*here, Limit("sign in anywhere", email, FROM_EVERYWHERE)]


def network_of(account_id: UUID, address: str) -> Limit:
    """Name what is noted when somebody signs in: from this network they are known."""
    return Limit("known network", f"{account_id} {words.network(address)}", (1, KNOWN))


def network_of_code(email: str, address: str) -> Limit:
    """Name what is noted when a client signs in by a code: from this network they are known.

    It goes by what was typed, so that asking for it tells nobody whether there is an account.
    """
    return Limit("known by code", f"{email} {words.network(address)}", (1, KNOWN))


def mails(what: str, email: str, address: str, *, known: bool = False) -> list[Limit]:
    """Limit the mails a stranger can cause to one mail address, and from one network.

    Strangers elsewhere do not keep the owner of the address from having theirs, unless they have
    many networks and the owner is not known from here; then what they caused is in the mailbox.
    """
    pair = f"{email} {words.network(address)}"
    here = limits(what, pair, address, MAILS_PER_ADDRESS, MAILS_PER_NETWORK)
    return here if known else [*here, Limit(f"{what} anywhere", email, MAILS_FROM_EVERYWHERE)]


# All of these run beside the transaction of what is tried, on a connection of their own: a refused
# attempt is rolled back, and so is every dry run, but both have been attempts.


async def check(over: Sequence[Limit], *, times: int = 1) -> None:
    """Let pass while no counter is too full for so many more. Refuses: TooManyAttempts."""
    until: datetime | None = await database().pool.fetchval(
        "SELECT max(resets_at) FROM attempts JOIN unnest($1::bytea[], $2::int[]) AS l (key, most)"
        " USING (key) WHERE resets_at > now() AND count + $3 > most",
        [limit.key for limit in over],
        [limit.allowed[0] for limit in over],
        times,
    )
    if until is not None:
        minutes = max(1, ceil((until - datetime.now(UTC)) / timedelta(minutes=1)))
        raise TooManyAttempts("Too many attempts; try again in {minutes} min.", minutes=minutes)


async def count(over: Sequence[Limit], *, times: int = 1) -> None:
    """Count an attempt, or several that are made at once."""
    await database().pool.execute(
        "INSERT INTO attempts (key, count, resets_at)"
        " SELECT key, $3, now() + lasts"
        " FROM unnest($1::bytea[], $2::interval[]) AS l (key, lasts) ORDER BY key"
        " ON CONFLICT (key) DO UPDATE SET (count, resets_at) = ("
        " SELECT attempts.count + $3, attempts.resets_at WHERE attempts.resets_at > now()"
        " UNION ALL SELECT $3, excluded.resets_at WHERE attempts.resets_at <= now())",
        [limit.key for limit in over],
        [limit.allowed[1] for limit in over],
        times,
    )
    if secrets.randbelow(256) == 0:
        await database().pool.execute("DELETE FROM attempts WHERE resets_at < now()")


async def spend(over: Sequence[Limit], *, times: int = 1) -> None:
    """Count attempts that are limited whether or not they succeed. Refuses: TooManyAttempts."""
    await check(over, times=times)
    await count(over, times=times)


async def take(limit: Limit) -> bool:
    """Count one more if there is room for it, in one step; False when there is none."""
    return bool(await database().pool.fetchval(TAKE, limit.key, *limit.allowed))


async def left(limit: Limit) -> int:
    """Say for how many more there is room."""
    used = await database().pool.fetchval(
        "SELECT count FROM attempts WHERE key = $1 AND resets_at > now()", limit.key
    )
    return max(0, limit.allowed[0] - (used or 0))


async def count_known(limits: Sequence[Limit]) -> int:
    """Say how many of these were counted before."""
    known: int = await database().pool.fetchval(
        "SELECT count(*) FROM attempts WHERE key = ANY($1) AND count > 0 AND resets_at > now()",
        [limit.key for limit in limits],
    )
    return known


async def is_known(limit: Limit) -> bool:
    """Say whether this was counted before."""
    return await count_known([limit]) > 0


async def forgive(limit: Limit) -> None:
    """Start from zero: whoever was guessing knew it after all."""
    await database().pool.execute("DELETE FROM attempts WHERE key = $1", limit.key)


TAKE = """
INSERT INTO attempts AS a (key, count, resets_at) SELECT $1, 1, now() + $3 WHERE $2::integer > 0
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN a.resets_at > now() THEN a.count + 1 ELSE 1 END,
    resets_at = CASE WHEN a.resets_at > now() THEN a.resets_at ELSE excluded.resets_at END
WHERE a.resets_at <= now() OR a.count < $2
RETURNING true"""
"""One more of a key of which so many are allowed in a time; nothing where there is no room."""
