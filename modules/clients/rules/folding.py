"""Finding Zoë by "zoe", and Łukasz by "lukasz"."""

from __future__ import annotations

import unicodedata

# Letters that are no base letter with a mark, so that decomposing them does not help.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h"}
)
LONGEST = 200
"""How much of a name counts when names are sorted; folding makes some letters many."""


def fold(text: str) -> str:
    """Reduce text to small letters without accents, the form in which names are compared."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(bare.translate(_LETTERS).split())


def sort_name(first_name: str, last_name: str) -> str:
    """Write a name the way a list is sorted: last name first, folded."""
    return f"{fold(last_name)[:LONGEST]} {fold(first_name)[:LONGEST]}"


def search_text(first_name: str, last_name: str, email: str | None, phone: str | None) -> str:
    """Write down all a client may be found by, folded.

    The first name stands at both ends of the last one: "jo smi" and "smi jo" both find Jo Smith.
    """
    first, last = fold(first_name), fold(last_name)
    return " ".join(filter(None, (first, last, first, fold(email or ""), phone)))
