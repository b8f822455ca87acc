"""Sending: every message has a line in the ledger, and leaves once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from modules import mail_address
from modules.accounts.rules import Card, card, held
from modules.contract import Module
from modules.emails import Email, Emails, Planned, Recipient
from modules.events import Event, Logged
from modules.messaging import transport, writing
from modules.messaging.events import MessageResent, SuppressionReason
from modules.messaging.failures import NoSuchMailbox, NotSent, Refused, Unsure, Withdrawn
from modules.messaging.models import MessageStatus
from modules.messaging.rules import ledger, suppressing
from modules.messaging.rules.ledger import Entry
from modules.messaging.rules.series import NotYet, Series, Turn
from modules.messaging.transport import Letter, Transport
from modules.messaging.writing import Letterhead
from storage import log
from storage.handlers import GivenUp, Handler, Patience, Postponed, Queue
from storage.settings import Settings, reachable

logger = logging.getLogger(__name__)


PATIENCE = Patience(longest_pause=300.0, outside=timedelta(days=5))
"""How long messages are tried: an outage of the mail server may last as long as other servers wait
for one (RFC 5321, 4.5.4.1), and when it is over they leave within minutes."""


SOON = timedelta(seconds=1)
"""When a message is looked at again that leaves after another one."""
REWRITES = 5
"""How often a message is written anew because something happened before it left."""
STOPPED = "the server was stopped before the mail server had said yes or no"


class DeliveryDelayed(Postponed):
    """Some messages of an event did not leave yet; delivering it again tries only those."""


class Mailer:
    """Sends what events cause, by one transport."""

    def __init__(self, emails: Emails, way: Transport, head: Letterhead) -> None:
        self._emails = emails
        self._way = way
        self._head = head
        self._series = Series([each for several in emails.values() for each in several])

    @property
    def events(self) -> frozenset[type[Event]]:
        """The events that cause messages."""
        return frozenset({*self._emails, MessageResent})

    def entries(self) -> dict[type[Event], str]:
        """Give the statement that enters the messages of an event with the event."""
        return {event: ledger.entering(event, emails) for event, emails in self._emails.items()}

    def handler(self, event: type[Event]) -> Handler[Logged]:
        """Give what sends the messages of such an event, in the queue of those that wait for it."""
        emails = self._emails.get(event, ())
        return Handler(
            do=self._deliver,
            queue=Queue.URGENT_MAIL if any(each.always for each in emails) else Queue.MAIL,
            priority=-1 if emails and all(each.unsubscribable for each in emails) else 0,
            patience=PATIENCE,
            given_up=self._give_up,
            retried=self._take_back,
        )

    async def planned(self, events: Iterable[Event]) -> list[Planned]:
        """List what would be sent for these events, as far as a dry run may say."""
        return [
            Planned(kind=email.kind, recipient=recipient.address, client_id=recipient.client_id)
            for event in events
            for email, recipient in await self._meant(event)
            if email.listed
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
        if isinstance(event, MessageResent):
            event, entries = await self._again(event)
        else:
            entries = await ledger.enter(event, seq, self._emails.get(type(event), ()))
        addresses = [entry.recipient.address for entry in entries]
        left_alone = await suppressing.reasons(business.id, addresses) if entries else {}
        late: list[str] = []
        pause: timedelta | None = SOON
        for entry in entries:
            if not mail_address.is_normal(entry.recipient.address):
                await ledger.note(entry.id, MessageStatus.FAILED, "that is not a mail address")
                continue
            why = left_alone.get(entry.recipient.address, frozenset())
            if suppressing.stopped(entry.email, why):
                said = f"the address is left alone: {', '.join(sorted(why))}"
                await ledger.note(entry.id, MessageStatus.FAILED, said)
                continue
            try:
                await self._send(entry, event, business)
            except NotYet as error:
                late.append(f"{entry.email.kind}: {error}")
            except NotSent as error:
                late.append(f"{entry.email.kind}: {error}")
                pause = None
        if late:
            raise DeliveryDelayed("; ".join(late), pause=pause)

    async def _deliver(self, logged: Logged) -> None:
        await self.deliver(logged.event, logged.seq)

    async def _give_up(self, logged: Logged, why: GivenUp) -> None:
        """Say in the ledger that what still waits will not be sent, and why."""
        await ledger.give_up(logged.event.subject, _seq(logged), str(why))

    async def _take_back(self, logged: Logged) -> None:
        """Let what was given up wait again."""
        await ledger.take_back(logged.event.subject, _seq(logged))

    async def close(self) -> None:
        """Hang up, when nothing more is to be sent."""
        await self._way.close()

    async def _meant(self, event: Event) -> list[tuple[Email[Any], Recipient]]:
        """Say who should get which message because of an event."""
        if isinstance(event, MessageResent):
            return [(entry.email, entry.recipient) for entry in (await self._again(event))[1]]
        return [
            (email, recipient)
            for email in self._emails.get(type(event), ())
            for recipient in await email.recipients(event)
        ]

    async def _again(self, event: MessageResent) -> tuple[Event, list[Entry]]:
        """Find what caused the message that is sent once more, and its new line while it waits."""
        line = await ledger.again(event.subject)
        if line is None or not line.waits:
            return event, []
        for kind, emails in self._emails.items():
            if kind.name == line.event:
                cause = kind.load(line.business_id, line.subject, line.data)
                meant = [
                    Entry(event.subject, email, recipient)
                    for email in emails
                    if email.kind == line.kind
                    for recipient in await email.recipients(cause)
                    if recipient.address == line.recipient
                ]
                if meant:
                    return cause, meant
        await ledger.note(event.subject, MessageStatus.FAILED, ledger.NOBODY)
        return event, []

    async def _send(self, entry: Entry, event: Event, business: Card) -> None:
        """Send one message. Raises NotSent, NotYet, or whatever is wrong with its template."""
        for rewrites in range(REWRITES):
            turn = await self._series.turn(entry.id, entry.email.kind)
            if not turn.mine:
                return
            if not rewrites and (why := await _too_much(entry, business)):
                await ledger.note(entry.id, MessageStatus.FAILED, why)
                return
            try:
                await self._write_and_send(entry, event, business, turn)
            except Withdrawn:
                continue  # something happened while the mail server was thinking: write it anew
            return
        raise NotYet("things change faster than they can be told")

    async def _write_and_send(self, entry: Entry, event: Event, business: Card, turn: Turn) -> None:
        message = await self._written(entry, event, business)
        if message is None:
            await ledger.note(entry.id, MessageStatus.SUPERSEDED, ledger.UNTRUE)
            return
        letter = Letter(
            message=message,
            sender=self._head.sender,
            recipient=mail_address.envelope(entry.recipient.address),
            name=f"{entry.email.kind}-{entry.id}",
            urgent=entry.email.always,
        )
        await self._hand_over(letter, Claim(self._series, entry, turn), business)

    async def _hand_over(self, letter: Letter, claim: Claim, business: Card) -> None:
        try:
            await self._way.send(letter, claim.take)
        except NotSent as error:
            await claim.note(MessageStatus.QUEUED, str(error))
            raise
        except Refused as error:
            await claim.note(MessageStatus.FAILED, str(error))
            logger.warning("message %s was refused: %s", claim.entry.id, error)
            if isinstance(error, NoSuchMailbox):
                await _bounced(business.id, claim.entry.recipient.address)
        except Unsure as error:
            await claim.note(MessageStatus.SENDING, str(error))
            logger.warning("nobody knows whether message %s arrived: %s", claim.entry.id, error)
        except asyncio.CancelledError:
            if claim.taken:
                await asyncio.shield(claim.note(MessageStatus.SENDING, STOPPED))
            raise
        else:
            await claim.note(MessageStatus.SENT, None)

    async def _written(self, entry: Entry, event: Event, business: Card) -> EmailMessage | None:
        """Write a message from what is true now; None where there is nothing to say any more."""
        try:
            facts = await entry.email.context(event)
            if facts is None:
                return None
            return writing.write(
                entry.email,
                entry.recipient,
                business,
                facts,
                head=self._head,
                id_=entry.id,
                unsubscribe=await self._way_out(entry),
            )
        except Exception as error:
            # Whatever is wrong with a template or its facts: the ledger says so, the queue retries.
            await ledger.note(entry.id, MessageStatus.QUEUED, f"{type(error).__name__}: {error}")
            raise

    async def _way_out(self, entry: Entry) -> str | None:
        """Make the link by which the reader may have no more of such messages."""
        if not entry.email.unsubscribable:
            return None
        secret = suppressing.make_secret()
        await ledger.keep_secret(entry.id, suppressing.secret_hash(secret))
        return f"{self._head.public_url}/unsubscribe/{secret}"


def _seq(logged: Logged) -> int | None:
    """Say whose lines are meant: the event's, or the one line somebody wants sent once more."""
    return None if isinstance(logged.event, MessageResent) else logged.seq


