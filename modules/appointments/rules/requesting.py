"""Asking for an appointment, and proposing one: its time is kept until the other side answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from modules.appointments.events import (
    AppointmentEvent,
    AppointmentProposed,
    AppointmentRequested,
    AppointmentStatus,
)
from modules.appointments.rules import holding, taking
from modules.appointments.rules.booking import LONGEST_NOTE
from modules.appointments.rules.offering import Wish
from modules.appointments.rules.taking import Made, NewAppointment
from modules.errors import Checks, InvalidInput, Refusal
from modules.events import record
from modules.services.rules import BookingSettings, now
from modules.settings import read
from modules.text import paragraphs
from modules.viewer import TEAM, Viewer
from storage.models import uuid7

MOST_TIMES = 5
"""How many times are proposed together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A time that is proposed, and what for."""

    starts_at: datetime
    service_id: UUID | None = None
    staff_id: UUID | None = None
    segments: Sequence[Wish] | None = None


async def request(
    by: Viewer,
    *,
    client_id: UUID,
    starts_at: datetime,
    service_id: UUID | None = None,
    staff_id: UUID | None = None,
    segments: Sequence[Wish] | None = None,
    note: str | None = None,
    hold: str | None = None,
) -> UUID:
    """Ask for an appointment, which takes its time until the team answers; answers its id.

    Clients ask for themselves, the team for any client. What has to be true of a booking has to be
    true of it. Refuses: what `book` refuses.
    """
    checks = Checks()
    with checks:
        note = paragraphs(note, "note", limit=LONGEST_NOTE)
    wishes: Sequence[Wish] = ()
    with checks:
        wishes = taking.wished(service_id, staff_id, segments)
    new = NewAppointment(
        client_id=client_id,
        wishes=wishes,
        listed=segments is not None,
        starts_at=starts_at,
        note=note if by.role in TEAM else None,
        client_note=None if by.role in TEAM else note,
        status=AppointmentStatus.REQUESTED,
        source=taking.source_of(by),
        answer_by=min(now() + await waits(by), max(starts_at, now())),
    )
    if hold is not None and not checks:
        await holding.use(by, hold, starts_at)
    made = await taking.make(by, new, checks)
    _note(AppointmentRequested, by, new, made)
    return made.id


async def propose(
    by: Viewer,
    *,
    client_id: UUID,
    options: Sequence[Option],
    note: str | None = None,
    answer_by: datetime | None = None,
) -> list[UUID]:
    """Propose one or several times to a client, all of them kept until one is picked.

    Each becomes an appointment of its own with the status PROPOSED; answers their ids. They are
    kept until `answer_by`, as long as the business has set without it, and none longer than until
    it begins.

    Refuses: what `book` refuses, with the place in the list.
    """
    checks = Checks()
    with checks:
        note = paragraphs(note, "note", limit=LONGEST_NOTE)
    with checks:
        if not 1 <= len(options) <= MOST_TIMES:
            raise InvalidInput("Propose 1 to {most} times.", field="options", most=MOST_TIMES)
    with checks:
        if answer_by is not None and answer_by <= now():
            raise InvalidInput("That is over already.", field="answer_by")
    checks.done()
    base = NewAppointment(
        client_id=client_id,
        wishes=(),
        starts_at=now(),
        note=note,
        status=AppointmentStatus.PROPOSED,
        source=taking.source_of(by),
        proposal_id=uuid7(),
    )
    until = answer_by or now() + await waits(by)
    made = [
        await _option(by, base, option, index, until=until) for index, option in enumerate(options)
    ]
    return [each.id for each in made]


async def waits(by: Viewer) -> timedelta:
    """Say how long an answer is waited for, at most until it begins."""
    settings = await read(BookingSettings, by.of_business())
    return timedelta(minutes=settings.request_expires_minutes)


async def _option(
    by: Viewer, base: NewAppointment, option: Option, index: int, *, until: datetime
) -> Made:
    """Keep one of the times that are proposed."""
    try:
        new = replace(
            base,
            wishes=taking.wished(option.service_id, option.staff_id, option.segments),
            listed=option.segments is not None,
            starts_at=option.starts_at,
            answer_by=min(until, max(option.starts_at, now())),
        )
        made = await taking.make(by, new, Checks())
    except Refusal as refusal:
        for each in refusal.every:
            if each.field != ("client_id",):
                each.field = ("options", str(index), *each.field)
        raise
    _note(AppointmentProposed, by, new, made)
    return made


def _note(kind: type[AppointmentEvent], by: Viewer, new: NewAppointment, made: Made) -> None:
    record(
        kind(
            business_id=by.of_business(),
            subject=made.id,
            client_id=new.client_id,
            service_id=made.service_id,
            staff_id=made.staff_id,
            staff_ids=made.staff_ids,
            starts_at=new.starts_at,
            ends_at=made.ends_at,
            status=new.status,
        )
    )
