"""Which media type an answer has, and which requests can be read at all."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from schema.serving.refusals import Refused


class Media(StrEnum):
    """The media types of an answer; when a client likes several equally, the first of these."""

    JSON = "application/json"
    """The old habit: 200 whatever the errors, for every well-formed request."""
    RESPONSE = "application/graphql-response+json"
    """The same body, where the status tells whether anything was executed."""
    EVENTS = "text/event-stream"
    """One event per answer, for subscriptions and for whoever likes streams."""


_WEIGHT = re.compile(r"(0(\.\d*)?|1(\.0*)?|\.\d+)")
_MEMORABLE = 512
"""Longer Accept headers are read anew each time, so that nobody fills the memory with them."""


def acceptable(accept: bytes | None) -> Media:
    """Choose the media type by the client's weights (RFC 9110). Refuses with 406 when none will do.

    Equal weights: what the client named first; no header or `*/*`: JSON.
    """
    if accept is None:
        return Media.JSON
    chosen = _choose(accept) if len(accept) > _MEMORABLE else _remembered_choice(accept)
    if chosen is None:
        offers = ", ".join(Media)
        raise Refused(406, f"None of the media types in Accept can be served; these can: {offers}.")
    return chosen


def _choose(accept: bytes) -> Media | None:
    """Weigh every media type we have by the most precise range that covers it."""
    text = accept.decode("latin-1").lower().strip()
    if not text:
        return Media.JSON
    ranges: dict[str, tuple[float, int]] = {}
    for place, part in enumerate(text.split(",")):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        weight = _weight(parameters)
        if weight is not None:
            ranges.setdefault(kind, (weight, -place))
    best: Media | None = None
    best_rank = (0.0, 0)
    for media in Media:
        for kind in (media.value, media.split("/")[0] + "/*", "*/*"):
            if kind in ranges:
                if ranges[kind][0] > 0 and (best is None or ranges[kind] > best_rank):
                    best, best_rank = media, ranges[kind]
                break
    return best


_remembered_choice = lru_cache(maxsize=512)(_choose)


def _weight(parameters: list[str]) -> float | None:
    """Read `q=`; 1 without one, None when it is no weight."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            value = value.strip()
            return float(value) if _WEIGHT.fullmatch(value) else None
    return 1.0


def check_readable(headers: dict[bytes, bytes]) -> None:
    """Refuse with 415 a body that is not plain UTF-8 JSON.

    That also keeps forms of other sites out: a browser sends none of theirs as JSON without asking.
    """
    if headers.get(b"content-type") != b"application/json":
        _check_content_type(headers.get(b"content-type", b"").decode("latin-1"))
    encoding = headers.get(b"content-encoding")
    if encoding is not None and encoding.strip().lower() not in (b"", b"identity"):
        raise Refused(
            415,
            "Compressed bodies cannot be read: send it without Content-Encoding.",
            headers=((b"accept-encoding", b"identity"),),
        )


def _check_content_type(content_type: str) -> None:
    """Refuse every media type but JSON and every charset but UTF-8."""
    kind, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    if kind == "multipart/form-data":
        raise Refused(
            415, "Files are not sent here: ask for an upload and PUT the file to its URL."
        )
    if kind != Media.JSON:
        named = f"a body of type {kind[:60]}" if kind else "a body without Content-Type"
        raise Refused(415, f"The server reads application/json, not {named}.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise Refused(415, f"The server reads UTF-8, not {value.strip()[:40]}.")
