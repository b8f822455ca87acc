"""Characters nobody sees: which of them are taken out of what people type, and which have a use."""

from __future__ import annotations

import re
import unicodedata

_REMOVED = re.compile(
    "["
    "\u00ad"  # soft hyphen
    "\u034f"  # combining grapheme joiner
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers: letters without a look
    "\u17b4\u17b5"  # Khmer vowels without one
    "\u200b\u2060-\u206f\ufeff"  # zero widths, invisible operators, marks of byte order
    "\u061c\u200e\u200f\u202a-\u202e"  # writing direction
    "\ufff0-\ufffc"  # annotations, and the place of an object that is not there
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # control of shorthand and of musical notes
    "\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"  # reserved to be ignored
    "]"
)
"""What never has a place in a line."""

_DIRECTION_MARKS = re.compile("[\u061c\u200e\u200f]")
"""What keeps numbers and punctuation in place among letters from right to left."""

_IN_PLACE = re.compile(
    "[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
"""What is needed in its place, and hides something anywhere else."""

_FLAGS = re.compile("\U0001f3f4(?:gbeng|gbsct|gbwls)\U000e007f".translate(
    {ord(letter): 0xE0000 + ord(letter) for letter in "bcegnlstw"}
))  # fmt: skip
"""The flags of England, Scotland and Wales, which are spelt in tag characters."""

_JOINING = re.compile(
    "[\u0600-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefe"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)
"""Letters and marks whose looks depend on their neighbours: Arabic, Devanagari, Khmer and more."""
_MONGOLIAN = re.compile("[\u1800-\u18af]")
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_VIRAMA = 9
"""The combining class of the signs that take a letter's vowel away."""
_SPACES = re.compile("[\u2800]")
"""A blank pattern of Braille, which is its space."""


def without(text: str, *, lines: bool = False) -> str:
    """Take out of a text what nobody sees, but not what makes others look right.

    Joiners stay inside emoji and between letters that need them, selectors behind what has several
    looks. Text of several `lines` keeps the marks of direction too: what they put in order can be
    seen. Doing it twice changes nothing more.
    """
    if text.isascii():
        return text
    text = _REMOVED.sub(_mark if lines else "", _SPACES.sub(" ", text))
    if _IN_PLACE.search(text) is None:
        return text
    flags = {at for found in _FLAGS.finditer(text) for at in range(*found.span())}
    kept: list[str] = []
    for at, character in enumerate(text):
        if (
            _IN_PLACE.match(character) is None
            or at in flags
            or _useful(character, kept[-1] if kept else "", _next(text, at))
        ):
            kept.append(character)
    return "".join(kept)


def shows(text: str) -> bool:
    """Tell whether anything of a text without what nobody sees can be read: no marks alone."""
    return any(unicodedata.category(each)[0] in "LNPSC" for each in text)


def _mark(found: re.Match[str]) -> str:
    return found[0] if _DIRECTION_MARKS.match(found[0]) else ""


def _next(text: str, at: int) -> str:
    """Give the next character that is not itself one of those in question."""
    found = (each for each in text[at + 1 : at + 4] if _IN_PLACE.match(each) is None)
    return next(found, "")


def _useful(character: str, before: str, behind: str) -> bool:
    """Decide whether a character that nobody sees changes the look of those beside it."""
    if not before:
        return False
    match character:
        case "\u200c":  # keeps two apart
            joined = _JOINING.match(before) and _JOINING.match(behind)
            return bool(joined) or _is_virama(before)
        case "\u200d":  # holds two together; a letter may also be held open at the end
            return bool(_JOINING.match(before)) or (_is_emoji(before) and _is_emoji(behind))
        case "\ufe0e" | "\ufe0f":  # as text, as an emoji
            symbol = before > "\xa8" and unicodedata.category(before)[0] in "PS"
            return symbol or (before in "0123456789#*" and behind == "\u20e3")
        case _ if "\u180b" <= character <= "\u180f":
            return bool(_MONGOLIAN.match(before))
        case _ if character < "\ufe0e" or character >= "\U000e0100":
            return bool(_IDEOGRAPH.match(before))
        case _:  # a tag outside a flag
            return False


def _is_virama(character: str) -> bool:
    return unicodedata.combining(character) == _VIRAMA


def _is_emoji(character: str) -> bool:
    """Tell symbols and what changes them: skin tones, and the selector that makes an emoji."""
    return character == "\ufe0f" or (
        character > "\u2000" and unicodedata.category(character) in ("So", "Sm", "Sk", "Cn")
    )
