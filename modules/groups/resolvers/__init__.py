"""Groups: reading, watching, changing, and what they open."""

from modules.groups.resolvers.audience import (
    BusinessRules,
    CreatedAudience,
    ServiceAudiences,
    UpdatedAudience,
    UpdatedRules,
)
from modules.groups.resolvers.changing import GroupMutations
from modules.groups.resolvers.filtering import FilteredByGroup
from modules.groups.resolvers.reading import BusinessGroups, ClientGroups, GroupClients
from modules.groups.resolvers.watching import GroupSubscriptions

SCHEMA = (
    BusinessGroups,
    GroupClients,
    ClientGroups,
    FilteredByGroup,
    GroupMutations,
    GroupSubscriptions,
    ServiceAudiences,
    CreatedAudience,
    UpdatedAudience,
    BusinessRules,
    UpdatedRules,
)

__all__ = ["SCHEMA"]
