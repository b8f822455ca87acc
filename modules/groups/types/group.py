"""A group as the API shows it."""

from __future__ import annotations

from datetime import datetime

from modules.groups import models
from schema import Node, table, visible


@table(models.ClientGroup, prefix="grp")
class Group(Node):
    """Some of the clients, under a name: services can be for them only."""

    name: str
    """What it is called; no other group of the business is called so."""
    description: str | None
    """What it is, for the team."""
    client_count: int = visible(column="size")
    """How many clients are in it."""
    created_at: datetime
    """When the group was made."""
    version: int
    """Grows when it is renamed or described anew: send it along with an update."""
