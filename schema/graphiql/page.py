"""The explorer's routes: the page at `/`, its files, and what it starts with."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from schema.graphiql.start import Start, operations

STATIC = Path(__file__).parent / "static"

# Nothing from elsewhere, no script in the page. Menus and dialogs bring styles of their own.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
GUARDED = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

# Said here, as the machine's own table may lack them and `nosniff` forbids the browser to guess.
MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


class Offered(Protocol):
    """The one setting the explorer asks for."""

    @property
    def graphiql(self) -> bool:
        """Serve the explorer at `/`."""


class _Files(StaticFiles):
    """Built files, named after their content: a browser asks for each of them once."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Type"] = MEDIA[Path(full_path).suffix]
        return response


async def _nobody() -> Start | None:
    return None


def routes(
    settings: Offered, start: Callable[[], Awaitable[Start | None]] = _nobody
) -> list[BaseRoute]:
    """Serve the explorer, or a pointer to the API where it is switched off.

    `start` is asked on every visit: a demo server answers what to fill in, any other None.
    """
    if not settings.graphiql:
        return [Route("/", _switched_off)]

    async def filled_in(_request: Request) -> Response:
        return _json(_first_sight(await start()))

    return [
        Route("/", _page),
        Route("/graphiql/start.json", filled_in),
        Route("/graphiql/LICENSES.txt", _licences),
        Mount("/graphiql/assets", _Files(directory=STATIC / "assets")),
    ]


def _first_sight(start: Start | None) -> dict[str, object]:
    if start is None:
        return {"demo": False, "email": "", "password": "", "operations": []}
    listed = [asdict(each) for each in operations(start.values(datetime.now(UTC)))]
    return {
        "demo": True,
        "email": start.email,
        "password": start.password,
        "operations": listed,
    }


async def _page(_request: Request) -> Response:
    headers = GUARDED | {"Cache-Control": "no-cache"}
    return FileResponse(STATIC / "index.html", media_type="text/html", headers=headers)


async def _licences(_request: Request) -> Response:
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(STATIC / "LICENSES.txt", media_type="text/plain", headers=headers)


async def _switched_off(_request: Request) -> Response:
    message = "The explorer is switched off; the API answers at /graphql."
    error = {"message": message, "extensions": {"code": "NOT_FOUND"}}
    return _json({"errors": [error]}, status=404)


def _json(body: object, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(orjson.dumps(body), status, headers, "application/json")
