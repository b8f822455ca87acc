"""What is asked of whoever keeps something of a client, before their file goes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from modules.hooks import Hook
from modules.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A file that goes for good, and everything that belongs to it; its row is locked."""

    by: Viewer
    business_id: UUID
    client_id: UUID
    account_id: UUID | None
    """The person who signs in to see it; their account stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """An appointment that was cancelled because its client's file goes."""

    id: str
    """As the API writes it: by this, those who show it find it."""
    starts_at: datetime
    ends_at: datetime
    service: str
    """What it is called."""
    staff: str
    """Who it was with."""


MISSING: Hook[[Viewer, Collection[str]], Collection[str]] = Hook("clients.missing")
"""Which of the ids that saved filters name are of something that is not there any more; each
module looks at those it knows by their prefix."""

BEFORE_DELETING: Hook[[Deletion], Sequence[Cancelled]] = Hook("clients.before_deleting")
"""To be done before a file goes; what was cancelled for it."""
