"""Deleting a group: its clients stay, and so do the services that were for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from modules import previews
from modules.clients import rules as clients
from modules.errors import NotFound, Refusal
from modules.events import record
from modules.groups.events import GroupDeleted
from modules.groups.models import ClientGroup
from modules.groups.rules import standing
from modules.previews import Preview, Seen
from modules.viewer import Viewer
from storage import database, log

# Of the services that are for this group, those nobody else was chosen for.
_CLOSING = """
SELECT s.id FROM service_groups g
JOIN services s ON s.business_id = g.business_id AND s.id = g.service_id
WHERE g.business_id = $1 AND g.group_id = $2
    AND NOT EXISTS (SELECT FROM service_clients c
        WHERE c.business_id = $1 AND c.service_id = g.service_id)
    AND NOT EXISTS (SELECT FROM service_groups o
        JOIN group_members m ON m.business_id = o.business_id AND m.group_id = o.group_id
        WHERE o.business_id = $1 AND o.service_id = g.service_id AND o.group_id <> $2)
ORDER BY s.name, s.id"""
_FREE = "DELETE FROM group_members WHERE business_id = $1 AND group_id = $2 RETURNING client_id"
_UNBIND = "DELETE FROM service_groups WHERE business_id = $1 AND group_id = $2 RETURNING service_id"


class GroupInUse(Refusal):
    """Services would be open to nobody without this group, or segments name it."""

    code = "GROUP_IN_USE"
    remedy = (
        "Change these services and segments, or send `confirm: true` to delete it all the same."
    )

    def __init__(self, services: Sequence[UUID], segments: Sequence[UUID]) -> None:
        super().__init__(field="confirm")
        self.services = list(services)
        """Those that would be closed, by name."""
        self.segments = list(segments)
        """Those whose filters name the group, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What a group left behind."""

    closed: list[UUID]
    """Services that are open to nobody from now on."""
    outdated: list[UUID]
    """Segments that name the group: they are refused until their filters are changed."""
    left_standing: list[UUID]
    """Upcoming appointments its clients could not book any more, the soonest first."""
    version: int
    """Of the group, as it was."""
    members: int
    """How many clients were in it."""

    def seen(self, group_id: UUID) -> Seen:
        """Say what the token of a preview stands for."""
        counts = {
            "clients": self.members,
            "services that close": len(self.closed),
            "segments": len(self.outdated),
            "appointments left standing": len(self.left_standing),
        }
        more = [sorted(each) for each in (self.closed, self.outdated, self.left_standing)]
        return Seen(about=f"delete {group_id}", version=self.version, counts=counts, more=more)


async def look(by: Viewer, group_id: UUID) -> tuple[Deleted, Preview]:
    """Say what deleting a group would leave behind: it is tried, and undone. Refuses: NotFound."""
    async with log.change(actor=by.account_id, business_id=by.of_business()) as change:
        change.rollback()
        gone = await delete_group(by, group_id=group_id, confirm=True)
    return gone, previews.sealed(by, gone.seen(group_id))


async def delete_group(
    by: Viewer, *, group_id: UUID, confirm: bool = False, token: str | None = None
) -> Deleted:
    """Delete a group. Services that were for it stay closed to all others; nothing is cancelled.

    Bookings under way are waited for. Refuses: NotFound, StalePreview, GroupInUse without `confirm`
    or the token of a preview.
    """
    business_id = by.of_business()
    held = by.rows(ClientGroup).filter(id=group_id)
    if (group := await held.select_for_update().first()) is None:
        raise NotFound("There is no such group.", field="id")
    closed = [row["id"] for row in await database.fetch(_CLOSING, business_id, group_id)]
    outdated = await clients.naming(by, f"grp_{group_id.hex}")
    if (closed or outdated) and not (confirm or token):
        raise GroupInUse(closed, outdated)
    client_ids = [row[0] for row in await database.fetch(_FREE, business_id, group_id)]
    service_ids = [row[0] for row in await database.fetch(_UNBIND, business_id, group_id)]
    await held.delete()
    record(GroupDeleted(business_id=business_id, subject=group_id, removed=len(client_ids)))
    left = await standing.left(by, client_ids=client_ids, service_ids=service_ids)
    gone = Deleted(
        closed=closed,
        outdated=outdated,
        left_standing=left,
        version=group.version,
        members=len(client_ids),
    )
    if token is not None:
        previews.check(by, token, gone.seen(group_id))
    return gone
