"""Emails: which message an event causes, said without knowing how mail is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from modules.events import Event

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody a message goes to."""

    address: str
    """Where: a bare mail address."""
    name: str = ""
    """How to greet them; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Email(Generic[E]):
    """A kind of message, and the event that causes it by standing beside it in the manifest.

    The template is two files in the folder `emails` of `package`: `<template>.mjml` for the looks
    and `<template>.txt`, whose first line is `Subject: ...`. Both see `context(event)` and what
    every message knows: `recipient`, `business` (name, zone, currency, locale) and `public_url`.
    """

    kind: str
    """Stable, for programs: `APPOINTMENT_BOOKED`."""
    package: str
    """The module's package, where its folder `emails` is: `modules.appointments`."""
    template: str
    """The name of the two files, without an ending."""
    recipients: Callable[[E], Awaitable[Sequence[Recipient]]]
    """Who gets it; nobody is fine. Runs in the worker, and in a dry run before anything is sent."""
    context: Callable[[E], Awaitable[Mapping[str, Any]]]
    """What the template needs to know. Runs in the worker, when the message is about to leave."""
    listed: bool = True
    """Whether a dry run may name it; False where that alone would tell a secret."""


Emails = Mapping[type[Event], Sequence[Email[Any]]]
"""What a manifest says: the messages each event causes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A message that would be sent."""

    kind: str
    recipient: str


class PostOffice(Protocol):
    """Whoever sends the messages of all modules; the messaging module offers one."""

    @property
    def events(self) -> frozenset[type[Event]]:
        """The events that cause messages: `deliver` must react to each of them."""

    async def deliver(self, event: Event, seq: int) -> None:
        """Send what this event causes, once, however often it is called for the same `seq`."""

    async def planned(self, events: Iterable[Event]) -> list[Planned]:
        """List what `deliver` would send for these events, as far as a dry run may say."""
