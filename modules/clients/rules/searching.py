"""What somebody typed to find a client, turned into what the database looks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from modules.clients.rules import numbers
from modules.clients.rules.folding import fold

SLOTS = 4
"""How many words are looked for wherever they stand; further ones behind the last of these."""
LONGEST = 200
TRIGRAM = 3
NAMES = range(4, 41)
"""How long a name is of which a slip is forgiven."""
LAST = "\U0010ffff"
"""Sorts behind everything."""
_WRITTEN = re.compile(r"[@+0-9]")


@dataclass(frozen=True, slots=True)
class Typed:
    """A search: a client is found by all of its words, wherever they are and in any order."""

    start: str
    """How a name begins, if it is this name."""
    end: str
    """What comes after all names that begin like that."""
    patterns: tuple[str, ...]
    """What to look for with LIKE, one for each slot."""
    short: tuple[int, ...]
    """The numbers of words too short for trigrams."""
    slips: tuple[tuple[int, ...], ...]
    """The checksums that a name has in common with the word of a slot it is one slip away from."""

    @property
    def may_slip(self) -> bool:
        """Whether a word is long enough to be a name misspelt."""
        return any(self.slips)


def typed(search: str) -> Typed:
    """Read what was typed: as much of it as names are long."""
    return _typed(search[:LONGEST].replace("\0", ""))


@lru_cache(maxsize=1000)
def _typed(text: str) -> Typed:
    start = fold(text)
    words = _words(start)
    empty = [""] * (SLOTS - len(words))
    return Typed(
        start=start,
        end=start + LAST,
        patterns=tuple(_pattern(word) for word in (*words, *empty)),
        short=tuple(key(word) for word in words if len(word) < TRIGRAM),
        slips=tuple(slips(word) for word in (*words, *empty)),
    )


def key(word: str) -> int:
    """Give the number of a letter or of a pair of letters, as `client_keys` in SQL does."""
    first, *second = map(ord, word)
    return (first & 32767) * 65536 + (second[0] & 65535) if second else -first


def slips(word: str) -> tuple[int, ...]:
    """Give the checksums of a name with one letter left out at each place, and of itself."""
    if len(word) not in NAMES or _WRITTEN.search(word):
        return ()
    places = range(len(word) + 1)
    left = (word[:place] + word[place + 1 :] for place in places)
    return tuple({crc32(each.encode()) - 2**31 for each in left})


def _words(folded: str) -> list[str]:
    words = numbers.words(folded)
    return [*words[: SLOTS - 1], " ".join(words[SLOTS - 1 :])] if len(words) >= SLOTS else words


def _pattern(word: str) -> str:
    escaped = re.sub(r"([\\%_])", r"\\\1", word)
    return f"%{escaped.replace(' ', '%')}%" if word else "%"
