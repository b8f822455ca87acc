"""Appointments of a client, of a member of staff, and what erased files leave."""

from __future__ import annotations

from typing import Any

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from modules.accounts.types import Business
from modules.appointments import models
from modules.appointments.types import (
    Appointment,
    AppointmentPeriod,
    ErasedVisits,
)
from modules.clients.types import Client
from modules.services.rules import now
from modules.services.types import Staff
from modules.viewer import SIGNED_IN, Viewer
from schema import (
    Connection,
    Parent,
    derive,
    extend,
    getters,
    rows,
)

GETTERS = getters(Business, Appointment)


@extend(Business)
class BusinessErasedVisits:
    """A business knows how many came, also when it does not know who any more."""

    @rows
    @staticmethod
    def erased_visits(business: Parent[Business], viewer: Viewer) -> Connection[ErasedVisits]:
        """Visits of clients whose files were deleted: how many on which day, the latest first."""
        found = viewer.rows(models.ErasedVisits).filter(business_id=business.id)
        return found.order_by("-day", "-id")


@extend(Client)
class ClientAppointments:
    """A client has a history, and a future."""

    @rows(audience=SIGNED_IN)
    @staticmethod
    def appointments(
        client: Parent[Client], viewer: Viewer, period: AppointmentPeriod = AppointmentPeriod.ALL
    ) -> Connection[Appointment]:
        """Their appointments.

        Args:
            period: Which of them; it also says the order.
        """
        return _of_period(viewer.rows(models.Appointment).filter(client_id=client.id), period)


@extend(Staff)
class StaffAppointments:
    """Staff have appointments."""

    @rows
    @staticmethod
    def appointments(
        staff: Parent[Staff], viewer: Viewer, period: AppointmentPeriod = AppointmentPeriod.UPCOMING
    ) -> Connection[Appointment]:
        """The appointments with them.

        Args:
            period: Which of them; it also says the order.
        """
        theirs = viewer.rows(models.AppointmentSegment).filter(staff_id=staff.id)
        found = viewer.rows(models.Appointment)
        return _of_period(found.filter(id__in=Subquery(theirs.values("appointment_id"))), period)


def _of_period(found: QuerySet[Any], period: AppointmentPeriod) -> QuerySet[Any]:
    match period:
        case AppointmentPeriod.UPCOMING:
            return found.filter(ends_at__gt=derive(now)).order_by("starts_at")
        case AppointmentPeriod.PAST:
            return found.filter(ends_at__lte=derive(now)).order_by("-starts_at")
        case AppointmentPeriod.ALL:
            return found.order_by("-starts_at")
