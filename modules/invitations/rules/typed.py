"""Addresses as people type and paste them, each with the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from modules import invisible
from modules.mail_address import EmailInvalid, normalise
from modules.text import TextNotAllowed, TextTooLong, line

_PART = re.compile(
    r"""
    "[^"\n]{0,200}+"@[^\s,;<>]+           # "odd name"@example.org
  | (?=\S)[^<>,;\n"]{0,200}+            # Ann Lee <ann@example.org>, "Lee, Ann" <ann@example.org>
    (?:"[^"\n]{0,200}+"[^<>,;\n"]{0,200}+){0,2}+<[^<>\n]{0,400}+>
  | [^\s,;]+                       # ann@example.org
    """,
    re.VERBOSE,
)
# What may fail to match has an end everywhere, and spaces begin nothing: with each place looked at
# in turn, the time for a text of any kind grows as its length does.
_NAMED = re.compile(r"(?P<before>.*?)<(?P<address>[^<>]*)>\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One address as it was typed."""

    text: str
    """All of it, name and brackets included."""
    entry: int
    """Which of the texts it stands in, from 0."""
    start: int
    """Where it begins there."""
    end: int
    """Where it ends there: the place after its last character."""
    email: str | None
    """The address in its one form; None when it is none."""
    name: str | None = None
    """What was typed before an address in angle brackets."""


def addresses(texts: Sequence[str], most: int) -> list[Typed]:
    """Find the addresses in what was typed, in its order, so many of them and one more.

    Commas, semicolons, white space and line breaks part them, in any number. Places are counted in
    UTF-16 code units, as JavaScript counts.
    """
    found = (each for entry, text in enumerate(texts) for each in _in(text, entry))
    return list(islice(found, most + 1))


def _in(text: str, entry: int) -> Iterator[Typed]:
    for found in _PART.finditer(text):
        named = _NAMED.match(found[0])
        if not invisible.without(found[0]):
            continue
        if named is None:
            yield _one(text, entry, found.span(), found[0])
            continue
        # What stands before the brackets is a name, except for whole addresses on its left.
        since = found.start()
        for word in re.finditer(r"\S+", named["before"]):
            if "@" in word[0] and '"' not in word[0]:
                since = found.start() + word.end()
                yield _one(text, entry, (found.start() + word.start(), since), word[0])
        name = text[since : found.start() + len(named["before"])].strip().strip('"').strip()
        since += len(text[since : found.end()]) - len(text[since : found.end()].lstrip())
        yield _one(text, entry, (since, found.end()), named["address"], name or None)


def _one(
    text: str, entry: int, span: tuple[int, int], address: str, name: str | None = None
) -> Typed:
    start, end = span
    return Typed(
        text=text[start:end],
        entry=entry,
        start=_units(text[:start]),
        end=_units(text[:end]),
        email=_email(address.removeprefix("mailto:")),
        name=_name(name),
    )


def _email(address: str) -> str | None:
    try:
        return normalise(address)
    except EmailInvalid:
        return None


def _name(typed: str | None) -> str | None:
    try:
        return line(typed, "addresses", limit=200)
    except (TextTooLong, TextNotAllowed):
        return None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
