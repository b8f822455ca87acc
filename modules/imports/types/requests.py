"""Lists that are to be taken over for a business."""

from __future__ import annotations

from datetime import datetime

from strawberry import UNSET

from modules.accounts.types import Account
from modules.imports import models
from modules.imports.types.imports import ClientImport
from schema import IdOf, Node, VersionedInput, input, table, visible


@table(models.ImportRequest, prefix="irq")
class ImportRequest(Node):
    """A list somebody asked to have taken over for them."""

    note: str | None
    """What is to be known about it."""
    contact_email: str | None
    """Where questions go by mail."""
    contact_phone: str | None
    """Where questions go by phone."""
    client_import: ClientImport | None
    """The upload it is about."""
    actor: Account | None = visible(column="account")
    """The account that requested it."""
    status: models.ImportRequestStatus
    """How far the request is."""
    due_at: datetime
    """By when it is done: two business days after it was asked for."""
    created_at: datetime
    """When it was asked for."""
    version: int
    """Grows with every change: send it along with an update."""


@input
class RequestClientImportInput:
    """A list to be taken over for you."""

    note: str | None = UNSET
    """What is to be known about it, up to 5,000 characters."""
    contact_email: str | None = UNSET
    """Where questions go by mail; else your own address."""
    contact_phone: str | None = UNSET
    """Where questions go by phone."""
    client_import_id: IdOf[ClientImport] | None = UNSET
    """The import whose file the request is about."""


@input
class UpdateImportRequestInput(VersionedInput):
    """A request, and how far it is by now."""

    id: IdOf[ImportRequest]
    """The request to change."""
    status: models.ImportRequestStatus
    """How far the request is."""
