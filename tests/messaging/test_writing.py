"""Times and amounts in messages read as people say them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from modules.messaging.writing import local, money


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
    assert local(moment, ZoneInfo(zone)) == told


@pytest.mark.parametrize(
    ("minor", "currency", "told"),
    [
        (4500, "EUR", "45.00 EUR"),
        (123456789, "USD", "1,234,567.89 USD"),
        (4500, "JPY", "4,500 JPY"),
        (4500, "KWD", "4.500 KWD"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(minor, currency, told):
    """Yen have no cents, dinars have a thousand fils."""
    assert money(minor, currency) == told
