"""How the client list is sorted."""

from __future__ import annotations

from enum import Enum

from schema import choice


@choice
class ClientOrder(Enum):
    """How the client list is sorted."""

    NAME = "NAME"
    """By last name, then first name, whatever capitals and accents."""
    NAME_DESCENDING = "NAME_DESCENDING"
    """The same from the other end."""
    NEWEST = "NEWEST"
    """The files opened last come first."""
    OLDEST = "OLDEST"
    """The files opened first come first."""
