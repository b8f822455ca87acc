"""Words for what two files have in common, and for which of them wins."""

from __future__ import annotations

from enum import StrEnum


class DuplicateReason(StrEnum):
    """Why two files may be of the same person."""

    SAME_EMAIL = "SAME_EMAIL"
    """They have the same mail address."""
    SAME_PHONE = "SAME_PHONE"
    """They have the same phone number."""
    SAME_NAME_AND_BIRTHDAY = "SAME_NAME_AND_BIRTHDAY"
    """They have the same name, and were born on the same day."""
    SAME_NAME = "SAME_NAME"
    """They have the same name, whatever capitals and accents."""
    SIMILAR_NAME = "SIMILAR_NAME"
    """Their names differ by little, as by a slip of the pen."""


class MergeSide(StrEnum):
    """Whose value of a field a merged file gets."""

    SURVIVOR = "SURVIVOR"
    """The value of the file that stays."""
    OTHER = "OTHER"
    """The value of the file that goes."""
    BOTH = "BOTH"
    """What both have, together: tags, and fields of the business's own."""
