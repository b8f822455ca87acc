"""Appointments, calendars and changes as the API shows them."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from enum import Enum
from typing import Any, cast

import strawberry
from pypika_tortoise.context import SqlContext
from pypika_tortoise.functions import Concat
from pypika_tortoise.terms import Function, Term
from tortoise.expressions import RawSQL

from modules.accounts.types import Change
from modules.appointments import events, models, rules
from modules.clients.types import Client
from modules.clock import Before, Offset, OnTheWall, Seconds
from modules.services.types import Money, Service, Staff
from modules.viewer import SIGNED_IN, TEAM, Viewer
from modules.zones import offset, on_the_wall
from schema import (
    Expression,
    IdOf,
    Many,
    MinorUnits,
    Node,
    Parent,
    Problem,
    VersionedInput,
    computed,
    derive,
    enum,
    expression,
    input,
    object,
    payload,
    problem,
    ref,
    rows,
    table,
    visible,
)

AppointmentStatus = enum(events.AppointmentStatus)
CancelledBy = enum(events.CancelledBy)


@table(models.Appointment, prefix="apt", audience=SIGNED_IN, otherwise=TEAM)
class Appointment(Node):
    """A slot a client holds."""

    client: Client = visible(SIGNED_IN)
    """The client who comes."""
    service: Service = visible(SIGNED_IN, followed=True)
    """The service that is booked."""
    staff: Staff = visible(SIGNED_IN, followed=True)
    """The member of staff who performs it."""
    starts_at: datetime = visible(SIGNED_IN)
    """When the appointment starts."""
    ends_at: datetime = visible(SIGNED_IN)
    """When the appointment ends."""
    occupied_from: datetime = visible(column="blocked_from")
    """From when the staff cannot be booked, with what they need before."""
    occupied_until: datetime = visible(column="blocked_until")
    """Until when the staff cannot be booked, with what they need after."""
    status: events.AppointmentStatus = visible(SIGNED_IN)
    """What became of the appointment."""
    note: str | None
    """What the team wants to remember of it."""
    cancelled_at: datetime | None = visible(SIGNED_IN)
    """When it was cancelled."""
    cancelled_by: events.CancelledBy | None = visible(SIGNED_IN)
    """Which side cancelled it; null when it stands, or when that was not written down."""
    cancel_reason: str | None = visible(SIGNED_IN)
    """Why it was cancelled."""
    created_at: datetime = visible(SIGNED_IN)
    """When the appointment was made."""
    version: int = visible(SIGNED_IN)
    """Grows with every change: send it along with an update."""

    @computed(needs=("price_minor", "currency"), audience=SIGNED_IN)
    def price(self) -> Money:
        """What it costs: the service's price when it was booked."""
        return Money(amount_minor=self.price_minor, currency=self.currency)  # type: ignore[attr-defined]

    @expression(audience=SIGNED_IN)
    @staticmethod
    def local_start(appointment: Parent[Appointment]) -> Expression[str]:
        """When it starts by the clock on the business's wall: `2026-03-29T09:30`."""
        of: Any = appointment
        return OnTheWall(of.starts_at, of.business_id)

    @expression(audience=SIGNED_IN)
    @staticmethod
    def local_end(appointment: Parent[Appointment]) -> Expression[str]:
        """When it ends by the clock on the business's wall: `2026-03-29T10:15`."""
        of: Any = appointment
        return OnTheWall(of.ends_at, of.business_id)

    @expression(audience=SIGNED_IN)
    @staticmethod
    def utc_offset(appointment: Parent[Appointment]) -> Expression[str]:
        """How far that clock is ahead of UTC when it starts: `+02:00`."""
        of: Any = appointment
        return Offset(of.starts_at, of.business_id)


@table(models.ErasedVisits, prefix="evs")
class ErasedVisits(Node):
    """How many came on a day, of those whose files were deleted since: no more is known of them."""

    day: date
    """When they came, by the business's clock."""
    service: Service
    """The service they came for."""
    staff: Staff
    """The member of staff they came to."""
    status: events.AppointmentStatus
    """What became of their appointments."""
    count: int
    """How many there were."""

    @computed(needs=("total_minor", "currency"))
    def total(self) -> Money:
        """What they cost together."""
        return Money(amount_minor=self.total_minor, currency=self.currency)  # type: ignore[attr-defined]


