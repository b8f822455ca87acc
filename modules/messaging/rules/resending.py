"""Sending a message once more, because somebody says so: the line that failed stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from modules.accounts.rules import check_mail
from modules.errors import NotFound, Refusal
from modules.events import record
from modules.messaging.events import MessageResent
from modules.messaging.models import Message, MessageStatus
from modules.viewer import Viewer
from storage import database

UNSURE = timedelta(minutes=10)
"""How long after it was handed over nobody can be at work on a message any more."""


AT_ONCE = 500
"""Messages that are sent once more by one change."""


@dataclass(frozen=True, slots=True)
class Resent:
    """What was sent once more."""

    resent: int
    left: int
    """How many more there are."""


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


async def resend_failed(by: Viewer, *, kind: str | None = None) -> Resent:
    """Send messages once more that were given up, the oldest first, up to `AT_ONCE`."""
    business_id = by.of_business()
    found = await database.fetch(_GIVEN_UP, business_id, kind, AT_ONCE)
    for row in found:
        record(MessageResent(business_id=business_id, subject=row["id"]))
    left: int = await database.fetchval(_LEFT, business_id, kind)
    return Resent(len(found), left)


def _over(line: Message) -> bool:
    if line.status is MessageStatus.SENDING and line.tried_at is not None:
        return line.error is not None or line.tried_at < datetime.now(UTC) - UNSURE
    return line.status is MessageStatus.FAILED


_THOSE = """
messages AS old WHERE business_id = $1 AND status = 'FAILED' AND given_up
    AND ($2::text IS NULL OR kind = $2)
    AND NOT EXISTS (SELECT FROM messages AS newer WHERE newer.resend_of_id = old.id)"""
_GIVEN_UP = f"""
INSERT INTO messages
    (business_id, event_seq, subject, client_id, resend_of_id, kind, template, recipient)
SELECT business_id, event_seq, subject, client_id, id, kind, template, recipient FROM {_THOSE}
ORDER BY id LIMIT $3
ON CONFLICT (resend_of_id) WHERE resend_of_id IS NOT NULL DO NOTHING
RETURNING id"""  # noqa: S608 -- our own words
_LEFT = f"SELECT count(*) FROM {_THOSE}"  # noqa: S608 -- our own words