class Claim:
    """A line that is about to be handed over; until it is taken, nothing has left."""

    def __init__(self, series: Series, entry: Entry, turn: Turn) -> None:
        """Prepare; `turn` is how things stood when the message was written."""
        self.entry = entry
        self.taken = False
        self._series = series
        self._turn = turn

    async def take(self) -> None:
        """Take it now. Raises Withdrawn or NotYet."""
        self.taken = await self._series.claim(self.entry.id, self.entry.email.kind, self._turn)
        if not self.taken:
            raise Withdrawn

    async def note(self, status: MessageStatus, error: str | None) -> None:
        """Write down what became of it."""
        if self.taken:
            await ledger.note(self.entry.id, status, error)
        else:
            await ledger.note_try(self.entry.id, status, error)


async def _too_much(entry: Entry, business: Card) -> str | None:
    """Say why a message may not leave: strangers are not mailed without end."""
    if entry.email.always or not await ledger.untried(entry.id):
        return None
    return (await held(business.id, {entry.id: entry.recipient.address})).get(entry.id)


async def _bounced(business_id: UUID, address: str) -> None:
    async with log.change(actor=None, business_id=business_id):
        await suppressing.leave_alone(business_id, address, SuppressionReason.BOUNCED)


def open_mailer(modules: Sequence[Module], settings: Settings) -> Mailer:
    """Open the post mailer for the messages of these modules, as the settings say."""
    emails: dict[type[Event], list[Email[Any]]] = {}
    for module in modules:
        for event, caused in module.emails.items():
            emails.setdefault(event, []).extend(caused)
    url = settings.public_url or reachable(settings.host, settings.port)
    return Mailer(emails, transport.of(settings), Letterhead.of(settings.mail_from, url))
