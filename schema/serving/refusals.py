"""Requests that are turned away before the engine sees them, and how that is said."""

from __future__ import annotations

import orjson

from schema.api import OperationKind
from storage.outage import RETRY_AFTER

Header = tuple[bytes, bytes]

LONGEST_MESSAGE = 300
"""Characters of a message; what a client sent is never echoed at length."""


class Refused(Exception):
    """A request that is no GraphQL request; the message tells its sender what to change."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "BAD_REQUEST",
        headers: tuple[Header, ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers


class ClientGone(Exception):
    """Nobody is left to answer."""


def error(message: str, code: str) -> dict[str, object]:
    """Make one GraphQL error, its message cut to a length worth reading."""
    if len(message) > LONGEST_MESSAGE:
        message = message[: LONGEST_MESSAGE - 1] + "…"
    return {"message": message, "extensions": {"code": code}}


def errors_body(message: str, code: str) -> bytes:
    """Make the response of a request of which nothing was executed."""
    return orjson.dumps({"errors": [error(message, code)]})


OUR_FAULT = errors_body("Something went wrong on our side.", "INTERNAL_SERVER_ERROR")
"""All that anybody outside learns of a bug."""

UNAVAILABLE = "UNAVAILABLE"
TRY_AGAIN = "The database cannot be used right now: try again in a few seconds."
TRY_AGAIN_LATER: tuple[Header, ...] = ((b"retry-after", b"%d" % RETRY_AFTER),)


def unavailable(kind: OperationKind | None = None) -> dict[str, object]:
    """Make the error of a request that PostgreSQL's absence kept from being served."""
    if kind is OperationKind.MUTATION:
        repeat = " Repeat it with the same idempotencyKey, or look first what came of it."
        return error(TRY_AGAIN + repeat, UNAVAILABLE)
    return error(TRY_AGAIN, UNAVAILABLE)
