"""The calendar, and what happens on it, as the API shows them."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any, cast

import strawberry
from pypika_tortoise.functions import Concat
from pypika_tortoise.terms import Function, Term
from tortoise.expressions import RawSQL, Subquery

from modules.accounts.types import Change
from modules.appointments import events, models, rules
from modules.appointments.types.appointments import Appointment
from modules.appointments.types.history import AppointmentChangeKind
from modules.clock import Before, Seconds
from modules.services.types import Staff
from modules.viewer import Viewer
from schema import (
    Expression,
    Many,
    Parent,
    derive,
    enum,
    expression,
    object,
    rows,
)


@object
class Calendar:
    """A stretch of the business's calendar."""

    business_id: strawberry.Private[Any]
    since: strawberry.Private[Any]
    until: strawberry.Private[Any]
    staff_ids: strawberry.Private[Any]
    cancelled: strawberry.Private[bool]

    @expression
    @staticmethod
    def id(calendar: Parent[Calendar]) -> Expression[strawberry.ID]:
        """The same for the same stretch, staff and business: for caches, not for `node(id:)`."""
        asked = derive(rules.spelled, calendar.staff_ids, calendar.cancelled, sql_type="text")
        shown = (calendar.business_id, Seconds(calendar.since), Seconds(calendar.until), asked)
        return Concat(RawSQL("'cal_'"), Function("md5", Function("concat_ws", " ", *shown)))

    @expression
    @staticmethod
    def starts_at(calendar: Parent[Calendar]) -> Expression[datetime]:
        """The beginning of the stretch, included: pass it as `from` to `appointmentChanges`."""
        return cast(Term, calendar.since)

    @expression
    @staticmethod
    def ends_at(calendar: Parent[Calendar]) -> Expression[datetime]:
        """The end of the stretch, not included: pass it as `to` to `appointmentChanges`."""
        return cast(Term, calendar.until)

    @rows
    @staticmethod
    def appointments(calendar: Parent[Calendar], viewer: Viewer) -> Many[Appointment]:
        """What is under way in this stretch, in the order it starts."""
        earliest = Before(calendar.since, rules.LONGEST)
        found = viewer.rows(models.Appointment).filter(
            business_id=calendar.business_id,
            starts_at__gt=earliest,
            starts_at__lt=calendar.until,
            ends_at__gt=calendar.since,
        )
        if calendar.staff_ids is not None:
            theirs = viewer.rows(models.AppointmentSegment).filter(
                business_id=calendar.business_id,
                staff_id__in=calendar.staff_ids,
                starts_at__gt=earliest,
                starts_at__lt=calendar.until,
            )
            found = found.filter(id__in=Subquery(theirs.values("appointment_id")))
        if not calendar.cancelled:
            found = found.filter(status__in=TAKES_TIME)
        return found.order_by("starts_at", "id")


TAKES_TIME = [each for each in events.AppointmentStatus if each.takes_time]
"""What a calendar shows: what was cancelled, declined or has expired is free time."""


@enum
class AppointmentPeriod(Enum):
    """Which of somebody's appointments."""

    UPCOMING = "UPCOMING"
    """What is not over yet, the next one first; also what was cancelled."""
    PAST = "PAST"
    """What is over, the latest first; also what was cancelled."""
    ALL = "ALL"
    """Everything, the latest first."""


@object
class AppointmentBefore:
    """What an appointment was before a change."""

    starts_at: datetime
    """When it started before the change."""
    ends_at: datetime
    """When it ended before the change."""
    status: events.AppointmentStatus
    """What had become of it."""
    staff: Staff
    """The member of staff it was with."""


@enum
class SlotChangeKind(Enum):
    """What happened to times that can be booked."""

    TAKEN = "TAKEN"
    """Somebody took or holds time that was free."""
    FREED = "FREED"
    """Time that was taken or held is free again."""
    MOVED = "MOVED"
    """Time was taken, and other time is free instead."""


@object
class SlotChange(Change):
    """Times became free, or are free no more; nothing is told of who takes them."""

    kind: SlotChangeKind
    """What happened to times that can be booked."""
    days: list[date]
    """The days of the business whose free times are worth asking for again."""


@object
class AppointmentChange(Change):
    """Something that happened to an appointment."""

    kind: AppointmentChangeKind
    """What happened to the appointment."""
    appointment: Appointment | None
    """The appointment as it is now; null when it went with its client's file."""
    before: AppointmentBefore | None
    """What it was before; null when it was just booked."""
