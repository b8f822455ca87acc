"""What serving asks of the engine: one request in, one finished JSON answer out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from modules.viewer import Viewer


class OperationKind(StrEnum):
    """What a GraphQL operation does."""

    QUERY = "query"
    """Reads; may be repeated or dropped at will."""
    MUTATION = "mutation"
    """Changes something; once begun it is left to finish."""
    SUBSCRIPTION = "subscription"
    """Stays, and answers many times."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One GraphQL request whose shape has been checked."""

    query: str | None
    """The document; None where `extensions` names a trusted one."""
    variables: dict[str, Any] = field(default_factory=dict)
    """The values of its variables, as JSON gave them."""
    operation_name: str | None = None
    """Which of the document's operations to run."""
    extensions: dict[str, Any] = field(default_factory=dict)
    """What the client adds beside the operation."""
    after: str | None = None
    """Of a subscription: the cursor a stream goes on from, whatever `after` its document has."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One GraphQL response, ready to be sent."""

    body: bytes
    """The whole JSON response object, UTF-8, on one line."""
    refused: bool = False
    """A request error: nothing was executed and the response has no `data`."""
    cursor: str | None = None
    """Of a subscription: where in the log its reader stands now, to go on from."""


class RequestRefused(Exception):
    """The request cannot be executed: it does not parse, validate or name an operation."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("the request cannot be executed")
        self.answer = answer


class SubscriptionEnded(Exception):
    """A subscription ends for a reason its client should know, such as a revoked token."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Unauthenticated(Exception):
    """The token is unknown, expired or revoked; the message says which."""


class Api(Protocol):
    """The engine, as transports see it."""

    async def kind(self, asked: Asked, viewer: Viewer) -> OperationKind:
        """Tell what the operation does. Refuses with RequestRefused what cannot be executed.

        A document seen for the first time is read first, in the turn of the viewer's account, or
        else of their address.
        """
        ...

    async def answer(self, asked: Asked, viewer: Viewer) -> Answer:
        """Execute a query or a mutation. Never raises: mistakes and bugs are in the answer."""
        ...

    def watch(self, asked: Asked, viewer: Viewer) -> AsyncIterator[Answer]:
        """Execute a subscription: one answer per change, made once for equal subscribers.

        Raises RequestRefused at the first step, SubscriptionEnded at any.
        """
        ...

    async def viewer(self, token: str | None) -> Viewer:
        """Tell who carries this token; None is the public. Refuses with Unauthenticated."""
        ...
