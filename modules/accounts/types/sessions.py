"""Sessions that begin and end: what mutations answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modules.accounts import rules
from modules.accounts.types.viewer import Me, me
from modules.errors import IdempotencyConflict
from modules.viewer import Viewer
from schema import payload


async def whoever_signed_in(result: Any) -> Viewer | None:
    """Say who reads the answer of a sign-in: whoever has the token now, not whoever asked.

    A remembered answer only has the token, whose session may have ended since.
    Refuses: IdempotencyConflict.
    """
    if result.token is None:
        return None
    acting: Viewer | None = getattr(result, "acting", None)
    if acting is None and (acting := await rules.authenticate(result.token)) is None:
        raise IdempotencyConflict("The session this key opened has ended.")
    return acting


@payload(reads_as=whoever_signed_in)
class SignedIn:
    """Somebody who is signed in from now on."""

    token: str
    """Send it with every request as `Authorization: Bearer …`. It is told this once."""
    expires_at: datetime
    """When it stops working, unless it is used before: then it lasts longer."""
    viewer: Me
    """The viewer as who one is signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignedIn:
    """A `SignedIn`, and whoever has the token now."""

    token: str | None
    expires_at: datetime | None
    viewer: Me | None
    acting: Viewer | None


def signed_in(signed: rules.SignedIn | None) -> _SignedIn:
    """Say who was signed in; None for whoever has to sign in another way."""
    if signed is None:
        return _SignedIn(token=None, expires_at=None, viewer=None, acting=None)
    return _SignedIn(
        token=signed.token,
        expires_at=signed.expires_at,
        viewer=me(signed.viewer),
        acting=signed.viewer,
    )


@payload
class SignedOut:
    """Sessions that ended."""

    ended_sessions: int
    """How many sessions ended."""


@payload
class CodeRequested:
    """What is said to everybody who asks for a code, known or not."""

    email: str
    """Where a code was sent, if a client of the business confirmed this address."""
