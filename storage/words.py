"""The only words that become part of SQL: names of our own tables and columns, and our own words.

What people type is never one of them: it is bound as a value.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_WORD = re.compile(r"[\w .:/-]{0,200}", re.ASCII)


def identifier(name: str) -> str:
    """Pass on the name of a table or column, which needs no quotation marks. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be in SQL: tables and columns are named like client_id")
    return name


def literal(word: str) -> str:
    """Write a word of our own as text in SQL. Raises ValueError where it may be somebody else's."""
    if not _WORD.fullmatch(word):
        raise ValueError(f"{word!r} cannot be in SQL: bind it as a value")
    return f"'{word}'"
