"""How imports and requests are cut down and sorted."""

from __future__ import annotations

from enum import Enum

from strawberry import UNSET

from modules.imports import events, models
from modules.jobs import JobStatus
from schema import OrderDirection, enum, input


@input
class ClientImportFilter:
    """Which imports: those that meet every condition that is set."""

    stage: list[events.ImportStage] | None = UNSET
    """Only imports at one of these stages."""
    status: list[JobStatus] | None = UNSET
    """Only imports that have come this far."""


@enum
class ClientImportOrderField(Enum):
    """What imports are sorted by; of equals, the one made last comes last."""

    CREATED_AT = "CREATED_AT"
    """By when they were begun."""
    FILE_NAME = "FILE_NAME"
    """By what their files are called."""


@input
class ClientImportOrder:
    """How imports are sorted."""

    field: ClientImportOrderField
    """What they are sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""


CLIENT_IMPORT_COLUMNS = {
    ClientImportOrderField.CREATED_AT: ("created_at", "id"),
    ClientImportOrderField.FILE_NAME: ("file_name", "id"),
}
"""The columns that imports are sorted by."""


@input
class ImportRequestFilter:
    """Which requests: those that meet every condition that is set."""

    status: list[models.ImportRequestStatus] | None = UNSET
    """Only requests that have come this far."""


@enum
class ImportRequestOrderField(Enum):
    """What requests are sorted by; of equals, the one made last comes last."""

    CREATED_AT = "CREATED_AT"
    """By when they were made."""
    DUE_AT = "DUE_AT"
    """By when they are due."""


@input
class ImportRequestOrder:
    """How requests are sorted."""

    field: ImportRequestOrderField
    """What they are sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""


IMPORT_REQUEST_COLUMNS = {
    ImportRequestOrderField.CREATED_AT: ("created_at", "id"),
    ImportRequestOrderField.DUE_AT: ("due_at", "id"),
}
"""The columns that requests are sorted by."""
