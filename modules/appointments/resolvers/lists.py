"""Appointments of a client, of a member of staff, and what erased files leave."""

from __future__ import annotations

from typing import Any

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from modules.accounts.types import Business
from modules.appointments import models
from modules.appointments.types import (
    Appointment,
    AppointmentFilter,
    AppointmentOrder,
    AppointmentPeriod,
    AppointmentStep,
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
    is_given,
    rows,
)

GETTERS = getters(Business, Appointment)


@extend(Business)
class BusinessAppointments:
    """A business has appointments, whatever became of them."""

    @rows
    @staticmethod
    def appointments(
        business: Parent[Business],
        viewer: Viewer,
        filter: AppointmentFilter | None = None,
        order_by: AppointmentOrder | None = None,
    ) -> Connection[Appointment]:
        """All appointments of the business: for the desk's lists, where a calendar shows days.

        Args:
            filter: Only such appointments.
            order_by: How to sort them; the latest first, when nothing is said.
        """
        asked = filter or AppointmentFilter()
        found = viewer.rows(models.Appointment).filter(
            *asked.conditions(viewer), business_id=business.id
        )
        if is_given(asked.staff_ids) or is_given(asked.service_ids):
            parts = viewer.rows(models.AppointmentSegment)
            if is_given(asked.staff_ids):
                parts = parts.filter(staff_id__in=asked.staff_ids)
            if is_given(asked.service_ids):
                parts = parts.filter(service_id__in=asked.service_ids)
            found = found.filter(id__in=Subquery(parts.values("appointment_id")))
        return found.order_by(*(order_by.columns() if order_by else ("-starts_at", "-id")))


@extend(Business)
class BusinessErasedVisits:
    """A business knows how many came, also when it does not know who any more."""

    @rows
    @staticmethod
    def erased_visits(business: Parent[Business], viewer: Viewer) -> Connection[ErasedVisits]:
        """Visits of clients whose files were deleted: how many on which day, the latest first."""
        found = viewer.rows(models.ErasedVisits).filter(business_id=business.id)
        return found.order_by("-day", "-id")


@extend(Appointment)
class AppointmentHistory:
    """An appointment has a history."""

    @rows(audience=SIGNED_IN)
    @staticmethod
    def history(appointment: Parent[Appointment], viewer: Viewer) -> Connection[AppointmentStep]:
        """What happened to it, the first step first; empty where it came with a whole diary."""
        found = viewer.rows(models.AppointmentStep).filter(appointment_id=appointment.id)
        return found.order_by("seq")


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
