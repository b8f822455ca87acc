"""What happens to messages, and who is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from modules.events import Event


class SuppressionReason(StrEnum):
    """Why an address is not written to."""

    UNSUBSCRIBED = "UNSUBSCRIBED"
    """Its reader followed the link: they get what they ask for, as their bookings, and no more."""
    BOUNCED = "BOUNCED"
    """The mail server said that there is no such mailbox."""
    COMPLAINED = "COMPLAINED"
    """Its reader reported a message as spam."""
    MANUAL = "MANUAL"
    """The team put it here; it works like `UNSUBSCRIBED`."""


@dataclass(frozen=True, kw_only=True)
class MessageResent(Event):
    """A message that failed, or may have, is sent once more; the subject is its new line."""


@dataclass(frozen=True, kw_only=True)
class AddressSuppressed(Event):
    """An address is left alone from now on; the subject is its entry."""

    reason: SuppressionReason


@dataclass(frozen=True, kw_only=True)
class AddressUnsuppressed(Event):
    """An address may be written to again, as far as this entry (the subject) goes."""

    reason: SuppressionReason
