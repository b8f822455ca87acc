"""What the business allows when it comes to its price list, its team and their hours."""

from modules.errors import OutOfRange
from modules.services.models import BookingMode
from modules.services.rules.booking import OWN, BookingSettings, Policy, policy, step
from modules.services.rules.catalogue import (
    LONGEST,
    ServiceChanges,
    Terms,
    create_service,
    open_to,
    terms,
    update_service,
)
from modules.services.rules.categories import (
    CategoriesTooMany,
    CategoryNameTaken,
    create_service_category,
    delete_service_category,
    reorder_service_categories,
    update_service_category,
)
from modules.services.rules.days import (
    add_closing,
    remove_closing,
    set_dated_hours,
    today,
)
from modules.services.rules.hours import (
    EndsBeforeStart,
    HoursOverlap,
    add_time_off,
    now,
    remove_time_off,
    set_working_hours,
)
from modules.services.rules.opening import (
    OPENING,
    Hours,
    Opening,
    at_work,
    closed_then,
    open_spans,
)
from modules.services.rules.team import (
    AccountAlreadyStaff,
    StaffChanges,
    create_staff,
    update_staff,
)
from modules.services.rules.values import (
    ColourInvalid,
    CurrencyDiffers,
    Price,
    currency_of,
    same_currency,
)

__all__ = [
    "LONGEST",
    "OPENING",
    "OWN",
    "AccountAlreadyStaff",
    "BookingMode",
    "BookingSettings",
    "CategoriesTooMany",
    "CategoryNameTaken",
    "ColourInvalid",
    "CurrencyDiffers",
    "EndsBeforeStart",
    "Hours",
    "HoursOverlap",
    "Opening",
    "OutOfRange",
    "Policy",
    "Price",
    "ServiceChanges",
    "StaffChanges",
    "Terms",
    "add_closing",
    "add_time_off",
    "at_work",
    "closed_then",
    "create_service",
    "create_service_category",
    "create_staff",
    "currency_of",
    "delete_service_category",
    "now",
    "open_spans",
    "open_to",
    "policy",
    "remove_closing",
    "remove_time_off",
    "reorder_service_categories",
    "same_currency",
    "set_dated_hours",
    "set_working_hours",
    "step",
    "terms",
    "today",
    "update_service",
    "update_service_category",
    "update_staff",
]