class CurrencyOf(Term):
    """The currency a business counts in."""

    def __init__(self, business_id: Any) -> None:
        """Take the business."""
        super().__init__()
        self.business_id = business_id

    def get_sql(self, ctx: SqlContext) -> str:
        """Write it."""
        key = self.business_id.get_sql(ctx)
        return f"(SELECT currency FROM businesses WHERE id = {key})"  # noqa: S608 -- a column of ours


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
            found = found.filter(staff_id__in=calendar.staff_ids)
        if not calendar.cancelled:
            found = found.exclude(status=events.AppointmentStatus.CANCELLED)
        return found.order_by("starts_at", "id")


@enum
class AppointmentPeriod(Enum):
    """Which of somebody's appointments."""

    UPCOMING = "UPCOMING"
    """What is not over yet, the next one first; also what was cancelled."""
    PAST = "PAST"
    """What is over, the latest first; also what was cancelled."""
    ALL = "ALL"
    """Everything, the latest first."""


@enum
class AppointmentChangeKind(Enum):
    """What happened to an appointment."""

    BOOKED = "BOOKED"
    """The appointment was made."""
    RESCHEDULED = "RESCHEDULED"
    """It moved to another time, another member of staff, or both."""
    CANCELLED = "CANCELLED"
    """The appointment was cancelled."""


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


@object
class AppointmentChange(Change):
    """Something that happened to an appointment."""

    kind: AppointmentChangeKind
    """What happened to the appointment."""
    appointment: Appointment | None
    """The appointment as it is now; null when it went with its client's file."""
    before: AppointmentBefore | None
    """What it was before; null when it was just booked."""


@object
class SlotSegment:
    """One service of a free time: when, and with whom."""

    service: Service
    """The service it is for."""
    staff: Staff
    """The member of staff who is free to perform it."""
    starts_at: datetime
    """When the service starts: book it at this instant."""
    ends_at: datetime
    """When the service ends."""
    local_start: str
    """When it starts by the clock on the business's wall: `2026-03-29T09:30`."""
    local_end: str
    """When it ends by that clock: `2026-03-29T10:00`."""
    price: Money
    """What the service costs now."""


@object
class Slot:
    """A time that is still free."""

    starts_at: datetime
    """When the free time starts."""
    ends_at: datetime
    """When what is wanted would end."""
    local_start: str
    """When it starts by the clock on the business's wall: `2026-03-29T09:30`."""
    local_end: str
    """When it ends by that clock: `2026-03-29T10:00`."""
    utc_offset: str
    """How far that clock is ahead of UTC when it starts: `+02:00`."""
    staff: Staff
    """The member of staff who is free, to begin with."""


@object
class AvailableSlot(Slot):
    """A time at which all that is wanted can be booked."""

    segments: list[SlotSegment]
    """One for each service, in the order they were asked for, without a pause in between."""
    price: Money | None
    """What all of it costs now; null where the services have prices in several currencies."""


@object
class AvailableSlots:
    """The times that can be booked on some days."""

    nodes: list[AvailableSlot]
    """All of them, the first one first; each start stands once."""
    next_day: date | None
    """Where there are none: the next day of the business that has any, within a year from today."""
    time_zone: str
    """The IANA zone in which days begin and clocks are read: `Europe/Amsterdam`."""


@input
class SlotServiceInput:
    """A service to find times for."""

    service_id: IdOf[Service]
    """The service that is wanted."""
    staff_id: IdOf[Staff] | None = None
    """With whom; without it, with anybody who performs it."""


SLICE = 50
"""Times that are made ready to be shown between two chances for everybody else."""


def slot(free: rules.Slot) -> dict[str, Any]:
    """Show what every free time has."""
    return {
        "starts_at": free.starts_at,
        "ends_at": free.ends_at,
        "local_start": on_the_wall(free.starts_at, free.zone),
        "local_end": on_the_wall(free.ends_at, free.zone),
        "utc_offset": offset(free.starts_at, free.zone),
        "staff": ref(Staff, free.staff_id),
    }


