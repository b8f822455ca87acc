"""Sending a message once more, because somebody says so: the line that failed stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from modules.accounts.rules import check_mail
from modules.errors import NotFound, Refusal
from modules.events import record
from modules.messaging.events import MessageResent
from modules.messaging.models import Message, MessageStatus
from modules.viewer import Viewer

UNSURE = timedelta(minutes=10)
"""How long after it was handed over nobody can be at work on a message any more."""


class NotResendable(Refusal):
    """This message was sent, or is still being sent."""

    code = "MESSAGE_NOT_RESENDABLE"
    remedy = "Wait until it has failed, or for ten minutes while it is said to be sending."


class AlreadyResent(Refusal):
    """This message was sent once more already."""

    code = "MESSAGE_ALREADY_RESENT"
    remedy = "Look at the newer line, and send that one again if it failed too."


async def resend(by: Viewer, *, message_id: UUID) -> UUID:
    """Send a message once more that failed, or of which nobody knows whether it arrived.

    It is written anew, with what is true now and a fresh link, and gets a line of its own.
    Refuses: NotFound, NotResendable, AlreadyResent, OwnerNotConfirmed, TooManyAttempts.
    """
    # Held until the end: of two who press the button, the second finds what the first has done.
    found = by.rows(Message).select_for_update(no_key=True)
    line: Message | None = await found.get_or_none(id=message_id)
    if line is None:
        raise NotFound("There is no such message.", field="id")
    if not _over(line):
        raise NotResendable(field="id")
    if await by.rows(Message).filter(resend_of_id=line.id).exists():
        raise AlreadyResent(field="id")
    await check_mail(line.business_id, [line.recipient])
    again = await Message.create(
        business_id=line.business_id,
        event_seq=line.event_seq,
        subject=line.subject,
        client_id=line.client_id,
        resend_of_id=line.id,
        kind=line.kind,
        template=line.template,
        recipient=line.recipient,
    )
    record(MessageResent(business_id=line.business_id, subject=again.id))
    return again.id


def _over(line: Message) -> bool:
    if line.status is MessageStatus.SENDING and line.tried_at is not None:
        return line.error is not None or line.tried_at < datetime.now(UTC) - UNSURE
    return line.status is MessageStatus.FAILED
