"""Whole names taken apart: `Zoë de Vries`, `de Vries, Zoë`, `Dr. Ann-Marie O'Neil`."""

from __future__ import annotations

import re

from modules.imports.reading import words

TITLES = words.some("TITLES")
PARTICLES = words.some("PARTICLES")
"""Small words that belong to the family name behind them."""
SUFFIXES = words.some("SUFFIXES")
SURNAMES_FIRST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def split(full: str) -> tuple[str, str]:
    """Take a whole name apart into given and family name; either may be missing.

    Before a comma stands the family name. Otherwise the last word is it, together with the small
    parts before it (`van der`); two words in Spanish order or more given names cannot be told.
    """
    text = " ".join(re.sub(r"[(\[].*?[)\]]", " ", full).split()).strip(" ,;")
    last, comma, first = text.partition(",")
    if comma and first.strip().rstrip(".").casefold() not in SUFFIXES:
        return _bare(first.split()), " ".join(last.split())
    parts = _untitled((last if comma else text).split())
    if len(parts) < 2:
        return (parts[0] if parts else ""), ""
    if len(parts) == 2 and all(SURNAMES_FIRST.search(word) for word in parts):
        return parts[1], parts[0]
    start = len(parts) - 1
    while start > 1 and _particle(parts[start - 1]):
        start -= 1
    if start == 1 and len(parts) > 2 and _particle(parts[0]):
        return "", " ".join(parts)
    return " ".join(parts[:start]), " ".join(parts[start:])


def _bare(parts: list[str]) -> str:
    return " ".join(_untitled(parts))


def _untitled(parts: list[str]) -> list[str]:
    # `Dr. Miller` keeps the title: it is better than no name.
    while len(parts) > 2 and parts[0].rstrip(".").casefold() in TITLES:
        parts = parts[1:]
    while len(parts) > 2 and parts[-1].rstrip(".").casefold() in SUFFIXES:
        parts = parts[:-1]
    return parts


def _particle(word: str) -> bool:
    return word.casefold() in PARTICLES and (word.islower() or word[:1].isupper())
