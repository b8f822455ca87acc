"""Refusals: what the business does not allow, in words its user understands.

A rule raises a refusal; the caller sees it as a `Problem`. Nothing here knows GraphQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class Refusal(Exception):
    """Something asked for that the business does not allow; the subclass's docstring says what."""

    code: ClassVar[str] = "REFUSED"
    """Stable, for programs: `SLOT_TAKEN`."""

    retryable: ClassVar[bool] = False
    """Whether the very same request may succeed later."""

    remedy: ClassVar[str] = "Change the request and try again."
    """What the asker can do about it, in one sentence."""

    def __init__(self, message: str = "", *, field: str | Sequence[str] = ()) -> None:
        """Say what is wrong, and the part of the input it is about: a dotted path in snake_case."""
        self.path: tuple[str, ...] = ()
        """Where in a response it arose, below its root field; known to whoever reads."""
        super().__init__(message or (self.__doc__ or self.code).partition("\n")[0])
        self.field: tuple[str, ...] = tuple(
            field.split(".") if isinstance(field, str) and field else field
        )

    @property
    def message(self) -> str:
        """The fact, in one sentence."""
        return str(self)


class NotFound(Refusal):
    """There is no such thing, or it belongs to somebody else."""

    code = "NOT_FOUND"
    remedy = "Check the id; it may have been deleted."


class InvalidInput(Refusal):
    """A value does not make sense."""

    code = "INVALID_INPUT"
    remedy = "Correct the value the field path points to."


class StaleVersion(Refusal):
    """Somebody changed this since you read it."""

    code = "STALE_VERSION"
    remedy = "Read it again, look at what changed, and send the new version."


class IdempotencyConflict(Refusal):
    """This idempotency key was already used for a different request."""

    code = "IDEMPOTENCY_CONFLICT"
    remedy = "Use a new key for a new request."


class Forbidden(Refusal):
    """Your role does not allow this."""

    code = "FORBIDDEN"
    remedy = "Sign in as somebody who may, or ask the owner."


class StorageFull(Refusal):
    """This business keeps as many files as it may."""

    code = "STORAGE_FULL"
    remedy = "Cancel imports that are not needed, or wait until files expire; then try again."


class TooManyAttempts(Refusal):
    """Too many attempts in a short time."""

    code = "TOO_MANY_ATTEMPTS"
    retryable = True
    remedy = "Wait a little and try again."
