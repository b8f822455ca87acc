"""The ledger of messages: its lines are written with the event, and tell what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from modules.emails import Email, Recipient
from modules.events import Event
from modules.messaging.models import MessageStatus
from storage.database import database, execute, fetchrow
from storage.words import literal

ONCE = "ON CONFLICT (event_seq, kind, recipient) WHERE resend_of_id IS NULL DO NOTHING"


NOBODY = "nobody wants it any more"
UNTRUE = "what it would say is not true any more"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that waits, and what belongs to it."""

    id: UUID
    email: Email[Any]
    recipient: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A line that sends another one once more, and the event that caused that one."""

    kind: str
    recipient: str
    waits: bool
    event: str
    business_id: UUID
    subject: UUID
    data: dict[str, Any]


def entering(event: type[Event], emails: Sequence[Email[Any]]) -> str:
    """Write the statement that enters an event's messages, as a part of the one that records it.

    Whatever it finds, it does not fail: a mail that cannot go out is no reason to refuse a booking.
    """
    found = " UNION ALL ".join(
        f"SELECT event.business_id, event.seq, event.subject, {literal(email.kind)},"  # noqa: S608 -- our own words
        f" {literal(template(email))}, found.address::text, found.client_id FROM recorded AS event,"
        f" LATERAL ({email.recipients.sql}) AS found (address, name, client_id)"
        f" WHERE event.kind = {literal(event.name)} AND length(found.address) BETWEEN 3 AND 320"
        for email in emails
    )
    columns = "business_id, event_seq, subject, kind, template, recipient, client_id"
    return f"INSERT INTO messages ({columns}) {found} {ONCE}"


def template(email: Email[Any]) -> str:
    """Name an email's template as the ledger does."""
    return f"{email.package}/{email.template}"


async def enter(event: Event, seq: int, emails: Sequence[Email[Any]]) -> list[Entry]:
    """Compare an event's lines with who should get its messages now; give those that still wait.

    Who is not meant any more gets nothing, and who is meant only now gets a line of their own.
    """
    wanted = {
        (email.kind, recipient.address): (email, recipient)
        for email in emails
        for recipient in await email.recipients(event)
    }
    rows = await database().writing.fetch(
        _ENTER,
        event.business_id,
        seq,
        event.subject,
        [email.kind for email, _ in wanted.values()],
        [template(email) for email, _ in wanted.values()],
        [recipient.address for _, recipient in wanted.values()],
        [recipient.client_id for _, recipient in wanted.values()],
    )
    return [Entry(row["id"], *wanted[row["kind"], row["recipient"]]) for row in rows]


async def again(id_: UUID) -> Again | None:
    """Read a line that sends another one once more; None when it is gone."""
    row = await fetchrow(_AGAIN, id_)
    if row is None:
        return None
    return Again(**{**row, "data": orjson.loads(row["data"])})


async def untried(id_: UUID) -> bool:
    """Tell whether a line was never tried: trying one again is no message more."""
    return bool(
        await database().writing.fetchval("SELECT attempts = 0 FROM messages WHERE id = $1", id_)
    )


async def keep_secret(id_: UUID, secret_hash: bytes) -> None:
    """Write down by which link the reader of a message may have no more of such."""
    await database().writing.execute(
        "UPDATE messages SET unsubscribe_hash = $2 WHERE id = $1", id_, secret_hash
    )


async def note(id_: UUID, status: MessageStatus, error: str | None) -> None:
    """Write down what became of a message that was handed over, or is not going to be."""
    await database().writing.execute(
        "UPDATE messages SET status = $2::text, error = left($3, 1000),"
        " sent_at = CASE WHEN $2::text = 'SENT' THEN now() END WHERE id = $1",
        id_,
        status.value,
        error,
    )


async def note_try(id_: UUID, status: MessageStatus, error: str | None) -> None:
    """Write down that a waiting message was tried, and did not get as far as being handed over."""
    await database().writing.execute(
        "UPDATE messages SET status = $2::text, error = left($3, 1000), tried_at = now(),"
        " attempts = attempts + 1 WHERE id = $1 AND status = 'QUEUED'",
        id_,
        status.value,
        error,
    )


async def give_up(subject: UUID, seq: int | None, reason: str) -> None:
    """Note, in the transaction under way, that an event's waiting lines will not be sent.

    Without a `seq` it is about the one line whose id is the `subject`.
    """
    await execute(_GIVE_UP, subject, seq, reason)


async def take_back(subject: UUID, seq: int | None) -> None:
    """Let lines that were given up wait again, but for those that were sent once more since."""
    await execute(_TAKE_BACK, subject, seq)


# All but the entering is written beside any transaction: what the ledger says about a message must
# be true even when whoever sent it dies in the next moment.

_ENTER = f"""
WITH wanted AS (
    SELECT * FROM unnest($4::text[], $5::text[], $6::text[], $7::uuid[])
        AS w (kind, template, recipient, client_id)
), unwanted AS (
    UPDATE messages SET status = 'FAILED', error = '{NOBODY}'
    WHERE event_seq = $2 AND status = 'QUEUED' AND resend_of_id IS NULL
      AND (kind, recipient) NOT IN (SELECT kind, recipient FROM wanted)
), entered AS (
    INSERT INTO messages (business_id, event_seq, subject, kind, template, recipient, client_id)
    SELECT $1, $2, $3, kind, template, recipient, client_id FROM wanted
    {ONCE}
    RETURNING id, kind, recipient
)
SELECT id, kind, recipient FROM entered
UNION ALL
SELECT messages.id, kind, recipient FROM messages JOIN wanted USING (kind, recipient)
WHERE event_seq = $2 AND status = 'QUEUED' AND resend_of_id IS NULL
"""  # noqa: S608 -- our own words

_AGAIN = """
SELECT m.kind, m.recipient, m.status = 'QUEUED' AS waits, e.kind AS event, e.business_id, e.subject,
    e.data::text AS data
FROM messages m JOIN event e ON e.seq = m.event_seq AND e.business_id = m.business_id
WHERE m.id = $1
"""
_THEIRS = (
    "CASE WHEN $2::bigint IS NULL THEN id = $1 ELSE event_seq = $2 AND resend_of_id IS NULL END"
)
_GIVE_UP = f"""
UPDATE messages SET status = 'FAILED', given_up = true,
    error = left(concat_ws(' ', $3::text, error), 1000)
WHERE {_THEIRS} AND status = 'QUEUED'
"""  # noqa: S608 -- our own words
_TAKE_BACK = f"""
UPDATE messages SET status = 'QUEUED', given_up = false, error = NULL
WHERE {_THEIRS} AND given_up
  AND NOT EXISTS (SELECT FROM messages AS newer WHERE newer.resend_of_id = messages.id)
"""  # noqa: S608 -- our own words
