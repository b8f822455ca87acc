"""The ledger of messages, and the addresses that are left alone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from modules.messaging.events import SuppressionReason
from storage.models import Owned


class MessageStatus(StrEnum):
    """How far a message got."""

    QUEUED = "QUEUED"
    """Not sent yet; the worker tries, and tries again. `error` says why it was not sent so far."""
    SENDING = "SENDING"
    """Handed to the mail server, which has not said yes or no: it is not tried again by itself."""
    SENT = "SENT"
    """The mail server took it."""
    FAILED = "FAILED"
    """It will not be sent; `error` says why."""
    SUPERSEDED = "SUPERSEDED"
    """It was not sent, because what it would have said is said by another message, or is not true
    any more; `error` says which."""


class Message(Owned):
    """One message to one recipient, caused by one event."""

    event_seq: int = fields.BigIntField()
    subject: UUID = fields.UUIDField()
    """The event's subject: the appointment, the account."""
    client_id: UUID | None = fields.UUIDField(null=True)
    """The client whose file it belongs to."""
    resend_of: fields.ForeignKeyNullableRelation[Message] = fields.ForeignKeyField(
        "messaging.Message", related_name=False, null=True, db_constraint=False
    )
    resend_of_id: UUID | None
    """The line that is sent once more as this one."""
    unsubscribe_hash: bytes | None = fields.BinaryField(null=True)
    kind: str = fields.TextField()
    template: str = fields.TextField()
    recipient: str = fields.TextField()
    status: MessageStatus = fields.CharEnumField(  # type: ignore[assignment]
        MessageStatus, max_length=10, default=MessageStatus.QUEUED
    )
    attempts: int = fields.IntField(default=0)
    error: str | None = fields.TextField(null=True)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)
    tried_at: datetime | None = fields.DatetimeField(null=True)
    sent_at: datetime | None = fields.DatetimeField(null=True)
    given_up = fields.BooleanField(default=False)
    """Whether its job was given up; it waits again when somebody puts that job back."""

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "messages"


class Suppression(Owned):
    """An address that is left alone, and one reason for it."""

    address_hash: bytes = fields.BinaryField()
    reason: SuppressionReason = fields.CharEnumField(  # type: ignore[assignment]
        SuppressionReason, max_length=12
    )
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept, and that no reason is there twice."""

        table = "suppressions"
        unique_together = (("business_id", "address_hash", "reason"),)


class SuppressedAddress(Owned):
    """The address of an entry, whose id it has; gone once its client's file was erased."""

    recipient: str = fields.TextField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "suppressed_addresses"
