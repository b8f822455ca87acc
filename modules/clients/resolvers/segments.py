"""Saved filters of the client list: kept, changed, thrown away."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from strawberry import UNSET

from modules.accounts.types import Business
from modules.clients import models, rules
from modules.clients.resolvers.filtering import check_kept
from modules.clients.types import (
    CLIENT_SEGMENT_COLUMNS,
    ClientFilter,
    ClientSegment,
    ClientSegmentOrder,
    CreateClientSegmentInput,
    DeleteClientSegmentInput,
    UpdateClientSegmentInput,
)
from modules.errors import Checks, NotFound
from modules.services.rules import CurrencyDiffers, OutOfRange
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from modules.viewer import Viewer
from schema import (
    Connection,
    Mutation,
    Parent,
    Payload,
    extend,
    in_order,
    mutation,
    rows,
    spelled,
)

REFUSALS = (
    NameRequired,
    TextTooLong,
    TextNotAllowed,
    NotFound,
    rules.FilterTooComplex,
    OutOfRange,
    CurrencyDiffers,
)


@extend(Business)
class BusinessClientSegments:
    """A business keeps filters of its client list."""

    @rows
    @staticmethod
    def client_segments(
        business: Parent[Business], viewer: Viewer, order_by: ClientSegmentOrder | None = None
    ) -> Connection[ClientSegment]:
        """The saved filters.

        Args:
            order_by: How to sort them; by name, when nothing is said.
        """
        found = viewer.rows(models.ClientSegment).filter(business_id=business.id)
        return in_order(found, order_by, CLIENT_SEGMENT_COLUMNS, "name", "id")


@extend(Mutation)
class SegmentMutations:
    """Keeping filters of the client list."""

    @mutation(refuses=(*REFUSALS, rules.SegmentsTooMany))
    @staticmethod
    async def create_client_segment(
        by: Viewer, input: CreateClientSegmentInput
    ) -> Payload[ClientSegment]:
        """Keep a filter under a name."""
        values = _set(name=input.name, filter=input.filter, description=input.description)
        return await _kept(by, input.filter, rules.create_client_segment(by, **values))

    @mutation(updates=ClientSegment, refuses=REFUSALS)
    @staticmethod
    async def update_client_segment(
        by: Viewer, input: UpdateClientSegmentInput
    ) -> Payload[ClientSegment]:
        """Change a saved filter, or what it is called."""
        changes = _set(name=input.name, filter=input.filter, description=input.description)
        kept = rules.update_client_segment(by, segment_id=input.id, **changes)
        return await _kept(by, input.filter, kept)

    @mutation(updates=ClientSegment, deletes=ClientSegment)
    @staticmethod
    async def delete_client_segment(by: Viewer, input: DeleteClientSegmentInput) -> None:
        """Throw a saved filter away; the clients stay."""
        await rules.delete_client_segment(by, segment_id=input.id)


async def _kept(by: Viewer, filter: ClientFilter | None, segment: Awaitable[UUID]) -> UUID:
    """Keep a segment whose filter can mean somebody; all that is wrong with both is told."""
    checks = Checks()
    with checks:
        segment_id = await segment
    with checks:
        if filter is not None and filter is not UNSET:
            await check_kept(by, filter)
    checks.done()
    return segment_id


def _set(*, filter: ClientFilter | None, **others: Any) -> dict[str, Any]:
    """Take what was filled in, the filter as the JSON it came as."""
    values = {name: value for name, value in others.items() if value is not UNSET}
    if filter is None or filter is UNSET:
        return values
    return {**values, "filter": spelled(filter, ClientFilter)}
