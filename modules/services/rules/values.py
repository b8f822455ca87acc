"""What a price list and a team may say: colours, durations, prices."""

from __future__ import annotations

import re

from modules.errors import InvalidInput

COLOUR = "#5b8def"
"""What somebody or something gets who was given no colour."""


class ColourInvalid(InvalidInput):
    """That is not a colour."""

    code = "COLOUR_INVALID"
    remedy = "Write it like #5b8def."


class OutOfRange(InvalidInput):
    """That number is too small or too large."""

    code = "OUT_OF_RANGE"
    remedy = "Choose a number within the limits the message names."


def colour(value: str | None, field: str = "colour") -> str:
    """Write a colour as #rrggbb in small letters. Refuses: ColourInvalid."""
    if value is None:
        return COLOUR
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ColourInvalid(field=field)
    return value.lower()


def between(value: int | None, field: str, least: int, most: int) -> int:
    """Pass on a number that is within limits. Refuses: OutOfRange."""
    if value is None or not least <= value <= most:
        raise OutOfRange(f"This has to be a number from {least:,} to {most:,}.", field=field)
    return value


def known(value: bool | None, field: str) -> bool:
    """Pass on a yes or a no. Refuses: InvalidInput, for neither."""
    if value is None:
        raise InvalidInput("This is either true or false.", field=field)
    return value
