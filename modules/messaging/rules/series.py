"""Series: notices about one subject reach a reader in order, and none that is untrue by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from modules.emails import Email, Stage
from modules.messaging.models import MessageStatus
from storage.database import Connection, database

SAID = "another message about this says what is true now"
NEVER_SAID = "it was over before anything of it had been said"


class NotYet(Exception):
    """An earlier message about this is on its way: this one leaves after it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a line may leave, as things stood."""

    mine: bool
    newest: int
    """The place in the log of the newest event the reader has a line of: another one there, and
    what was written in the meantime may be untrue."""


class Series:
    """Which kinds of messages make one another superfluous."""

    def __init__(self, emails: Sequence[Email[Any]]) -> None:
        """Sort the kinds."""
        self._stages = {each.kind: each.notice.stage for each in emails if each.notice}
        kinds: dict[str, list[str]] = {}
        for each in emails:
            if each.notice:
                kinds.setdefault(each.notice.series, []).append(each.kind)
        self._kinds = {kind: several for several in kinds.values() for kind in several}

    async def turn(self, id_: UUID, kind: str) -> Turn:
        """Say whether a waiting line may leave, and mark those that never will. Raises NotYet."""
        if kind not in self._kinds:
            return Turn(bool(await database().writing.fetchval(_WAITS, id_)), 0)
        async with database().writing.connection() as connection, connection.transaction():
            return await self._turn(connection, id_, kind)

    async def claim(self, id_: UUID, kind: str, before: Turn) -> bool:
        """Take a waiting line, as it is about to be handed over.

        False when somebody else has, or when something happened since it was written.
        Raises NotYet.
        """
        async with database().writing.connection() as connection, connection.transaction():
            if kind in self._kinds and await self._turn(connection, id_, kind) != before:
                return False
            return await connection.execute(_CLAIM, id_) == "UPDATE 1"

    async def _turn(self, connection: Connection, id_: UUID, kind: str) -> Turn:
        await connection.execute(_LOCK, id_)
        lines = await connection.fetch(_LINES, id_, self._kinds[kind])
        if any(line["sending"] and line["id"] != id_ for line in lines):
            raise NotYet("an earlier message about this is on its way")
        chosen, others, why = self._choose(lines)
        if others:
            await connection.execute(_SUPERSEDE, others, why)
        newest = max((line["event_seq"] for line in lines), default=0)
        return Turn(chosen == id_, newest)

    def _choose(self, lines: Sequence[asyncpg.Record]) -> tuple[UUID | None, list[UUID], str]:
        """Choose the one waiting line that leaves, if any; give the others, and why not they."""
        said = max((line["event_seq"] for line in lines if line["handed_over"]), default=-1)
        waiting = [line for line in lines if line["status"] == MessageStatus.QUEUED]
        # Equal: the same thing is said once more, of which nobody knows whether it arrived.
        to_say = [line for line in waiting if line["event_seq"] >= said]
        chosen, why = None, SAID
        if to_say:
            first, last = to_say[0], to_say[-1]
            if self._stages[last["kind"]] is not Stage.ENDS:
                chosen = first["id"]
            elif self._stages[first["kind"]] is not Stage.BEGINS:
                chosen = last["id"]
            else:
                why = NEVER_SAID
        return chosen, [line["id"] for line in waiting if line["id"] != chosen], why


_LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended(subject::text || recipient, 0))
FROM messages WHERE id = $1"""
_LINES = """
SELECT other.id, other.kind, other.event_seq, other.status,
    other.status IN ('SENT', 'SENDING') AS handed_over,
    other.status = 'SENDING' AND other.error IS NULL
        AND other.tried_at > now() - interval '10 minutes' AS sending
FROM messages AS mine JOIN messages AS other
    ON other.subject = mine.subject AND other.recipient = mine.recipient
    AND other.business_id = mine.business_id
WHERE mine.id = $1 AND other.kind = ANY ($2::text[])
ORDER BY other.event_seq, other.id"""
_WAITS = "SELECT true FROM messages WHERE id = $1 AND status = 'QUEUED'"
_SUPERSEDE = """
UPDATE messages SET status = 'SUPERSEDED', error = $2
WHERE id = ANY ($1::uuid[]) AND status = 'QUEUED'"""
_CLAIM = """
UPDATE messages SET status = 'SENDING', attempts = attempts + 1, tried_at = now(), error = NULL
WHERE id = $1 AND status = 'QUEUED'"""
