"""Watching groups."""

from __future__ import annotations

import strawberry

from modules.accounts.types import Account
from modules.groups.events import (
    GroupCreated,
    GroupDeleted,
    GroupEvent,
    GroupMembersChanged,
    GroupUpdated,
)
from modules.groups.types import Group, GroupChange, GroupChangeKind
from schema import Happened, Subscription, encode, extend, ref, subscription

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
            at=happened.at,
            actor=ref(Account, happened.actor) if happened.actor else None,
            cursor=happened.cursor,
            group_id=strawberry.ID(encode("grp", event.subject)),
            group=ref(Group, event.subject),
            added=event.added,
            removed=event.removed,
        )
