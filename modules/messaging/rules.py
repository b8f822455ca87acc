"""Sending: every message has a line in the ledger, and leaves once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from modules.accounts.rules import Card, card
from modules.contract import Module
from modules.emails import Email, Emails, Planned, Recipient
from modules.events import Event
from modules.messaging import transport, writing
from modules.messaging.models import Status
from modules.messaging.transport import NotSent, Refused, Transport, Unsure
from modules.messaging.writing import Letterhead
from storage.database import database
from storage.models import uuid7
from storage.settings import Settings

logger = logging.getLogger(__name__)


class DeliveryDelayed(Exception):
    """Some messages of an event did not leave yet; delivering it again tries only those."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the ledger that waits, and what belongs to it."""

    id: UUID
    email: Email[Any]
    recipient: Recipient


class PostOffice:
    """Sends what events cause, by one transport."""

    def __init__(self, emails: Emails, way: Transport, head: Letterhead) -> None:
        self._emails = emails
        self._way = way
        self._head = head

    @property
    def events(self) -> frozenset[type[Event]]:
        """The events that cause messages."""
        return frozenset(self._emails)

    async def planned(self, events: Iterable[Event]) -> list[Planned]:
        """List what would be sent for these events, as far as a dry run may say."""
        return [
            Planned(kind=email.kind, recipient=recipient.address)
            for event in events
            for email in self._emails.get(type(event), ())
            if email.listed
            for recipient in await email.recipients(event)
        ]

    async def deliver(self, event: Event, seq: int) -> None:
        """Send what an event causes; `seq` is its place in the log.

        However often and wherever this is called, each message leaves once, unless nobody can know
        whether it left: such a line stays SENDING. Raises DeliveryDelayed while some could not
        leave, so that whoever called tries again later.
        """
        business = await card(event.business_id)
        if business is None:
            return
        late: list[str] = []
        for entry in await self._enter(event, seq):
            try:
                await self._send(entry, event, business)
            except NotSent as error:
                late.append(f"{entry.email.kind}: {error}")
        if late:
            raise DeliveryDelayed("; ".join(late))

    async def _enter(self, event: Event, seq: int) -> list[_Entry]:
        """Write the event's messages into the ledger, and give those that still wait."""
        wanted = {
            (email.kind, recipient.address): (email, recipient)
            for email in self._emails.get(type(event), ())
            for recipient in await email.recipients(event)
        }
        rows = await database().writing.fetch(
            _ENTER,
            event.business_id,
            seq,
            event.subject,
            [uuid7() for _ in wanted],
            [email.kind for email, _ in wanted.values()],
            [f"{email.package}/{email.template}" for email, _ in wanted.values()],
            [recipient.address for _, recipient in wanted.values()],
        )
        return [_Entry(row["id"], *wanted[row["kind"], row["recipient"]]) for row in rows]

    async def _send(self, entry: _Entry, event: Event, business: Card) -> None:
        try:
            message = writing.write(
                entry.email,
                entry.recipient,
                business,
                await entry.email.context(event),
                head=self._head,
                id_=entry.id,
            )
        except Exception as error:
            # Whatever is wrong with a template or its facts: the ledger says so, the queue retries.
            await _note(entry.id, Status.QUEUED, f"{type(error).__name__}: {error}")
            raise
        if not await _claim(entry.id):
            return
        to = writing.envelope(entry.recipient.address)
        try:
            await self._way.send(message, self._head.sender, to, f"{entry.email.kind}-{entry.id}")
        except NotSent as error:
            await _note(entry.id, Status.QUEUED, str(error))
            raise
        except Refused as error:
            await _note(entry.id, Status.FAILED, str(error))
            logger.warning("message %s was refused: %s", entry.id, error)
        except Unsure as error:
            await _note(entry.id, Status.SENDING, str(error))
            logger.warning("nobody knows whether message %s arrived: %s", entry.id, error)
        else:
            await _note(entry.id, Status.SENT, None)


def open_post_office(modules: Sequence[Module], settings: Settings) -> PostOffice:
    """Open the post office for the messages of these modules, as the settings say."""
    emails: dict[type[Event], list[Email[Any]]] = {}
    for module in modules:
        for event, caused in module.emails.items():
            emails.setdefault(event, []).extend(caused)
    url = settings.public_url or f"http://{settings.host}:{settings.port}"
    return PostOffice(emails, transport.of(settings), Letterhead.of(settings.mail_from, url))


# The ledger is written beside any transaction: what it says about a message must be true even when
# whoever sent it dies in the next moment.

_ENTER = """
WITH wanted AS (
    SELECT * FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[])
        AS w (id, kind, template, recipient)
), unwanted AS (
    UPDATE messages SET status = 'FAILED', error = 'nobody wants it any more'
    WHERE event_seq = $2 AND status = 'QUEUED'
      AND (kind, recipient) NOT IN (SELECT kind, recipient FROM wanted)
), entered AS (
    INSERT INTO messages (id, business_id, event_seq, subject, kind, template, recipient)
    SELECT id, $1, $2, $3, kind, template, recipient FROM wanted
    ON CONFLICT (event_seq, kind, recipient) DO NOTHING
    RETURNING id, kind, recipient
)
SELECT id, kind, recipient FROM entered
UNION ALL
SELECT messages.id, kind, recipient FROM messages JOIN wanted USING (kind, recipient)
WHERE event_seq = $2 AND status = 'QUEUED'
"""


async def _claim(id_: UUID) -> bool:
    done = await database().writing.execute(
        "UPDATE messages SET status = 'SENDING', attempts = attempts + 1, tried_at = now(),"
        " error = NULL WHERE id = $1 AND status = 'QUEUED'",
        id_,
    )
    return done == "UPDATE 1"


async def _note(id_: UUID, status: Status, error: str | None) -> None:
    await database().writing.execute(
        "UPDATE messages SET status = $2::text, error = left($3, 1000),"
        " sent_at = CASE WHEN $2::text = 'SENT' THEN now() END WHERE id = $1",
        id_,
        status.value,
        error,
    )
