"""Whether clients move what they booked of a service they could not book any more."""

from __future__ import annotations

from uuid import UUID

from modules.groups.rules.audience import may_book
from modules.viewer import Viewer
from storage import database

_SET = """
INSERT INTO group_settings (business_id, former_members_may_reschedule) VALUES ($1, $2)
ON CONFLICT (business_id) DO UPDATE SET former_members_may_reschedule = $2"""
_ASK = "SELECT former_members_may_reschedule FROM group_settings WHERE business_id = $1"


async def may_move(by: Viewer, service_id: UUID, client_id: UUID) -> bool:
    """Say whether a client may move an appointment of a service that is for some only.

    Who could book it anew always may; the others unless the business said no.
    """
    if await database.fetchval(_ASK, by.of_business()) is not False:
        return True
    return client_id in await may_book(by, service_id, [client_id])


async def set_former_members(by: Viewer, *, may_reschedule: bool) -> None:
    """Say whether they may."""
    await database.execute(_SET, by.of_business(), may_reschedule)
