"""How exports are cut down and sorted."""

from __future__ import annotations

from enum import Enum

from strawberry import UNSET

from modules.exports import models
from modules.jobs import JobStatus
from schema import OrderDirection, enum, input


@input
class ExportFilter:
    """Which exports: those that meet every condition that is set."""

    kind: models.ExportKind | None = UNSET
    """Only exports that hold this."""
    status: list[JobStatus] | None = UNSET
    """Only exports that have come this far."""


@enum
class ExportOrderField(Enum):
    """What exports are sorted by; of equals, the one made last comes last."""

    CREATED_AT = "CREATED_AT"
    """By when they were asked for."""
    SIZE = "SIZE"
    """By how many bytes they have; those that are not ready are the largest."""


@input
class ExportOrder:
    """How exports are sorted."""

    field: ExportOrderField
    """What they are sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""


EXPORT_COLUMNS = {
    ExportOrderField.CREATED_AT: ("created_at", "id"),
    ExportOrderField.SIZE: ("size", "id"),
}
"""The columns that exports are sorted by."""
