"""Appointments, calendars, free times and changes as the API shows them."""

from modules.appointments.types.appointments import (
    Appointment,
    AppointmentSegment,
    AppointmentSource,
    AppointmentStatus,
    CancelledBy,
    CurrencyOf,
    ErasedVisits,
)
from modules.appointments.types.blocked import (
    BlockedTime,
    BlockedTimeBefore,
    BlockedTimeChange,
    BlockedTimeChangeKind,
    BlockTimeInput,
    UnblockTimeInput,
    UpdateBlockedTimeInput,
)
from modules.appointments.types.calendar import (
    AppointmentBefore,
    AppointmentChange,
    AppointmentChangeKind,
    AppointmentPeriod,
    Calendar,
)
from modules.appointments.types.inputs import (
    BookAppointmentInput,
    CancelAppointmentInput,
    CancelAppointmentsInput,
    CancelledAppointments,
    RescheduleAppointmentInput,
    SegmentInput,
)
from modules.appointments.types.problems import GroupRequired, SlotTaken, TimeTaken
from modules.appointments.types.slots import (
    SLICE,
    AvailableSlot,
    AvailableSlots,
    Slot,
    SlotSegment,
    offered,
    slot,
)

__all__ = [
    "SLICE",
    "Appointment",
    "AppointmentBefore",
    "AppointmentChange",
    "AppointmentChangeKind",
    "AppointmentPeriod",
    "AppointmentSegment",
    "AppointmentSource",
    "AppointmentStatus",
    "AvailableSlot",
    "AvailableSlots",
    "BlockTimeInput",
    "BlockedTime",
    "BlockedTimeBefore",
    "BlockedTimeChange",
    "BlockedTimeChangeKind",
    "BookAppointmentInput",
    "Calendar",
    "CancelAppointmentInput",
    "CancelAppointmentsInput",
    "CancelledAppointments",
    "CancelledBy",
    "CurrencyOf",
    "ErasedVisits",
    "GroupRequired",
    "RescheduleAppointmentInput",
    "SegmentInput",
    "Slot",
    "SlotSegment",
    "SlotTaken",
    "TimeTaken",
    "UnblockTimeInput",
    "UpdateBlockedTimeInput",
    "offered",
    "slot",
]
