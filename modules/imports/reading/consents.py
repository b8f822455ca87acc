"""Columns about marketing: of which channel, and whether their yes is a no."""

from __future__ import annotations

import re

from modules.imports.reading import words
from modules.imports.reading.fields import ImportField, tidy

_SAID = words.table("consent_words")


def _pattern(name: str) -> re.Pattern[str]:
    """Match any of the words of a name; one that ends in `*` also matches what begins with it."""
    each = (re.escape(word).replace(r"\*", r"\w*") for word in _SAID[name])
    return re.compile(rf"\b(?:{'|'.join(each)})\b")


_ABOUT = _pattern("MARKETING")
_NOT = _pattern("NOT")
_STOPPED = _pattern("STOPPED")
_CHANNELS = {ImportField(name): _pattern(name) for name in _SAID if name.startswith("CONSENT")}
_LETTER = _pattern("LETTER")
_BESIDE = re.compile(r"\b(date|datum|sent|count|id|last|source|time|ip|name|notes?|code|list)\b")
"""What makes a column about something else than whether somebody agreed."""
_NUMBER = re.compile(r"\bno$")


def refuses(header: str) -> bool:
    """Tell whether a yes in a column of this name is a no: `No newsletter`, `Email opt out`."""
    name = tidy(header)
    if not _LETTER.search(name):
        name = _NUMBER.sub("", name)  # `Contact no` is about a number, `Newsletter: no` is not
    return bool(_STOPPED.search(name) or (_NOT.search(name) and _ABOUT.search(name)))


def channel_of(header: str) -> ImportField | None:
    """Tell which channel of marketing a name says something about; None: it names none."""
    name = tidy(header)
    return next((field for field, said in _CHANNELS.items() if said.search(name)), None)


def field_of(header: str) -> ImportField | None:
    """Tell whether a column of this name is about marketing, and by which channel."""
    name = tidy(header)
    if refuses(header) or (_LETTER.search(name) and not _BESIDE.search(name)):
        return channel_of(header) or ImportField.CONSENT_EMAIL
    return None
