"""All subscriptions of one process: what each change means is worked out once, then shared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import orjson

from modules.errors import InvalidInput
from modules.events import Event, Happened
from modules.viewer import Viewer
from schema.api import Answer, SubscriptionEnded
from schema.errors import body_of
from schema.live import Watching
from schema.reading.parameters import Frame
from schema.reading.plain import build
from schema.reading.plan import shown
from schema.scalars import OPTIONS
from storage.database import database
from storage.log import BadCursor, Cursor, CursorExpired, Follower, Recorded, SlowReader
from storage.log.readers import Attached, Deliver, Ended, Waiting

WAITING = 1000
REMEMBERED = 256
FOREVER = 30 * 24 * 3600.0  # seconds
REVOKED = SubscriptionEnded("TOKEN_REVOKED", "The session has ended: sign in again.")
EXPIRED = SubscriptionEnded("TOKEN_EXPIRED", "The session has expired: sign in again.")
SLOW = SubscriptionEnded(
    "SLOW_READER", "Changes were not read in time: go on from the last cursor."
)
RESTORED = SubscriptionEnded("CURSOR_EXPIRED", "The log was restored: read the calendar again.")


class CursorInvalid(InvalidInput):
    """That is not a cursor of this business's log, or the log was restored since."""

    code = "CURSOR_INVALID"
    remedy = "Read the calendar again and subscribe from the cursor it gives you."


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
            frame = replace(self.frame, rows=0)
            value = await build(watching.shape, told, frame, cast(Any, database().pool))
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
                waiting.end(REVOKED)

        attached = await self._attach(viewer, after, deliver, waiting.end)
        expiry = asyncio.get_running_loop().call_later(_left(viewer), waiting.end, EXPIRED)
        try:
            async for event in attached.backlog():
                if event.kind in kinds:
                    yield event
            while (recorded := await waiting.take()) is not None:
                yield recorded
        except SlowReader as error:
            raise SLOW from error
        except (BadCursor, CursorExpired) as error:
            raise RESTORED from error
        finally:
            expiry.cancel()
            attached.detach()

    async def _attach(
        self, viewer: Viewer, after: Cursor | None, deliver: Deliver, ended: Ended
    ) -> Attached:
        try:
            return await self._follower.attach(viewer.of_business(), after, deliver, ended)
        except (BadCursor, CursorExpired) as error:
            raise CursorInvalid(field="after") from error

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


def _left(viewer: Viewer) -> float:
    if viewer.expires_at is None:
        return FOREVER
    return min(FOREVER, max(0.0, (viewer.expires_at - datetime.now(UTC)).total_seconds()))
