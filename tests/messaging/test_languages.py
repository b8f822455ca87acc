"""Times, amounts and names in messages read as people write them, wherever they are."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from modules.languages import apart, choose, customs, day, local, money
from modules.zones import ZoneInfo

ENGLISH = customs("en", "en")


@pytest.mark.parametrize(
    ("moment", "zone", "told"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Europe/Berlin", "Sunday, 29 March 2026, 01:59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Europe/Berlin", "Sunday, 29 March 2026, 03:00"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "Asia/Tokyo", "Friday, 1 January 2027, 08:00"),
    ],
)
def test_an_instant_is_told_on_the_wall_clock_of_the_business(moment, zone, told):
    """Also in the night the clocks change."""
    assert local(moment, ZoneInfo(zone), ENGLISH) == told


@pytest.mark.parametrize(
    ("locale", "language", "told"),
    [
        ("en", "en", "Tuesday, 24 November 2026, 14:30"),
        ("en-US", "en", "Tuesday, November 24, 2026, 2:30\u202fPM"),
        ("de", "de", "Dienstag, 24. November 2026, 14:30"),
        ("nl", "nl", "dinsdag 24 november 2026, 14:30"),
        ("fr", "en", "Tuesday, 24 November 2026, 14:30"),  # the text is English, so is its clock
        ("xx-YY", "en", "Tuesday, 24 November 2026, 14:30"),
        ("de-XX", "de", "Dienstag, 24. November 2026, 14:30"),
    ],
)
def test_a_language_tells_time_its_own_way(locale, language, told):
    """The country of the business counts, where its language is the message's."""
    moment = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)

    assert local(moment, ZoneInfo("Europe/Berlin"), customs(locale, language)) == told


def test_austria_has_months_of_its_own():
    """Whoever books there reads them as they are said there."""
    assert day(date(2027, 1, 4), customs("de-AT", "de")) == "Montag, 4. Jänner 2027"


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "told"),
    [
        (4500, "EUR", "en", "€45.00"),
        (123456789, "USD", "en-US", "$1,234,567.89"),
        (4500, "JPY", "en", "JP¥4,500"),
        (4500, "KWD", "en", "KWD\xa04.500"),
        (4500, "EUR", "de", "45,00\xa0€"),
        (4500, "EUR", "de-AT", "€\xa045,00"),
        (450000, "CHF", "de-CH", "CHF\xa04\u2019500.00"),
        (4500, "EUR", "nl", "€\xa045,00"),
        (4500, "ISK", "nl", "ISK\xa04.500"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(minor, currency, locale, told):
    """Yen have no cents, dinars have a thousand fils, and each place writes them its own way."""
    assert money(minor, currency, customs(locale, locale.partition("-")[0])) == told


@pytest.mark.parametrize(
    ("locale", "chosen"),
    [("de-AT", "de"), ("de", "de"), ("nl-BE", "nl"), ("en-GB", "en"), ("fr", "en"), ("ja", "en")],
)
def test_readers_get_the_nearest_language_there_is(locale, chosen):
    """Their own, or English."""
    assert choose(locale, {"de", "nl"}) == chosen


def test_a_regional_language_comes_before_the_common_one():
    """Where a template is in both."""
    assert choose("pt-BR", {"pt", "pt-BR"}) == "pt-BR"


def test_names_from_right_to_left_turn_nothing_around():
    """They stand as they were typed, inside marks that end their direction with them."""
    noah = "\u05e0\u05d5\u05e2\u05d4"

    assert apart(noah) == f"\u2068{noah}\u2069"
    noah = "\u05e0\u05d5\u05e2\u05d4"

    assert apart(noah) == f"\u2068{noah}\u2069"
    assert apart("Zoë 🌱") == "Zoë 🌱"
