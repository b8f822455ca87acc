"""What the business allows when it comes to groups, and to services that are for some only."""

from modules.groups.rules.audience import (
    Audience,
    AudienceUnclear,
    check_audience,
    may_book,
    set_audience,
)
from modules.groups.rules.deleting import Deleted, GroupInUse, delete_group, look
from modules.groups.rules.files import (
    GroupChanges,
    GroupNameTaken,
    NewGroup,
    create_group,
    pattern,
    refold,
    update_group,
)
from modules.groups.rules.known import missing
from modules.groups.rules.members import Added, Removed, add_clients, remove_clients
from modules.groups.rules.moving import GroupSettings, may_move

__all__ = [
    "Added",
    "Audience",
    "AudienceUnclear",
    "Deleted",
    "GroupChanges",
    "GroupInUse",
    "GroupNameTaken",
    "GroupSettings",
    "NewGroup",
    "Removed",
    "add_clients",
    "check_audience",
    "create_group",
    "delete_group",
    "look",
    "may_book",
    "may_move",
    "missing",
    "pattern",
    "refold",
    "remove_clients",
    "set_audience",
    "update_group",
]
