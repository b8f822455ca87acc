"""A change: one transaction, and what happened in it, written down at its end."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from storage import database, process, wakeups


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened in a change that is still under way."""

    kind: str
    business_id: UUID
    subject: UUID
    actor: UUID | None
    data: Mapping[str, Any]

    def columns(self) -> tuple[UUID, str, UUID, UUID | None, str]:
        """Give what the log keeps of it."""
        data = orjson.dumps(self.data, default=str).decode()
        return self.business_id, self.kind, self.subject, self.actor, data


class Change:
    """What happens in one transaction. Made by `change()`."""

    def __init__(self, log: Log, actor: UUID | None, business_id: UUID | None) -> None:
        self.log = log
        self.actor = actor
        self.business_id = business_id
        self.events: list[Fact] = []
        """What was recorded so far; still readable when the change is over, kept or not."""
        self.enqueued = False
        """Whether it put down jobs, so that a worker has to be told."""
        self.open = True
        self.kept = True
        self._connection: database.Connection | None = None
        self._written = 0
        """How many of the events are written down already."""
        self._also: list[tuple[str, tuple[Any, ...]]] = []

    def record(
        self, kind: str, subject: UUID, data: Mapping[str, Any], business_id: UUID | None = None
    ) -> None:
        """Note that something happened; it is written down when the change ends."""
        if (business := business_id or self.business_id) is None:
            raise ValueError(f"{kind} was recorded without a business")
        self.events.append(Fact(kind, business, subject, self.actor, data))

    def also(self, statement: str, *args: Any) -> None:
        """Run one INSERT, UPDATE or DELETE in the statement that writes the events.

        It costs no round trip of its own. Its parameters are `$1` and up.
        """
        self._also.append((statement, args))

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run a SELECT that reads what this change has made of things, when all is done.

        What is still to be written down is written by the same statement, so that an answer waits
        for one round trip less.
        """
        if self._connection is None:
            return await database.fetch(query, *args)
        if not self._pending:
            return await self._connection.fetch(query, *args)
        parts, own = self._writing(len(args))
        return await self._connection.fetch(f"WITH {parts} {query}", *args, *own)

    def stream(self, query: str, *args: Any) -> AsyncGenerator[list[asyncpg.Record], None]:
        """Run a SELECT as `fetch` does, when that has written what was to be written down."""
        return database.stream(query, *args)

    def rollback(self) -> None:
        """Keep nothing of this change: all still runs to its end, then all is undone."""
        self.kept = False

    @asynccontextmanager
    async def run(self, outer: Change | None) -> AsyncIterator[Self]:
        """Be a transaction of its own, or a part of the `outer` change that is undone alone."""
        async with database.transaction() as connection:
            self._connection = connection if outer is None else None
            yield self
            if outer is None:
                await self._finish(connection)
        if outer is not None:
            outer.absorb(self)
            return
        if self.events:
            wakeups.ring(wakeups.EVENTS)
        if self.enqueued:
            wakeups.ring(wakeups.JOBS)

    def absorb(self, inner: Change) -> None:
        """Take over what a change inside this one leaves to be done at the end."""
        self.events += inner.events
        self.enqueued |= inner.enqueued
        self.kept &= inner.kept
        self._also += inner._also

    async def _finish(self, connection: database.Connection) -> None:
        if self._pending:
            parts, args = self._writing(0)
            await connection.fetch(f"WITH {parts} SELECT", *args)
        if not self.kept:
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            raise _Undone

    @property
    def _pending(self) -> bool:
        return len(self.events) > self._written or bool(self._also)

    def _writing(self, after: int) -> tuple[str, list[Any]]:
        """Put all that is to be written into parts of one statement with `after` arguments."""
        parts: list[str] = []
        args: list[Any] = []
        events, self._written = self.events[self._written :], len(self.events)
        also, self._also = self._also, []
        if events:
            parts.append(_shifted(_EVENTS, after))
            args += zip(*(fact.columns() for fact in events), strict=True)
        if caused := self._caused(events):
            parts.append(_shifted(_JOBS, after))
            args += zip(*caused, strict=True)
            self.enqueued = True
        parts += [f"beside_{n} AS ({each})" for n, each in enumerate(self._beside(events))]
        for i, (statement, own) in enumerate(also):
            parts.append(f"also_{i} AS ({_shifted(statement, after + len(args))})")
            args += own
        return ",".join(parts), args

    def _beside(self, events: Sequence[Fact]) -> list[str]:
        beside = self.log.beside
        return [beside[kind] for kind in dict.fromkeys(e.kind for e in events) if kind in beside]

    def _caused(self, events: Sequence[Fact]) -> list[tuple[int, str]]:
        reactions = self.log.reactions
        return [(n, job) for n, e in enumerate(events, 1) for job in reactions.get(e.kind, ())]


@dataclass(frozen=True, slots=True)
class Log:
    """The log as one server writes it: `reactions` names the jobs each kind of event causes."""

    reactions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    """What is to be written with an event of a kind, by the statement that writes the event: an
    INSERT without parameters that reads the rows of `recorded`, which are rows of `event`."""

    @asynccontextmanager
    async def change(
        self, *, actor: UUID | None, business_id: UUID | None = None
    ) -> AsyncIterator[Change]:
        """Open a transaction; at its end write what was recorded and what it causes, and commit.

        Inside another change it is a part of that one, undone alone when it raises. On an error
        nothing is kept and nothing is enqueued.
        """
        here, outer = Change(self, actor, business_id), under_way()
        token = _current.set(here)
        try:
            async with here.run(outer):
                yield here
        except _Undone:
            pass
        finally:
            here.open = False
            _current.reset(token)


class _Undone(Exception):
    """Ends the transaction of a change that is not to be kept."""


_current: ContextVar[Change | None] = ContextVar("change", default=None)


def under_way() -> Change | None:
    """Give the change this task is in, as long as it is neither kept nor undone."""
    here = _current.get()
    return here if here is not None and here.open else None


def change(
    *, actor: UUID | None, business_id: UUID | None = None
) -> AbstractAsyncContextManager[Change]:
    """Open a change on the log of the change under way, or else on that of the process."""
    outer = under_way()
    log: Log | None = process.here.log if outer is None else outer.log
    if log is None:
        raise RuntimeError("no log is open")
    return log.change(actor=actor, business_id=business_id)


def record(
    kind: str, subject: UUID, data: Mapping[str, Any], *, business_id: UUID | None = None
) -> None:
    """Note what happened in the change under way. Raises outside one."""
    here = under_way()
    if here is None:
        raise RuntimeError(f"{kind} was recorded outside a change")
    here.record(kind, subject, data, business_id)


_EVENTS = """
recorded AS (
    INSERT INTO event (business_id, kind, subject, actor, data)
    SELECT business_id, kind, subject, actor, data::jsonb
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[])
        WITH ORDINALITY AS fact (business_id, kind, subject, actor, data, nth)
    ORDER BY nth
    RETURNING *
)"""
_JOBS = """
numbered AS (SELECT *, row_number() OVER (ORDER BY seq) AS nth FROM recorded),
caused AS (
    INSERT INTO job (business_id, priority, status, entrypoint, payload)
    SELECT business_id, 0, 'queued', reaction, convert_to(json_build_object(
        'reaction', reaction, 'seq', seq, 'kind', kind, 'business_id', business_id,
        'subject', subject, 'actor', actor, 'at', at, 'data', data)::text, 'UTF8')
    FROM unnest($6::bigint[], $7::text[]) WITH ORDINALITY AS reacting (nth, reaction, turn)
    JOIN numbered USING (nth)
    ORDER BY turn
)"""


@cache
def _shifted(statement: str, by: int) -> str:
    return re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + by}", statement)
