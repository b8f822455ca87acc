"""Accounts and the devices they are signed in on."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from pypika_tortoise.terms import Term

from modules.accounts import models
from modules.viewer import SIGNED_IN, Viewer
from schema import Expression, Node, Parent, VersionedInput, expression, input, table, visible


@table(models.Account, prefix="acc", audience=SIGNED_IN)
class Account(Node):
    """The account of a person who can sign in."""

    name: str
    """What the person is called."""
    email: str | None
    """The mail address they sign in with."""
    email_verified_at: datetime | None = visible(column="confirmed_at")
    """When they proved to read the mail sent there; null until then."""
    version: int
    """Grows with every change: send it along with an update."""


@table(models.Session, prefix="ses", audience=SIGNED_IN)
class Session(Node):
    """A device one is signed in on, acting in one business."""

    created_at: datetime
    """When one signed in on the device."""
    last_used_at: datetime
    """When it was last of use, give or take five minutes."""
    expires_at: datetime
    """When it ends by itself, unless it is used before."""

    @expression
    @staticmethod
    def current(session: Parent[Session], viewer: Viewer) -> Expression[bool]:
        """Whether it is the one this request came with."""
        this: Any = viewer.session_id
        here: Any = session
        return cast(Term, here.id == this)


@input
class UpdateAccountInput(VersionedInput):
    """What to change about one's own account."""

    name: str
    """What one is called, up to 200 characters."""
