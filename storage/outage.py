"""PostgreSQL being away: which errors say so, and one line in the log for each time it is."""

from __future__ import annotations

import logging
from time import monotonic

import asyncpg

logger = logging.getLogger(__name__)

QUIET = 60.0  # seconds between two lines about outages that follow one another closely
RETRY_AFTER = 2
"""Seconds after which it is worth trying again."""


class Unavailable(Exception):
    """The database cannot be used right now; whatever it was may be tried again."""


_AWAY = (
    Unavailable,
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,  # connections, memory, disk
)


def is_away(error: BaseException) -> bool:
    """Tell whether an error means that PostgreSQL cannot be used now, rather than a fault of ours.

    Also true of what wraps such an error, and of its lack of connections, memory or disk.
    """
    cause = error.__cause__
    return _says_so(error) or (cause is not None and _says_so(cause))


def _says_so(error: BaseException) -> bool:
    if isinstance(error, asyncpg.InterfaceError):
        return "closed" in str(error)  # asyncpg's word for a connection that broke before
    if isinstance(error, asyncpg.InternalClientError):
        return "cannot switch to state" in str(error)  # PostgreSQL has said goodbye, and closes
    return isinstance(error, _AWAY)


class Outage:
    """Whether PostgreSQL is away from this process, told once at its beginning and at its end."""

    def __init__(self) -> None:
        self.disk_full = False
        """Whether PostgreSQL lacked disk, and nothing has shown since that it has some again."""
        self._since: float | None = None
        self._told = False
        self._quiet_until = 0.0

    def noticed(self, error: BaseException, *, connecting: bool = False) -> bool:
        """Take note of an error that `is_away` knows; of any other answer False and do nothing.

        While `connecting`, whatever the system says counts, a timeout too.
        """
        if not is_away(error) and not (connecting and isinstance(error, OSError)):
            return False
        if isinstance(error, asyncpg.DiskFullError):
            if not self.disk_full:
                logger.error("PostgreSQL's disk is full: %s", _in_a_line(error))
            self.disk_full = True
        elif self._since is None:
            self._since = now = monotonic()
            self._told = now >= self._quiet_until
            if self._told:
                self._quiet_until = now + QUIET
                logger.warning("PostgreSQL cannot be used: %s", _in_a_line(error))
        return True

    @property
    def now(self) -> bool:
        """Whether PostgreSQL is away as far as is known."""
        return self._since is not None

    def over(self) -> None:
        """Take note that a connection could be made."""
        if self._since is None:
            return
        if self._told:
            logger.warning("PostgreSQL is back after %.1f s", monotonic() - self._since)
        self._since = None

    def has_disk(self) -> None:
        """Take note that PostgreSQL could write again."""
        if self.disk_full:
            logger.warning("PostgreSQL's disk has room again")
        self.disk_full = False


outage = Outage()
"""This process's."""


def _in_a_line(error: BaseException) -> str:
    said = " ".join(str(error).split())[:300]
    return said or type(error).__name__
