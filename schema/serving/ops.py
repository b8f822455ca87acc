"""What machines ask a server: is it alive, may it be sent requests, what does it count."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from secrets import compare_digest

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from modules.home import at_home, is_home
from schema.serving.figures import Figures
from storage.settings import Settings

Unready = Callable[[], Awaitable[str | None]]
"""Says in a sentence why requests cannot be served now, or None."""

PATIENCE = 1.5  # seconds a database may take to say anything; half a second is for the way


def routes(figures: Figures, unready: Unready, settings: Settings) -> list[BaseRoute]:
    """Serve `/healthz` (the process), `/readyz` (its database too) and `/metrics`.

    Figures are for this machine, and for whoever has the token.
    """
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

    async def metrics(request: Request) -> Response:
        if not _may_look(request, settings):
            return _said({"error": _FOR_WHOM}, 403)
        body = generate_latest(registry)
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST} | _FRESH)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def _may_look(request: Request, settings: Settings) -> bool:
    """Tell whether somebody may read the figures.

    Whoever serves people by a public address has a proxy in front, perhaps on this machine and
    silent about for whom it asks: there only the token counts, unless proxies are declared.
    """
    token = settings.metrics_token
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        return compare_digest(given.strip().encode(), token.encode())
    declared = bool(settings.trusted_proxies) or is_home(settings.public_url)
    return declared and at_home(request)


_FOR_WHOM = "Figures are for this machine; from elsewhere send METRICS_TOKEN as a bearer token."
_FRESH = {"Cache-Control": "no-store"}


def _said(body: dict[str, object], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, _FRESH, "application/json")
