"""Which language somebody reads, and how it tells the time, numbers and amounts of money."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import NumberPattern, format_decimal, parse_pattern

from modules.zones import ZoneInfo

SHIPPED = ("en", "de", "nl")
"""The languages all our texts are in."""
BASE = "en"
"""The language of texts that name none."""
DEFAULTS = {"en": "en-GB"}
"""Whose English is meant where no country is named."""
WHOLE = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())  # noqa: SIM905
"""Currencies without a smaller unit."""
THOUSANDTHS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905
JOINED = "\N{WORD JOINER}"
LONGEST_HEADER = 500
"""Characters of an `Accept-Language` header that are looked at."""
_ACCEPTED = re.compile(
    r"(?P<tag>[A-Za-z]{2}(?:-[A-Za-z]{2})?)\s*(?:;\s*q\s*=\s*(?P<weight>0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?"
)
_LINKED = re.compile(r":(?=//)|(?<=\w)[.\u3002\uff0e\uff61](?=[^\W\d_]{2})|@(?=\w)")
LETTER_AND_DIGIT = re.compile(r"(?<=[A-Z])(?=\d)")
LEFT, RIGHT = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
RIGHT_TO_LEFT = (("\u0590", "\u08ff"), ("\ufb1d", "\ufeff"), ("\U00010800", "\U00010fff"))


def language_of(locale: str) -> str:
    """Give the language of a tag: `de` of `de-AT`."""
    return locale.partition("-")[0]


def choose(locale: str, offered: Collection[str]) -> str:
    """Choose a language for readers of a locale: `de-AT`, else `de`, else the base language."""
    return next((tag for tag in (locale, language_of(locale)) if tag in offered), BASE)


def accepted(header: str) -> str:
    """Give the tag an `Accept-Language` header (RFC 9110) likes best among those shipped.

    `de-AT` of `fr, de-AT;q=0.9, en;q=0.1`; the base language where it names none of them, or is no
    such header.
    """
    best, weight = BASE, 0.0
    for each in header[:LONGEST_HEADER].split(","):
        found = _ACCEPTED.fullmatch(each.strip())
        if found and language_of(found["tag"].lower()) in SHIPPED:
            liked = float(found["weight"] or 1)
            if liked > weight:
                best, weight = found["tag"], liked
    language, _, country = best.partition("-")
    return f"{language.lower()}-{country.upper()}" if country else language.lower()


@cache
def customs(locale: str, language: str) -> Locale:
    """Find whose way to write times and amounts fits a text in this language.

    Of a business in Austria that is the Austrian one for a text in German, and the usual English
    one for a text in English: nobody reads half a sentence in another language.
    """
    tag = locale if language_of(locale) == language_of(language) else language
    try:
        return Locale.parse(DEFAULTS.get(tag, tag), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULTS.get(language, language), sep="-")


def local(moment: datetime, zone: ZoneInfo, customs: Locale) -> str:
    """Tell an instant on a zone's clock: `Tuesday, 24 November 2026, 14:30`."""
    there = moment.astimezone(zone)
    return f"{day(there.date(), customs)}, {format_time(there, 'short', locale=customs)}"


def day(date: date, customs: Locale) -> str:
    """Tell a day: `Tuesday, 24 November 2026`, `Dienstag, 24. November 2026`."""
    return format_date(date, "full", locale=customs)


def money(minor: int, currency: str, customs: Locale) -> str:
    """Tell an amount of minor units: `€45.00`, `45,00 €`, `¥4,500`."""
    digits = 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
    amount = Decimal(minor).scaleb(-digits)
    told = _pattern(customs, digits).apply(
        amount, customs, currency=currency, currency_digits=False
    )
    return LETTER_AND_DIGIT.sub("\N{NO-BREAK SPACE}", told)


def number(value: int, customs: Locale) -> str:
    """Tell a whole number: `5,000`, `5.000`."""
    return str(format_decimal(value, locale=customs))


def unlinked(text: str) -> str:
    """Keep mail programs from making a link of what somebody typed: `evil.example` is a name.

    What is put behind the dot cannot be seen, and means that the word goes on.
    """
    return _LINKED.sub(f"\\g<0>{JOINED}", text)


def apart(text: str) -> str:
    """Keep a name that is written from right to left from turning the sentence around it."""
    turns = any(low <= letter <= high for letter in text for low, high in RIGHT_TO_LEFT)
    return f"{LEFT}{text}{RIGHT}" if turns else text


@cache
def _pattern(customs: Locale, digits: int) -> NumberPattern:
    """Write amounts with the digits their currency has by law, not those people leave out."""
    pattern = parse_pattern(customs.currency_formats["standard"].pattern)
    pattern.frac_prec = (digits, digits)
    return pattern
