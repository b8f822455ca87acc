"""Calling many appointments off at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from modules.appointments.events import AppointmentStatus
from modules.appointments.models import Appointment
from modules.appointments.rules.changing import cancellation, not_begun, note_cancelled, staff_of
from modules.appointments.rules.refusals import AlreadyCancelled, CannotCancel, TooManyAtOnce
from modules.errors import NotFound
from modules.text import paragraphs
from modules.viewer import Viewer

MOST = 200


async def cancel_many(
    by: Viewer, *, ids: Sequence[UUID], reason: str | None = None
) -> list[Appointment]:
    """Cancel appointments, all of them or none; each is told of as if it were the only one.

    Answers them in the order asked; who is named twice is cancelled once. Refuses: NotFound,
    AlreadyCancelled, CannotCancel, HasBegun, each with the place in the list, TooManyAtOnce,
    TextTooLong, TextNotAllowed.
    """
    reason = paragraphs(reason, "reason", limit=1_000)
    if len(ids) > MOST:
        raise TooManyAtOnce("At most {most} appointments at once.", field="ids", most=MOST)
    rows = by.rows(Appointment).filter(id__in=set(ids)).order_by("id")
    held = {each.id: each for each in await rows.select_for_update(no_key=True)}
    for index, appointment_id in enumerate(ids):
        _check(by, held.get(appointment_id), f"ids.{index}")
    await by.rows(Appointment).filter(id__in=list(held)).update(**cancellation(by, reason))
    cancelled = [held[appointment_id] for appointment_id in dict.fromkeys(ids)]
    staff = await staff_of(list(held))
    for each in cancelled:
        note_cancelled(by, each, staff.get(each.id, ()))
    return cancelled


def _check(by: Viewer, held: Appointment | None, field: str) -> None:
    if held is None:
        raise NotFound("There is no such appointment.", field=field)
    if held.status is AppointmentStatus.CANCELLED:
        raise AlreadyCancelled(field=field)
    if not (held.status.is_expected or held.status.is_unanswered):
        raise CannotCancel(field=field)
    not_begun(by, held, field)
