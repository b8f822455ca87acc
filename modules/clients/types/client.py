"""A client's file as the API shows it."""

from __future__ import annotations

from typing import Any

from modules.clients import events, models
from modules.clients.profile import FIELDS
from modules.clients.types.profiled import shows
from modules.services.types import Staff
from modules.viewer import SIGNED_IN, TEAM
from schema import Node, computed, enum, object, table, visible

AccountStatus = enum(events.AccountStatus)
ClientSource = enum(models.ClientSource)
MarketingChannel = enum(models.MarketingChannel)
ClientNoteKind = enum(models.ClientNoteKind)
ClientFieldKind = enum(models.ClientFieldKind)

ADDRESS = tuple(each.name for each in FIELDS if each.within == "address")


@object
@shows(within="address")
class Address:
    """Where somebody lives."""


@table(models.Client, prefix="cli", audience=SIGNED_IN, otherwise=TEAM)
@shows({"preferred_staff": Staff})
class Client(Node):
    """One business's file on a person."""

    version: int = visible(SIGNED_IN)
    """Grows with every change: send it along with an update."""

    @computed(needs=("first_name", "last_name"), audience=SIGNED_IN)
    def full_name(self) -> str:
        """First and last name."""
        row: Any = self
        return f"{row.first_name} {row.last_name}"

    @computed(needs=ADDRESS, audience=SIGNED_IN)
    def address(self) -> Address | None:
        """Where they live; null when nothing of it is known."""
        row: Any = self
        parts: Any = {name: getattr(row, name) for name in ADDRESS}
        return Address(**parts) if any(parts.values()) else None
