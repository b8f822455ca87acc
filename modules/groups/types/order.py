"""How groups are sorted."""

from __future__ import annotations

from enum import Enum

from schema import OrderDirection, enum, input


@enum
class GroupOrderField(Enum):
    """What groups are sorted by; of equals, the one made last comes last."""

    NAME = "NAME"
    """By name, whatever capitals and accents."""
    CREATED_AT = "CREATED_AT"
    """By when they were made."""
    CLIENT_COUNT = "CLIENT_COUNT"
    """By how many clients are in them."""


@input
class GroupOrder:
    """How groups are sorted."""

    field: GroupOrderField
    """What they are sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""


COLUMNS = {
    GroupOrderField.NAME: "sort_name",
    GroupOrderField.CREATED_AT: "created_at",
    GroupOrderField.CLIENT_COUNT: "size",
}


def columns(order_by: GroupOrder | None) -> tuple[str, ...]:
    """Name the columns to sort by; the name, when nothing is said."""
    if order_by is None:
        return ("sort_name", "id")
    return order_by.direction.of(COLUMNS[order_by.field], "id")
