"""One socket's connection: uvicorn's, with limits on frames, and ends clients come back after."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn._types import ASGIReceiveEvent
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame

from schema.serving.connections import Connections
from schema.serving.messages import SLOW

PIECE = 1024
"""Bytes that are parsed in one go: up to 170 empty frames."""
FRAGMENTS = 1000
"""Frames that one message may be cut into."""


class SocketConnection(WebSocketsSansIOProtocol):
    """Parses frames a piece at a time, and lets go of readers who are frozen."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.resumed = 0
        """How often the reader took what waited."""
        self._all = cast(Connections, server_state)
        self._held = bytearray()
        self._fragments = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._all.leave(self.transport)
        self._held.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came: at once if it is little, piece by piece if it is much."""
        if len(data) <= PIECE and not self._held:
            super().data_received(data)
            return
        self._held += data
        self.transport.pause_reading()
        self._all.turns.take(self)

    def read_on(self) -> bool:
        """Parse the next piece; tells whether there is more that can be parsed now."""
        if self.disconnected or self.transport.is_closing():
            self._held.clear()
        if not self._held or self.read_paused:
            return False
        piece = bytes(self._held[:PIECE])
        del self._held[:PIECE]
        super().data_received(piece)
        if self._held:
            return not self.read_paused
        if not self.read_paused:
            self.transport.resume_reading()
        return False

    def drop(self) -> None:
        """End it at once."""
        self.transport.abort()

    async def receive(self) -> ASGIReceiveEvent:
        """Give the next message; once all are given, read on."""
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            if self._held:
                self._all.turns.take(self)
            else:
                self.transport.resume_reading()
        return message

    def handle_cont(self, event: Frame) -> None:
        """Take the next part of a message, which has not too many of them."""
        if len(self.frames) >= FRAGMENTS:
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, f"at most {FRAGMENTS} frames a message")
            self.handle_parser_exception()
            return
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Pass a message on; text that is no UTF-8 ends the socket, and is no bug of ours."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.fail(CloseCode.INVALID_DATA, "text is in UTF-8")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def keepalive_timeout(self) -> None:
        """Let go of a reader that does not answer pings: frozen, asleep, or gone."""
        self.pong_timer = None
        self.pending_ping_payload = None
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.fail(SLOW.code, SLOW.reason)
        self.handle_parser_exception()

    def resume_writing(self) -> None:
        """Note that the reader took something."""
        self.resumed += 1
        super().resume_writing()
