"""Finding Zoë by "zoe", Łukasz by "lukasz", and +31 6 1234 by "06-1234"."""

from __future__ import annotations

import re
import unicodedata

# Letters that are no base letter with a mark, so that decomposing them does not help.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h"}
)
_PHONE = re.compile(r"[\d\s()+./-]*\d[\d\s()+./-]*")


def fold(text: str) -> str:
    """Reduce text to small letters without accents, the form in which names are compared."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(bare.translate(_LETTERS).split())


def sort_name(first_name: str, last_name: str) -> str:
    """Write a name the way a list is sorted: last name first, folded."""
    return f"{fold(last_name)} {fold(first_name)}"


def search_text(first_name: str, last_name: str, email: str | None, phone: str | None) -> str:
    """Write down all a client may be found by, folded.

    The first name stands at both ends of the last one: "jo smi" and "smi jo" both find Jo Smith.
    """
    first, last = fold(first_name), fold(last_name)
    return " ".join(filter(None, (first, last, first, fold(email or ""), phone)))


def pattern(search: str) -> str:
    """Make the LIKE pattern for what somebody typed; words are looked for in their order."""
    typed = search[:200].replace("\0", "")
    if _PHONE.fullmatch(typed):
        return f"%{_digits(typed)}%"
    words = (re.sub(r"([\\%_])", r"\\\1", word) for word in fold(typed).split())
    return f"%{'%'.join(words)}%" if typed.strip() else "%"


def _digits(typed: str) -> str:
    """Keep a number's digits, without the zeros that are dialled before it inside a country."""
    digits = re.sub(r"\D", "", typed)
    return digits.lstrip("0") or digits
