"""The calendar, its changes, and how clients come and go."""

from modules.appointments.resolvers.appointments import (
    GETTERS,
    AppointmentMutations,
    AppointmentSubscriptions,
    BusinessCalendar,
    BusinessErasedVisits,
    BusinessSlots,
    ClientAppointments,
    StaffAppointments,
)
from modules.appointments.resolvers.figures import ClientFigures, FilteredByVisits, OrderByVisits

SCHEMA = (
    BusinessCalendar,
    BusinessErasedVisits,
    BusinessSlots,
    ClientAppointments,
    ClientFigures,
    FilteredByVisits,
    OrderByVisits,
    StaffAppointments,
    AppointmentMutations,
    AppointmentSubscriptions,
    *GETTERS,
)

__all__ = ["SCHEMA"]
