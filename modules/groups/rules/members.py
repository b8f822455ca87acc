"""Who is in a group: a set, that anybody may join and leave at any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from modules.errors import NotFound
from modules.events import record
from modules.groups.events import GroupMembersChanged
from modules.groups.rules import known, standing
from modules.viewer import Viewer
from storage import database

# Whoever deletes the group meanwhile waits, or has done so. In order, so that two lists that share
# clients never wait for each other.
_ADD = """
WITH held AS (
    SELECT id FROM client_groups WHERE business_id = $1 AND id = $2 FOR KEY SHARE
), added AS (
    INSERT INTO group_members (business_id, group_id, client_id, added_by)
    SELECT $1, held.id, c.id, $4 FROM held CROSS JOIN clients c
    WHERE c.business_id = $1 AND c.id = ANY($3) ORDER BY c.id FOR KEY SHARE OF c
    ON CONFLICT DO NOTHING RETURNING client_id
)
SELECT (SELECT count(*) FROM held) AS found, (SELECT count(*) FROM added) AS added"""
_HOLD = "SELECT id FROM client_groups WHERE business_id = $1 AND id = $2 FOR KEY SHARE"
_REMOVE = """
WITH former AS (
    SELECT group_id, client_id FROM group_members
    WHERE business_id = $1 AND group_id = $2 AND client_id = ANY($3)
    ORDER BY client_id FOR UPDATE
)
DELETE FROM group_members m USING former l
WHERE m.business_id = $1 AND m.group_id = l.group_id AND m.client_id = l.client_id
RETURNING m.client_id"""
_OTHERS = """
SELECT client_id FROM group_members
WHERE business_id = $1 AND group_id = $2 AND client_id <> ALL($3)"""
_SERVICES = "SELECT service_id FROM service_groups WHERE business_id = $1 AND group_id = $2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of clients named for a group."""

    added: int
    already_members: int
    duplicates_ignored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What became of clients named to leave a group."""

    removed: int
    not_members: int
    duplicates_ignored: int
    left_standing: list[UUID] = field(default_factory=list)
    """Upcoming appointments they could not book any more, the soonest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """What became of a group of which it was said who is in it."""

    added: int = 0
    removed: int = 0
    duplicates_ignored: int = 0
    left_standing: list[UUID] = field(default_factory=list)
    """Upcoming appointments of those who left that they could not book any more."""


async def add_clients(by: Viewer, *, group_id: UUID, client_ids: Sequence[UUID]) -> Added:
    """Let clients be in a group; who is there already stays there, once.

    Refuses: NotFound, with the place in the list, TooManyAtOnce.
    """
    put_in = await put(by, group_id, client_ids)
    if put_in.added:
        record(
            GroupMembersChanged(business_id=by.of_business(), subject=group_id, added=put_in.added)
        )
    return put_in


async def put(by: Viewer, group_id: UUID, client_ids: Sequence[UUID]) -> Added:
    """Put clients into a group, telling nobody. Refuses what `add_clients` refuses."""
    ids = await known.clients(by, client_ids, "client_ids")
    done = await database.fetchrow(_ADD, by.of_business(), group_id, ids, by.account_id)
    if done is None or not done["found"]:
        raise NotFound("There is no such group.", field="group_id")
    return Added(
        added=done["added"],
        already_members=len(ids) - done["added"],
        duplicates_ignored=len(client_ids) - len(ids),
    )


async def remove_clients(by: Viewer, *, group_id: UUID, client_ids: Sequence[UUID]) -> Removed:
    """Let clients be in a group no longer. Nothing they booked is cancelled: it is listed.

    Bookings under way are waited for. Refuses: NotFound, with the place in the list, TooManyAtOnce.
    """
    business_id = by.of_business()
    if await database.fetchval(_HOLD, business_id, group_id) is None:
        raise NotFound("There is no such group.", field="group_id")
    ids = await known.clients(by, client_ids, "client_ids")
    gone, left = await _take_out(by, group_id, ids)
    if gone:
        record(GroupMembersChanged(business_id=business_id, subject=group_id, removed=gone))
    return Removed(
        removed=gone,
        not_members=len(ids) - gone,
        duplicates_ignored=len(client_ids) - len(ids),
        left_standing=left,
    )


async def replace_clients(by: Viewer, *, group_id: UUID, client_ids: Sequence[UUID]) -> Replaced:
    """Let exactly these clients be in a group that is held; tells of it once.

    Refuses: NotFound, with the place in the list, TooManyAtOnce.
    """
    business_id = by.of_business()
    put_in = await put(by, group_id, client_ids)
    others = await database.fetch(_OTHERS, business_id, group_id, list(client_ids))
    gone, left = await _take_out(by, group_id, [row[0] for row in others])
    if put_in.added or gone:
        record(
            GroupMembersChanged(
                business_id=business_id, subject=group_id, added=put_in.added, removed=gone
            )
        )
    return Replaced(
        added=put_in.added,
        removed=gone,
        duplicates_ignored=put_in.duplicates_ignored,
        left_standing=left,
    )


async def _take_out(by: Viewer, group_id: UUID, ids: Sequence[UUID]) -> tuple[int, list[UUID]]:
    """Take clients out of a group; answers how many, and what they could not book any more."""
    business_id = by.of_business()
    gone = [row[0] for row in await database.fetch(_REMOVE, business_id, group_id, ids)]
    services = [row[0] for row in await database.fetch(_SERVICES, business_id, group_id)]
    return len(gone), await standing.left(by, client_ids=gone, service_ids=services)
