"""Serves the demo pages: static files on the API, as any other page on it could be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

PAGES = Path(__file__).parent / "pages"
# Nothing from elsewhere, and neither scripts nor styles within a page.
GUARDED = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Said here, as the machine's own table may lack them.
MEDIA = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


def routes() -> list[BaseRoute]:
    """Serve each file of the folder at its name below `/demo`, and the week at `/demo` itself."""
    files = [file for file in sorted(PAGES.iterdir()) if file.suffix in MEDIA]
    return [
        Route("/demo", _to_the_week),
        Route("/demo/", _to_the_week),
        *(Route(f"/demo/{file.name}", _serving(file)) for file in files),
    ]


async def _to_the_week(_request: Request) -> Response:
    return RedirectResponse("/demo/week.html")


def _serving(file: Path) -> Callable[[Request], Awaitable[Response]]:
    async def page(_request: Request) -> Response:
        media_type = f"{MEDIA[file.suffix]}; charset=utf-8"
        return FileResponse(file, media_type=media_type, headers=GUARDED)

    return page
