"""All subscriptions of one process: what each change means is worked out once, then shared."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from modules.errors import InvalidInput
from modules.events import Event
from modules.viewer import Viewer
from schema.api import Answer, SubscriptionEnded
from schema.live import Watching
from schema.reading.parameters import Frame
from schema.watchers import Member, SharedSubscription
from storage.log import BadCursor, Cursor, CursorExpired, Follower, Recorded, SlowReader
from storage.log.readers import Attached, Deliver, Ended
from storage.shares import Shares

READINGS = 5
SUBSCRIPTIONS = 5_000
FOREVER = 30 * 24 * 3600.0  # seconds
REVOKED = ("TOKEN_REVOKED", "The session has ended: sign in again.")
EXPIRED = ("TOKEN_EXPIRED", "The session has expired: sign in again.")
SLOW = ("SLOW_READER", "Changes were not read in time: go on from the last cursor.")
MANY = ("TOO_MANY_SUBSCRIPTIONS", "The business has {:,} subscriptions open: end some of them.")
RESTORED = ("CURSOR_EXPIRED", "The database crashed or was restored: read everything again.")


class CursorInvalid(InvalidInput):
    """That is not a cursor of this business's log."""

    code = "CURSOR_INVALID"
    remedy = "Read `Business.cursor` with what you show, and subscribe from there."


class Hub:
    """All subscriptions of this process, on one follower of the log."""

    def __init__(
        self,
        follower: Follower,
        revokes: Mapping[type[Event], Callable[[Any], Iterable[UUID]]],
        *,
        readings: int = READINGS,
        subscriptions: int = SUBSCRIPTIONS,
    ) -> None:
        """Follow the log through `follower`; `revokes` says which events end whose sessions.

        What changes mean is read for `readings` groups at a time, shared out between businesses,
        of which each has at most `subscriptions`.
        """
        self._follower = follower
        self._most = subscriptions
        self._places = Shares(readings, sys.maxsize, OverflowError)
        self._open: Counter[UUID] = Counter()
        self._revokes = {event.name: (event, sessions) for event, sessions in revokes.items()}
        self._groups: dict[Any, SharedSubscription] = {}

    @property
    def subscribers(self) -> int:
        """How many subscriptions are open."""
        return self._open.total()

    async def watch(
        self, same: Any, watching: Watching, frame: Frame, after: str | None = None
    ) -> AsyncGenerator[Answer, None]:
        """Deliver every change after the cursor, once, in order, then live.

        `after` is where a stream goes on, whatever the document says.

        `same` is equal for requests of the same document, variables and rights. Raises:
        SubscriptionEnded when the session ends, the reader is too slow, or the business has too
        many; a refusal at the first step when an argument or the cursor makes no sense.
        """
        viewer = frame.viewer
        business_id = viewer.of_business()
        given = watching.arguments.real(frame)
        said = given.pop("after", None)
        since = _cursor(said if after is None else after)
        opens = watching.spec.opens
        opening = opens(business_id, **given) if opens is not None else None
        if self._open[business_id] >= self._most:
            code, message = MANY
            raise SubscriptionEnded(code, message.format(self._most))
        turn = partial(self._places.place, business_id)
        group = self._groups.setdefault(same, SharedSubscription(watching, frame, given, turn))
        member = Member(group)
        group.members.add(member)
        self._open[business_id] += 1
        try:
            async with aclosing(self._follow(viewer, since, group, member, opening)) as answers:
                async for answer in answers:
                    if answer is not None:
                        yield answer
        finally:
            group.leave(member)
            self._open[business_id] -= 1
            if not self._open[business_id]:
                del self._open[business_id]
            if not group.members and self._groups.get(same) is group:
                del self._groups[same]

    async def _follow(
        self,
        viewer: Viewer,
        after: Cursor | None,
        group: SharedSubscription,
        member: Member,
        opening: Event | None,
    ) -> AsyncGenerator[Answer | None, None]:
        """Say how things are, then what was missed, then what is new; None: nothing to tell."""
        kinds = group.watching.kinds

        def deliver(recorded: Recorded) -> None:
            if recorded.kind in kinds:
                member.deliver(recorded)
            elif recorded.kind in self._revokes and self._ends(recorded, viewer):
                member.end(SubscriptionEnded(*REVOKED))

        attached = await self._attach(viewer, after, deliver, member.end)
        expiry = asyncio.get_running_loop().call_later(
            _left(viewer), member.end, SubscriptionEnded(*EXPIRED)
        )
        try:
            # Read behind the seam, so that nothing falls between this and what is told next.
            if opening is not None:
                yield await group.now(opening, str(after or attached.seam))
            async with aclosing(attached.backlog(group.turn)) as missed:
                async for event in missed:
                    if event.kind in kinds:
                        yield await member.take_missed(event, attached.live_from)
            while answer := await member.take():
                yield answer
        except SlowReader as error:
            raise SubscriptionEnded(*SLOW) from error
        except (BadCursor, CursorExpired) as error:
            raise SubscriptionEnded(*RESTORED) from error
        finally:
            expiry.cancel()
            attached.detach()

    async def _attach(
        self, viewer: Viewer, after: Cursor | None, deliver: Deliver, ended: Ended
    ) -> Attached:
        try:
            return await self._follower.attach(viewer.of_business(), after, deliver, ended)
        except BadCursor as error:
            raise CursorInvalid(field="after") from error
        except CursorExpired as error:
            raise SubscriptionEnded(*RESTORED) from error

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
