"""The log as GraphQL subscriptions: resume from a cursor, then live; each change read once for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson
from graphql import FieldNode, GraphQLObjectType
from strawberry.types.field import StrawberryField

from modules.errors import InvalidInput
from modules.events import Event, Happened
from modules.viewer import TEAM, Viewer
from schema.api import Answer, SubscriptionEnded
from schema.declaring import (
    HAPPENED,
    VIEWER,
    Audience,
    Kind,
    Spec,
    _Resolver,
    argument,
    field_of,
    hints,
)
from schema.errors import body_of
from schema.reading.arguments import Arguments
from schema.reading.compiler import Compiler, function_of
from schema.reading.parameters import Frame
from schema.reading.plain import Shape, build, compile_shape
from schema.reading.plan import shown
from schema.scalars import OPTIONS
from storage.database import database
from storage.log import BadCursor, Cursor, CursorExpired, Follower, Recorded, SlowReader
from storage.log.readers import Waiting

F = TypeVar("F")

WAITING = 1000
REMEMBERED = 256


class CursorInvalid(InvalidInput):
    """That is not a cursor of this business's log, or the log was restored since it was given out."""

    code = "CURSOR_INVALID"
    remedy = "Read the calendar again and subscribe from the cursor it gives you."


def live(*events: type[Event], audience: Audience = TEAM) -> Callable[[F], F]:
    """Make a subscription of a function from what happened to what a subscriber is told of it.

    The function returns None for what does not concern this subscriber. The engine adds `after`.
    """

    def decorate(function: Any) -> StrawberryField:
        def spec(resolver: _Resolver) -> Spec:
            return Spec(
                kind=Kind.LIVE,
                audience=audience,
                viewer=resolver.name_of(VIEWER),
                happened=resolver.name_of(HAPPENED),
                events=events,
            )

        told = hints(function)["return"]
        kinds = [k for k in getattr(told, "__args__", (told,)) if k is not type(None)]
        made = field_of(function, spec, graphql_type=kinds[0])
        made.arguments = [*made.arguments, _AFTER()]
        return made

    return cast(Callable[[F], F], decorate)


def _AFTER() -> Any:  # noqa: N802 -- a fresh argument for every field
    return argument(
        "after",
        str | None,
        "A cursor of the calendar or of an earlier change: everything since is delivered first, once "
        "and in order. Without it, delivery starts now.",
    )


@dataclass(slots=True)
class Watching:
    """A subscription's root field, compiled for one role and one shape of its variables."""

    key: str
    call: Any
    spec: Spec
    arguments: Arguments
    shape: Shape

    @property
    def kinds(self) -> dict[str, type[Event]]:
        """The events it listens to, by the kind the log keeps them under."""
        return {event.name: event for event in self.spec.events}


def compile_live(
    compiler: Compiler, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]
) -> Watching:
    """Compile the root field of a subscription. Raises: NotForYou."""
    name = nodes[0].name.value
    declared, spec = compiler.schema.field(kind, name)
    compiler.allow(spec.audience, f"{kind.name}.{name}", nodes[0])
    return Watching(
        key,
        function_of(declared),
        spec,
        Arguments(declared, kind.fields[name], nodes[0]),
        compile_shape(compiler, kind.fields[name].type, nodes),
    )


@dataclass(slots=True)
class _Group:
    """Subscribers who see the same: what was made of an event for one is sent to all."""

    watching: Watching
    frame: Frame
    given: dict[str, Any]
    made: dict[int, asyncio.Task[Answer | None]] = field(default_factory=dict)
    members: int = 0

    async def answer(self, recorded: Recorded) -> Answer | None:
        """Return what this event means to the group; None when nothing."""
        task = self.made.get(recorded.seq)
        if task is None:
            task = asyncio.create_task(self._make(recorded))
            self.made[recorded.seq] = task
            if len(self.made) > REMEMBERED:
                self.made.pop(next(iter(self.made)))
        return task.result() if task.done() else await asyncio.shield(task)

    async def _make(self, recorded: Recorded) -> Answer | None:
        watching = self.watching
        event = watching.kinds[recorded.kind].load(
            recorded.business_id, recorded.subject, recorded.data
        )
        happened = Happened(
            event=event, at=recorded.at, actor=recorded.actor, cursor=recorded.cursor
        )
        given = dict(self.given)
        if watching.spec.viewer:
            given[watching.spec.viewer] = self.frame.viewer
        if watching.spec.happened:
            given[watching.spec.happened] = happened
        try:
            told = watching.call(**given)
            if told is None:
                return None
            value = await build(watching.shape, told, self.frame, cast(Any, database().pool))
        except Exception as error:  # noqa: BLE001 -- a bug in one document must not end the others
            return Answer(body_of([shown(error, (watching.key,))]))
        return Answer(orjson.dumps({"data": {watching.key: value}}, option=OPTIONS))


