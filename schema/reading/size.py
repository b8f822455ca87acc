"""How large an answer may be, counted while it is built, and built in slices where it is large."""

from __future__ import annotations

from typing import Any

import orjson

from modules.errors import Refusal
from schema.scalars import OPTIONS

MAX_BYTES = 20_000_000
"""Bytes of one answer."""
LARGE = 250_000
"""Bytes from which on rows are written as JSON slice by slice; below, the whole answer at once."""
SLICE_FIELDS = 10_000
"""Fields built between two chances for everybody else: some milliseconds."""


class TooLarge(Refusal):
    """The answer would be larger than one answer may be."""

    code = "TOO_COMPLEX"
    remedy = (
        "An answer has at most 20 MB: ask for smaller pages or fewer fields, and for long texts by"
        " one name only."
    )


def of_field(key: str) -> int:
    """Give the fewest bytes a field can take: its key, and a value of one character."""
    return len(key) + len('"":0,')


def of_other(value: Any) -> int:
    """Give the fewest bytes of a value that is no text, though it may hold some."""
    return sum(map(len, value)) if isinstance(value, list | dict) else 0


def frozen(value: Any) -> tuple[Any, int]:
    """Write an object as JSON that is only copied from now on; give its bytes, too.

    A row of a connection is several values: its objects are written, all else stays as it is.
    """
    if isinstance(value, dict):
        written = orjson.dumps(value, option=OPTIONS)
        return orjson.Fragment(written), len(written)
    if isinstance(value, tuple):
        parts = [frozen(each) for each in value]
        return tuple(part for part, _ in parts), sum(size for _, size in parts)
    return value, 0


def per_slice(rows: int, fields: int, size: int) -> int:
    """Say how many rows to build at a time, of so many with so many fields and bytes in all."""
    return max(1, min(SLICE_FIELDS // max(1, fields), rows * LARGE // max(1, size)))
