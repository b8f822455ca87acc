"""Asking for something to be handed out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from modules.errors import NotFound, Refusal
from modules.events import record
from modules.exports import models
from modules.exports.events import ExportAsked
from modules.exports.models import ExportFormat, ExportKind, ExportState
from modules.viewer import Viewer
from storage import database

KEPT = timedelta(hours=24)
"""How long it can be downloaded."""
AT_ONCE = 5
"""Exports a business may have in the making."""


class TooManyExports(Refusal):
    """Too many exports are in the making."""

    code = "TOO_MANY_EXPORTS"
    retryable = True
    remedy = "Wait until one of them is done."


async def export_list(by: Viewer, *, format: ExportFormat, excel: bool = False) -> UUID:
    """Have the whole client list written down. Refuses: TooManyExports."""
    return await _ask(by, kind=ExportKind.CLIENT_LIST, format=format, excel=excel)


async def export_file(by: Viewer, *, client_id: UUID) -> UUID:
    """Have all written down that is kept of a client. Refuses: NotFound, TooManyExports."""
    known = await database.fetchval(
        "SELECT true FROM clients WHERE business_id = $1 AND id = $2 FOR KEY SHARE",
        by.of_business(), client_id,
    )  # fmt: skip
    if not known:
        raise NotFound("There is no such client.", field="client_id")
    return await _ask(by, kind=ExportKind.CLIENT_FILE, format=ExportFormat.ZIP, client_id=client_id)


async def _ask(
    by: Viewer,
    *,
    kind: ExportKind,
    format: ExportFormat,
    client_id: UUID | None = None,
    excel: bool = False,
) -> UUID:
    business_id = by.of_business()
    under_way = models.Export.filter(business_id=business_id, state=ExportState.WRITING)
    if await under_way.count() >= AT_ONCE:
        raise TooManyExports
    made = await models.Export.create(
        business_id=business_id,
        account_id=by.account_id,
        kind=kind,
        format=format,
        client_id=client_id,
        excel=excel,
        expires_at=datetime.now(UTC) + KEPT,
    )
    record(ExportAsked(business_id=business_id, subject=made.id))
    return made.id