class Hub:
    """All subscriptions of this process, on one follower of the log."""

    def __init__(
        self,
        follower: Follower,
        revokes: Mapping[type[Event], Callable[[Any], Iterable[UUID]]],
    ) -> None:
        """Follow the log through `follower`; `revokes` says which events end whose sessions."""
        self._follower = follower
        self._revokes = {event.name: (event, sessions) for event, sessions in revokes.items()}
        self._groups: dict[Any, _Group] = {}

    @property
    def subscribers(self) -> int:
        """How many subscriptions are open."""
        return sum(group.members for group in self._groups.values())

    async def watch(self, same: Any, watching: Watching, frame: Frame) -> AsyncIterator[Answer]:
        """Deliver every change after the cursor, once, in order, then live.

        `same` is equal for requests of the same document, variables and rights. Raises:
        SubscriptionEnded when the session ends or the reader is too slow; a refusal at the first
        step when an argument or the cursor makes no sense.
        """
        viewer = frame.viewer
        given = watching.arguments.real(frame)
        after = _cursor(given.pop("after", None))
        group = self._groups.setdefault(same, _Group(watching, frame, given))
        group.members += 1
        try:
            async for recorded in self._follow(viewer, after, group.watching.kinds):
                answer = await group.answer(recorded)
                if answer is not None:
                    yield answer
        finally:
            group.members -= 1
            if not group.members:
                self._groups.pop(same, None)

    async def _follow(
        self, viewer: Viewer, after: Cursor | None, kinds: Mapping[str, type[Event]]
    ) -> AsyncIterator[Recorded]:
        waiting = Waiting(WAITING)

        def deliver(recorded: Recorded) -> None:
            if recorded.kind in kinds:
                waiting.put(recorded)
            elif recorded.kind in self._revokes and self._ends(recorded, viewer):
                waiting.end(
                    SubscriptionEnded("TOKEN_REVOKED", "The session has ended: sign in again.")
                )

        try:
            attached = await self._follower.attach(
                viewer.of_business(), after, deliver, waiting.end
            )
        except (BadCursor, CursorExpired) as error:
            raise CursorInvalid(field="after") from error
        try:
            async with asyncio.timeout(_left(viewer)):
                async for event in attached.backlog():
                    if event.kind in kinds:
                        yield event
                while (recorded := await waiting.take()) is not None:
                    yield recorded
        except TimeoutError as error:
            raise SubscriptionEnded(
                "TOKEN_EXPIRED", "The session has expired: sign in again."
            ) from error
        except SlowReader as error:
            raise SubscriptionEnded(
                "SLOW_READER", "Changes were not read fast enough: resume from the last cursor."
            ) from error
        except (BadCursor, CursorExpired) as error:
            raise SubscriptionEnded(
                "CURSOR_EXPIRED", "The log was restored: read the calendar again."
            ) from error
        finally:
            attached.detach()

    def _ends(self, recorded: Recorded, viewer: Viewer) -> bool:
        event, sessions = self._revokes[recorded.kind]
        return viewer.session_id in set(
            sessions(event.load(recorded.business_id, recorded.subject, recorded.data))
        )


def _cursor(text: str | None) -> Cursor | None:
    try:
        return None if text is None else Cursor.parse(text)
    except BadCursor as error:
        raise CursorInvalid(field="after") from error


def _left(viewer: Viewer) -> float | None:
    if viewer.expires_at is None:
        return None
    return max(0.0, (viewer.expires_at - datetime.now(UTC)).total_seconds())
