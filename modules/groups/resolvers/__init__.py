"""Groups: reading, watching, changing, and what they open."""

from modules.accounts.types import Business
from modules.groups.resolvers.audience import (
    CreatedAudience,
    ServiceAudiences,
    UpdatedAudience,
)
from modules.groups.resolvers.changing import GroupMutations
from modules.groups.resolvers.filtering import FilteredByGroup
from modules.groups.resolvers.reading import (
    BusinessGroups,
    ClientGroups,
    GroupClients,
    GroupPreviews,
)
from modules.groups.resolvers.watching import GroupSubscriptions
from modules.groups.rules import GroupSettings
from modules.groups.types import Group
from schema import getters, settings_of

SCHEMA = (
    BusinessGroups,
    GroupClients,
    ClientGroups,
    GroupPreviews,
    FilteredByGroup,
    GroupMutations,
    GroupSubscriptions,
    ServiceAudiences,
    CreatedAudience,
    UpdatedAudience,
    *settings_of(Business, GroupSettings),
    *getters(Business, Group),
)

__all__ = ["SCHEMA"]
