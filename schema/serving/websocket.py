"""GraphQL over WebSocket: many operations on one socket, by the rules of graphql-transport-ws."""

from __future__ import annotations

import logging

from starlette.types import Receive, Scope, Send

from schema.serving.headers import by_name
from schema.serving.origins import welcome
from schema.serving.shares import Admission
from schema.serving.socket import Socket

logger = logging.getLogger(__name__)

_FULL = {
    "type": "websocket.http.response.start",
    "status": 503,
    "headers": [(b"retry-after", b"10")],
}
"""Said to an address that has too many sockets behind a proxy."""

SUBPROTOCOL = "graphql-transport-ws"


class GraphQLOverWebSocket:
    """The ASGI application behind the endpoint's sockets."""

    def __init__(self, admission: Admission) -> None:
        self.limits = admission.limits
        self.admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket, if its page is welcome and it speaks our protocol."""
        headers = by_name(scope)
        if (await receive())["type"] != "websocket.connect":
            return
        if not welcome(headers, self.limits.trusted_origins):
            logger.warning("a socket from %r was refused", headers[b"origin"][:100])
            await send({"type": "websocket.close", "code": 4403})
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            reason = "Subprotocol not acceptable"
            await send({"type": "websocket.close", "code": 4406, "reason": reason})
            return
        with self.admission.socket(scope) as room:
            if not room:
                await send(_FULL)
                await send({"type": "websocket.http.response.body", "body": b""})
                return
            try:
                await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
            except RuntimeError:  # they left before they were let in
                return
            socket = Socket(
                self.admission, scope=scope, headers=headers, receive=receive, send=send
            )
            await socket.run()
