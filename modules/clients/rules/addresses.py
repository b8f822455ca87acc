"""Countries clients live in."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from modules.errors import InvalidInput
from modules.text import line


class CountryInvalid(InvalidInput):
    """There is no such country."""

    code = "COUNTRY_INVALID"
    remedy = "Write it as two letters of ISO 3166, like NL."


def country(value: str | None, field: str) -> str | None:
    """Tidy the code of a country; blank is None. Refuses: CountryInvalid, TextTooLong."""
    written = line(value, field, limit=200)
    if written is None:
        return None
    if written.upper() not in _countries():
        raise CountryInvalid(field=field)
    return written.upper()


@cache
def _countries() -> frozenset[str]:
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(row[:2] for row in table.splitlines() if not row.startswith("#"))
