"""What modules do after something happened, as jobs: their names, and who does them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from modules.contract import Module
from modules.events import Event, Reaction

Handler = Callable[[dict[str, Any]], Awaitable[None]]


def jobs(enabled: Iterable[Module]) -> dict[str, list[str]]:
    """Name the jobs each kind of event causes."""
    found: dict[str, list[str]] = {}
    for name, event, _ in _all(enabled):
        found.setdefault(event.name, []).append(name)
    return found


def handlers(enabled: Iterable[Module]) -> dict[str, Handler]:
    """Give what does each of those jobs."""
    return {name: _handler(event, reaction) for name, event, reaction in _all(enabled)}


def _all(enabled: Iterable[Module]) -> Iterator[tuple[str, type[Event], Reaction[Any]]]:
    for module in enabled:
        for event, reactions in module.reactions.items():
            for reaction in reactions:
                yield f"{module.name}.{reaction.__name__}:{event.name}", event, reaction


def _handler(event: type[Event], reaction: Reaction[Any]) -> Handler:
    async def handle(payload: dict[str, Any]) -> None:
        whose, subject = UUID(payload["business_id"]), UUID(payload["subject"])
        await reaction(event.load(whose, subject, payload["data"]))

    return handle
