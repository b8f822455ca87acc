"""Who performs what."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from modules.errors import NotFound
from modules.viewer import Viewer
from storage import database


async def perform(by: Viewer, *, service_id: UUID, staff_ids: Sequence[UUID]) -> None:
    """Let exactly these people perform a service. Refuses: NotFound."""
    business_id = by.of_business()
    known = await database.fetchval(
        "SELECT count(*) FROM staff WHERE business_id = $1 AND id = ANY($2)", business_id, staff_ids
    )
    if known != len(set(staff_ids)):
        raise NotFound("There is no such member of staff.", field="staff_ids")
    await database.execute(
        "DELETE FROM service_staff"
        " WHERE business_id = $1 AND service_id = $2 AND staff_id <> ALL($3)",
        business_id, service_id, staff_ids,
    )  # fmt: skip
    await database.execute(
        "INSERT INTO service_staff (business_id, service_id, staff_id)"
        " SELECT $1, $2, unnest($3::uuid[]) ON CONFLICT DO NOTHING",
        business_id, service_id, staff_ids,
    )  # fmt: skip


async def performs(by: Viewer, *, staff_id: UUID, service_ids: Sequence[UUID]) -> None:
    """Let somebody perform exactly these services. Refuses: NotFound."""
    business_id = by.of_business()
    known = await database.fetchval(
        "SELECT count(*) FROM services WHERE business_id = $1 AND id = ANY($2)",
        business_id, service_ids,
    )  # fmt: skip
    if known != len(set(service_ids)):
        raise NotFound("There is no such service.", field="service_ids")
    await database.execute(
        "DELETE FROM service_staff"
        " WHERE business_id = $1 AND staff_id = $2 AND service_id <> ALL($3)",
        business_id, staff_id, service_ids,
    )  # fmt: skip
    await database.execute(
        "INSERT INTO service_staff (business_id, service_id, staff_id)"
        " SELECT $1, unnest($3::uuid[]), $2 ON CONFLICT DO NOTHING",
        business_id, staff_id, service_ids,
    )  # fmt: skip
