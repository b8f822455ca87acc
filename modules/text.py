"""What people type: names and notes, tidied, limited, and free of what no text should hold."""

from __future__ import annotations

import re
import unicodedata

from modules import invisible
from modules.errors import InvalidInput

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
"""What ends a line in one program or another, beside the line feed."""

_NEWER = re.compile("[\U0001f000-\U0001faff\U00020000-\U0003fffd]")
"""Where Unicode adds emoji and Chinese characters: what seems unassigned may just be newer."""


_LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
"""What is a link without a doubt; what might be a name (`Kapper.nl`) is none where it is mailed."""


class TextTooLong(InvalidInput):
    """That is longer than this field allows."""

    code = "TEXT_TOO_LONG"
    remedy = "Shorten it to the number of characters the message names."


class TextNotAllowed(InvalidInput):
    """That holds characters no text may hold."""

    code = "TEXT_NOT_ALLOWED"
    remedy = "Remove control characters and links, and type the rest again."


class NameRequired(InvalidInput):
    """A name is needed."""

    code = "NAME_REQUIRED"
    remedy = "Fill in a name of 1 to 200 characters."


def line(value: str | None, field: str, *, limit: int) -> str | None:
    """Tidy one line of text: composed characters, single spaces, none at the ends; blank is None.

    Characters that nobody sees are taken out, where they change nothing that can be seen; emoji and
    right-to-left scripts stay as they are. Refuses: TextTooLong, TextNotAllowed.
    """
    if value is None:
        return None
    # Length first: nobody gets a megabyte normalised for free.
    _limit(value, field, limit)
    tidy = " ".join(unicodedata.normalize("NFC", invisible.without(value)).split())
    return _checked(tidy, field, limit)


def name(value: str | None, field: str) -> str:
    """Tidy a name nobody goes without, and which is no link: names stand in mails.

    Refuses: NameRequired, TextTooLong, TextNotAllowed.
    """
    tidy = line(value, field, limit=200)
    if tidy is None:
        raise NameRequired(field=field)
    if _LINK.search(tidy):
        raise TextNotAllowed("A name may not hold a link.", field=field)
    return tidy


def paragraphs(value: str | None, field: str, *, limit: int) -> str | None:
    """Tidy text of several lines; blank is None. Refuses: TextTooLong, TextNotAllowed."""
    if value is None:
        return None
    _limit(value, field, limit)
    seen = invisible.without(_LINE_ENDS.sub("\n", value), lines=True)
    return _checked(unicodedata.normalize("NFC", seen).strip(), field, limit, besides="\n\t")


def _checked(tidy: str, field: str, limit: int, *, besides: str = "") -> str | None:
    """Refuse what is too long or not allowed; None where nothing is to be seen."""
    _limit(tidy, field, limit)
    if any(_forbidden(each) for each in set(tidy).difference(besides)):
        raise TextNotAllowed(field=field)
    return tidy if invisible.shows(tidy) else None


def _limit(value: str, field: str, limit: int) -> None:
    if len(value) > limit:
        raise TextTooLong("That may be at most {limit} characters long.", field=field, limit=limit)


def _forbidden(character: str) -> bool:
    # Cc are controls (NUL among them), Cs half a surrogate pair: PostgreSQL and UTF-8 refuse those.
    # Co looks different on every machine, and Cn like nothing at all.
    match unicodedata.category(character):
        case "Cc" | "Cs" | "Co":
            return True
        case "Cn":
            return _NEWER.match(character) is None
        case _:
            return False
