"""What a module is: the whole plug-in contract on one page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from modules.client_data import ClientData
from modules.emails import Emails, Mailer
from modules.events import Event, Reaction
from modules.hooks import Hooks
from modules.profile import ProfileField
from modules.settings import event_of
from modules.viewer import Viewer
from storage.handlers import Handler, Handlers


@dataclass(frozen=True, kw_only=True)
class Module:
    """A slice of the business: its tables, its part of the schema, its reactions.

    A module's package binds one of these to the name `module` in its `__init__`. Tables are found
    in the package's `models.py`, their history in its `migrations/`.
    """

    name: str
    """Unique, lower-case, the folder's name. Also the Tortoise app label."""

    requires: Sequence[str] = ()
    """Modules whose types, rules or events this one imports."""

    schema: Sequence[type] = ()
    """Classes decorated with `schema.extend`: fields for Query, Mutation, Client, ..."""

    types: Sequence[type] = ()
    """Types no field returns by name, such as a `Node` only `node(id:)` reaches."""

    events: Sequence[type[Event]] = ()
    """What this module writes to the log."""

    settings: Sequence[type] = ()
    """What a business can set: classes decorated with `modules.settings.settings`."""

    reactions: Mapping[type[Event], Sequence[Reaction[Any] | Handler[Any]]] = field(
        default_factory=dict
    )
    """What this module does after something happened, here or elsewhere.

    A function that gets the event, or a `Handler` around it that also says which queue it
    is in, how long it is tried, and who is told when it is given up.
    """

    jobs: Handlers = field(default_factory=dict)
    """What it does when a job of this name is due, which it enqueued itself: `erasure.finish`.

    A function that gets the job's payload, or a `Handler` around it, as for reactions. It runs at
    least once, so running it twice must be harmless.
    """

    sweeps: Sequence[Callable[[], Awaitable[None]]] = ()
    """What throws away what it kept for a while only; called every hour where jobs are done."""

    every_minute: Sequence[Callable[[], Awaitable[None]]] = ()
    """What keeps true what time itself changes; called every minute where jobs are done."""

    hears: Mapping[type[Event], Callable[[Any], None]] = field(default_factory=dict)
    """What every process does as soon as it hears of an event: forget what it remembered."""

    hooks: Hooks = field(default_factory=dict)
    """Which of others' hooks this module implements: called by their rules, within their change."""

    client_data: Sequence[ClientData] = ()
    """What is to be said of its tables that have a `client_id`; they belong to files anyway."""

    profile: Sequence[ProfileField] = ()
    """What it keeps of each client, one value in a row: lists and exports show it."""

    emails: Emails = field(default_factory=dict)
    """Which messages an event causes, here or elsewhere; the messaging module sends them."""

    mailer: Callable[[Sequence[Module], Any], Mailer] | None = None
    """Opens whatever sends all modules' messages, given the enabled modules and the settings."""

    routes: Callable[[Any], Sequence[Any]] | None = None
    """Gives the Starlette routes of pages it serves beside the API, given the settings."""

    authenticate: Callable[[str], Awaitable[Viewer | None]] | None = None
    """Who a token stands for; None: nobody. Exactly one enabled module offers it."""

    revokes: Mapping[type[Event], Callable[[Any], Iterable[UUID]]] = field(default_factory=dict)
    """Events that end sessions, and whose: their subscriptions end with them."""

    package: str = ""
    """Where it lives; the registry fills it in."""

    @property
    def every_event(self) -> list[type[Event]]:
        """What it writes to the log, changes of its settings included."""
        return [*self.events, *map(event_of, self.settings)]
