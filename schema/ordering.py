"""Which way a list goes."""

from __future__ import annotations

from enum import Enum

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
