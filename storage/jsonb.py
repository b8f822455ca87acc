"""Values as PostgreSQL gives them, written as JSON: the only road from a row to a text of JSON."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson


def encode(value: Any, *, option: int = 0) -> bytes:
    """Write a value as JSON, rows of the database included.

    orjson refuses the subclasses that drivers make of UUID, date and Decimal; they are written as
    the types they stand for. A Decimal becomes a text, so that no digit is lost. `option` is one of
    orjson's. Raises: TypeError, for what has no form in JSON.
    """
    return orjson.dumps(value, default=_plain, option=option)


def text(value: Any) -> str:
    """Write a value as `encode` does, for a parameter that is cast to jsonb."""
    return encode(value).decode()


def _plain(value: Any) -> Any:
    match value:
        case UUID() | Decimal():
            return str(value)
        case date() | time():
            return value.isoformat()
        case set() | frozenset():
            return sorted(value)
        case _:
            raise TypeError(f"{type(value).__qualname__} has no form in JSON")
