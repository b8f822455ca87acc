"""From what a client sent to one GraphQL request whose shape is right."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive

from schema.api import Asked
from schema.serving.refusals import ClientGone, Refused

DEEPEST = 64
"""Levels of lists and objects that variables may have."""

_MEMBERS = ("query", "variables", "operationName", "extensions")


async def read_body(receive: Receive, limit: int) -> bytes:
    """Read a whole body. Refuses with 413 as soon as more than `limit` bytes have come."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        if not message.get("more_body", False):
            return b"".join([*chunks, chunk]) if chunks else chunk
        chunks.append(chunk)


def too_large(limit: int) -> Refused:
    """Say how large a body may be."""
    return Refused(413, f"The body is too large: at most {limit} bytes.")


def asked_in(body: bytes) -> Asked:
    """Read the JSON body of a POST. Refuses with 400 what is not one GraphQL request."""
    members = json_of(body, "The body")
    if isinstance(members, list):
        raise Refused(400, "Batches are not served: send one operation per request.")
    if not isinstance(members, dict):
        raise Refused(400, "The body must be a JSON object.")
    asked = asked_from(members)
    check_values(asked, body)
    return asked


def asked_by(query_string: bytes) -> Asked:
    """Read the parameters of a GET; empty ones count as absent. Refuses with 400 like a body."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            errors="strict",
            max_num_fields=50,
            keep_blank_values=False,
        )
    except ValueError:
        raise Refused(
            400, "The parameters in the URL cannot be read: they are few, and in UTF-8."
        ) from None
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise Refused(400, f"The parameter {name[:40]} is given twice.")
        if name in _MEMBERS:
            members[name] = value
    for name in ("variables", "extensions"):
        if name in members:
            members[name] = json_of(members[name], f"The parameter {name}")
    asked = asked_from(members)
    check_values(asked, query_string)
    return asked


def json_of(text: bytes | str, what: str) -> Any:
    """Read JSON: UTF-8, no NaN, numbers and depth within reason. Refuses with 400 all else."""
    try:
        return orjson.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise Refused(400, f"{what} is not valid JSON: {wrong}.") from None


def asked_from(members: dict[str, Any]) -> Asked:
    """Check the members of a request; null counts as absent. Refuses with 400 wrong types."""
    query = members.get("query")
    operation_name = members.get("operationName")
    variables = members.get("variables")
    extensions = members.get("extensions")
    for name, value in (("query", query), ("operationName", operation_name)):
        if value is not None and not isinstance(value, str):
            raise Refused(400, f"{name} must be a string.")
    for name, value in (("variables", variables), ("extensions", extensions)):
        if value is not None and not isinstance(value, dict):
            raise Refused(400, f"{name} must be an object.")
    if not query and not extensions:
        raise Refused(400, "query is missing: it holds the GraphQL document.")
    return Asked(query, variables or {}, operation_name, extensions or {})


def check_values(asked: Asked, raw: bytes) -> None:
    """Refuse values no column can hold: too deep, or with a NUL character.

    `raw` is what they were read from; most requests are cleared by a look at its bytes.
    """
    if raw.count(b"{") + raw.count(b"[") + raw.count(b"%") > DEEPEST or b"u0000" in raw:
        _check_value(asked.variables)
        _check_value(asked.extensions)


def _check_value(value: Any) -> None:
    """Walk a value level by level, so that no depth can exhaust the stack."""
    level = [value]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += item
                below += item.values()
            elif isinstance(item, list):
                below += item
            elif isinstance(item, str) and "\0" in item:
                raise Refused(400, "Text cannot hold the character U+0000.", code="BAD_USER_INPUT")
        if not below:
            return
        level = below
    raise Refused(
        400, f"Variables may be nested {DEEPEST} levels deep at most.", code="BAD_USER_INPUT"
    )
