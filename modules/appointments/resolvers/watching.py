"""Watching the calendar."""

from __future__ import annotations

from datetime import datetime

from modules.accounts.types import told
from modules.appointments import rules
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
)
from modules.services.types import Staff
from schema import (
    Happened,
    IdOf,
    Subscription,
    extend,
    ref,
    subscription,
)

KINDS = {
    AppointmentBooked: AppointmentChangeKind.BOOKED,
    AppointmentRescheduled: AppointmentChangeKind.RESCHEDULED,
    AppointmentCancelled: AppointmentChangeKind.CANCELLED,
}


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


def _before(event: AppointmentEvent) -> AppointmentBefore | None:
    if event.before is None:
        return None
    return AppointmentBefore(
        starts_at=event.before.starts_at,
        ends_at=event.before.ends_at,
        status=event.before.status,
        staff=ref(Staff, event.before.staff_id),
    )
