"""What is said of an erasure, which itself leaves no event that names anybody."""

from __future__ import annotations

from enum import StrEnum


class ErasureReason(StrEnum):
    """Why a file was deleted: a choice and not a text, so that it names nobody."""

    ASKED_BY_CLIENT = "ASKED_BY_CLIENT"
    """The client asked for it."""
    NO_LONGER_CLIENT = "NO_LONGER_CLIENT"
    """They do not come any more."""
    OPENED_BY_MISTAKE = "OPENED_BY_MISTAKE"
    """The file should not have been opened."""
    OTHER = "OTHER"
    """A reason that is not listed here."""
