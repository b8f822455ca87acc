"""Groups, audiences and their changes as the API shows them."""

from modules.groups.types.audience import ServiceAudience, ServiceAudienceInput
from modules.groups.types.changes import GroupChange, GroupChangeKind
from modules.groups.types.group import Group
from modules.groups.types.inputs import (
    AddClientsToGroupInput,
    CreateGroupInput,
    DeleteGroupInput,
    RemoveClientsFromGroupInput,
    UpdateGroupInput,
)
from modules.groups.types.payloads import (
    CreatedGroup,
    DeletedGroup,
    GroupDeletionPreview,
    GroupInUse,
    GrownGroup,
    ShrunkGroup,
    UpdatedGroup,
)

__all__ = [
    "AddClientsToGroupInput",
    "CreateGroupInput",
    "CreatedGroup",
    "DeleteGroupInput",
    "DeletedGroup",
    "Group",
    "GroupChange",
    "GroupChangeKind",
    "GroupDeletionPreview",
    "GroupInUse",
    "GrownGroup",
    "RemoveClientsFromGroupInput",
    "ServiceAudience",
    "ServiceAudienceInput",
    "ShrunkGroup",
    "UpdateGroupInput",
    "UpdatedGroup",
]
