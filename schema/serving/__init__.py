"""The endpoint: GraphQL over HTTP, WebSocket and server-sent events, all at one path."""

from __future__ import annotations

from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from schema.api import Api
from schema.serving.http import GraphQLOverHTTP
from schema.serving.limits import Limits
from schema.serving.objects import Objects
from schema.serving.shares import Admission
from schema.serving.websocket import GraphQLOverWebSocket
from storage.folder import PATH as OBJECTS
from storage.settings import Settings
from storage.stores import folder

PATH = "/graphql"


def routes(api: Api, settings: Settings) -> list[BaseRoute]:
    """Make the routes of the endpoint."""
    return limited_routes(api, Limits.of(settings))


def limited_routes(api: Api, limits: Limits) -> list[BaseRoute]:
    """Make the routes of the endpoint with limits of one's own."""
    sharing = _sharing(
        limits,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "x-request-id"],
        expose_headers=["x-request-id"],
    )
    admission = Admission(api, limits)
    return [
        Route(PATH, GraphQLOverHTTP(admission), middleware=sharing),
        WebSocketRoute(PATH, GraphQLOverWebSocket(admission)),
    ]


def object_routes(settings: Settings) -> list[BaseRoute]:
    """Make the route to which links to the folder of objects lead; a bucket has its own server."""
    if settings.s3_bucket:
        return []
    sharing = _sharing(
        Limits.of(settings),
        allow_methods=["GET", "HEAD", "PUT"],
        allow_headers=["content-type", "if-none-match", "if-range", "range"],
        expose_headers=["accept-ranges", "content-disposition", "content-range", "etag"],
    )
    return [Route(OBJECTS + "{key:path}", Objects(folder(settings)), middleware=sharing)]


def _sharing(limits: Limits, **allowed: Any) -> list[Middleware]:
    """Let pages of trusted sites in."""
    if not limits.trusted_origins:
        # Without it browsers keep pages of other sites out, and no request pays for the question.
        return []
    origins = sorted(limits.trusted_origins)
    return [Middleware(CORSMiddleware, allow_origins=origins, **allowed)]
