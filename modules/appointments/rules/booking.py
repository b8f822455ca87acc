"""Booking an appointment: of one service, or of several one after another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from modules.appointments.events import AppointmentBooked, AppointmentStatus
from modules.appointments.rules import holding, taking
from modules.appointments.rules.offering import Wish
from modules.appointments.rules.taking import NewAppointment
from modules.errors import Checks
from modules.events import record
from modules.services.rules import now
from modules.text import paragraphs
from modules.viewer import TEAM, Viewer

LONGEST_NOTE = 5_000


async def book(
    by: Viewer,
    *,
    client_id: UUID,
    starts_at: datetime,
    service_id: UUID | None = None,
    staff_id: UUID | None = None,
    segments: Sequence[Wish] | None = None,
    note: str | None = None,
    client_note: str | None = None,
    despite_block: bool = False,
    hold: str | None = None,
) -> UUID:
    """Book a visit for a client, at the prices the services have now; answers the appointment's id.

    It is for one service, or for the `segments` one after another, each with whom one likes or with
    anybody. Each has to lie within the hours of its staff; buffers only keep other appointments
    away. Only the team books despite a block, or for others: clients book for themselves. When the
    team enters a visit that has begun, nobody is sent a mail. What clients note is their own
    note. A time that is held (`hold`) is booked by whoever holds it.

    Refuses: NotFound, RequestRequired, TooSoon, ClientBlocked, GroupRequired, ServiceInactive,
    StaffInactive, StaffDoesNotPerform, StartsInPast, TooFarAhead, OutsideHours, StaffOff,
    SlotTaken, CurrenciesDiffer, VisitTooLong, TextTooLong, TextNotAllowed, InvalidInput,
    HoldExpired.
    """
    checks = Checks()
    with checks:
        note = paragraphs(note, "note", limit=LONGEST_NOTE)
    with checks:
        client_note = paragraphs(client_note, "client_note", limit=LONGEST_NOTE)
    wishes: Sequence[Wish] = ()
    with checks:
        wishes = taking.wished(service_id, staff_id, segments)
    new = NewAppointment(
        client_id=client_id,
        wishes=wishes,
        listed=segments is not None,
        starts_at=starts_at,
        note=note if by.role in TEAM else None,
        client_note=client_note if by.role in TEAM else client_note or note,
        source=taking.source_of(by),
        despite_block=despite_block,
    )
    if hold is not None and not checks:
        await holding.use(by, hold, starts_at)
    made = await taking.make(by, new, checks)
    record(
        AppointmentBooked(
            business_id=by.of_business(),
            subject=made.id,
            client_id=client_id,
            service_id=made.service_id,
            staff_id=made.staff_id,
            staff_ids=made.staff_ids,
            starts_at=starts_at,
            ends_at=made.ends_at,
            status=AppointmentStatus.BOOKED,
            # What a client books for themselves is to come, even pressed a little late.
            past=by.role in TEAM and starts_at <= now(),
        )
    )
    return made.id
