"""What a price list and a team may say: colours, durations, prices."""

from __future__ import annotations

import re
from typing import Any, NotRequired, TypedDict

from modules.errors import Checks, InvalidInput, between
from modules.viewer import Viewer
from storage import database

COLOUR = "#5b8def"
"""What somebody or something gets who was given no colour."""


class Price(TypedDict):
    """What something costs, in the smallest unit of a currency."""

    amount_minor: int
    currency: NotRequired[str | None]
    """None, or left out: that of the business."""


class ColourInvalid(InvalidInput):
    """That is not a colour."""

    code = "COLOUR_INVALID"
    remedy = "Write it like #5b8def."


class CurrencyDiffers(InvalidInput):
    """That amount is in another currency than the business's."""

    code = "CURRENCY_DIFFERS"
    remedy = "Leave the currency out, or name that of the business."


def colour(value: str | None, field: str = "colour") -> str:
    """Write a colour as #rrggbb in small letters. Refuses: ColourInvalid."""
    if value is None:
        return COLOUR
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ColourInvalid(field=field)
    return value.lower()


def price(value: Price | None, currency: str, field: str) -> dict[str, Any]:
    """Turn a price into columns. Refuses: InvalidInput, OutOfRange, CurrencyDiffers."""
    if value is None:
        raise InvalidInput("A price is an amount; send 0 for what is free.", field=field)
    checks, amount = Checks(), 0
    with checks:
        amount = between(value["amount_minor"], f"{field}.amount_minor", 0, 1_000_000_000)
    with checks:
        same_currency(value.get("currency"), currency, f"{field}.currency")
    checks.done()
    return {"price_minor": amount, "currency": currency}


async def currency_of(by: Viewer) -> str:
    """Tell in which currency a business calculates."""
    found: str = await database.fetchval(
        "SELECT currency FROM businesses WHERE id = $1", by.of_business()
    )
    return found


def same_currency(meant: str | None, currency: str, field: str) -> None:
    """Let an amount be in this currency, or in none that is named. Refuses: CurrencyDiffers."""
    if meant is not None and meant != currency:
        raise CurrencyDiffers(
            "The amounts of this business are in {currency}.", field=field, currency=currency
        )


def known(value: bool | None, field: str) -> bool:
    """Pass on a yes or a no. Refuses: InvalidInput, for neither."""
    if value is None:
        raise InvalidInput("This is either true or false.", field=field)
    return value
