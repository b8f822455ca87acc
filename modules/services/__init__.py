"""What the business sells, who performs it, and when they are at work."""

from __future__ import annotations

from modules.contract import Module
from modules.services import rules
from modules.services.events import (
    ClosingsChanged,
    ServiceCategoryChanged,
    ServiceCreated,
    ServiceUpdated,
    StaffChanged,
)
from modules.services.resolvers import SCHEMA

module = Module(
    name="services",
    requires=["accounts"],
    schema=SCHEMA,
    settings=[rules.BookingSettings],
    events=[ServiceCreated, ServiceUpdated, ServiceCategoryChanged, StaffChanged, ClosingsChanged],
)
