"""Countries by the names people write: `Pays-Bas`, `Holland` and `NLD` are NL."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from modules.clients.rules import fold
from modules.imports.reading import words


def code_of(written: str) -> str | None:
    """Give a country's two letters; None: no country we know."""
    text = written.strip()
    if len(text) == 2 and text.upper() in _codes():
        return "GB" if text.upper() == "UK" else text.upper()
    return _names().get(" ".join(re.sub(r"[^\w]+", " ", fold(text)).split()))


@cache
def _codes() -> frozenset[str]:
    return frozenset({"UK", *(code for code, _ in _table())})


@cache
def _names() -> dict[str, str]:
    found = {fold(re.sub(r"[^\w]+", " ", name)): code for code, name in _table()}
    return found | {
        name: code for code, named in words.table("country_words").items() for name in named
    }


def _table() -> list[tuple[str, str]]:
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(row[0], row[1]) for row in rows]
