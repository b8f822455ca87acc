"""Finding Zoë by "zoe", Łukasz by "lukasz", O'Brien by "obrien" and 李小龙 by "小龙".

Names are folded here and nowhere else: for searching, sorting, duplicates and imports. PostgreSQL
compares what was folded, and folds nothing itself.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from modules.clients.rules import numbers

FOLDING = 1
"""Which way of folding this is: raise it with every change, in a migration's index too, and what
was folded before is folded anew (`refolding`)."""
LONGEST = 200
"""How much of a name counts when names are sorted; folding makes some letters many."""

# Letters that are no base letter with a mark, so that decomposing them does not help; then Arabic
# ones that are written one for the other.
_LETTERS = {
    **dict(zip("\u0131\u0237øłđðħŋŧɓɗƙɛɔƴɨʉə", "ijolddhntbdkeoyiua", strict=True)),
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "\u0138": "q",
    **dict(
        zip(
            "\u0649\u06cc\u06d2\u06a9\u0629\u06c1\u06be\u0671",
            "\u064a\u064a\u064a\u0643\u0647\u0647\u0647\u0627",
            strict=True,
        )
    ),
}
# What keyboards make of an apostrophe, and dots inside of words: they are left out.
_DROPPED = frozenset(
    "'`\u00b4\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02be"
    "\u02bf\u02c8\u02ca\u02cb\u055a\u055b\u05f3\u05f4\ua78c\u00b7\u2027\u30fb\u0640"
)
_SOUND_MARKS = frozenset("\u3099\u309a")
"""They make another letter of a Japanese one, and are no accents."""
# How marks are spelled out where a keyboard lacks them.
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_DIGRAPH = re.compile("(a)[ae]|([ou])e")
_JOINED = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Scripts in which whole names are written without a space."""


class _Folded(dict[int, str]):
    """What becomes of each character that is decomposed and in small letters already."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


def fold(text: str) -> str:
    """Reduce text to small letters without accents, the form in which names are compared."""
    small = text.lower() if text.isascii() else _decomposed(text)
    return " ".join(small.translate(_FOLDED).split())


def _decomposed(text: str) -> str:
    """Take letters and their marks apart; twice, as what stands for capitals may come to light."""
    apart = unicodedata.normalize("NFKD", text.translate(_SPACING).casefold())
    return unicodedata.normalize("NFKD", apart.casefold())


def found_by(
    first_name: str, last_name: str, email: str | None, phone: str | None
) -> dict[str, Any]:
    """Give the columns of a file that follow from these: what it is sorted and found by."""
    return {
        "sort_name": sort_name(first_name, last_name),
        "search_text": search_text(first_name, last_name, email, phone),
        "folding": FOLDING,
    }


FOUND_BY_TYPES = {"sort_name": "text", "search_text": "text", "folding": "smallint"}
"""The columns that `found_by` gives, and their types."""
FOUND_BY = tuple(FOUND_BY_TYPES)


def sort_name(first_name: str, last_name: str) -> str:
    """Write a name the way a list is sorted: last name first, folded."""
    return f"{fold(last_name)[:LONGEST]} {fold(first_name)[:LONGEST]}"


def search_text(first_name: str, last_name: str, email: str | None, phone: str | None) -> str:
    """Write down all a client may be found by, folded.

    The first name stands at both ends of the last one: "jo smi" and "smi jo" both find Jo Smith.
    """
    first, last = fold(first_name), fold(last_name)
    others = [*_together(first, last), *_otherwise(f"{first_name} {last_name}", f"{first} {last}")]
    reached = (fold(email or ""), *numbers.spellings(phone))
    return " ".join(filter(None, (first, last, first, *others, *reached)))


def _together(first: str, last: str) -> tuple[str, ...]:
    """Give a whole name without a space, in both orders, where people write it like that."""
    if not _JOINED.search(first + last):
        return ()
    first, last = first.replace(" ", ""), last.replace(" ", "")
    return last + first, first + last


def _otherwise(name: str, folded: str) -> list[str]:
    """Give the words of a name as they are spelled without umlauts: Müller, Mueller, Muller."""
    others = {*_DIGRAPH.sub(r"\1\2", folded).split()}
    if not name.isascii():
        said = unicodedata.normalize("NFC", name.casefold())
        others |= {*fold(said.translate(_SPELLED)).split()}
    return sorted(others - {*folded.split()})


def _fold(one: str) -> str:
    """Fold a character, where it does not stand for another by itself."""
    if one in _DROPPED or (unicodedata.combining(one) and one not in _SOUND_MARKS):
        return ""
    category = unicodedata.category(one)
    if category in ("Cf", "Cc") and not one.isspace():
        return ""  # what cannot be seen: marks of direction, joiners
    if category == "Mn" and ("\ufe00" <= one <= "\ufe0f" or one == "\u034f" or one > "\U000e0000"):
        return ""  # which of several shapes is meant
    if category == "Pd" or one in "\u2212\u2043":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(one))
    if "\u30a1" <= one <= "\u30f6":
        return chr(ord(one) - 0x60)  # katakana as hiragana
    return _LETTERS.get(one, one)


# Marks that stand by themselves would become a space and a mark.
_SPACING = dict.fromkeys(
    map(
        ord,
        "`\u00a8\u00af\u00b4\u00b8\u02d8\u02d9\u02da\u02dd\u0384\u1fbd\u1fbf\u1fc0\u1ffe\uff07\uff40",
    )
)
_FOLDED = _Folded()
