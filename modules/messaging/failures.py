"""How a message may fail to leave."""

from __future__ import annotations


class NotSent(Exception):
    """The message did not leave; trying again later is safe."""


class Refused(Exception):
    """The mail server will not take this message, now or later."""


class NoSuchMailbox(Refused):
    """The mail server knows nobody of this address."""


class Unsure(Exception):
    """The message was handed over, but nobody said whether it was taken."""


class Withdrawn(Exception):
    """Something happened just before the message was handed over: it must not leave like this."""


def said(error: Exception) -> str:
    """Put an error into the words of the ledger."""
    return f"{type(error).__name__}: {error}"[:500]
