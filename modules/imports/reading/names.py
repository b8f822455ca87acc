"""Whole names taken apart: `Zoë de Vries`, `de Vries, Zoë`, `Dr. Ann-Marie O'Neil`."""

from __future__ import annotations

import re

from modules.imports.reading import words

TITLES = words.some("TITLES")
PARTICLES = words.some("PARTICLES")
"""Small words that belong to the family name behind them."""
SUFFIXES = words.some("SUFFIXES")
NEVER_GIVEN = words.some("NEVER_GIVEN")
"""Those of them that are no given names."""
SMALL = words.some("SMALL")
"""Those of them that are something else in capitals: `Ann E Berg` has an initial."""
BEFORE_PARTICLES = words.some("BEFORE_PARTICLES")
"""What belongs to the small word behind it: `op de Beek`, `in 't Veld`."""
SURNAMES_FIRST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


LONGEST = 400
"""Characters of a whole name that are looked at."""
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_TOGETHER = re.compile(r"\b(dr|prof|dipl|mag)\.(?=\w)", re.IGNORECASE)


def split(full: str) -> tuple[str, str]:
    """Take a whole name apart into given and family name; either may be missing.

    Before a comma stands the family name, and small parts of it (`van der`) may stand at the very
    end. Otherwise the last word is it, together with the small parts before it, or what is written
    in capitals in front; two words in Spanish order or more given names cannot be told.
    """
    text = _TOGETHER.sub(r"\1. ", _BRACKETS.sub(" ", full[:LONGEST]))
    before, *behind = (part.strip() for part in " ".join(text.split()).strip(" ,;").split(","))
    behind = [part for part in behind if part and not _suffix(part, whole=" " in before)]
    if behind:
        return _reversed(before.split(), " ".join(behind).split())
    parts = _untitled(before.split())
    if len(parts) < 2:
        return (parts[0] if parts else ""), ""
    if len(parts) == 2 and all(SURNAMES_FIRST.search(word) for word in parts):
        return parts[1], parts[0]
    if capitals := _capitals(parts):
        return " ".join(parts[capitals:]), " ".join(parts[:capitals])
    start = len(parts) - 1
    while start > 0 and (_belongs(parts, start - 1) or _double(parts[start - 1])):
        start -= 1
    told = not " ".join(parts).islower()
    if start == 0 and not (len(parts) > 2 and _family(parts[0], told=told)):
        start = 1  # Ben, Al and Mac are given names too
    return " ".join(parts[:start]), " ".join(parts[start:])


def _reversed(family: list[str], given: list[str]) -> tuple[str, str]:
    """Read what stands before a comma and what behind: `Berg, Jan van der`."""
    end = len(given)
    while end > 1 and given[end - 1].islower() and _belongs(given, end - 1):
        end -= 1
    first = _untitled(given[:end], least=1)
    return " ".join(first), " ".join([*given[end:], *_untitled(family, least=1)])


def _untitled(parts: list[str], *, least: int = 2) -> list[str]:
    # `Dr. Miller` keeps the title: it is better than no name.
    while len(parts) > least and parts[0].rstrip(".").casefold() in TITLES:
        parts = parts[1:]
    while len(parts) > least and parts[-1].rstrip(".").casefold() in SUFFIXES:
        parts = parts[:-1]
    return parts


def _capitals(parts: list[str]) -> int:
    """Count the words in capitals in front, where the others are not: `DUPONT Jean`."""
    loud = [len(word) > 1 and word.isupper() and "." not in word for word in parts]
    count = loud.index(False) if False in loud else 0
    return count if True not in loud[count:] else 0


def _double(word: str) -> bool:
    """Tell whether a double name goes on with the next word: `Berg-de Vries`."""
    return word.rpartition("-")[2].casefold() in PARTICLES and "-" in word


def _suffix(part: str, *, whole: bool) -> bool:
    """Tell whether what stands behind a comma is no name: `PhD`, or `Mag.` behind a whole one."""
    word = part.rstrip(".").casefold()
    return word in SUFFIXES or (whole and "." in part and word in TITLES)


def _family(word: str, *, told: bool) -> bool:
    """Tell whether a small word begins a family name, even where it begins the whole name.

    Its small letter tells that only where the other words do not all have one.
    """
    return (told and word.islower()) or _plain(word) in NEVER_GIVEN


def _belongs(parts: list[str], place: int) -> bool:
    """Tell whether a word belongs to the family name behind it."""
    if _particle(parts[place]):
        return True
    lead = parts[place] in BEFORE_PARTICLES
    return lead and place + 1 < len(parts) and _particle(parts[place + 1])


def _particle(word: str) -> bool:
    if not word.islower() and (not word[:1].isupper() or word.casefold() in SMALL):
        return False
    return _plain(word) in PARTICLES


def _plain(word: str) -> str:
    """Write a word as the lists of words do."""
    return word.casefold().replace("\u2019", "'")
