"""The calendar and its changes: reading, watching, booking, moving, cancelling."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tortoise.queryset import QuerySet

from modules.accounts.types import Business, told
from modules.appointments import models, rules
from modules.appointments.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentEvent,
    AppointmentRescheduled,
)
from modules.appointments.types import (
    Appointment,
    AppointmentBefore,
    AppointmentChange,
    AppointmentChangeKind,
    AppointmentPeriod,
    AvailableSlots,
    BookAppointmentInput,
    Calendar,
    CancelAppointmentInput,
    CancelAppointmentsInput,
    CancelledAppointments,
    ErasedVisits,
    RescheduleAppointmentInput,
    SlotServiceInput,
    offered,
)
from modules.clients.types import Client
from modules.errors import InvalidInput, NotFound
from modules.services.rules import now
from modules.services.types import Staff
from modules.text import TextNotAllowed, TextTooLong
from modules.viewer import SIGNED_IN, Viewer
from modules.zones import midnight
from schema import (
    Connection,
    Happened,
    IdOf,
    Mutation,
    Parent,
    Payload,
    Subscription,
    answer,
    check,
    derive,
    extend,
    getters,
    mutation,
    nested,
    ref,
    rows,
    subscription,
)

PLACE = (
    NotFound,
    InvalidInput,
    rules.StaffInactive,
    rules.StaffDoesNotPerform,
    rules.StartsInPast,
    rules.TooFarAhead,
    rules.OutsideHours,
    rules.StaffOff,
    rules.SlotTaken,
)
KINDS = {
    AppointmentBooked: AppointmentChangeKind.BOOKED,
    AppointmentRescheduled: AppointmentChangeKind.RESCHEDULED,
    AppointmentCancelled: AppointmentChangeKind.CANCELLED,
}


GETTERS = getters(Business, Appointment)


@extend(Business)
class BusinessCalendar:
    """A business has a calendar."""

    @nested
    @staticmethod
    def calendar(  # noqa: PLR0917 - a client names what it sends
        business: Parent[Business],
        viewer: Viewer,
        day: date | None = None,
        days: int = 1,
        from_: datetime | None = None,
        to: datetime | None = None,
        staff_ids: list[IdOf[Staff]] | None = None,
        include_cancelled: bool = False,
    ) -> Calendar:
        """A stretch of the calendar.

        Its days are the business's, whatever the zone of whoever looks: one, or several, or what
        lies between two instants.

        Args:
            day: The first day, as the business counts them; today, when nothing is said.
            days: How many days are shown, 1 to 62.
            from_: The beginning, included, in place of a day.
            to: The end, not included; at most 62 days later. It goes with `from`.
            staff_ids: Only appointments with these; without it, with everybody.
            include_cancelled: Also what was cancelled.
        """
        since, until = _stretch(viewer, day, days, from_, to)
        return Calendar(
            business_id=business.id,
            since=since,
            until=until,
            staff_ids=staff_ids,
            cancelled=include_cancelled,
        )


@extend(Business)
class BusinessSlots:
    """A business has times that can be booked."""

    @answer(audience=SIGNED_IN)
    @staticmethod
    async def slots(
        business: Parent[Business],
        by: Viewer,
        services: list[SlotServiceInput],
        day: date | None = None,
        days: int = 7,
    ) -> AvailableSlots | None:
        """Every time from now on at which a service can be booked, at full quarters of an hour.

        Several services follow each other without a pause; each is booked by itself. What depends
        on the client is told when they book: a block, a service that only some are chosen for.

        Args:
            services: What is wanted, 1 to 5 services in the order they would be performed.
            day: The first day, as the business counts them; today, when nothing is said.
            days: How many days are looked at, 1 to 31.
        """
        wishes = [rules.Wish(one.service_id, one.staff_id) for one in services]
        if str(business.id) != str(by.business_id):
            return None
        return await offered(await rules.offers(by, wishes, day=day, days=days))


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
        return _of_period(viewer.rows(models.Appointment).filter(staff_id=staff.id), period)


@extend(Mutation)
class AppointmentMutations:
    """Taking slots, moving them, giving them back."""

    @mutation(
        audience=SIGNED_IN,
        refuses=(
            rules.ClientBlocked,
            rules.GroupRequired,
            rules.ServiceInactive,
            TextTooLong,
            TextNotAllowed,
            *PLACE,
        ),
    )
    @staticmethod
    async def book_appointment(by: Viewer, input: BookAppointmentInput) -> Payload[Appointment]:
        """Take a slot at the price the service has now; clients do so for themselves."""
        return await rules.book(
            by,
            client_id=input.client_id,
            service_id=input.service_id,
            staff_id=input.staff_id,
            starts_at=input.starts_at,
            note=input.note,
            despite_block=input.despite_block,
        )

    @mutation(
        audience=SIGNED_IN,
        updates=Appointment,
        refuses=(rules.CannotReschedule, rules.HasBegun, rules.GroupRequired, *PLACE),
    )
    @staticmethod
    async def reschedule_appointment(
        by: Viewer, input: RescheduleAppointmentInput
    ) -> Payload[Appointment]:
        """Move an appointment to another time, another member of staff, or both.

        Clients do so until it begins; the team may also put right what is over.
        """
        return await rules.reschedule(
            by, appointment_id=input.id, starts_at=input.starts_at, staff_id=input.staff_id
        )

    @mutation(
        audience=SIGNED_IN,
        updates=Appointment,
        refuses=(
            rules.AlreadyCancelled,
            rules.CannotCancel,
            rules.HasBegun,
            TextTooLong,
            TextNotAllowed,
        ),
    )
    @staticmethod
    async def cancel_appointment(by: Viewer, input: CancelAppointmentInput) -> Payload[Appointment]:
        """Cancel an appointment, which frees its slot.

        Clients do so until it begins; the team may also put right what is over.
        """
        return await rules.cancel(by, appointment_id=input.id, reason=input.reason)

    @mutation(
        refuses=(
            NotFound,
            rules.AlreadyCancelled,
            rules.CannotCancel,
            rules.TooManyAtOnce,
            TextTooLong,
            TextNotAllowed,
        ),
    )
    @staticmethod
    async def cancel_appointments(
        by: Viewer, input: CancelAppointmentsInput
    ) -> CancelledAppointments:
        """Cancel many appointments, all of them or none; each causes the notices it would alone."""
        cancelled = await rules.cancel_many(by, ids=input.ids, reason=input.reason)
        return CancelledAppointments(appointments=[ref(Appointment, each.id) for each in cancelled])


@extend(Subscription)
class AppointmentSubscriptions:
    """Watching the calendar."""

    @subscription(AppointmentBooked, AppointmentRescheduled, AppointmentCancelled)
    @staticmethod
    def appointment_changes(
        happened: Happened,
        from_: datetime | None = None,
        to: datetime | None = None,
        staff_ids: list[IdOf[Staff]] | None = None,
    ) -> AppointmentChange | None:
        """What happens to appointments, as it happens, and first what happened since `after`.

        A change is delivered when it concerns the stretch and the staff watched, also when the
        appointment leaves them.

        Args:
            from_: The beginning of the stretch watched; without it, all the past.
            to: The end of the stretch watched; without it, all the future.
            staff_ids: Only appointments with these; without it, with everybody.
        """
        event = happened.event
        if not isinstance(event, AppointmentEvent):
            return None
        places: list[rules.Place] = [event] if event.before is None else [event, event.before]
        if not any(rules.within(place, from_, to, staff_ids) for place in places):
            return None
        return AppointmentChange(
            kind=KINDS[type(event)],
            **told(happened, Appointment),
            appointment=ref(Appointment, event.subject),
            before=_before(event),
        )


def _stretch(viewer: Viewer, day: Any, days: Any, from_: Any, to: Any) -> tuple[datetime, datetime]:
    """Say from when to when a calendar goes. Refuses: RangeInvalid."""
    if from_ is None and to is None:
        check(rules.check_days, day, days)
        since, until = (
            derive(midnight, day, after, viewer.zone, sql_type="timestamptz") for after in (0, days)
        )
        return since, until
    check(rules.check_ends, from_, to, day)
    return to if from_ is None else from_, from_ if to is None else to


def _before(event: AppointmentEvent) -> AppointmentBefore | None:
    if event.before is None:
        return None
    return AppointmentBefore(
        starts_at=event.before.starts_at,
        ends_at=event.before.ends_at,
        status=event.before.status,
        staff=ref(Staff, event.before.staff_id),
    )


def _of_period(found: QuerySet[Any], period: AppointmentPeriod) -> QuerySet[Any]:
    match period:
        case AppointmentPeriod.UPCOMING:
            return found.filter(ends_at__gt=derive(now)).order_by("starts_at")
        case AppointmentPeriod.PAST:
            return found.filter(ends_at__lte=derive(now)).order_by("-starts_at")
        case AppointmentPeriod.ALL:
            return found.order_by("-starts_at")
