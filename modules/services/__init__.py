"""What the business sells, who performs it, and when they are at work."""

from __future__ import annotations

from modules.contract import Module
from modules.services import resolvers, rules
from modules.services.events import ClosingsChanged, ServiceCreated, ServiceUpdated, StaffChanged

module = Module(
    name="services",
    requires=["accounts"],
    schema=[
        resolvers.BusinessServices,
        resolvers.ServiceStaff,
        resolvers.StaffWork,
        resolvers.ServiceMutations,
        *resolvers.GETTERS,
    ],
    settings=[rules.BookingSettings],
    events=[ServiceCreated, ServiceUpdated, StaffChanged, ClosingsChanged],
)
