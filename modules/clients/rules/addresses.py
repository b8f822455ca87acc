"""Where a client lives."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from modules.errors import InvalidInput
from modules.text import line, paragraphs

COLUMNS = ("street", "postal_code", "city", "region", "country")


class CountryInvalid(InvalidInput):
    """There is no such country."""

    code = "COUNTRY_INVALID"
    remedy = "Write it as two letters of ISO 3166, like NL."


def address(given: Mapping[str, Any] | None) -> dict[str, str | None]:
    """Tidy the parts of an address that are given; None removes them all.

    Refuses: TextTooLong, TextNotAllowed, CountryInvalid.
    """
    if given is None:
        return dict.fromkeys(COLUMNS)
    return {part: _part(part, value) for part, value in given.items()}


def _part(part: str, value: str | None) -> str | None:
    field = f"address.{part}"
    match part:
        case "street":
            return paragraphs(value, field, limit=500)
        case "city" | "region":
            return line(value, field, limit=200)
        case "postal_code":
            return line(value, field, limit=20)
        case "country":
            return _country(line(value, field, limit=200))
        case _:
            raise TypeError(f"an address has no {part}")


def _country(value: str | None) -> str | None:
    if value is None:
        return None
    if value.upper() not in _countries():
        raise CountryInvalid(field="address.country")
    return value.upper()


@cache
def _countries() -> frozenset[str]:
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(row[:2] for row in table.splitlines() if not row.startswith("#"))
