"""Those who watch: groups who are told the same, and each member's own place in the stream."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any
from weakref import WeakValueDictionary, ref

import orjson

from modules.events import Event, Happened, facts
from schema.api import Answer, SubscriptionEnded
from schema.errors import body_of
from schema.live import Watching
from schema.reading.objects import build
from schema.reading.parameters import Frame
from schema.reading.plan import shown
from schema.scalars import OPTIONS
from storage.database import database
from storage.log import Recorded, SlowReader
from storage.log.readers import Turn
from storage.outage import outage
from storage.read_connections import ReadConnections

AWAY = ("UNAVAILABLE", "The database cannot be used right now: go on from the last cursor.")
WAITING = 1000
HELD = 20_000_000
"""Bytes of answers that may wait for one member to take them."""


class SharedAnswer:
    """What an event means to a group: worked out once, for the first member that gets there.

    All of it is the same for every member but the cursor: that is where each one stands.
    """

    __slots__ = ("__weakref__", "_answer", "_parts", "making", "ready", "recorded", "waiting")

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.making = False
        self.ready = False
        self.waiting: set[Member] = set()
        """The members it waits for."""
        self._answer: Answer | None = None
        self._parts: list[bytes] = []

    def become(self, answer: Answer | None, cursor: str) -> None:
        """Take over the answer, or None when it is nothing to the group.

        `cursor` is the text that stands in it for every cursor there is to be.
        """
        self.ready, self._answer = True, answer
        if answer is not None:
            self._parts = answer.body.split(cursor.encode())
            for member in list(self.waiting):
                member.hold(len(answer.body))

    @property
    def size(self) -> int:
        """How many bytes it is, as far as that is known."""
        return len(self._answer.body) if self._answer is not None else 0

    def answer(self, cursor: str) -> Answer | None:
        """Give the answer for a member who stands at this cursor."""
        if self._answer is None:
            return None
        if len(self._parts) < 2:  # noqa: PLR2004 - no cursor was asked for
            return Answer(self._answer.body, cursor=cursor)
        return Answer(cursor.encode().join(self._parts), cursor=cursor)


@dataclass(slots=True)
class SharedSubscription:
    """Subscribers who see the same: what was made of an event for one is sent to all.

    What is shared is made after each of them asked: nobody is told what was true before they came.
    """

    watching: Watching
    frame: Frame
    given: dict[str, Any]
    turn: Turn = nullcontext
    """What is held while PostgreSQL is read, so that no business reads all the time."""
    members: set[Member] = field(default_factory=set)
    _latest: ref[SharedAnswer] | None = None
    _missed: WeakValueDictionary[tuple[int, int], SharedAnswer] = field(
        default_factory=WeakValueDictionary
    )
    _making: set[asyncio.Task[None]] = field(default_factory=set)

    def live(self, recorded: Recorded) -> SharedAnswer:
        """Give what a live event means: all members are handed the same one, one after another."""
        told = self._latest() if self._latest is not None else None
        if told is None or told.recorded is not recorded:
            told = SharedAnswer(recorded)
            self._latest = ref(told)
        return told

    def missed(self, recorded: Recorded, seam: int) -> SharedAnswer:
        """Give what an event from before a member joined means.

        It is shared with those who joined at the same turn of the follower, which began when all of
        them had asked. For anybody later it is worked out again.
        """
        key = seam, recorded.seq
        told = self._missed.get(key)
        if told is None:
            told = self._missed[key] = SharedAnswer(recorded)
        return told

    def make(self, told: SharedAnswer) -> None:
        """Begin to work out what an event means, unless that has begun."""
        if not told.making:
            told.making = True
            task = asyncio.create_task(self._make(told))
            self._making.add(task)
            task.add_done_callback(self._making.discard)

    async def now(self, event: Event, cursor: str) -> Answer | None:
        """Say how things are now: what is made of an event that stands for that."""
        recorded = Recorded(
            seq=0,
            kind=event.name,
            business_id=event.business_id,
            subject=event.subject,
            actor=None,
            at=datetime.now(UTC),
            data=facts(event),
            cursor=cursor,
        )
        answer = await self._worked_out(recorded, cursor)
        return None if answer is None else Answer(answer.body, cursor=cursor)

    def leave(self, member: Member) -> None:
        """Let a member go; what nobody waits for is not worked out."""
        member.forget()
        self.members.discard(member)
        if not self.members:
            for task in self._making:
                task.cancel()

    async def _make(self, told: SharedAnswer) -> None:
        cursor = f"cursor-{secrets.token_hex(16)}"  # which nobody can have written anywhere
        try:
            answer = await self._worked_out(told.recorded, cursor)
        except SubscriptionEnded as ended:  # a change that could not be read must not be skipped
            for member in self.members:
                member.end(ended)
            return
        told.become(answer, cursor)
        for member in self.members:
            member.wake()

    async def _worked_out(self, recorded: Recorded, cursor: str) -> Answer | None:
        """Say what an event means. Raises: SubscriptionEnded, when PostgreSQL cannot be read."""
        try:
            async with self.turn():
                return await self._answer(recorded, cursor)
        except Exception as error:
            if outage.noticed(error):
                raise SubscriptionEnded(*AWAY) from error
            return Answer(body_of([shown(error, self.frame.viewer, (self.watching.key,))]))

    async def _answer(self, recorded: Recorded, cursor: str) -> Answer | None:
        watching = self.watching
        kind = watching.kinds[recorded.kind]
        event = kind.load(recorded.business_id, recorded.subject, recorded.data)
        given = dict(self.given)
        if watching.spec.viewer:
            given[watching.spec.viewer] = self.frame.viewer
        if watching.spec.happened:
            given[watching.spec.happened] = Happened(
                event=event, at=recorded.at, actor=recorded.actor, cursor=cursor
            )
        what = watching.call(**given)
        if isawaitable(what):
            what = await what
        if what is None:
            return None
        reading = ReadConnections(database())
        try:
            frame = replace(self.frame, rows=0, bytes=0, unmeasured=0)
            value = await build(watching.shape, what, frame, reading)
        finally:
            reading.give_back()
        whole: dict[str, Any] = {"data": {watching.key: value}}
        if errors := watching.denials.errors(watching.key, value, frame):
            whole["errors"] = errors
        return Answer(orjson.dumps(whole, option=OPTIONS))


class Member:
    """One subscriber: what was delivered and not taken yet, in order, up to a limit."""

    __slots__ = ("_group", "_held", "_over", "_reason", "_turn", "_waiting")

    def __init__(self, group: SharedSubscription) -> None:
        self._group = group
        self._waiting: deque[tuple[SharedAnswer, str]] = deque()
        self._held = 0
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
        told = self._group.live(recorded)
        self._waiting.append((told, recorded.cursor))
        told.waiting.add(self)
        self._held += told.size
        self.wake()

    def hold(self, size: int) -> None:
        """Count the bytes of an answer that waits; a subscriber with too many is given up."""
        self._held += size
        if self._held > HELD and len(self._waiting) > 1:
            self.forget()
            self.end(SlowReader("too much was waiting: resume from the last cursor"))

    def forget(self) -> None:
        """Take nothing of what waits."""
        for told, _ in self._waiting:
            told.waiting.discard(self)
        self._waiting.clear()
        self._held = 0

    def end(self, reason: Exception | None) -> None:
        """Take no more; what waits may still be taken, unless the subscription was ended."""
        if not self._over:
            self._over, self._reason = True, reason
        self.wake()

    def wake(self) -> None:
        """Go on, if this is waited for."""
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)

    async def take_missed(self, recorded: Recorded, seam: int) -> Answer | None:
        """Wait for what an event from before the seam means; raises why the subscription ended."""
        told = self._group.missed(recorded, seam)
        while not told.ready:
            await self._wait(told)
        self._hold_up()
        return told.answer(recorded.cursor)

    async def take(self) -> Answer | None:
        """Wait for the next live answer; None at the end, or raises why it ended."""
        while True:
            self._hold_up()
            if not self._waiting:
                if not self._over:
                    await self._wait(None)
                elif self._reason is not None:
                    raise self._reason
                else:
                    return None
                continue
            told, cursor = self._waiting[0]
            if not told.ready:
                await self._wait(told)
                continue
            self._waiting.popleft()
            told.waiting.discard(self)
            self._held -= told.size
            if (answer := told.answer(cursor)) is not None:
                return answer

    def _hold_up(self) -> None:
        if isinstance(self._reason, SubscriptionEnded):
            raise self._reason

    async def _wait(self, told: SharedAnswer | None) -> None:
        """Wait until something happened; meanwhile what comes first is worked out."""
        self._hold_up()
        self._turn = asyncio.get_running_loop().create_future()
        if told is not None:
            self._group.make(told)
        await self._turn
