"""What is asked of whoever keeps something of a client, before their file goes or joins another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from modules.asking import Question
from modules.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A file that goes for good, and everything that belongs to it; its row is held."""

    by: Viewer
    business_id: UUID
    client_id: UUID
    account_id: UUID | None
    """The person who signs in to see it; their account stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledOff:
    """An appointment that was called off because its client's file goes."""

    id: str
    """As the API writes it: by this, those who show it find it."""
    starts_at: datetime
    ends_at: datetime
    service: str
    """What it is called."""
    staff: str
    """Who it was with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Two files that become one; both rows are held, and nothing has moved yet."""

    by: Viewer
    business_id: UUID
    client_id: UUID
    """The one that stays."""
    other_client_id: UUID
    """The one that goes."""
    other_account_id: UUID | None
    """Whose place here ends, where both files have an account."""


LEAVING: Question[[Leaving], Sequence[CalledOff]] = Question("clients.leaving")
"""To be done before a file goes; what was called off for it."""

JOINING: Question[[Joining], None] = Question("clients.joining")
"""To be done before a file becomes a part of another."""
