"""Whether clients move what they booked of a service they could not book any more."""

from __future__ import annotations

from uuid import UUID

from modules.groups.rules.audience import may_book
from modules.settings import read, settings
from modules.viewer import Viewer


@settings(table="group_settings")
class GroupSettings:
    """What a business says about services that are for some clients only."""

    former_members_may_reschedule: bool = True
    """Whether clients may move themselves what they booked of a service that is not for them any
    more; the team always may."""


async def may_move(by: Viewer, service_id: UUID, client_id: UUID) -> bool:
    """Say whether a client may move an appointment of a service that is for some only.

    Who could book it anew always may; the others unless the business said no.
    """
    if (await read(GroupSettings, by.of_business())).former_members_may_reschedule:
        return True
    return client_id in await may_book(by, service_id, [client_id])
