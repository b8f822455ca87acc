"""How the client list is sorted."""

from __future__ import annotations

from enum import Enum

from schema import OrderDirection, enum, input


@enum
class ClientOrderField(Enum):
    """What the client list is sorted by; of equals, the file opened last comes last.

    Modules add values for what they keep of each client. Their members have a method
    `sort(found, business_id, direction)`, which sorts a queryset of clients.
    """

    RELEVANCE = "RELEVANCE"
    """By how well a search is met, whatever the direction: names that begin with what was typed,
    then whatever contains it, then names that are one slip away. Without a search, by name."""
    NAME = "NAME"
    """By last name, then first name, whatever capitals and accents."""
    CREATED_AT = "CREATED_AT"
    """By when the file was opened."""


@input
class ClientOrder:
    """How the client list is sorted."""

    field: ClientOrderField
    """What it is sorted by."""
    direction: OrderDirection = OrderDirection.ASC
    """Which way the list goes."""
