"""The price list and the team: reading and changing them."""

from modules.accounts.types import Business
from modules.services.resolvers.catalogue import (
    BusinessServices,
    ServiceMutations,
    ServiceStaff,
    StaffWork,
)
from modules.services.resolvers.categories import (
    BusinessServiceCategories,
    ServiceCategoryMutations,
    ServiceCategoryServices,
)
from modules.services.rules import BookingSettings
from modules.services.types import Closing, Service, ServiceCategory, Staff
from schema import getters, settings_of

SCHEMA = (
    BusinessServices,
    ServiceStaff,
    StaffWork,
    ServiceMutations,
    BusinessServiceCategories,
    ServiceCategoryServices,
    ServiceCategoryMutations,
    *getters(Business, Service, ServiceCategory, Closing, staff_member=Staff),
    *settings_of(Business, BookingSettings),
)

__all__ = ["SCHEMA"]
