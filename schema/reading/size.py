"""How large an answer may be, counted while it is built, and built in slices where it is large."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

import orjson
from tortoise.fields import CharField, TextField

from modules.errors import Refusal
from schema.scalars import OPTIONS

MAX_BYTES = 20_000_000
"""Bytes of one answer."""
LARGE = 250_000
"""Bytes from which on rows are written as JSON slice by slice; below, the whole answer at once."""
UNMEASURED = 1_000_000
"""Letters up to which rows are not measured whose texts have a limit: they are written at once."""
OF_OTHERS = 40
"""Bytes of the longest value that is no text: an id."""
SLICE_FIELDS = 10_000
"""Fields built between two chances for everybody else: some milliseconds."""


class TooLarge(Refusal):
    """The answer would be larger than one answer may be."""

    code = "TOO_COMPLEX"
    remedy = (
        "An answer has at most 20 MB: ask for smaller pages or fewer fields, and for long texts by"
        " one name only."
    )


@dataclass(slots=True)
class Text:
    """A column that may be long: how often the answer has it, and what is known of it."""

    plain: bool
    """Whether it is a text or null, and nothing that holds texts."""
    most: float = inf
    """The most letters it can have."""
    times: int = 0


def text_of(model_field: Any) -> Text:
    """Tell what a model's field, if it is one, promises of its values."""
    if isinstance(model_field, CharField):
        return Text(plain=True, most=model_field.max_length)
    return Text(plain=isinstance(model_field, TextField))


def most_of(texts: Iterable[Text]) -> float:
    """Tell how many letters some texts of a row can have in the answer."""
    return sum(each.most * each.times for each in texts)


def of_field(key: str) -> int:
    """Give the fewest bytes a field can take: its key, and a value of one character."""
    return len(key) + len('"":0,')


def of_any(value: Any) -> int:
    """Give the fewest bytes of a value that may be a text, or hold some."""
    if isinstance(value, str):
        return len(value)
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
