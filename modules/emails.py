"""Emails: which message an event causes, said without knowing how mail is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from modules.events import Event, Logged, facts
from modules.hooks import Hook
from storage import database, jsonb
from storage.handlers import Handler

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody a message goes to."""

    address: str
    """Where: a bare mail address."""
    name: str = ""
    """How to greet them; may be empty."""
    client_id: UUID | None = None
    """The client whose file the message belongs to, when it is one's own."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """Who gets a message: one SELECT, which the ledger and the worker ask alike.

    It gives an address, a name and the id of a client (or null), in this order, and reads what
    happened as `event`: `event.business_id`, `event.subject` and the rest in `event.data`, as in
    `(event.data->>'client_id')::uuid`. It runs in the statement that records the event, so it sees
    what the change has made of things, and has no parameters.
    """

    sql: str

    def only(self, condition: str) -> Addressed:
        """Give the same, where a condition on `event` holds that a module wrote."""
        return Addressed(
            f"SELECT to_.* FROM ({self.sql}) AS to_ WHERE {condition}"  # noqa: S608 -- our own
        )

    async def __call__(self, event: Event) -> Sequence[Recipient]:
        """Ask now."""
        data = jsonb.text(facts(event))
        rows = await database.fetch(
            f"SELECT found.* FROM (SELECT $1::uuid, $2::uuid, $3::jsonb)"  # noqa: S608 -- our own
            f" AS event (business_id, subject, data), LATERAL ({self.sql})"
            " AS found (address, name, client_id)",
            event.business_id,
            event.subject,
            data,
        )
        return [Recipient(**row) for row in rows]


class Stage(Enum):
    """Where in the story of its subject a notice stands."""

    BEGINS = "BEGINS"
    CHANGES = "CHANGES"
    ENDS = "ENDS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message that tells how things stand with its subject, so that a newer one replaces it.

    Notices of one series about one subject reach a recipient in order, and of those that still wait
    one leaves: the last if it says that all is over (and none if nothing of it had been said), else
    the first, which is written from what is true by then.
    """

    series: str
    """Which notices replace one another."""
    stage: Stage
    """What this one tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Email(Generic[E]):
    """A kind of message, and the event that causes it by standing beside it in the manifest.

    The template is a text in the folder `emails` of `package`, from which plain text and HTML are
    made: `<template>.txt`, whose first line is `Subject: ...`; `<template>.de.txt` says the same in
    German. It sees `context(event)` and what every message knows: `recipient`, `business` (name,
    zone, currency, locale) and `public_url`.
    """

    kind: str
    """Stable, for programs: `APPOINTMENT_BOOKED`."""
    package: str
    """The module's package, where its folder `emails` is: `modules.appointments`."""
    template: str
    """The name of the files, without language and ending."""
    recipients: Addressed
    """Who gets it; nobody is fine. Asked with the event, and again when the message leaves."""
    context: Callable[[E], Awaitable[Mapping[str, Any] | None]]
    """What the template needs to know. Runs in the worker, when the message is about to leave; None
    where what it would say is not true any more."""
    notice: Notice | None = None
    """Where it tells how things stand with its subject: what it replaces, and by what."""
    listed: bool = True
    """Whether a dry run may name it; False where that alone would tell a secret."""
    unsubscribable: bool = False
    """Whether its reader may have no more of such: it carries a link for that, and does not go to
    an address on the list of those that want none. For what nobody asked for."""
    always: bool = False
    """Whether it goes even to an address that bounced: its reader has just asked for it."""


Emails = Mapping[type[Event], Sequence[Email[Any]]]
"""What a manifest says: the messages each event causes."""


SUPPRESSED: Hook[[UUID, Sequence[str]], set[str]] = Hook("emails.suppressed")
"""Which of these addresses the business leaves alone: they get nothing they did not ask for.

`set().union(*await SUPPRESSED.call(business_id, addresses))` is empty where nobody sends mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A message that would be sent."""

    kind: str
    recipient: str
    client_id: UUID | None = None
    """The client it goes to, when it goes to one."""


class Mailer(Protocol):
    """Whoever sends the messages of all modules; the messaging module offers one."""

    @property
    def events(self) -> frozenset[type[Event]]:
        """The events that cause messages: `handler` gives what sends those of each."""

    def entries(self) -> Mapping[type[Event], str]:
        """Give the statement that enters the messages of an event into the ledger.

        It is a part of the statement that records the event, whose rows it reads as `recorded`.
        """

    def handler(self, event: type[Event]) -> Handler[Logged]:
        """Give what sends the messages of such an event: each once, however often it is called."""

    async def planned(self, events: Iterable[Event]) -> list[Planned]:
        """List what would be sent for these events, as far as a dry run may say."""

    async def close(self) -> None:
        """Hang up, when nothing more is to be sent."""
