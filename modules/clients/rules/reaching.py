"""How a client is reached: phone numbers, checked and put into one form."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import phonenumbers

from modules.clients.rules import phone_numbers
from modules.clients.rules.phone_numbers import PhoneInvalid
from modules.errors import InvalidInput

REGIONS: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""Countries with a numbering plan, as two capital letters."""


class EmailOrPhoneRequired(InvalidInput):
    """A client needs a mail address or a phone number."""

    code = "EMAIL_OR_PHONE_REQUIRED"
    remedy = "Fill in at least one of the two."


def phone(value: str | None, region: str | None) -> str | None:
    """Put a phone number into E.164; one without country code is of the region. Blank is None.

    Refuses: PhoneInvalid.
    """
    if value is None or not (typed := value.strip()):
        return None
    try:
        return phone_numbers.one(typed, region)
    except PhoneInvalid as refusal:
        refusal.field = ("phone",)
        raise


def region_of(zone: str, locale: str) -> str | None:
    """Guess the country in which a business dials: its zone's, else the one its locale names."""
    named = locale.replace("_", "-").rpartition("-")[2].upper()
    return _countries().get(zone) or (named if named in REGIONS else None)


@cache
def _countries() -> dict[str, str]:
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (row.split("\t") for row in table.splitlines() if not row.startswith("#"))
    return {zone: country for country, _, zone, *_ in rows}
