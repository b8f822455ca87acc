"""Appointments as the API shows them, and what they leave behind."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Term

from modules.appointments import events, models
from modules.clients.types import Client
from modules.clock import Offset, OnTheWall
from modules.services.types import Money, Service, Staff
from modules.viewer import SIGNED_IN, TEAM, Viewer
from schema import (
    Expression,
    Many,
    Node,
    Parent,
    computed,
    enum,
    expression,
    rows,
    table,
    visible,
)

AppointmentStatus = enum(events.AppointmentStatus)
AppointmentSource = enum(events.AppointmentSource)
CancelledBy = enum(events.CancelledBy)


@table(models.AppointmentSegment, audience=SIGNED_IN)
class AppointmentSegment:
    """One service of an appointment: when, and with whom."""

    position: int
    """Which it is, counted from 1."""
    service: Service = visible(SIGNED_IN, followed=True)
    """The service that is performed."""
    staff: Staff = visible(SIGNED_IN, followed=True)
    """The member of staff who performs it."""
    starts_at: datetime
    """When the service starts."""
    ends_at: datetime
    """When the service ends."""
    occupied_from: datetime = visible(TEAM, column="blocked_from")
    """From when its staff cannot be booked, with what the service needs before."""
    occupied_until: datetime = visible(TEAM, column="blocked_until")
    """Until when its staff cannot be booked, with what the service needs after."""

    @computed(needs=("price_minor", "currency"), audience=SIGNED_IN)
    def price(self) -> Money:
        """What it costs: the service's price when it was booked, or what the team agreed on."""
        return Money(amount_minor=self.price_minor, currency=self.currency)  # type: ignore[attr-defined]


@table(models.Appointment, prefix="apt", audience=SIGNED_IN, otherwise=TEAM)
class Appointment(Node):
    """A slot a client holds."""

    client: Client = visible(SIGNED_IN)
    """The client who comes."""
    service: Service = visible(SIGNED_IN, followed=True)
    """The service that is booked; of several, the first."""
    staff: Staff = visible(SIGNED_IN, followed=True)
    """The member of staff who performs it; of several services, the first."""
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
    source: events.AppointmentSource | None
    """How it came to be; null of those made before that was written down."""
    answer_by: datetime | None = visible(SIGNED_IN)
    """Until when a request or a proposal waits for an answer, and keeps its time."""
    note: str | None
    """What the team wants to remember of it."""
    client_note: str | None = visible(SIGNED_IN)
    """What the client wants the team to know."""
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
        """What it costs, all services together: their prices when it was booked."""
        return Money(amount_minor=self.price_minor, currency=self.currency)  # type: ignore[attr-defined]

    @rows(audience=SIGNED_IN)
    @staticmethod
    def segments(appointment: Parent[Appointment], viewer: Viewer) -> Many[AppointmentSegment]:
        """Its services, one after another: one, or several of one visit."""
        found = viewer.rows(models.AppointmentSegment).filter(appointment_id=appointment.id)
        return found.order_by("position")

    @rows(audience=SIGNED_IN)
    @staticmethod
    def proposed_with(appointment: Parent[Appointment], viewer: Viewer) -> Many[Appointment]:
        """The other times that were proposed together with it, whatever became of them."""
        of: Any = appointment
        found = viewer.rows(models.Appointment).filter(proposal_id=of.proposal_id)
        return found.exclude(id=of.id).order_by("starts_at", "id")

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
