"""What can happen to points."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from modules.events import Event


@dataclass(frozen=True, kw_only=True)
class PointsEarned(Event):
    """A client was given points; the subject is the client."""

    appointment_id: UUID
    """What for."""
    points: int
    """How many."""
