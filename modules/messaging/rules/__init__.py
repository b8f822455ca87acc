"""Sending: every message has a line in the ledger, leaves once, and leaves alone who says so."""

from __future__ import annotations

from modules.messaging.rules.mailer import DeliveryDelayed, Mailer, open_mailer
from modules.messaging.rules.releasing import release
from modules.messaging.rules.resending import AlreadyResent, NotResendable, resend, resend_failed
from modules.messaging.rules.suppressing import (
    reader_of,
    suppress,
    suppressed,
    unsubscribe,
    unsuppress,
)

__all__ = [
    "AlreadyResent",
    "DeliveryDelayed",
    "Mailer",
    "NotResendable",
    "open_mailer",
    "reader_of",
    "release",
    "resend",
    "resend_failed",
    "suppress",
    "suppressed",
    "unsubscribe",
    "unsuppress",
]
