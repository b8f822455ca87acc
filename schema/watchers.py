"""Those who watch: groups who are told the same, and each member's own place in the stream."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from modules.events import Happened
from schema.api import Answer, SubscriptionEnded
from schema.errors import body_of
from schema.live import Watching
from schema.reading.parameters import Frame
from schema.reading.plain import build
from schema.reading.plan import shown
from schema.scalars import OPTIONS
from storage.database import database
from storage.lanes import Reading
from storage.log import Recorded, SlowReader

WAITING = 1000
REMEMBERED = 256


class Told:
    """What an event means to a group: worked out once, by the first member that gets there."""

    __slots__ = ("answer", "ready")

    def __init__(self) -> None:
        self.ready = False
        self.answer: Answer | None = None
        """None when it is nothing to them."""


@dataclass(slots=True)
class Group:
    """Subscribers who see the same: what was made of an event for one is sent to all."""

    watching: Watching
    frame: Frame
    given: dict[str, Any]
    members: set[Member] = field(default_factory=set)
    _told: dict[int, Told] = field(default_factory=dict)
    _making: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, recorded: Recorded) -> Told:
        """Give what this event means to the group, ready or in the making."""
        told = self._told.get(recorded.seq)
        if told is None:
            told = self._told[recorded.seq] = Told()
            if len(self._told) > REMEMBERED:
                self._told.pop(next(iter(self._told)))
            task = asyncio.create_task(self._make(recorded, told))
            self._making.add(task)
            task.add_done_callback(self._making.discard)
        return told

    async def _make(self, recorded: Recorded, told: Told) -> None:
        try:
            told.answer = await self._answer(recorded)
        except Exception as error:  # noqa: BLE001 - a bug in one document must not end the others
            told.answer = Answer(body_of([shown(error, (self.watching.key,))]))
        told.ready = True
        for member in self.members:
            member.wake()

    async def _answer(self, recorded: Recorded) -> Answer | None:
        watching = self.watching
        kind = watching.kinds[recorded.kind]
        event = kind.load(recorded.business_id, recorded.subject, recorded.data)
        given = dict(self.given)
        if watching.spec.viewer:
            given[watching.spec.viewer] = self.frame.viewer
        if watching.spec.happened:
            given[watching.spec.happened] = Happened(
                event=event, at=recorded.at, actor=recorded.actor, cursor=recorded.cursor
            )
        what = watching.call(**given)
        if what is None:
            return None
        reading = Reading(database())
        try:
            value = await build(watching.shape, what, replace(self.frame, rows=0), reading)
        finally:
            reading.give_back()
        return Answer(orjson.dumps({"data": {watching.key: value}}, option=OPTIONS))


class Member:
    """One subscriber: what was delivered and not taken yet, in order, up to a limit."""

    __slots__ = ("_group", "_over", "_reason", "_turn", "_waiting")

    def __init__(self, group: Group) -> None:
        self._group = group
        self._waiting: deque[Told] = deque()
        self._turn: asyncio.Future[None] | None = None
        self._over = False
        self._reason: Exception | None = None

    def deliver(self, recorded: Recorded) -> None:
        """Take an event over; a subscriber that is too far behind is given up."""
        if self._over:
            return
        if len(self._waiting) >= WAITING:
            self.end(SlowReader(f"{WAITING} changes were waiting: resume from the last cursor"))
            return
        told = self._group.tell(recorded)
        self._waiting.append(told)
        if told.ready:
            self.wake()

    def end(self, reason: Exception | None) -> None:
        """Take no more; what waits may still be taken, unless the subscription was ended."""
        if not self._over:
            self._over, self._reason = True, reason
        self.wake()

    def wake(self) -> None:
        """Go on, if this is waited for."""
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)

    async def take(self, told: Told | None = None) -> Told | None:
        """Wait for the next answer (or for this one); None at the end, or raises why it ended."""
        while True:
            if isinstance(self._reason, SubscriptionEnded):
                raise self._reason
            first = told or (self._waiting[0] if self._waiting else None)
            if first is not None and first.ready:
                return first if told else self._waiting.popleft()
            if first is None and self._over:
                if self._reason is not None:
                    raise self._reason
                return None
            self._turn = asyncio.get_running_loop().create_future()
            await self._turn
