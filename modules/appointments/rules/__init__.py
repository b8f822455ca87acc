"""What the business allows when it comes to appointments."""

from modules.appointments.rules.booking import book
from modules.appointments.rules.calendar import check_range, longest_before
from modules.appointments.rules.changing import cancel, reschedule
from modules.appointments.rules.importing import Visit, book_many
from modules.appointments.rules.refusals import (
    AlreadyCancelled,
    CannotCancel,
    CannotReschedule,
    OutsideHours,
    RangeInvalid,
    ServiceInactive,
    Slot,
    SlotTaken,
    StaffDoesNotPerform,
    StaffInactive,
    StaffOff,
    StartsInPast,
    TooFarAhead,
)

__all__ = [
    "AlreadyCancelled",
    "CannotCancel",
    "CannotReschedule",
    "OutsideHours",
    "RangeInvalid",
    "ServiceInactive",
    "Slot",
    "SlotTaken",
    "StaffDoesNotPerform",
    "StaffInactive",
    "StaffOff",
    "StartsInPast",
    "TooFarAhead",
    "Visit",
    "book",
    "book_many",
    "cancel",
    "check_range",
    "longest_before",
    "reschedule",
]
