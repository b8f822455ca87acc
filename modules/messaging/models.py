"""The ledger of messages."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from storage.models import Owned


class Status(StrEnum):
    """How far a message got."""

    QUEUED = "QUEUED"
    """Not sent yet; the worker tries, and tries again."""
    SENDING = "SENDING"
    """Handed to the mail server, which has not said yes or no: it is not tried again by itself."""
    SENT = "SENT"
    """The mail server took it."""
    FAILED = "FAILED"
    """It will not be sent; `error` says why."""


class Message(Owned):
    """One message to one recipient, caused by one event."""

    event_seq: int = fields.BigIntField()
    subject: UUID = fields.UUIDField()
    """The event's subject: the appointment, the account."""
    client_id: UUID | None = fields.UUIDField(null=True)
    """The client whose file it belongs to."""
    resend_of_id: UUID | None = fields.UUIDField(null=True)
    """The line that was sent once more as this one."""
    unsubscribe_hash: bytes | None = fields.BinaryField(null=True)
    kind: str = fields.TextField()
    template: str = fields.TextField()
    recipient: str = fields.TextField()
    status: Status = fields.CharEnumField(  # type: ignore[assignment]
        Status, max_length=7, default=Status.QUEUED
    )
    attempts: int = fields.IntField(default=0)
    error: str | None = fields.TextField(null=True)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    tried_at: datetime | None = fields.DatetimeField(null=True)
    sent_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """Where it is kept, and that nobody gets the same message twice."""

        table = "messages"
        unique_together = (("event_seq", "kind", "recipient"),)
