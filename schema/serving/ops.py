"""What machines ask a server: is it alive, may it be sent requests, what does it count."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schema.serving.figures import Figures

Unready = Callable[[], Awaitable[str | None]]
"""Says in a sentence why requests cannot be served now, or None."""

PATIENCE = 2.0  # seconds a database may take to say anything


def routes(figures: Figures, unready: Unready) -> list[BaseRoute]:
    """Serve `/healthz` (the process), `/readyz` (its database too) and `/metrics`."""
    registry = figures.registry()

    async def healthz(_request: Request) -> Response:
        return _said({"alive": True})

    async def readyz(_request: Request) -> Response:
        try:
            async with asyncio.timeout(PATIENCE):
                reason = await unready()
        except TimeoutError:
            reason = "The database does not answer."
        if reason is None:
            return _said({"ready": True})
        return _said({"ready": False, "reason": reason}, 503)

    async def metrics(_request: Request) -> Response:
        body = generate_latest(registry)
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST} | _FRESH)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


_FRESH = {"Cache-Control": "no-store"}


def _said(body: dict[str, object], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, _FRESH, "application/json")
