"""Saved filters of the client list."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from strawberry import UNSET

from modules.clients import models
from modules.clients.types.filter import ClientFilter
from schema import JSON, IdOf, Node, OrderDirection, VersionedInput, computed, enum, input, table


@table(models.ClientSegment, prefix="seg")
class ClientSegment(Node):
    """A filter of the client list that was named, to be used again with `clients(segmentId:)`."""

    name: str
    """What the segment is called."""
    description: str | None
    """What the segment is for."""
    created_at: datetime
    """When the segment was made."""
    version: int
    """Grows with every change: send it along with an update."""

    @computed(needs=("conditions",))
    def filter(self) -> JSON:
        """The filter, as it was sent."""
        kept: JSON = self.conditions  # type: ignore[attr-defined]
        return kept


@input
class CreateClientSegmentInput:
    """A filter to keep under a name."""

    name: str
    """What to call it, up to 200 characters."""
    filter: ClientFilter
    """The filter that finds its clients."""
    description: str | None = UNSET
    """What it is for, up to 2,000 characters."""


@input
class UpdateClientSegmentInput(VersionedInput):
    """What to change about a segment; what is left out stays."""

    id: IdOf[ClientSegment]
    """The segment to change."""
    name: str | None = UNSET
    """What to call it, up to 200 characters."""
    filter: ClientFilter | None = UNSET
    """The filter that finds its clients; null changes nothing."""
    description: str | None = UNSET
    """What it is for; null removes it."""


@input
class DeleteClientSegmentInput(VersionedInput):
    """A segment to throw away."""

    id: IdOf[ClientSegment]
    """The segment to delete."""


@enum
class ClientSegmentOrderField(Enum):
    """What segments are sorted by; of equals, the one made last comes last."""

    NAME = "NAME"
    """By what they are called."""
    CREATED_AT = "CREATED_AT"
    """By when they were made."""


@input
class ClientSegmentOrder:
    """How segments are sorted."""

    field: ClientSegmentOrderField
    """What they are sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""


CLIENT_SEGMENT_COLUMNS = {
    ClientSegmentOrderField.NAME: ("name", "id"),
    ClientSegmentOrderField.CREATED_AT: ("created_at", "id"),
}
"""The columns that segments are sorted by."""
