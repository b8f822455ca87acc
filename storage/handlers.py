"""Handlers: what does one kind of job, in which queue of the worker, and with how much patience."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Queue(StrEnum):
    """A part of the worker with places of its own: what fills one queue holds up no other."""

    GENERAL = "general"
    """Whatever is done in the database and the object store."""
    MAIL = "mail"
    """What waits for mail servers."""
    URGENT_MAIL = "urgent mail"
    """The same, for mails somebody is waiting for at this moment: codes, links to sign in."""


PLACES: Mapping[Queue, int] = {Queue.GENERAL: 10, Queue.MAIL: 6, Queue.URGENT_MAIL: 4}
"""How many jobs of each queue a worker does at once."""


def share(places: int) -> int:
    """Give how many places of a queue the jobs of one business may take: a third, at least one."""
    return max(1, -(-places // 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long, and how often, a job is tried."""

    attempts: int = 8
    """How often a job may fail, or its worker die of it, before it is given up."""
    interruptions: int = 30
    """How often PostgreSQL may go away in the middle of it. That is seldom a job's fault; where it
    is, the pauses between add up to a day."""
    first_pause: float = 2.0
    """Seconds before the second attempt; every further pause is twice as long."""
    longest_pause: float = 3600.0
    """Seconds a pause may last."""
    time_limit: float | None = None
    """Seconds one attempt may take; then it is cancelled and counts as a failure."""
    outside: timedelta = timedelta(days=1)
    """How long a job that is `Postponed` again and again is kept before it is given up."""

    def pause(self, failed: int) -> timedelta:
        """Give the pause after the `failed`th failure, a little different every time."""
        doubled = self.first_pause * 2 ** min(failed - 1, 30)
        pause = min(self.longest_pause, doubled)
        return timedelta(seconds=pause * random.uniform(0.8, 1.2))  # noqa: S311 - not a secret


class Postponed(Exception):
    """The world outside is not ready for this job: it is tried again, and has not failed.

    Raised by a handler. The pause grows as it does for failures; where one is given, the job merely
    waits for its turn, and later pauses are no longer for it.
    """

    def __init__(self, reason: str, *, pause: timedelta | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


class WorkerLost(Exception):
    """Every worker that tried this job died of it, or lost PostgreSQL."""

    def __init__(self, times: int) -> None:
        super().__init__(f"{times} attempts ended without a result")
        self.times = times


class TimeLimitExceeded(Exception):
    """An attempt took longer than its handler allows."""


class Reason(Enum):
    """Why a job is given up."""

    ERROR = "ERROR"
    """It ended with an error every time; the last one was `detail`."""
    LOST = "LOST"
    """Every worker that tried it died of it, or lost PostgreSQL."""
    SLOW = "SLOW"
    """It took longer than it may, `seconds`, the last time."""
    OUTSIDE = "OUTSIDE"
    """The world outside was not ready for so many `seconds`: `detail`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """What is told to a module whose job is given up, to be said to people in their language."""

    reason: Reason
    times: int = 0
    """How often it was tried."""
    seconds: float = 0
    detail: str = ""
    """For whoever runs the server: of an error only its name, what it says is for the log alone."""

    def __str__(self) -> str:
        """Say it in English."""
        times = {1: "once", 2: "twice"}.get(self.times, f"{self.times} times")
        match self.reason:
            case Reason.ERROR:
                return f"It failed {times}, the last time by an error of the server: {self.detail}."
            case Reason.LOST:
                return f"The server was lost in the middle of it {times}."
            case Reason.SLOW:
                return f"Tried {times}; the last time it took longer than {self.seconds:g} s."
            case Reason.OUTSIDE:
                return f"Given up after {_spoken(self.seconds / 3600)}: {self.detail}"


def _spoken(hours: float) -> str:
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler(Generic[T]):
    """What does one kind of job, and what is to be known about it."""

    do: Callable[[T], Awaitable[None]]
    """Does the job. It runs at least once, so running it twice must be harmless."""
    queue: Queue = Queue.GENERAL
    """Whose places it takes."""
    priority: int = 0
    """Higher ones are begun first within their queue."""
    patience: Patience | None = None
    """How long, and how often, it is tried; None: as the worker does by default."""
    given_up: Callable[[T, GivenUp], Awaitable[None]] | None = None
    """Called in a transaction of its own before the job is parked, with the reason.

    Here a module notes in its own row that what the job was for has failed. It may be called twice
    for one job. Where it raises, the job is not parked but tried again."""
    retried: Callable[[T], Awaitable[None]] | None = None
    """Called in the transaction that puts a parked job back: undoes what `given_up` noted."""


def handler(do: Callable[[T], Awaitable[None]] | Handler[T]) -> Handler[T]:
    """Give the handler itself, or one that does nothing but the function."""
    return do if isinstance(do, Handler) else Handler(do=do)


Payload = dict[str, Any]
Handlers = Mapping[str, Callable[[Payload], Awaitable[None]] | Handler[Payload]]
"""What does each kind of job, by its name; a bare function where there is nothing more to say."""
