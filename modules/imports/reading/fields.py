"""What the columns of a list can be about."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from modules.clients.rules import MarketingChannel, fold


class ImportField(StrEnum):
    """What a column of a list is about."""

    IGNORE = "IGNORE"
    """Nothing that is taken over."""
    FULL_NAME = "FULL_NAME"
    """Both names, as `Zoë de Vries` or `de Vries, Zoë`: taken apart."""
    FIRST_NAME = "FIRST_NAME"
    """The given name of the client."""
    MIDDLE_NAME = "MIDDLE_NAME"
    """Added to the given name."""
    LAST_NAME_PREFIX = "LAST_NAME_PREFIX"
    """Put before the family name, such as `van der`."""
    LAST_NAME = "LAST_NAME"
    """The family name of the client."""
    EMAIL = "EMAIL"
    """A mail address; of several such columns the first one with something in it counts."""
    PHONE = "PHONE"
    """A phone number; of several such columns the first one with something in it counts."""
    BIRTHDAY = "BIRTHDAY"
    """When they were born, in whatever order the column has day, month and year."""
    STREET = "STREET"
    """Street and number; of several addresses the first one with something in it counts."""
    HOUSE_NUMBER = "HOUSE_NUMBER"
    """Put behind the street."""
    STREET_2 = "STREET_2"
    """The rest of a street address, put behind it after a comma."""
    POSTAL_CODE = "POSTAL_CODE"
    """The postal code of the address."""
    CITY = "CITY"
    """The city, town or village."""
    REGION = "REGION"
    """The state, the province."""
    COUNTRY = "COUNTRY"
    """The country, by its name or its two letters."""
    NOTE = "NOTE"
    """A note for the team; of several such columns all are taken."""
    TAGS = "TAGS"
    """Tags, with commas or semicolons between them; of several such columns all are taken."""
    CONSENT_EMAIL = "CONSENT_EMAIL"
    """Whether they agreed to marketing by mail: yes or no, in many words; blank says nothing.

    Where its name is a no, as of `No newsletter`, a yes in it is one too.
    """
    CONSENT_SMS = "CONSENT_SMS"
    """Whether they agreed to marketing by text message."""
    CONSENT_PHONE = "CONSENT_PHONE"
    """Whether they agreed to marketing by phone."""
    CONSENT_POST = "CONSENT_POST"
    """Whether they agreed to marketing by post."""
    CUSTOM = "CUSTOM"
    """A field the business defined for itself; the column says which."""


SEVERAL = frozenset(
    (
        ImportField.IGNORE,
        ImportField.EMAIL,
        ImportField.PHONE,
        ImportField.NOTE,
        ImportField.TAGS,
        ImportField.CUSTOM,
        ImportField.STREET,
        ImportField.HOUSE_NUMBER,
        ImportField.STREET_2,
        ImportField.POSTAL_CODE,
        ImportField.CITY,
        ImportField.REGION,
        ImportField.COUNTRY,
        ImportField.CONSENT_EMAIL,
        ImportField.CONSENT_SMS,
        ImportField.CONSENT_PHONE,
        ImportField.CONSENT_POST,
    )
)
"""What more than one column may be about."""
CONSENTS = {
    ImportField.CONSENT_EMAIL: MarketingChannel.EMAIL,
    ImportField.CONSENT_SMS: MarketingChannel.SMS,
    ImportField.CONSENT_PHONE: MarketingChannel.PHONE,
    ImportField.CONSENT_POST: MarketingChannel.POST,
}
"""The channel of marketing each column of consents is about."""


def tidy(header: str) -> str:
    """Reduce a header to small letters and digits with single spaces between words."""
    # An apostrophe ends a word here: `Complément d'adresse`.
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|['\u2019\u02bc]", " ", header).replace("ß", "ss")
    # Signs of two parts are made whole: the second part alone is no letter.
    folded = unicodedata.normalize("NFC", fold(apart))
    return " ".join(re.sub(r"[^\w]+|_", " ", folded).split())
