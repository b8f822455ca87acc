"""What modules do after something happened: the jobs it causes, who does them, what they send."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from modules.contract import Module
from modules.emails import Planned
from modules.events import Event, Logged
from storage.handlers import Handler, Handlers, Payload, handler
from storage.log import Fact, Log, Recorded

T = TypeVar("T")


class Reactions:
    """All reactions of the enabled modules, the sending of their messages included."""

    def __init__(self, enabled: Sequence[Module], settings: Any) -> None:
        """Open the post mailer some module offers, with the settings it asks for."""
        self._mailers = [m.mailer(enabled, settings) for m in enabled if m.mailer]
        self._jobs = {name: (event, each) for name, event, each in self._all(enabled)}
        self._own = {name: do for module in enabled for name, do in module.jobs.items()}
        self.sweeps = [sweep for module in enabled for sweep in module.sweeps]
        """What throws away what modules kept for a while only."""
        self.every_minute = [do for module in enabled for do in module.every_minute]
        """What keeps true what time itself changes."""
        self._hears = [(event, do) for module in enabled for event, do in module.hears.items()]
        self._events = {event.name: event for module in enabled for event in module.every_event}

    def jobs(self) -> dict[str, list[str]]:
        """Name the jobs each kind of event causes."""
        found: dict[str, list[str]] = {}
        for name, (event, _) in self._jobs.items():
            found.setdefault(event.name, []).append(name)
        return found

    def beside(self) -> dict[str, str]:
        """Give the statements that enter messages together with the events that cause them."""
        return {
            event.name: statement
            for mailer in self._mailers
            for event, statement in mailer.entries().items()
        }

    def log(self) -> Log:
        """Give the log that causes all this."""
        return Log(self.jobs(), self.beside())

    def handlers(self) -> Handlers:
        """Give what does each of those jobs, and those that modules enqueue themselves."""
        return {**{name: each for name, (_, each) in self._jobs.items()}, **self._own}

    async def close(self) -> None:
        """Let go of what was kept for sending."""
        for mailer in self._mailers:
            await mailer.close()

    def hear(self, recorded: Recorded) -> None:
        """Tell modules what the log said, here and now, whoever did it."""
        for event, do in self._hears:
            if event.name == recorded.kind:
                do(event.load(recorded.business_id, recorded.subject, recorded.data))

    async def planned(self, facts: Sequence[Fact]) -> list[Planned]:
        """List the messages these facts would cause, as far as a dry run may say."""
        events = [
            self._events[fact.kind].load(fact.business_id, fact.subject, fact.data)
            for fact in facts
            if fact.kind in self._events
        ]
        return [message for mailer in self._mailers for message in await mailer.planned(events)]

    def _all(self, enabled: Sequence[Module]) -> Iterator[_Caused]:
        for module in enabled:
            for event, reactions in module.reactions.items():
                for reaction in map(handler, reactions):
                    name = f"{module.name}.{reaction.do.__name__}:{event.name}"
                    yield name, event, _adapted(reaction, partial(_event, event))
        for mailer in self._mailers:
            for event in sorted(mailer.events, key=lambda event: event.name):
                sending = _adapted(mailer.handler(event), partial(_logged, event))
                yield f"messages:{event.name}", event, sending


_Caused = tuple[str, type[Event], Handler[Payload]]


def _event(kind: type[Event], payload: Payload) -> Event:
    return kind.load(UUID(payload["business_id"]), UUID(payload["subject"]), payload["data"])


def _logged(kind: type[Event], payload: Payload) -> Logged:
    return Logged(_event(kind, payload), payload["seq"])


def _adapted(inner: Handler[T], read: Callable[[Payload], T]) -> Handler[Payload]:
    """Make a handler of payloads out of one of what can be read from them."""
    do, given_up, retried = inner.do, inner.given_up, inner.retried
    return Handler(
        do=lambda payload: do(read(payload)),
        queue=inner.queue,
        priority=inner.priority,
        patience=inner.patience,
        given_up=given_up and (lambda payload, reason: given_up(read(payload), reason)),
        retried=retried and (lambda payload: retried(read(payload))),
    )
