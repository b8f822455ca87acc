"""What happens to groups, as it is watched."""

from __future__ import annotations

from enum import Enum

from modules.accounts.types import Change
from modules.groups.types.group import Group
from schema import enum, object


@enum
class GroupChangeKind(Enum):
    """What happened to a group."""

    CREATED = "CREATED"
    """The group was made."""
    UPDATED = "UPDATED"
    """It was renamed or described anew."""
    MEMBERS_CHANGED = "MEMBERS_CHANGED"
    """Clients joined it, or left it."""
    DELETED = "DELETED"
    """The group was deleted."""


@object
class GroupChange(Change):
    """Something that happened to a group."""

    kind: GroupChangeKind
    """What happened to the group."""
    group: Group | None
    """The group as it is now; null when it is no more."""
    added: int
    """How many clients joined it."""
    removed: int
    """How many clients left it."""
