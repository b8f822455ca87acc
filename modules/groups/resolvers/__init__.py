"""Groups: reading, watching, changing, and what they open."""

from modules.accounts.types import Business
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
from modules.groups.types import Group
from schema import getters

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
    *getters(Business, Group),
)

__all__ = ["SCHEMA"]
