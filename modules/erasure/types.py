"""Deletions and their receipts as the API shows them."""

from __future__ import annotations

from datetime import datetime

import orjson
import strawberry

from modules.accounts.types import Account
from modules.clients.types import Client
from modules.erasure import events, models
from schema import (
    Count,
    IdOf,
    Job,
    Preview,
    computed,
    counted,
    enum,
    input,
    object,
    payload,
    table,
    visible,
)

ErasureReason = enum(events.ErasureReason)


@table(models.Erasure, prefix="ers")
class ErasureReceipt(Job):
    """Shows that a file was deleted, and what went with it; nothing of it says whose it was.

    The job is to remove the last traces: from `startedAt` on nobody could read the file.
    """

    actor: Account | None = visible(column="account")
    """Who deleted it; null when they are not there any more."""
    reason: events.ErasureReason | None
    """Why it was deleted, if that was said."""

    @computed(needs=("went",))
    def went(self) -> list[Count]:
        """What was deleted with the file."""
        return counted(orjson.loads(self.went))


@object
class ClientDeletionPreview(Preview):
    """What would go with a file, if it was deleted now."""

    client: Client
    """The client whose file would go."""


@object
class CancelledAppointment:
    """An appointment that was cancelled because its client's file was deleted."""

    appointment_id: strawberry.ID
    """The id it had; there is nothing to be read by it any more."""
    starts_at: datetime
    """When it would have started."""
    ends_at: datetime
    """When it would have ended."""
    service: str
    """The name of the service it was for."""
    staff: str
    """The name of the member of staff it was with."""


@payload
class DeletedClient:
    """A file that is gone."""

    receipt: ErasureReceipt
    """The receipt, which shows that the file was deleted and keeps nothing of it."""
    cancelled: list[CancelledAppointment]
    """What was cancelled; those concerned get notices."""


@input
class DeleteClientInput:
    """A file to delete for good."""

    id: IdOf[Client]
    """The client whose file to delete."""
    token: str
    """The token of the preview you looked at."""
    reason: events.ErasureReason | None = None
    """The reason it is deleted for."""
