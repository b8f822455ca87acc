"""Guessing is limited: counters in PostgreSQL, which hold over restarts and in every process."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import ceil

from modules.accounts.rules import words
from modules.errors import TooManyAttempts
from storage.database import database

PER_ACCOUNT = (10, timedelta(minutes=15))
PER_NETWORK = (100, timedelta(minutes=15))
MAILS_PER_ADDRESS = (5, timedelta(hours=1))
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


def sign_in(email: str, address: str) -> list[Limit]:
    """Limit wrong passwords for one mail address, and from one network."""
    return limits("sign in", email, address, PER_ACCOUNT, PER_NETWORK)


def mails(what: str, email: str, address: str) -> list[Limit]:
    """Limit the mails a stranger can cause to one mail address, and from one network."""
    return limits(what, email, address, MAILS_PER_ADDRESS, MAILS_PER_NETWORK)


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
        raise TooManyAttempts(f"Too many attempts; try again in {minutes} min.")


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


async def forgive(limit: Limit) -> None:
    """Start from zero: whoever was guessing knew it after all."""
    await database().pool.execute("DELETE FROM attempts WHERE key = $1", limit.key)
