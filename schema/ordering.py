"""Which way a list goes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Protocol

from tortoise.queryset import QuerySet

from schema.describing import enum


@enum
class OrderDirection(Enum):
    """Which way a list goes."""

    ASC = "ASC"
    """From the front: A before Z, the smallest and the oldest first."""
    DESC = "DESC"
    """From the back: Z before A, the largest and the latest first."""

    def of(self, *columns: str) -> tuple[str, ...]:
        """Name columns as a queryset is sorted by them, all in this direction."""
        return tuple(f"{'-' if self is OrderDirection.DESC else ''}{each}" for each in columns)


class Order(Protocol):
    """How a list is to be sorted, whatever it is a list of."""

    @property
    def field(self) -> Enum:
        """What it is sorted by."""

    @property
    def direction(self) -> OrderDirection:
        """Which way it goes."""


def in_order(
    found: QuerySet[Any],
    order_by: Order | None,
    columns: Mapping[Any, tuple[str, ...]],
    *otherwise: str,
) -> QuerySet[Any]:
    """Sort rows by the columns of what was asked for; `otherwise`, when nothing is said."""
    if order_by is None:
        return found.order_by(*otherwise)
    return found.order_by(*order_by.direction.of(*columns[order_by.field]))
