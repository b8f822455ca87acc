"""GraphQL over HTTP: one operation per POST, queries by GET too, streams for whoever asks."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import orjson
from starlette.types import Receive, Scope, Send

from schema.api import Answer, Asked, OperationKind, RequestRefused, Unauthenticated
from schema.serving.headers import by_name, reply, token_in
from schema.serving.negotiation import Media, acceptable, check_readable
from schema.serving.overseer import Overseer, Within
from schema.serving.refusals import (
    OUR_FAULT,
    TRY_AGAIN_LATER,
    ClientGone,
    Header,
    Refused,
    errors_body,
    unavailable,
)
from schema.serving.request import asked_by, asked_in, read_body, too_large
from schema.serving.running import DisconnectWatch, timed_out
from schema.serving.shares import Admission, placed
from schema.serving.sse import one_answer, operation_answers, stream
from storage.outage import outage

logger = logging.getLogger(__name__)

_WHO_ARE_YOU: tuple[Header, ...] = (
    (b"www-authenticate", b'Bearer realm="regulars", error="invalid_token"'),
)


class GraphQLOverHTTP:
    """The ASGI application behind the endpoint's HTTP requests."""

    def __init__(self, admission: Admission) -> None:
        self.api = admission.api
        self.limits = admission.limits
        self.admission = admission
        self.overseer = Overseer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await Exchange(self, scope, receive, send).run()


class Exchange:
    """One request and what became of it."""

    __slots__ = (
        "admission",
        "api",
        "kind",
        "limits",
        "media",
        "overseer",
        "receive",
        "scope",
        "send",
        "watch",
    )

    def __init__(
        self, endpoint: GraphQLOverHTTP, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self.api = endpoint.api
        self.limits = endpoint.limits
        self.admission = endpoint.admission
        self.overseer = endpoint.overseer
        self.scope = scope
        self.receive = receive
        self.send = send
        self.media = Media.JSON
        self.kind: OperationKind | None = None
        self.watch: DisconnectWatch | None = None

    async def run(self) -> None:
        """Answer, whatever was sent; only a client that has left gets nothing."""
        extra: tuple[Header, ...] = ()
        try:
            answer = await self._answer()
            if answer is None:
                return
            status, body = 200, answer.body
            if answer.refused and self.media is Media.RESPONSE:
                status = 400
        except RequestRefused as refused:
            status, body = 400 if self.media is Media.RESPONSE else 200, refused.answer.body
        except Refused as refused:
            status, extra = refused.status, refused.headers
            body = errors_body(refused.message, refused.code)
        except Unauthenticated as refused:
            status, extra = 401, _WHO_ARE_YOU
            body = errors_body(str(refused), "UNAUTHENTICATED")
        except ClientGone:
            return
        except Exception as error:
            if outage.noticed(error):
                status, extra = 503, TRY_AGAIN_LATER
                body = orjson.dumps({"errors": [unavailable(self.kind)]})
            else:
                logger.exception("a request could not be answered")
                status, body = 500, OUR_FAULT
        await reply(self.send, status, self.media, body, extra)

    async def _answer(self) -> Answer | None:
        """Keep everything between the first byte and the answer within its time."""
        seconds = self.limits.seconds
        try:
            async with Within(self.overseer, seconds) as deadline:
                return await self._execute(deadline)
        except TimeoutError:
            if not deadline.expired():
                raise
            if self.watch is not None and self.watch.gone:
                raise ClientGone from None
            if self.kind is None:
                raise Refused(
                    408, f"The request was not complete after {seconds:g} seconds.", code="TIMEOUT"
                ) from None
            return timed_out(self.kind, seconds)

    async def _execute(self, deadline: Within) -> Answer | None:
        """Read, recognise, execute; None when the answer has been streamed."""
        headers = by_name(self.scope)
        asked = await self._read(headers)
        viewer, kind = await self.admission.recognise(token_in(headers), asked, self.scope)
        if isinstance(kind, RequestRefused):
            if self.media is not Media.EVENTS:
                raise kind
            deadline.forever()
            await self._stream(one_answer(kind.answer))
            return None
        self._check_way(kind)
        viewer = placed(viewer, kind, self.scope)
        if self.media is Media.EVENTS:
            deadline.forever()
            if came_back := headers.get(b"last-event-id"):
                asked = replace(asked, after=came_back.decode("latin-1"))
            answers = operation_answers(self.admission, asked, viewer, kind, self.scope)
            await self._stream(answers, finish=kind is OperationKind.MUTATION)
            return None
        self.kind = kind
        if kind is OperationKind.QUERY:
            self.watch = DisconnectWatch(
                self.receive, deadline, self.overseer, self.limits.watch_after
            )
            try:
                return await self.admission.answer(asked, viewer, kind, self.scope)
            finally:
                self.watch.stop()
        return await self.admission.answer(asked, viewer, kind, self.scope)

    async def _read(self, headers: dict[bytes, bytes]) -> Asked:
        """Check the envelope and read what is in it."""
        method = self.scope["method"]
        if method not in ("POST", "GET"):
            raise Refused(
                405, "Send a POST, or a GET for a query.", headers=((b"allow", b"GET, POST"),)
            )
        self.media = acceptable(headers.get(b"accept"))
        if method == "GET":
            return asked_by(self.scope["query_string"])
        check_readable(headers)
        length = headers.get(b"content-length")
        if length is not None and length.isdigit() and int(length[:20]) > self.limits.body:
            raise too_large(self.limits.body)
        return asked_in(await read_body(self.receive, self.limits.body))

    async def _stream(self, answers: AsyncIterator[Answer], *, finish: bool = False) -> None:
        """Answer with an event stream."""
        await stream(
            answers,
            receive=self.receive,
            send=self.send,
            limits=self.limits,
            stopping=self.scope.get("state", {}).get("stopping"),
            finish=finish,
        )

    def _check_way(self, kind: OperationKind) -> None:
        """Refuse changes by GET, which any page can cause, and subscriptions outside streams."""
        if kind is OperationKind.MUTATION and self.scope["method"] == "GET":
            raise Refused(
                405, "A mutation is sent by POST, never by GET.", headers=((b"allow", b"POST"),)
            )
        if kind is OperationKind.SUBSCRIPTION and self.media is not Media.EVENTS:
            raise Refused(400, "A subscription needs a WebSocket, or Accept: text/event-stream.")
