"""What can happen to a group."""

from __future__ import annotations

from dataclasses import dataclass

from modules.events import Event


@dataclass(frozen=True, kw_only=True)
class GroupEvent(Event):
    """Something happened to a group, which is the subject."""

    added: int = 0
    """How many clients joined it."""
    removed: int = 0
    """How many clients left it."""


@dataclass(frozen=True, kw_only=True)
class GroupCreated(GroupEvent):
    """A group was made, perhaps with clients in it."""


@dataclass(frozen=True, kw_only=True)
class GroupUpdated(GroupEvent):
    """A group was renamed or described anew."""


@dataclass(frozen=True, kw_only=True)
class GroupMembersChanged(GroupEvent):
    """Clients joined a group, or left it."""


@dataclass(frozen=True, kw_only=True)
class GroupDeleted(GroupEvent):
    """A group is no more; its clients stay."""
