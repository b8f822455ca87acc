"""The endpoint: GraphQL over HTTP, WebSocket and server-sent events, all at one path."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from schema.api import Api
from schema.serving.http import GraphQLOverHTTP
from schema.serving.limits import Limits
from schema.serving.websocket import GraphQLOverWebSocket
from storage.settings import Settings

PATH = "/graphql"


def routes(api: Api, settings: Settings) -> list[BaseRoute]:
    """Make the routes of the endpoint."""
    return limited_routes(api, Limits.of(settings))


def limited_routes(api: Api, limits: Limits) -> list[BaseRoute]:
    """Make the routes of the endpoint with limits of one's own."""
    sharing = []
    if limits.trusted_origins:
        # Without it browsers keep pages of other sites out, and no request pays for the question.
        sharing.append(
            Middleware(
                CORSMiddleware,
                allow_origins=sorted(limits.trusted_origins),
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "x-request-id"],
                expose_headers=["x-request-id"],
            )
        )
    return [
        Route(PATH, GraphQLOverHTTP(api, limits), middleware=sharing),
        WebSocketRoute(PATH, GraphQLOverWebSocket(api, limits)),
    ]
