"""The short way in: requests to the endpoint do not go through the router and its wrappers."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from schema.serving import PATH


class Direct:
    """Hands HTTP requests for the endpoint to its route's application, all else to the stack.

    The endpoint answers whatever happens, bugs included, so it needs nobody around it.
    """

    def __init__(self, app: Starlette) -> None:
        self._stack: ASGIApp = app.build_middleware_stack()
        self._endpoint = next(
            route.app for route in app.routes if isinstance(route, Route) and route.path == PATH
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope["path"] == PATH:
            await self._endpoint(scope, receive, send)
        else:
            await self._stack(scope, receive, send)
