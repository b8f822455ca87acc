"""One client's socket: its messages are read one by one, its operations run side by side."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping
from typing import Any

from starlette.types import Receive, Scope, Send

from schema.api import (
    Asked,
    OperationKind,
    RequestRefused,
    SubscriptionEnded,
    Unauthenticated,
)
from schema.serving import messages
from schema.serving.headers import token_in
from schema.serving.line import Line
from schema.serving.messages import Closing
from schema.serving.refusals import ClientGone, Refused
from schema.serving.request import check_values
from schema.serving.running import answered, let_go
from schema.serving.shares import Admission, placed
from storage.outage import outage

logger = logging.getLogger(__name__)

_LAST_WORDS = frozenset({"TOKEN_EXPIRED", "TOKEN_REVOKED"})
"""Ends of one operation that are ends of the whole socket: its token no longer counts."""


class Operation:
    """One operation on a socket, from `subscribe` to `complete`."""

    __slots__ = ("kind", "muted", "stopped", "task")

    def __init__(self, task: asyncio.Task[None]) -> None:
        self.task = task
        self.kind: OperationKind | None = None
        """Known once it runs."""
        self.muted = False
        """Its client no longer wants to hear of it."""
        self.stopped = False
        """It is about to end; a change is not stopped, and counts until it is done."""

    def stop(self) -> None:
        """Say no more; stop working too, unless something is being changed."""
        self.muted = True
        if self.kind is not OperationKind.MUTATION:
            self.stopped = True
            self.task.cancel()


class Socket:
    """The conversation on one accepted socket."""

    __slots__ = (
        "_admission",
        "_api",
        "_headers",
        "_init_received",
        "_limits",
        "_line",
        "_operations",
        "_receive",
        "_running",
        "_scope",
        "_token",
        "_welcomed",
    )

    def __init__(
        self,
        admission: Admission,
        *,
        scope: Scope,
        headers: dict[bytes, bytes],
        receive: Receive,
        send: Send,
    ) -> None:
        self._api = admission.api
        self._admission = admission
        self._limits = limits = admission.limits
        self._scope = scope
        self._headers = headers
        self._receive = receive
        self._line = Line(send, limits)
        self._init_received = False
        self._welcomed = False
        self._token: str | None = None
        self._operations: dict[str, Operation] = {}
        self._running: dict[asyncio.Task[None], Operation] = {}

    async def run(self) -> None:
        """Serve the socket until either side closes it; changes under way are finished."""
        closing: Closing | None = None
        try:
            async with self._line:
                while (message := await self._receive())["type"] == "websocket.receive":
                    await self._obey(message)
        except Exception as wrong:  # noqa: BLE001 - every end of a socket has its close code
            closing = self._line.reason(wrong)
        finally:
            for operation in self._running.values():
                operation.stop()
        still = list(self._running)
        if closing is not None:
            await self._line.close(closing)
        await asyncio.gather(*still, return_exceptions=True)

    async def _obey(self, frame: MutableMapping[str, Any]) -> None:
        """Read one message and do what it says."""
        text = frame.get("text")
        if text is None:
            raise Closing(4400, "Messages are text, not binary")
        raw = text.encode()
        if len(raw) > self._limits.body:
            raise Closing(1009, f"A message has at most {self._limits.body} bytes")
        message = messages.read_message(raw)
        match message["type"]:
            case "connection_init":
                await self._welcome(message.get("payload"))
            case "ping":
                await self._line.deliver(messages.pong_frame(message.get("payload")))
            case "subscribe":
                await self._begin(message["id"], message["payload"], raw)
            case "complete":
                operation = self._operations.pop(message["id"], None)
                if operation is not None:
                    operation.stop()

    async def _welcome(self, payload: dict[str, Any] | None) -> None:
        """Let in whoever has no token or a good one, once."""
        if self._init_received:
            raise Closing(4429, "Too many initialisation requests")
        self._init_received = True
        try:
            self._token = messages.token_in_payload(payload) or token_in(self._headers)
            await self._admission.greet(self._token, self._scope)
        except Unauthenticated as refused:
            raise Closing(4403, str(refused)) from None
        except Refused as refused:
            raise Closing(1013, refused.message) from None
        self._line.keep()
        self._welcomed = True
        await self._line.deliver(messages.ACK)

    async def _begin(self, name: str, payload: dict[str, Any], raw: bytes) -> None:
        """Begin an operation; it ends by itself or with `complete`."""
        asked = messages.asked_in_payload(payload)
        if not self._welcomed:
            raise Closing(4401, "Unauthorized")
        if name in self._operations:
            raise Closing(4409, f"Subscriber for {name} already exists")
        most = self._limits.operations_per_socket
        await self._settle(most)
        if len(self._running) >= most:
            why = f"A socket has at most {most} operations at a time: complete one first."
            await self._line.deliver(messages.error_frame(name, why, "TOO_MANY_OPERATIONS"))
            return
        try:
            check_values(asked, raw)
        except Refused as refused:
            await self._line.deliver(messages.error_frame(name, refused.message, refused.code))
            return
        task = asyncio.create_task(self._perform(name, asked))
        self._operations[name] = self._running[task] = Operation(task)
        task.add_done_callback(self._running.pop)

    async def _settle(self, most: int) -> None:
        """Wait for operations that were stopped, and only have to put things away, if many are."""
        while len(self._running) >= most:
            stopped = [task for task, each in self._running.items() if each.stopped]
            if not stopped:
                return
            await asyncio.wait(stopped, return_when=asyncio.FIRST_COMPLETED)

    async def _perform(self, name: str, asked: Asked) -> None:
        """Run one operation to its end; what goes wrong in it ends it, not the others."""
        operation = self._operations[name]
        try:
            last, closing = await self._last_word(name, asked, operation)
            if not operation.muted:
                del self._operations[name]
                await self._line.deliver(last)
                if closing is not None:
                    self._line.end(closing)
        except ClientGone:
            pass

    async def _last_word(
        self, name: str, asked: Asked, operation: Operation
    ) -> tuple[str, Closing | None]:
        """Deliver an operation's answers; return its last message and whether that is the end."""
        try:
            await self._carry_out(name, asked, operation)
        except ClientGone:
            raise
        except RequestRefused as refused:
            return messages.refused_frame(name, refused.answer), None
        except SubscriptionEnded as ended:
            last = messages.error_frame(name, ended.message, ended.code)
            return last, Closing(4403, ended.message) if ended.code in _LAST_WORDS else None
        except Refused as refused:
            return messages.error_frame(name, refused.message, refused.code), None
        except Unauthenticated as refused:
            last = messages.error_frame(name, str(refused), "UNAUTHENTICATED")
            return last, Closing(4403, str(refused))
        except Exception as error:
            if outage.noticed(error):
                return messages.unavailable_frame(name, operation.kind), None
            logger.exception("an operation on a socket could not go on")
            return messages.our_fault_frame(name), None
        return messages.complete_frame(name), None

    async def _carry_out(self, name: str, asked: Asked, operation: Operation) -> None:
        """Execute one operation, for whoever the token stands for at this moment."""
        viewer, kind = await self._admission.recognise(self._token, asked, self._scope)
        if isinstance(kind, RequestRefused):
            raise kind
        operation.kind = kind
        prefix = messages.next_prefix(name)
        if kind is OperationKind.SUBSCRIPTION:
            answers = self._api.watch(asked, viewer)
            try:
                async for answer in answers:
                    await self._line.deliver(messages.next_frame(prefix, answer))
            finally:
                await let_go(answers)
            return
        viewer = placed(viewer, kind, self._scope)
        answer = await answered(self._admission, asked, viewer, kind, self._scope)
        if answer.refused:
            raise RequestRefused(answer)
        if not operation.muted:
            await self._line.deliver(messages.next_frame(prefix, answer))
