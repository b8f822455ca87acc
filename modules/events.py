"""Events: facts a module writes down in the transaction that made them true."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from storage import log


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact in the past tense: `AppointmentBooked`. Subclasses add what a reader needs to know."""

    business_id: UUID
    """Whose log it belongs to."""
    subject: UUID
    """The row it is about."""

    name: ClassVar[str] = ""
    """`module.EventName`: the kind under which the log keeps it."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Name the event after the module that declares it."""
        super().__init_subclass__(**kwargs)
        package = re.sub(r"(^modules\.)|(\.events$)", "", cls.__module__)
        cls.name = f"{package}.{cls.__name__}"

    @classmethod
    def load(cls, business_id: UUID, subject: UUID, data: Mapping[str, Any]) -> Self:
        """Read back what the log kept."""
        given = {**data, "business_id": business_id, "subject": subject}
        read: Self = _adapter(cls).validate_python(given)  # type: ignore[arg-type]
        return read


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event with what the log knows about it."""

    event: Event
    at: datetime
    """When, a UTC instant."""
    actor: UUID | None
    """The account that did it; None for the system itself."""
    cursor: str
    """Where the log stood: resume a subscription from here."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as whoever sends its messages gets it."""

    event: Event
    seq: int
    """Its place in the log, which is its own."""


E = TypeVar("E", bound=Event)
Reaction = Callable[[E], Awaitable[None]]
"""What a module does after an event. Runs at least once, so running it twice must be harmless."""


def record(event: Event) -> None:
    """Append an event to the log, in the transaction that is under way."""
    log.record(event.name, event.subject, facts(event), business_id=event.business_id)


def facts(event: Event) -> dict[str, Any]:
    """Give what the log keeps of an event beside its business and its subject."""
    own = (f.name for f in fields(event) if f.name not in ("business_id", "subject"))
    return {name: getattr(event, name) for name in own}


@cache
def _adapter(kind: type[E]) -> TypeAdapter[E]:
    return TypeAdapter(kind)
