"""How the client list is sorted."""

from __future__ import annotations

from enum import Enum

from schema import enum


@enum
class ClientOrder(Enum):
    """How the client list is sorted. Of equals, the file opened last comes first.

    Modules add values for what they keep of each client. Their members have a method
    `sort(found, business_id)`, which sorts a queryset of clients.
    """

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
