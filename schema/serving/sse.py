"""GraphQL over server-sent events: every operation is a stream of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from starlette.types import Receive, Scope, Send

from modules.viewer import Viewer
from schema.api import (
    Answer,
    Asked,
    OperationKind,
    RequestRefused,
    SubscriptionEnded,
    Unauthenticated,
)
from schema.serving.headers import STREAM_HEADERS
from schema.serving.limits import Limits
from schema.serving.refusals import OUR_FAULT, TRY_AGAIN, UNAVAILABLE, errors_body
from schema.serving.running import answered, left, let_go
from schema.serving.shares import Admission
from storage.outage import outage

logger = logging.getLogger(__name__)

_ALIVE = b":\n\n"
_STOPPING = b"retry: 1000\n: the server stops; come back with the last cursor\n\n"
_COMPLETE = b"event: complete\ndata: \n\n"


async def one_answer(answer: Answer) -> AsyncIterator[Answer]:
    """Stream what is known already."""
    yield answer


def operation_answers(
    admission: Admission,
    asked: Asked,
    viewer: Viewer,
    kind: OperationKind,
    scope: Scope,
) -> AsyncIterator[Answer]:
    """Execute any operation as a stream of answers; all but subscriptions have one."""
    if kind is OperationKind.SUBSCRIPTION:
        return admission.api.watch(asked, viewer)

    async def execute() -> AsyncIterator[Answer]:
        yield await answered(admission, asked, viewer, kind, scope)

    return execute()


async def stream(
    answers: AsyncIterator[Answer],
    *,
    receive: Receive,
    send: Send,
    limits: Limits,
    stopping: asyncio.Event | None = None,
    finish: bool = False,
) -> None:
    """Send answers as they come until they end or the client leaves; with `finish`, to the end.

    When the server stops, the stream ends without `complete`: clients come back then.
    """
    await send({"type": "http.response.start", "status": 200, "headers": [*STREAM_HEADERS]})
    await send({"type": "http.response.body", "body": _ALIVE, "more_body": True})
    writing = asyncio.create_task(_write(answers, send, limits))
    others = [
        asyncio.create_task(left(receive)),
        asyncio.create_task(_keep_alive(send, limits.keep_alive_seconds)),
    ]
    if stopping is not None:
        others.append(asyncio.create_task(_stopped(stopping)))
    try:
        await asyncio.wait([writing, *others], return_when=asyncio.FIRST_COMPLETED)
        if finish:
            await asyncio.wait([writing])
    finally:
        for task in (writing, *others):
            task.cancel()
        await asyncio.gather(writing, *others, return_exceptions=True)
    if stopping is not None and stopping.is_set() and await _sent(send, _STOPPING, limits):
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _stopped(stopping: asyncio.Event) -> None:
    await stopping.wait()


async def _keep_alive(send: Send, seconds: float) -> None:
    """Send a comment now and then, so that nothing between us and the client gives up."""
    while True:
        await asyncio.sleep(seconds)
        await send({"type": "http.response.body", "body": _ALIVE, "more_body": True})


async def _write(answers: AsyncIterator[Answer], send: Send, limits: Limits) -> None:
    """Send every answer as a `next` event, why they ended if there is a reason, then `complete`."""
    last: bytes | None = None
    try:
        async for answer in answers:
            if not await _sent(send, _next(answer.body, answer.cursor), limits):
                return
    except RequestRefused as refused:
        last = refused.answer.body
    except SubscriptionEnded as ended:
        last = errors_body(ended.message, ended.code)
    except Unauthenticated as refused:
        last = errors_body(str(refused), "UNAUTHENTICATED")
    except Exception as error:
        if outage.noticed(error):
            last = errors_body(TRY_AGAIN, UNAVAILABLE)
        else:
            logger.exception("a stream could not go on")
            last = OUR_FAULT
    finally:
        await let_go(answers)
    if last is not None and not await _sent(send, _next(last), limits):
        return
    if await _sent(send, _COMPLETE, limits):
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _sent(send: Send, event: bytes, limits: Limits) -> bool:
    """Send an event; False when its reader was too slow, which ends the stream."""
    try:
        async with asyncio.timeout(limits.slow_reader_seconds):
            await send({"type": "http.response.body", "body": event, "more_body": True})
    except TimeoutError:
        logger.info("a slow reader of an event stream was dropped")
        return False
    return True


def _next(body: bytes, cursor: str | None = None) -> bytes:
    """Write an answer; its id is what a client that comes back sends as `Last-Event-ID`."""
    place = f"id: {cursor}\n".encode() if cursor else b""
    return b"event: next\n" + place + b"data: " + body + b"\n\n"
