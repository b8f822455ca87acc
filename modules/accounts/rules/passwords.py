"""Passwords: what makes a fair one, and Argon2 kept away from everything that must stay quick."""

from __future__ import annotations

import asyncio
import os
import threading
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TypeVar
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from modules.accounts.rules import words
from modules.errors import InvalidInput, TooManyAttempts
from storage.shares import Shares

SHORTEST, LONGEST = 10, 256
AT_ONCE = max(1, min(4, os.cpu_count() or 1))
"""Hashes computed at the same time, each 19 MB and some 50 ms of one core."""

WAITING = 200
"""Passwords of one network, or business, that may wait to be hashed."""

T = TypeVar("T")


class PasswordTooShort(InvalidInput):
    """A password has at least 10 characters."""

    code = "PASSWORD_TOO_SHORT"
    remedy = "Use a longer one; a few words in a row are easy to remember."


class PasswordTooLong(InvalidInput):
    """A password has at most 256 characters."""

    code = "PASSWORD_TOO_LONG"
    remedy = "Use a shorter one."


class PasswordWeak(InvalidInput):
    """This password is one of those everybody tries first."""

    code = "PASSWORD_WEAK"
    remedy = "Use one that nobody else would think of."


def check(password: str, *personal: str, field: str = "password") -> str:
    """Give the password in the one spelling we hash. Only length and commonness count.

    `personal` is what everybody knows about the person: their name, address or business.
    Refuses: PasswordTooShort, PasswordTooLong, PasswordWeak.
    """
    spelt = spell(password)
    if len(spelt) < SHORTEST:
        raise PasswordTooShort(field=field)
    if len(spelt) > LONGEST:
        raise PasswordTooLong(field=field)
    plain = spelt.casefold()
    known = {word.casefold() for word in personal}
    if plain in known or _is_common(plain):
        raise PasswordWeak(field=field)
    return spelt


def spell(password: str) -> str:
    """Make keyboards agree: the same characters, however they were composed."""
    # Half a surrogate pair is no text, and whoever sends a megabyte gets no megabyte hashed.
    text = password[: 4 * LONGEST].encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFKC", text)


async def hashed(spelt: str, address: str) -> str:
    """Hash a checked password, when it is this address's turn. Refuses: TooManyAttempts."""
    async with turn(address):
        return await _in_thread(lambda: _hasher.hash(spelt))


async def hashed_if_fair(
    password: str, address: str, allowed: Callable[[], Awaitable[None]]
) -> str | None:
    """Hash a password, when it is this address's turn; None where `check` refuses it.

    Not before it is `allowed`, which is asked when the hashing begins: however many strangers come
    at once, those who have had their share keep nobody else waiting.
    Refuses: TooManyAttempts, and what `allowed` refuses.
    """
    try:
        spelt = check(password)
    except InvalidInput:
        return None
    async with turn(address):
        await allowed()
        return await _in_thread(lambda: _hasher.hash(spelt))


def turn(address: str) -> AbstractAsyncContextManager[None]:
    """Wait for one of the few threads for hashing.

    Each network gets one in turn, whatever it wants a password hashed for and in however many
    businesses, so that nobody waits for all that one of them asked for.
    Refuses: TooManyAttempts, when too many of them wait already.
    """
    loop = asyncio.get_running_loop()
    shares = _turns.setdefault(loop, Shares(AT_ONCE, WAITING, _too_many))
    return shares.place(words.network(address))


def _too_many() -> TooManyAttempts:
    return TooManyAttempts("Too many attempts at the same moment; try again in 1 min.")


async def match(hashes: Sequence[str | None], password: str) -> int | None:
    """Say which hash the password belongs to, if any; wrong ones take as long as missing ones.

    Call it when it is your `turn()`.
    """
    spelt = spell(password)[: LONGEST + 1]
    return await _in_thread(lambda: _match(hashes, spelt))


def outdated(known: str) -> bool:
    """Say whether a hash was made with other parameters than we use now."""
    return _hasher.check_needs_rehash(known)


def _match(hashes: Sequence[str | None], password: str) -> int | None:
    # Stops at a match: whoever knows the password may know how long that took.
    for i, known in enumerate(hashes):
        with suppress(VerificationError, InvalidHashError):
            _hasher.verify(known or _nobodys(), password)
            if known is not None:
                return i
    return None


def _is_common(plain: str) -> bool:
    if plain in _common() or len(set(plain)) <= 2:  # noqa: PLR2004 - "aaaaaaaaaa", "ababababab"
        return True
    steps = {ord(b) - ord(a) for a, b in pairwise(plain)}
    return steps in ({1}, {-1}) or plain.rstrip("0123456789!.?@#$*_-") in _common()


@cache
def _common() -> frozenset[str]:
    text = (files(__package__) / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _nobodys() -> str:
    return _hasher.hash(os.urandom(16).hex())


def _step_back() -> None:
    # A thread that hashes gives way to the one that answers everybody else, where the system can.
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


_threads = ThreadPoolExecutor(AT_ONCE, "argon2", _step_back)
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Shares] = WeakKeyDictionary()


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)
