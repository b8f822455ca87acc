"""Who may book a service that is not for everyone."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from modules.appointments.hooks import MAY_BOOK, MAY_MOVE
from modules.appointments.models import Appointment
from modules.appointments.rules.refusals import GroupRequired
from modules.errors import NotFound
from modules.viewer import TEAM, Viewer


async def chosen(by: Viewer, *, service_id: UUID, client_ids: Sequence[UUID]) -> set[UUID]:
    """Say which of these clients were chosen for a service; it stays so until the end."""
    return set().union(*await MAY_BOOK.call(by, service_id, client_ids))


async def may_book(by: Viewer, *, service_id: UUID, client_id: UUID) -> None:
    """Make sure that a client was chosen for a service. Refuses: GroupRequired, NotFound.

    Only the team, and who had it once, learns that there is such a service.
    """
    if client_id in await chosen(by, service_id=service_id, client_ids=[client_id]):
        return
    had = by.rows(Appointment).filter(client_id=client_id, service_id=service_id)
    if by.role in TEAM or await had.exists():
        raise GroupRequired(service_id=service_id, field="service_id")
    raise NotFound("There is no such service.", field="service_id")


async def may_move(by: Viewer, *, service_id: UUID, client_id: UUID) -> None:
    """Make sure that whoever is not of the team may move what they hold. Refuses: GroupRequired."""
    if by.role not in TEAM and not all(await MAY_MOVE.call(by, service_id, client_id)):
        raise GroupRequired(
            "This service is for chosen clients only by now, so the appointment cannot be moved.",
            service_id=service_id,
            field="id",
        )
