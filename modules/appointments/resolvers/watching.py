"""Watching the calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from modules.accounts.types import told
from modules.appointments import rules
from modules.appointments.events import (
    AppointmentAccepted,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentDeclined,
    AppointmentEvent,
    AppointmentExpired,
    AppointmentProposed,
    AppointmentRequested,
    AppointmentRescheduled,
    AppointmentUpdated,
    BlockedTimeUpdated,
    SlotHeld,
    SlotReleased,
    TimeBlocked,
    TimeUnblocked,
)
from modules.appointments.types import (
    Appointment,
    AppointmentBefore,
    AppointmentChange,
    AppointmentChangeKind,
    SlotChange,
    SlotChangeKind,
)
from modules.services.types import Staff
from modules.viewer import SIGNED_IN, TEAM, Viewer
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
    AppointmentRequested: AppointmentChangeKind.REQUESTED,
    AppointmentProposed: AppointmentChangeKind.PROPOSED,
    AppointmentAccepted: AppointmentChangeKind.ACCEPTED,
    AppointmentDeclined: AppointmentChangeKind.DECLINED,
    AppointmentExpired: AppointmentChangeKind.EXPIRED,
    AppointmentUpdated: AppointmentChangeKind.UPDATED,
}


SLOT_KINDS = {
    AppointmentBooked: SlotChangeKind.TAKEN,
    AppointmentRequested: SlotChangeKind.TAKEN,
    AppointmentProposed: SlotChangeKind.TAKEN,
    SlotHeld: SlotChangeKind.TAKEN,
    TimeBlocked: SlotChangeKind.TAKEN,
    BlockedTimeUpdated: SlotChangeKind.MOVED,
    TimeUnblocked: SlotChangeKind.FREED,
    AppointmentRescheduled: SlotChangeKind.MOVED,
    AppointmentUpdated: SlotChangeKind.MOVED,
    AppointmentCancelled: SlotChangeKind.FREED,
    AppointmentDeclined: SlotChangeKind.FREED,
    AppointmentExpired: SlotChangeKind.FREED,
    SlotReleased: SlotChangeKind.FREED,
}
"""What each event means for times that can be booked."""


@extend(Subscription)
class AppointmentSubscriptions:
    """Watching the calendar."""

    @subscription(*KINDS, audience=SIGNED_IN)
    @staticmethod
    async def appointment_changes(
        happened: Happened,
        by: Viewer,
        from_: datetime | None = None,
        to: datetime | None = None,
        staff_ids: list[IdOf[Staff]] | None = None,
    ) -> AppointmentChange | None:
        """What happens to appointments, as it happens, and first what happened since `after`.

        A change is delivered when it concerns the stretch and the staff watched, also when the
        appointment leaves them. Clients are told of their own appointments.

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
        if by.role not in TEAM and not await rules.may_see(by, event.subject):
            return None
        return AppointmentChange(
            kind=KINDS[type(event)],
            **told(happened, Appointment),
            appointment=ref(Appointment, event.subject),
            before=_before(event),
        )


@extend(Subscription)
class SlotSubscriptions:
    """Watching what is free."""

    @subscription(*SLOT_KINDS, audience=SIGNED_IN)
    @staticmethod
    def slot_changes(happened: Happened, by: Viewer) -> SlotChange:
        """On which days times became free or are free no more: ask for `slots` of these again.

        It tells nothing of whose time it is. Times change also by themselves, as they pass, and
        when the business changes its hours.
        """
        event: Any = happened.event
        places = [event, *filter(None, [getattr(event, "before", None)])]
        return SlotChange(
            kind=SLOT_KINDS[type(event)],
            subject_id=None,
            at=happened.at,
            actor=None,
            cursor=happened.cursor,
            days=sorted({day for place in places for day in rules.days_of(place, by.zone)}),
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
