"""The messages of graphql-transport-ws: what a client may say, and what it is told."""

from __future__ import annotations

from typing import Any

import orjson

from schema.api import Answer, Asked, OperationKind
from schema.serving.headers import bearer
from schema.serving.refusals import OUR_FAULT, Refused, error, unavailable
from schema.serving.request import asked_from

LONGEST_REASON = 123
"""Bytes a close frame has room for."""

ACK = '{"type":"connection_ack"}'


class Closing(Exception):
    """The socket must be closed, with this code and for this reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:LONGEST_REASON].decode(errors="ignore")


SLOW = Closing(4410, "slow reader: reconnect with the last cursor")
"""Usual clients come back after it; after 1011 they give up for good."""


def read_message(raw: bytes) -> dict[str, Any]:
    """Read one message and check its shape. A wrong one closes the socket with 4400."""
    try:
        message = orjson.loads(raw)
    except (ValueError, RecursionError):
        raise Closing(4400, "A message must be valid JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Closing(4400, "A message must be an object with a type")
    kind, payload = message["type"], message.get("payload")
    if kind in ("subscribe", "complete"):
        if not isinstance(message.get("id"), str) or not message["id"]:
            raise Closing(4400, "id must be a string that is not empty")
        if kind == "subscribe" and not isinstance(payload, dict):
            raise Closing(4400, "payload must be an object")
    elif kind in ("connection_init", "ping", "pong"):
        if payload is not None and not isinstance(payload, dict):
            raise Closing(4400, "payload must be an object")
    else:
        raise Closing(4400, f"Nobody expects a message of type {kind[:40]}")
    return message


def asked_in_payload(payload: dict[str, Any]) -> Asked:
    """Read the operation of a `subscribe`. Wrong types close the socket with 4400."""
    try:
        return asked_from(payload)
    except Refused as refused:
        raise Closing(4400, "payload." + refused.message.removesuffix(".")) from None


def token_in_payload(payload: dict[str, Any] | None) -> str | None:
    """Read the token of a `connection_init`: `authorization: "Bearer …"` or `token: "…"`."""
    for name, value in (payload or {}).items():
        known = name.lower()
        if known not in ("authorization", "token") or value is None:
            continue
        if not isinstance(value, str):
            raise Closing(4400, f"payload.{known} must be a string")
        token = bearer(value) if known == "authorization" else value.strip() or None
        if token is not None:
            return token
    return None


def next_prefix(operation: str) -> bytes:
    """Make all of a `next` message that comes before the answer, once per operation."""
    return b'{"id":' + orjson.dumps(operation) + b',"type":"next","payload":'


def next_frame(prefix: bytes, answer: Answer) -> str:
    """Make a `next` message around an answer that many share; it is never encoded again."""
    return (prefix + answer.body + b"}").decode()


def refused_frame(operation: str, answer: Answer) -> str:
    """Make an `error` message of an answer that is nothing but errors."""
    return _error_frame(operation, orjson.loads(answer.body)["errors"])


def error_frame(operation: str, message: str, code: str) -> str:
    """Make an `error` message of one sentence."""
    return _error_frame(operation, [error(message, code)])


def _error_frame(operation: str, errors: list[Any]) -> str:
    return orjson.dumps({"id": operation, "type": "error", "payload": errors}).decode()


def our_fault_frame(operation: str) -> str:
    """Make the `error` message of a bug, which says nothing of it."""
    return refused_frame(operation, Answer(OUR_FAULT))


def unavailable_frame(operation: str, kind: OperationKind | None) -> str:
    """Make the `error` message of an operation that PostgreSQL's absence kept from being served."""
    return _error_frame(operation, [unavailable(kind)])


def complete_frame(operation: str) -> str:
    """Say that an operation has nothing more to say."""
    return orjson.dumps({"id": operation, "type": "complete"}).decode()


def pong_frame(payload: dict[str, Any] | None) -> str:
    """Answer a ping with what came in it."""
    said: dict[str, Any] = {"type": "pong"}
    if payload is not None:
        said["payload"] = payload
    return orjson.dumps(said).decode()
