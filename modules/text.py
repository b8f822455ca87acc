"""What people type: names and notes, tidied, limited, and free of what no text should hold."""

from __future__ import annotations

import unicodedata

from modules.errors import InvalidInput


class TextTooLong(InvalidInput):
    """That is longer than this field allows."""

    code = "TEXT_TOO_LONG"
    remedy = "Shorten it to the number of characters the message names."


class TextNotAllowed(InvalidInput):
    """That holds characters no text may hold."""

    code = "TEXT_NOT_ALLOWED"
    remedy = "Remove control characters, such as NUL, and type the rest again."


class NameRequired(InvalidInput):
    """A name is needed."""

    code = "NAME_REQUIRED"
    remedy = "Fill in a name of 1 to 200 characters."


def line(value: str | None, field: str, *, limit: int) -> str | None:
    """Tidy one line of text: composed characters, single spaces, none at the ends; blank is None.

    Emoji and right-to-left scripts stay as they are. Refuses: TextTooLong, TextNotAllowed.
    """
    if value is None:
        return None
    # Length first: nobody gets a megabyte normalised for free.
    _limit(value, field, limit)
    tidy = " ".join(unicodedata.normalize("NFC", value).split())
    _limit(tidy, field, limit)
    if any(_forbidden(character) for character in tidy):
        raise TextNotAllowed(field=field)
    return tidy or None


def name(value: str | None, field: str) -> str:
    """Tidy a name nobody goes without. Refuses: NameRequired, TextTooLong, TextNotAllowed."""
    tidy = line(value, field, limit=200)
    if tidy is None:
        raise NameRequired(field=field)
    return tidy


def paragraphs(value: str | None, field: str, *, limit: int) -> str | None:
    """Tidy text of several lines; blank is None. Refuses: TextTooLong, TextNotAllowed."""
    if value is None:
        return None
    _limit(value, field, limit)
    tidy = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
    _limit(tidy, field, limit)
    if any(_forbidden(character) and character not in "\n\t" for character in tidy):
        raise TextNotAllowed(field=field)
    return tidy or None


def _limit(value: str, field: str, limit: int) -> None:
    if len(value) > limit:
        raise TextTooLong(f"That may be at most {limit:,} characters long.", field=field)


def _forbidden(character: str) -> bool:
    # Cc are controls (NUL among them), Cs half a surrogate pair: PostgreSQL and UTF-8 refuse those.
    return unicodedata.category(character) in ("Cc", "Cs")
