"""How much may be asked of the client list at once."""

from __future__ import annotations

from modules.errors import InvalidInput

CONDITIONS = 50
DEPTH = 5


class FilterTooComplex(InvalidInput):
    """A filter asks for too much at once."""

    code = "FILTER_TOO_COMPLEX"
    remedy = f"Ask for at most {CONDITIONS} conditions, nested at most {DEPTH} deep."


def check_size(conditions: int, depth: int) -> None:
    """Make sure that a filter can be answered. Refuses: FilterTooComplex."""
    if conditions > CONDITIONS or depth > DEPTH:
        raise FilterTooComplex(field="filter")
