"""Around every request: an id that its log lines and its response carry, and a stopwatch."""

from __future__ import annotations

import re
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid7

from schema.serving.figures import Figures
from schema.serving.logs import request_id

HEADER = b"x-request-id"
ACCEPTABLE = re.compile(rb"[A-Za-z0-9._:/+=-]{1,64}")  # what may come from outside and into logs
STARTS = ("http.response.start", "websocket.accept", "websocket.http.response.start")


class Observed:
    """Gives each request an id, or keeps the one a proxy in front has given it, and counts it.

    `routes` are the paths worth a figure of their own, those ending in a slash with all that is
    below them; all others count as `other`.
    """

    def __init__(self, app: ASGIApp, *, figures: Figures, routes: frozenset[str]) -> None:
        self._app = app
        self._figures = figures
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one socket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == HEADER), b"")
        here = given.decode() if ACCEPTABLE.fullmatch(given) else uuid7().hex
        header = (HEADER, here.encode())
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] in STARTS:
                status = message.get("status", 101)
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        scope.setdefault("state", {})["request_id"] = here
        token = request_id.set(here)
        socket = scope["type"] == "websocket"
        self._figures.in_flight += not socket
        began = perf_counter()
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            request_id.reset(token)
            self._figures.in_flight -= not socket
            if not socket:
                self._figures.count(self._route(scope["path"]), status, perf_counter() - began)

    def _route(self, path: str) -> str:
        if path in self._routes:
            return path
        above = path[: path.find("/", 1) + 1]
        return above if above in self._routes else "other"
