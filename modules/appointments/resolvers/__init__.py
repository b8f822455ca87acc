"""The calendar, its changes, and how clients come and go."""

from modules.appointments.resolvers.answering import AnsweringMutations
from modules.appointments.resolvers.blocked import (
    BlockedTimeMutations,
    BlockedTimeSubscriptions,
    CalendarBlockedTimes,
    StaffBlockedTimes,
)
from modules.appointments.resolvers.booking import AppointmentMutations
from modules.appointments.resolvers.calendar import BusinessCalendar
from modules.appointments.resolvers.figures import ClientFigures, FilteredByVisits, OrderByVisits
from modules.appointments.resolvers.lists import (
    GETTERS,
    AppointmentHistory,
    BusinessAppointments,
    BusinessErasedVisits,
    ClientAppointments,
    StaffAppointments,
)
from modules.appointments.resolvers.slots import BusinessSlots
from modules.appointments.resolvers.watching import AppointmentSubscriptions, SlotSubscriptions

SCHEMA = (
    AppointmentHistory,
    BusinessAppointments,
    BlockedTimeMutations,
    BlockedTimeSubscriptions,
    CalendarBlockedTimes,
    StaffBlockedTimes,
    BusinessCalendar,
    BusinessErasedVisits,
    BusinessSlots,
    ClientAppointments,
    ClientFigures,
    FilteredByVisits,
    OrderByVisits,
    StaffAppointments,
    AnsweringMutations,
    AppointmentMutations,
    AppointmentSubscriptions,
    SlotSubscriptions,
    *GETTERS,
)

__all__ = ["SCHEMA"]
