"""What the business allows when it comes to appointments."""

from modules.appointments.events import AppointmentStatus, CancelledBy
from modules.appointments.rules.alternatives import free_slots
from modules.appointments.rules.blocking import block_time, unblock_time, update_blocked_time
from modules.appointments.rules.booking import book
from modules.appointments.rules.calendar import (
    Place,
    check_days,
    check_ends,
    spelled,
    within,
)
from modules.appointments.rules.cancelling import cancel_many
from modules.appointments.rules.changing import cancel, reschedule
from modules.appointments.rules.counting import count_ended
from modules.appointments.rules.deleting import cancel_for_deletion
from modules.appointments.rules.importing import Visit, book_many
from modules.appointments.rules.offering import Offer, Offers, Wish, check_search, offers
from modules.appointments.rules.refusals import (
    AlreadyCancelled,
    Blocked,
    CannotCancel,
    CannotReschedule,
    ClientBlocked,
    Closed,
    CurrenciesDiffer,
    GroupRequired,
    HasBegun,
    OutsideHours,
    RangeInvalid,
    RequestRequired,
    ServiceInactive,
    Slot,
    SlotTaken,
    StaffDoesNotPerform,
    StaffInactive,
    StaffOff,
    StartsInPast,
    TimeTaken,
    TooFarAhead,
    TooLateToCancel,
    TooLateToMove,
    TooManyAtOnce,
    TooSoon,
    VisitTooLong,
)
from modules.services.rules import LONGEST

__all__ = [
    "LONGEST",
    "AlreadyCancelled",
    "AppointmentStatus",
    "Blocked",
    "CancelledBy",
    "CannotCancel",
    "CannotReschedule",
    "ClientBlocked",
    "Closed",
    "CurrenciesDiffer",
    "GroupRequired",
    "HasBegun",
    "Offer",
    "Offers",
    "OutsideHours",
    "Place",
    "RangeInvalid",
    "RequestRequired",
    "ServiceInactive",
    "Slot",
    "SlotTaken",
    "StaffDoesNotPerform",
    "StaffInactive",
    "StaffOff",
    "StartsInPast",
    "TimeTaken",
    "TooFarAhead",
    "TooLateToCancel",
    "TooLateToMove",
    "TooManyAtOnce",
    "TooSoon",
    "Visit",
    "VisitTooLong",
    "Wish",
    "block_time",
    "book",
    "book_many",
    "cancel",
    "cancel_for_deletion",
    "cancel_many",
    "check_days",
    "check_ends",
    "check_search",
    "count_ended",
    "free_slots",
    "offers",
    "reschedule",
    "spelled",
    "unblock_time",
    "update_blocked_time",
    "within",
]
