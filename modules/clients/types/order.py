"""How the client list is sorted."""

from __future__ import annotations

from enum import Enum

from schema import enum


@enum
class ClientOrder(Enum):
    """How the client list is sorted. Of equals, the file opened last comes first."""

    RELEVANCE = "RELEVANCE"
    """Of a search: names that begin with what was typed, then whatever contains it, then names that
    are one slip away from it. Without a search, by name."""
    NAME = "NAME"
    """By last name, then first name, whatever capitals and accents."""
    NAME_DESCENDING = "NAME_DESCENDING"
    """The same from the other end."""
    NEWEST = "NEWEST"
    """The files opened last come first."""
    OLDEST = "OLDEST"
    """The files opened first come first."""
    LAST_VISIT = "LAST_VISIT"
    """Whoever was here last comes first; those who never came, last."""
    LONGEST_AWAY = "LONGEST_AWAY"
    """Whoever has not been here for the longest time comes first; those who never came, last."""
    NEXT_VISIT = "NEXT_VISIT"
    """Whoever comes next comes first; those who are not booked, last."""
    SPENT = "SPENT"
    """Whoever spent most comes first."""
    VISITS = "VISITS"
    """Whoever came most often comes first."""
    NO_SHOWS = "NO_SHOWS"
    """Whoever failed to come most often comes first."""
