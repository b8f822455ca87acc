"""Answering what was asked for or proposed: accepting it, declining it, or letting it expire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from modules.appointments.events import (
    AppointmentAccepted,
    AppointmentDeclined,
    AppointmentExpired,
    AppointmentStatus,
    CancelledBy,
)
from modules.appointments.models import Appointment
from modules.appointments.rules import changing
from modules.appointments.rules.refusals import AnswerTooLate, NotWaiting
from modules.errors import NotFound
from modules.events import record
from modules.services.rules import now
from modules.text import paragraphs
from modules.viewer import Viewer
from storage import database, log

MOST = 200
"""How many requests and proposals expire in one transaction."""


async def accept(by: Viewer, *, appointment_id: UUID) -> UUID:
    """Accept what a client asked for: it is booked from now on. Answers its id.

    Refuses: NotFound, NotWaiting, AnswerTooLate.
    """
    held = await changing.lock(by, appointment_id)
    _waits(held, AppointmentStatus.REQUESTED)
    await _book(held)
    return appointment_id


async def accept_proposal(by: Viewer, *, appointment_id: UUID) -> UUID:
    """Pick one of the times that were proposed: it is booked, and the others are free again.

    The client does so, or the team on the phone with them. Of several who pick at once the first
    decides. Answers the appointment's id. Refuses: NotFound, NotWaiting, AnswerTooLate.
    """
    every = await _proposed(by, appointment_id)
    held = every[appointment_id]
    _waits(held, AppointmentStatus.PROPOSED)
    others = [
        each
        for each in every.values()
        if each is not held and each.status is AppointmentStatus.PROPOSED
    ]
    await Appointment.filter(id__in=[each.id for each in others]).update(
        status=AppointmentStatus.EXPIRED, answer_by=None
    )
    staff = await changing.staff_of([each.id for each in others])
    for each in others:
        _note_expired(each, staff.get(each.id, ()))
    await _book(held)
    return appointment_id


async def decline(by: Viewer, *, appointment_id: UUID, reason: str | None = None) -> UUID:
    """Decline what was asked for, or all times that were proposed together, which frees them.

    The team declines requests, clients what was proposed to them. Answers the appointment's id.
    Refuses: NotFound, NotWaiting, TextTooLong, TextNotAllowed.
    """
    reason = paragraphs(reason, "reason", limit=1_000)
    every = await _proposed(by, appointment_id)
    side, status = changing.side(by), every[appointment_id].status
    own = side is CancelledBy.CLIENT and status is AppointmentStatus.REQUESTED
    if own or not status.is_unanswered:  # what somebody asked for themselves they cancel
        raise NotWaiting(field="id")
    waiting = [each for each in every.values() if each.status.is_unanswered]
    await Appointment.filter(id__in=[each.id for each in waiting]).update(
        status=AppointmentStatus.DECLINED, answer_by=None, cancel_reason=reason
    )
    staff = await changing.staff_of([each.id for each in waiting])
    for each in waiting:
        staff_ids = staff.get(each.id, ())
        record(
            AppointmentDeclined(
                **changing.facts_of(each, staff_ids),
                status=AppointmentStatus.DECLINED,
                before=changing.before_change(each, staff_ids),
                declined_by=side,
            )
        )
    return appointment_id


async def expire_unanswered() -> None:
    """End what nobody answered in time, some hundred at once; its time is free already."""
    rows = await database.fetch(
        "SELECT business_id, id FROM appointments"
        " WHERE is_unanswered(status) AND answer_by <= now()"
        " ORDER BY business_id, answer_by LIMIT $1",
        MOST,
    )
    for business_id, of_one in groupby(rows, key=itemgetter("business_id")):
        async with log.change(actor=None, business_id=business_id):
            await _expire(row["id"] for row in of_one)


async def _expire(ids: Iterable[UUID]) -> None:
    found = Appointment.filter(id__in=list(ids), answer_by__lte=now()).order_by("id")
    for held in await found.select_for_update(no_key=True, skip_locked=True):
        if held.status.is_unanswered:
            await Appointment.filter(id=held.id).update(status=AppointmentStatus.EXPIRED)
            staff = await changing.staff_of([held.id])
            _note_expired(held, staff.get(held.id, ()))


def _note_expired(held: Appointment, staff_ids: Sequence[UUID]) -> None:
    record(
        AppointmentExpired(
            **changing.facts_of(held, staff_ids),
            status=AppointmentStatus.EXPIRED,
            before=changing.before_change(held, staff_ids),
        )
    )


async def _book(held: Appointment) -> None:
    await Appointment.filter(id=held.id).update(status=AppointmentStatus.BOOKED, answer_by=None)
    staff_ids = (await changing.staff_of([held.id])).get(held.id, ())
    record(
        AppointmentAccepted(
            **changing.facts_of(held, staff_ids),
            status=AppointmentStatus.BOOKED,
            before=changing.before_change(held, staff_ids),
            past=held.ends_at <= now(),
        )
    )


async def _proposed(by: Viewer, appointment_id: UUID) -> dict[UUID, Appointment]:
    """Hold an appointment, and the others that were proposed together with it."""
    held = await by.rows(Appointment).filter(id=appointment_id).first()
    if held is None:
        raise NotFound("There is no such appointment.", field="id")
    rows = by.rows(Appointment).filter(id=appointment_id)
    if held.proposal_id is not None:
        rows = by.rows(Appointment).filter(proposal_id=held.proposal_id)
    every = await rows.order_by("id").select_for_update(no_key=True)
    return {each.id: each for each in every}


def _waits(held: Appointment, status: AppointmentStatus) -> None:
    """Make sure that an answer is waited for, and comes in time."""
    if held.status is not status:
        raise NotWaiting(field="id")
    if held.answer_by is not None and held.answer_by <= now():
        raise AnswerTooLate(field="id")
