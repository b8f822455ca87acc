"""What requests say about themselves in headers, and what every response says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.types import Scope, Send

from schema.api import Unauthenticated
from schema.serving.negotiation import Media
from schema.serving.refusals import Header

_ALWAYS: tuple[Header, ...] = (
    (b"vary", b"Accept"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
)


def _described(media: Media) -> tuple[Header, ...]:
    return ((b"content-type", f"{media}; charset=utf-8".encode()), *_ALWAYS)


RESPONSE_HEADERS: dict[Media, tuple[Header, ...]] = {
    Media.JSON: _described(Media.JSON),
    Media.RESPONSE: _described(Media.RESPONSE),
    # What is refused before a stream begins is said in JSON.
    Media.EVENTS: _described(Media.JSON),
}
"""The headers of a whole answer, made once."""

STREAM_HEADERS: tuple[Header, ...] = (
    *_described(Media.EVENTS),
    # Proxies that buffer would hold events back.
    (b"x-accel-buffering", b"no"),
)
"""The headers of an event stream."""


def by_name(scope: Scope) -> dict[bytes, bytes]:
    """Give the request's headers by lower-case name; what came twice is joined by commas."""
    pairs: list[Header] = scope["headers"]
    found = dict(pairs)
    if len(found) != len(pairs):
        found = {}
        for name, value in pairs:
            found[name] = found[name] + b", " + value if name in found else value
    return found


def bearer(value: str) -> str | None:
    """Read `Bearer <token>`; None when it is empty. Refuses every other scheme."""
    value = value.strip()
    if not value:
        return None
    scheme, _, token = value.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("The Authorization must read: Bearer, a space, the token.")
    return token


def token_in(headers: dict[bytes, bytes]) -> str | None:
    """Read the token in the Authorization header; None without one."""
    value = headers.get(b"authorization")
    return None if value is None else bearer(value.decode("latin-1"))


async def reply(
    send: Send, status: int, media: Media, body: bytes, extra: Iterable[Header] = ()
) -> None:
    """Send a whole answer: its head and its body, once each."""
    head: dict[str, Any] = {
        "type": "http.response.start",
        "status": status,
        "headers": [*RESPONSE_HEADERS[media], (b"content-length", b"%d" % len(body)), *extra],
    }
    await send(head)
    await send({"type": "http.response.body", "body": body})
