"""A client's file as the API shows it."""

from __future__ import annotations

from datetime import date, datetime

from modules.clients import models
from modules.services.types import Staff
from schema import Node, computed, table


@table(models.Client, prefix="cli")
class Client(Node):
    """One business's file on a person."""

    first_name: str
    """Given name."""
    last_name: str
    """Family name."""
    email: str | None
    """Where mail reaches them; at least one of mail and phone is known."""
    phone: str | None
    """Where calls reach them, in E.164: `+31612345678`."""
    birthday: date | None
    """When they were born."""
    note: str | None
    """What the team wants to remember."""
    preferred_staff: Staff | None
    """Who they like to come to."""
    created_at: datetime
    """When the file was opened."""
    version: int
    """Grows with every change: send it along with an update."""

    @computed(needs=("first_name", "last_name"))
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"
