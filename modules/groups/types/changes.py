"""What happens to groups, as it is watched."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from modules.accounts.types import Account
from modules.groups.types.group import Group
from schema import enum, object


@enum
class GroupChangeKind(Enum):
    """What happened to a group."""

    CREATED = "CREATED"
    """It was made."""
    UPDATED = "UPDATED"
    """It was renamed or described anew."""
    MEMBERS_CHANGED = "MEMBERS_CHANGED"
    """Clients joined it, or left it."""
    DELETED = "DELETED"
    """It is no more."""


@object
class GroupChange:
    """Something that happened to a group."""

    kind: GroupChangeKind
    """What happened."""
    at: datetime
    """When it happened."""
    actor: Account | None
    """Who did it; null when nobody did."""
    cursor: str
    """Pass it as `after` to go on from here."""
    group_id: strawberry.ID
    """The group it is about."""
    group: Group | None
    """The group as it is now; null when it is no more."""
    added: int
    """How many clients joined it."""
    removed: int
    """How many clients left it."""
