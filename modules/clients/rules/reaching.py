"""How a client is reached: a mail address or a phone number, checked and put into one form."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from modules.errors import InvalidInput

REGIONS: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""Countries with a numbering plan, as two capital letters."""


class EmailInvalid(InvalidInput):
    """That is not a mail address."""

    code = "EMAIL_INVALID"
    remedy = "Write it like name@example.org."


class PhoneInvalid(InvalidInput):
    """That is not a phone number."""

    code = "PHONE_INVALID"
    remedy = "Write it with its country code, like +31 20 123 4567, or send `phoneRegion`."


class EmailOrPhoneRequired(InvalidInput):
    """A client needs a mail address or a phone number."""

    code = "EMAIL_OR_PHONE_REQUIRED"
    remedy = "Fill in at least one of the two."


def email(value: str | None) -> str | None:
    """Put a mail address into its usual form; blank is None. Refuses: EmailInvalid."""
    if value is None or not (typed := value[:400].strip()):
        return None
    try:
        # Whether mail arrives there is for the verification mail to find out, not for a look-up;
        # and names ending in .test are fine for trying things out.
        checked = validate_email(
            typed, check_deliverability=False, test_environment=True, allow_quoted_local=True
        )
    except (EmailNotValidError, UnicodeError) as error:
        raise EmailInvalid(field="email") from error
    return checked.normalized


def phone(value: str | None, region: str | None) -> str | None:
    """Put a phone number into E.164; one without country code is of the region. Blank is None.

    Refuses: PhoneInvalid.
    """
    if value is None or not (typed := value[:100].strip()):
        return None
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException as error:
        raise PhoneInvalid(field="phone") from error
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise PhoneInvalid(field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region_of(zone: str, locale: str) -> str | None:
    """Guess the country in which a business dials: its zone's, else the one its locale names."""
    named = locale.replace("_", "-").rpartition("-")[2].upper()
    return _countries().get(zone) or (named if named in REGIONS else None)


@cache
def _countries() -> dict[str, str]:
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (row.split("\t") for row in table.splitlines() if not row.startswith("#"))
    return {zone: country for country, _, zone, *_ in rows}
