"""Whom a service is for: everyone, or chosen groups and clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from modules.errors import Checks, InvalidInput
from modules.groups.rules import known
from modules.services.rules import open_to
from modules.viewer import Viewer
from storage import database

# What is deleted at this moment waits until this is done, or is not chosen any more.
_FORGET_GROUPS = """
DELETE FROM service_groups WHERE business_id = $1 AND service_id = $2 AND group_id <> ALL($3)"""
_CHOOSE_GROUPS = """
INSERT INTO service_groups (business_id, service_id, group_id)
SELECT $1, $2, g.id FROM client_groups g WHERE g.business_id = $1 AND g.id = ANY($3) FOR KEY SHARE
ON CONFLICT DO NOTHING"""
_FORGET_CLIENTS = """
DELETE FROM service_clients WHERE business_id = $1 AND service_id = $2 AND client_id <> ALL($3)"""
_CHOOSE_CLIENTS = """
INSERT INTO service_clients (business_id, service_id, client_id)
SELECT $1, $2, c.id FROM clients c WHERE c.business_id = $1 AND c.id = ANY($3) FOR KEY SHARE
ON CONFLICT DO NOTHING"""

# Whoever takes somebody out of a group, or a group from a service, waits until this change is done,
# or has done so before: then the row is gone here.
_CHOSEN = """
WITH grouped AS (
    SELECT m.client_id FROM service_groups g
    JOIN group_members m ON m.business_id = g.business_id AND m.group_id = g.group_id
    WHERE g.business_id = $1 AND g.service_id = $2 AND m.client_id = ANY($3)
    FOR KEY SHARE
), named AS (
    SELECT client_id FROM service_clients
    WHERE business_id = $1 AND service_id = $2 AND client_id = ANY($3)
    FOR KEY SHARE
)
SELECT client_id FROM grouped UNION SELECT client_id FROM named"""


class AudienceUnclear(InvalidInput):
    """A service is either for everyone or for those chosen."""

    code = "AUDIENCE_UNCLEAR"
    remedy = (
        "Send `everyone: true` alone, or the groups and clients, or `everyone: false` for nobody."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a service may be for: known groups and clients, each once, or everyone."""

    everyone: bool
    groups: Sequence[UUID]
    clients: Sequence[UUID]


async def check_audience(
    by: Viewer,
    *,
    everyone: bool | None = None,
    group_ids: Sequence[UUID] | None = None,
    client_ids: Sequence[UUID] | None = None,
) -> Audience:
    """Make sure that a service can be for these, and give them as `set_audience` takes them.

    Refuses: AudienceUnclear, NotFound with the place in the list, TooManyAtOnce.
    """
    checks, groups, clients = Checks(), list[UUID](), list[UUID]()
    chosen = bool(group_ids or client_ids)
    with checks:
        if (everyone and chosen) or (everyone is None and not chosen):
            raise AudienceUnclear(field="audience")
    with checks:
        groups = await known.groups(by, group_ids or (), "audience.group_ids")
    with checks:
        clients = await known.clients(by, client_ids or (), "audience.client_ids")
    checks.done()
    return Audience(everyone=everyone is True, groups=groups, clients=clients)


async def set_audience(by: Viewer, *, service_id: UUID, audience: Audience) -> None:
    """Say whom a service is for: exactly these. It is a part of creating or changing the service.

    A group or client that went since it was checked is refused by its foreign key.
    """
    business_id = by.of_business()
    await open_to(by, service_id=service_id, everyone=audience.everyone)
    for statement, ids in (
        (_FORGET_GROUPS, audience.groups),
        (_CHOOSE_GROUPS, audience.groups),
        (_FORGET_CLIENTS, audience.clients),
        (_CHOOSE_CLIENTS, audience.clients),
    ):
        await database.execute(statement, business_id, service_id, ids)


async def may_book(by: Viewer, service_id: UUID, client_ids: Sequence[UUID]) -> set[UUID]:
    """Say which clients were chosen for a service; it stays so until the change is done."""
    rows = await database.fetch(_CHOSEN, by.of_business(), service_id, client_ids)
    return {row["client_id"] for row in rows}
