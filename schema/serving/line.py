"""The way from us to one client's socket: what may wait on it, and how it is closed."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType

from starlette.types import Send

from schema.serving.limits import Limits
from schema.serving.messages import SLOW, Closing
from schema.serving.refusals import ClientGone
from storage.outage import outage

logger = logging.getLogger(__name__)

_NO_INIT = Closing(4408, "Connection initialisation timeout")
_UNAVAILABLE = Closing(1013, "The database cannot be used right now: try again in a few seconds")
_OUR_FAULT = Closing(4500, "Something went wrong on our side")


class Line:
    """Delivers messages, notices a reader who falls behind, and ends the reading of a socket.

    Used as `async with line:` around the reading, which `end` interrupts from any task.
    """

    __slots__ = ("_deadline", "_ending", "_limits", "_over", "_pulse", "_send", "_sending", "_sent")

    def __init__(self, send: Send, limits: Limits) -> None:
        self._send = send
        self._limits = limits
        self._ending: Closing | None = None
        self._over = False
        self._deadline = asyncio.timeout(limits.init_seconds)
        self._pulse: asyncio.TimerHandle | None = None
        self._sending = 0
        self._sent = 0

    async def deliver(self, text: str) -> None:
        """Send one message; waits while the reader is behind, and no longer than is allowed."""
        self._sending += 1
        try:
            await self._send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError):  # servers say by either that the socket has been closed
            raise ClientGone from None
        finally:
            self._sending -= 1
            self._sent += 1

    def keep(self) -> None:
        """Let the socket stay: its client has said who it is in time."""
        self._deadline.reschedule(None)

    def end(self, closing: Closing) -> None:
        """Make the reading end, from wherever the reason was found; the first reason counts."""
        if self._ending is None and not self._over:
            self._ending = closing
            self._deadline.reschedule(asyncio.get_running_loop().time())

    def reason(self, wrong: Exception) -> Closing | None:
        """Tell with what to close after `wrong` ended the reading; None when nobody is there."""
        if isinstance(wrong, Closing):
            return wrong
        if isinstance(wrong, ClientGone):
            return None
        if isinstance(wrong, TimeoutError) and self._deadline.expired():
            return self._ending or _NO_INIT
        if outage.noticed(wrong):
            return _UNAVAILABLE
        logger.error("a socket could not be served", exc_info=wrong)
        return _OUR_FAULT

    async def close(self, closing: Closing) -> None:
        """Say why and close; a reader who takes not even that is left to the server."""
        try:
            async with asyncio.timeout(self._limits.close_seconds):
                await self._send(
                    {"type": "websocket.close", "code": closing.code, "reason": closing.reason}
                )
        except (TimeoutError, OSError, RuntimeError):
            logger.info("a socket was closed without a word: %s", closing.reason)

    async def __aenter__(self) -> None:
        await self._deadline.__aenter__()
        self._look(-1)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over = True
        if self._pulse is not None:
            self._pulse.cancel()
        await self._deadline.__aexit__(kind, wrong, trace)

    def _look(self, sent: int) -> None:
        """Drop a reader who took nothing since the last look although something waited.

        One timer per socket and not one per message: a change goes to a thousand sockets at once.
        """
        if self._sending and self._sent == sent:
            self.end(SLOW)
            return
        loop = asyncio.get_running_loop()
        seen = self._sent if self._sending else -1
        self._pulse = loop.call_later(self._limits.slow_reader_seconds, self._look, seen)
