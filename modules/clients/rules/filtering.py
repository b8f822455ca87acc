"""How much may be asked of the client list at once."""

from __future__ import annotations

from types import MappingProxyType

from modules.errors import InvalidInput

CONDITIONS = 50
DEPTH = 5


class FilterTooComplex(InvalidInput):
    """A filter asks for too much at once."""

    code = "FILTER_TOO_COMPLEX"
    remedy = "Ask for at most {conditions} conditions, nested at most {depth} deep."
    values = MappingProxyType({"conditions": CONDITIONS, "depth": DEPTH})


def check_size(conditions: int, depth: int) -> None:
    """Make sure that a filter can be answered. Refuses: FilterTooComplex."""
    if conditions > CONDITIONS or depth > DEPTH:
        raise FilterTooComplex(field="filter")
