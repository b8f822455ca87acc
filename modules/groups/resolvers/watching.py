"""Watching groups."""

from __future__ import annotations

from modules.accounts.types import told
from modules.groups.events import (
    GroupCreated,
    GroupDeleted,
    GroupEvent,
    GroupMembersChanged,
    GroupUpdated,
)
from modules.groups.types import Group, GroupChange, GroupChangeKind
from schema import Happened, Subscription, extend, ref, subscription

KINDS = {
    GroupCreated: GroupChangeKind.CREATED,
    GroupUpdated: GroupChangeKind.UPDATED,
    GroupMembersChanged: GroupChangeKind.MEMBERS_CHANGED,
    GroupDeleted: GroupChangeKind.DELETED,
}


@extend(Subscription)
class GroupSubscriptions:
    """Watching groups."""

    @subscription(GroupCreated, GroupUpdated, GroupMembersChanged, GroupDeleted)
    @staticmethod
    def group_changes(happened: Happened) -> GroupChange | None:
        """What happens to groups, as it happens, and first what happened since `after`."""
        event = happened.event
        if not isinstance(event, GroupEvent):
            return None
        return GroupChange(
            kind=KINDS[type(event)],
            **told(happened, Group),
            group=ref(Group, event.subject),
            added=event.added,
            removed=event.removed,
        )
