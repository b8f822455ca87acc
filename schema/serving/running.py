"""One query or mutation, within its time and only while somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
from starlette.types import Receive, Scope

from modules.viewer import Viewer
from schema.api import Answer, Asked, OperationKind
from schema.serving.overseer import Overseer, Within
from schema.serving.refusals import Refused, error, errors_body
from schema.serving.shares import Admission


def timed_out(kind: OperationKind, seconds: float) -> Answer:
    """Say that an operation took too long and was undone."""
    message = f"The operation took longer than {seconds:g} seconds and was cancelled."
    if kind is OperationKind.MUTATION:
        message += " Repeat it with the same idempotencyKey to learn what came of it."
    return Answer(orjson.dumps({"data": None, "errors": [error(message, "TIMEOUT")]}))


async def answered(
    admission: Admission,
    asked: Asked,
    viewer: Viewer,
    kind: OperationKind,
    scope: Scope,
) -> Answer:
    """Execute a query or a mutation within its time; else, or if too many wait, answer so."""
    seconds = admission.limits.seconds
    try:
        async with asyncio.timeout(seconds):
            return await admission.answer(asked, viewer, kind, scope)
    except TimeoutError:
        return timed_out(kind, seconds)
    except Refused as refused:
        return Answer(errors_body(refused.message, refused.code), refused=True)


class DisconnectWatch:
    """Cancels a query whose client has left; costs next to nothing while the query is quick."""

    __slots__ = ("_deadline", "_overseer", "_receive", "_task", "gone")

    def __init__(
        self, receive: Receive, deadline: Within, overseer: Overseer, after: float
    ) -> None:
        self.gone = False
        self._receive = receive
        self._deadline = deadline
        self._overseer = overseer
        self._task: asyncio.Task[None] | None = None
        overseer.plan(self, after, self._begin)

    def stop(self) -> None:
        """Look no more; called before the deadline's block is left."""
        self._overseer.drop(self)
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        await left(self._receive)
        self.gone = True
        self._deadline.expire()


async def left(receive: Receive) -> None:
    """Wait until the client of an HTTP request has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def let_go(answers: AsyncIterator[Answer]) -> None:
    """Let go of a subscription that nobody reads to its end."""
    aclose = getattr(answers, "aclose", None)
    if aclose is not None:
        await aclose()