async def offered(offers: rules.Offers) -> AvailableSlots:
    """Show the times of some days, some at a time, so that others get their turn in between."""
    nodes = []
    for offer in offers.found:
        nodes.append(_offered(offer))
        if len(nodes) % SLICE == 0:
            await asyncio.sleep(0)
    return AvailableSlots(nodes=nodes, next_day=offers.next_day, time_zone=offers.zone)


def _offered(offer: rules.Offer) -> AvailableSlot:
    first, last = offer.segments[0], offer.segments[-1]
    whole = rules.Slot(
        starts_at=first.starts_at, ends_at=last.ends_at, staff_id=first.staff_id, zone=offer.zone
    )
    return AvailableSlot(
        **slot(whole),
        segments=[
            SlotSegment(
                service=ref(Service, segment.service.id),
                staff=ref(Staff, segment.staff_id),
                starts_at=segment.starts_at,
                ends_at=segment.ends_at,
                local_start=on_the_wall(segment.starts_at, offer.zone),
                local_end=on_the_wall(segment.ends_at, offer.zone),
                price=Money(
                    amount_minor=MinorUnits(segment.service.price_minor),
                    currency=segment.service.currency,
                ),
            )
            for segment in offer.segments
        ],
        price=_price(*(segment.service for segment in offer.segments)),
    )


def _price(*services: Any) -> Money | None:
    currencies = {each.currency for each in services}
    if len(currencies) > 1:
        return None
    total = MinorUnits(sum(each.price_minor for each in services))
    return Money(amount_minor=total, currency=currencies.pop())


@problem(rules.SlotTaken)
class SlotTaken(Problem):
    """That time is taken."""

    alternatives: list[Slot]
    """The nearest free times, the nearest first; empty when the days around are full."""

    @staticmethod
    def more(refusal: rules.SlotTaken) -> dict[str, Any]:
        """Say what this problem has to say beyond the usual."""
        return {"alternatives": [Slot(**slot(free)) for free in refusal.alternatives]}


@problem(rules.GroupRequired)
class GroupRequired(Problem):
    """This service is for chosen clients only."""

    service: Service | None
    """The service, for those who may see it."""

    @staticmethod
    def more(refusal: rules.GroupRequired) -> dict[str, Any]:
        """Say what this problem has to say beyond the usual."""
        return {"service": ref(Service, refusal.service_id)}


@input
class BookAppointmentInput:
    """An appointment to book."""

    client_id: IdOf[Client]
    """The client who comes."""
    service_id: IdOf[Service]
    """The service to book."""
    staff_id: IdOf[Staff]
    """The member of staff who performs it."""
    starts_at: datetime
    """When it starts: up to a year ahead; the team may also enter visits of the last seven days."""
    note: str | None = None
    """What the team wants to remember of it, up to 5,000 characters."""
    despite_block: bool = False
    """Book also when the client is blocked, as the team may."""


@input
class RescheduleAppointmentInput(VersionedInput):
    """Where to move an appointment; what is left out stays."""

    id: IdOf[Appointment]
    """The appointment to reschedule."""
    starts_at: datetime | None = None
    """When it starts now; it keeps its length."""
    staff_id: IdOf[Staff] | None = None
    """Whom it is with now."""


@input
class CancelAppointmentInput(VersionedInput):
    """An appointment to cancel."""

    id: IdOf[Appointment]
    """The appointment to cancel."""
    reason: str | None = None
    """Why, up to 1,000 characters."""


@input
class CancelAppointmentsInput:
    """Appointments to cancel, all of them or none."""

    ids: list[IdOf[Appointment]]
    """Which, up to 200; one that is named twice is cancelled once."""
    reason: str | None = None
    """Why, up to 1,000 characters."""


@payload
class CancelledAppointments:
    """Appointments that were cancelled."""

    appointments: list[Appointment]
    """They, in the order of their ids in the input."""
