"""Words lists are full of, in many languages: kept in the files beside this one."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """Read one of the files: `words`, `header_words`, `country_words`, `consent_words`."""
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))


def some(name: str) -> frozenset[str]:
    """Give the words of a name in `words`."""
    return frozenset(table("words")[name].split())
