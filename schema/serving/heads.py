"""One HTTP connection: uvicorn's, with an end to whatever a client can send without end."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from schema.serving.connections import Connections

PIECE = 4096
"""Bytes that are parsed in one go; what came beyond them waits for its turn."""
LONGEST_LINE = 8000
"""Bytes of a header in the handshake of a socket, which is parsed by websockets too."""
FORWARDED = b"x-forwarded-for"
_FULL = 503
_SENTENCES = {
    400: "This is not HTTP.",
    408: "The request did not arrive in time.",
    431: "The head of the request is too large.",
    _FULL: "There are too many connections: try again a little later.",
}


class _TooLarge(Exception):
    """Ends the parsing of a head."""


class _Flow(FlowControl):
    """Keeps a transport from being read while bytes are at hand that were not looked at."""

    def __init__(self, connection: HttpConnection, transport: asyncio.Transport) -> None:
        super().__init__(transport)
        self._connection = connection

    def resume_reading(self) -> None:
        """Read on: what is at hand first."""
        if self._connection.held:
            self._connection.all.turns.take(self._connection)
        else:
            super().resume_reading()


class HttpConnection(HttpToolsProtocol):
    """Parses requests, with limits on heads, framing, requests in a row, and time.

    Bytes are counted as they come in, so an ordinary request, which comes in one piece, pays with
    a few comparisons.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.all = cast(Connections, server_state)
        self.due: float | None = None
        """When the head, or the rest of an answered request, has to be here."""
        self.held = bytearray()
        """What came and was not looked at yet."""
        self.resumed = 0
        """How often the reader took what waited."""
        self._limits = self.all.limits
        self._current: RequestResponseCycle | None = None
        """The request that is being answered, or was last."""
        self._lost = False
        self._upgrading = False
        """Whether it waits for its turn to become a socket; nothing is to be said before that."""
        self._silent = True
        self._in_head = False
        self._in_body = False
        self._least = self._most = 0
        """Bounds of the bytes of the head that is being read."""
        self._fed = self._body = 0
        """Bytes of the message after its head, and those of them that are its body."""
        self._wrong = 400
        self._refusal: int | None = None

    # --- the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let somebody in, if there is room."""
        super().connection_made(transport)
        self.flow = _Flow(self, transport)
        if not self.all.enter(transport, self.client[0] if self.client else ""):
            self._write(_FULL)
            transport.close()
            return
        self._owe(self._limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.all.leave(self.transport)
        self._lost, self.due = True, None
        self.held.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came: at once if it is little, piece by piece if it is much."""
        self._unset_keepalive_if_required()
        if self._refusal is not None or self.transport.is_closing():
            self._drop(data)
            return
        if self._upgrading:
            return
        if len(data) <= PIECE and not self.held and not self.pipeline:
            self._feed(data)
            return
        self.held += data
        self.flow.pause_reading()
        self.all.turns.take(self)

    def read_on(self) -> bool:
        """Parse the next piece; tells whether there is more that can be parsed now."""
        if self._refusal is not None or self._upgrading or self._gone():
            self.held.clear()
        if not self.held or self._must_wait():
            return False
        self._unset_keepalive_if_required()
        piece = bytes(self.held[:PIECE])
        del self.held[:PIECE]
        self._feed(piece)
        if self.held:
            return not self._must_wait()
        if not self._must_wait() and not self._upgrading:
            self.flow.resume_reading()
        return False

    def drop(self) -> None:
        """End it at once."""
        self.transport.abort()

    def expire(self) -> None:
        """End a connection that owed something for too long."""
        if self._refusal is not None:
            self.transport.close()
            return
        self.all.refused["slow"] += 1
        if self._in_head and self._answered():
            self._write(408)
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """End it when the answers under way are given; what only trickles in is not waited for."""
        super().shutdown()
        if self._in_head and self._answered():
            self.transport.close()

    def resume_writing(self) -> None:
        """Note that the reader took something."""
        self.resumed += 1
        super().resume_writing()

    # --- the parser

    def on_message_begin(self) -> None:
        """Begin to count a head."""
        self._in_head = True
        self._least = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Check the size of a head that may be too large, and begin its request."""
        self._in_head, self._in_body, self.due = False, True, None
        self._fed = self._body = 0
        most = self._limits.head_bytes
        if len(self.headers) > self._limits.head_lines or (
            self._most > most and self._head_size() > most
        ):
            self._wrong = 431
            raise _TooLarge
        if self._silent:
            self._silent = False
            self.all.prove(self.transport)
        if not self.parser.should_upgrade():
            super().on_headers_complete()
            self.headers = []  # what comes after the body is no header of the request
        elif self._should_upgrade():
            super().on_headers_complete()
        else:
            self.scope["method"] = self.parser.get_method().decode()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Know that nothing more of this request is to come."""
        self._in_body, self.due = False, None
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on: with the next answer, with the next bytes, or with a refusal that had to wait."""
        super().on_response_complete()
        if self._refusal is not None and self._answered():
            self._write(self._refusal)
        elif self._in_body and self._answered() and not self.transport.is_closing():
            self._owe(self._limits.rest_seconds)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to a socket in its turn, if websockets can read its head."""
        longest = max((len(name) + len(value) for name, value in self.headers), default=0)
        if max(longest, len(self.url)) > LONGEST_LINE:
            self._refuse(431)
            return
        if not self._answered():
            self._refuse(400)  # a handshake is not sent behind requests that are not answered yet
            return
        self._upgrading = True
        self.held.clear()
        self.flow.pause_reading()
        forwarded = b", ".join(value for name, value in self.headers if name == FORWARDED)
        asker = self.all.asker(self.transport, forwarded.decode("latin1"))
        self.all.handshakes.take(asker, self._shake_hands)

    def send_400_response(self, msg: str) -> None:
        """Turn the request away."""
        self._refuse(400)

    # --- what is ours

    def _shake_hands(self) -> None:
        """Become a socket, unless the client has left or the server stops."""
        if self._gone():
            return
        self.flow.resume_reading()
        try:
            super().handle_websocket_upgrade()
        except UnicodeError:
            self._write(400)

    def _feed(self, data: bytes) -> None:
        size = len(data)
        if self._in_head:
            self._least += size
            self._most += size
        else:
            self._most = size
        self._fed += size
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            elif self.scope["method"] == "CONNECT":
                self._refuse(400)
            else:
                self._stay_http(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(self._wrong)
        else:
            if self._in_head or self._in_body:
                self._check()

    def _stay_http(self, rest: bytes) -> None:
        """Read a request that asks for a protocol we do not speak as if it had not asked.

        The parser takes what follows such a head for that protocol; in truth it is the body.
        """
        version = self.parser.get_http_version().encode()
        lines = [self.scope["method"].encode() + b" " + self.url + b" HTTP/" + version]
        lines += [n + b": " + v for n, v in self.headers if n not in (b"connection", b"upgrade")]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._feed(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

    def _check(self) -> None:
        """Look at a request of which only a part is here."""
        if self._in_head:
            if self._least > self._limits.head_bytes or len(self.headers) > self._limits.head_lines:
                self._refuse(431)
            elif self.due is None:
                self._owe(self._limits.head_seconds)
        elif self._answered():
            if self._fed > self._limits.rest_bytes:
                self.transport.close()
        elif self._fed - self._body > self._limits.head_bytes + self._body:
            self._refuse(400)  # chunks of a byte, extensions, trailers: more of them than body

    def _gone(self) -> bool:
        return self._lost or self.transport.is_closing()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _must_wait(self) -> bool:
        """Tell whether what is at hand has to wait for an answer, or for a body to be taken."""
        here = self._current
        return bool(self.pipeline) or (
            here is not None and not here.response_complete and len(here.body) > HIGH_WATER_LIMIT
        )

    def _answered(self) -> bool:
        """Tell whether every request that came has its answer."""
        here = self._current
        return not self.pipeline and (here is None or here.response_complete)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._current = cycle
        super()._start_asgi_task(cycle, app)

    def _owe(self, seconds: float) -> None:
        self.due = self.loop.time() + seconds
        self.all.waiting.add(self)

    def _refuse(self, status: int) -> None:
        """Turn away what is being read, after the answers to what came before."""
        self.held.clear()
        here = self._current
        if self._in_body and self.pipeline:
            self.pipeline.popleft()  # the request that is broken is the last one that came
        elif self._in_body and here is not None and not here.response_started:
            here.disconnected = True
            here.message_event.set()
            self._write(status)
            return
        self._refusal = status
        if self._answered():
            self._write(status)
        else:
            self.flow.pause_reading()

    def _drop(self, data: bytes) -> None:
        """Read a little of what is not wanted any more, so that its sender gets to read why."""
        self._fed += len(data)
        if self._fed > self._limits.linger_bytes:
            self.flow.pause_reading()

    def _write(self, status: int) -> None:
        """Answer with a sentence, and close; what still comes is dropped, so that it is read."""
        self._refusal = status
        if self.transport.is_closing():
            return
        body = _SENTENCES[status].encode()
        self.transport.write(
            STATUS_LINE[status]
            + b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
            + (b"retry-after: 10\r\n" if status == _FULL else b"")
            + b"content-length: %d\r\n\r\n" % len(body)
            + body
        )
        self.transport.write_eof()
        self._fed = 0
        self.flow.resume_reading()
        self._owe(self._limits.linger_seconds)
