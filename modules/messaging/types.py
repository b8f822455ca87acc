"""Messages and the addresses that are left alone, as the API shows them."""

from __future__ import annotations

from datetime import datetime

from strawberry import UNSET

from modules.messaging import models
from modules.messaging.events import SuppressionReason
from modules.messaging.models import MessageStatus
from schema import IdOf, Node, enum, input, payload, table

enum(MessageStatus)
enum(SuppressionReason)


@table(models.Message, prefix="msg")
class Message(Node):
    """One mail to one recipient: a line of the ledger. What it says is not kept."""

    kind: str
    """What kind of message: `APPOINTMENT_BOOKED`."""
    template: str
    """The template it is written with: `modules.appointments/booked`."""
    recipient: str
    """The address it goes to."""
    status: MessageStatus
    """How far the message got."""
    attempts: int
    """How often it was handed to the mail server."""
    error: str | None
    """Why it was not sent so far, or will not be; the mail server's own words, if it said any."""
    created_at: datetime
    """When it was caused."""
    tried_at: datetime | None
    """When it was handed to the mail server the last time."""
    sent_at: datetime | None
    """When the mail server took it."""
    resend_of: Message | None
    """The line that is sent once more as this one."""


@table(models.Suppression, prefix="sup")
class Suppression(Node):
    """An address that is left alone, and one reason for it."""

    reason: SuppressionReason
    """The reason why nothing is sent there."""
    created_at: datetime
    """Since when nothing is sent there."""


@input
class MessageFilter:
    """Which messages: those that meet every condition that is set."""

    status: MessageStatus | None = UNSET
    """Only messages that got this far."""
    kind: str | None = UNSET
    """Only messages of this kind, such as `APPOINTMENT_BOOKED`."""


@input
class ResendMessageInput:
    """A message to send once more."""

    id: IdOf[Message]
    """Which one: it failed, or nobody knows whether it arrived."""


@payload
class FailedMessagesResent:
    """Messages that are sent once more."""

    resent: int
    """How many messages are sent once more."""
    left: int
    """How many more were given up; send the mutation again for those."""


@input
class ResendFailedMessagesInput:
    """The messages to send once more."""

    kind: str | None = None
    """Only messages of this kind, such as `APPOINTMENT_BOOKED`."""


@input
class SuppressEmailInput:
    """An address to leave alone."""

    email: str
    """The address to which nothing is to be sent, without a name."""


@input
class UnsuppressEmailInput:
    """An entry to take off the list."""

    id: IdOf[Suppression]
    """Which entry; others about the same address stay."""
