"""Exports: requesting them, trying them again."""

from __future__ import annotations

from modules.accounts.types import Business
from modules.errors import InvalidInput, NotFound, StorageFull
from modules.exports import models, rules
from modules.exports.types import (
    EXPORT_COLUMNS,
    Export,
    ExportClientFileInput,
    ExportClientsInput,
    ExportFilter,
    ExportOrder,
    RetryExportInput,
)
from modules.viewer import OWNERS, Viewer
from schema import (
    Connection,
    Mutation,
    Parent,
    Payload,
    extend,
    getters,
    in_order,
    mutation,
    rows,
)

GETTERS = getters(Business, Export)


@extend(Business)
class BusinessExports:
    """A business exports what it keeps."""

    @rows
    @staticmethod
    def exports(
        business: Parent[Business],
        viewer: Viewer,
        filter: ExportFilter | None = None,
        order_by: ExportOrder | None = None,
    ) -> Connection[Export]:
        """Its exports; whole lists are for owners.

        Args:
            filter: Only such exports.
            order_by: How to sort them; the latest first, when nothing is said.
        """
        found = viewer.rows(models.Export).filter(business_id=business.id)
        if filter and filter.kind:
            found = found.filter(kind=filter.kind)
        if filter and filter.status:
            found = found.filter(status__in=filter.status)
        return in_order(found, order_by, EXPORT_COLUMNS, "-created_at", "-id")


@extend(Mutation)
class ExportMutations:
    """Requesting exports."""

    @mutation(audience=OWNERS, refuses=(InvalidInput, rules.TooManyExports, StorageFull))
    @staticmethod
    async def export_clients(by: Viewer, input: ExportClientsInput) -> Payload[Export]:
        """Have the whole client list written down, to be downloaded for a day."""
        return await rules.export_list(by, format=input.format, excel=input.excel)

    @mutation(refuses=(NotFound, rules.TooManyExports, StorageFull))
    @staticmethod
    async def export_client_file(by: Viewer, input: ExportClientFileInput) -> Payload[Export]:
        """Have all written down that is kept of a client, with photos and forms."""
        return await rules.export_file(by, client_id=input.client_id)

    @mutation(refuses=(NotFound, rules.NotRetryable, rules.TooManyExports, StorageFull))
    @staticmethod
    async def retry_export(by: Viewer, input: RetryExportInput) -> Payload[Export]:
        """Try an export once more that has failed."""
        return await rules.retry(by, export_id=input.id)
