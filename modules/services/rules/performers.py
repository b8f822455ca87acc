"""Who performs what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tortoise.expressions import F
from tortoise.queryset import QuerySet

from modules.errors import NotFound
from modules.services import models
from modules.viewer import Viewer
from storage import database

_EXACTLY = """
WITH gone AS (
    DELETE FROM service_staff WHERE business_id = $1 AND {one} = $2 AND {other} <> ALL($3)
    RETURNING {other}
), added AS (
    INSERT INTO service_staff (business_id, {one}, {other}) SELECT $1, $2, unnest($3::uuid[])
    ON CONFLICT DO NOTHING RETURNING {other}
)
SELECT {other} FROM gone UNION ALL SELECT {other} FROM added"""
_OF_SERVICE = _EXACTLY.format(one="service_id", other="staff_id")
_OF_STAFF = _EXACTLY.format(one="staff_id", other="service_id")


async def perform(by: Viewer, *, service_id: UUID, staff_ids: Sequence[UUID]) -> None:
    """Let exactly these people perform a service. Refuses: NotFound."""
    business_id = by.of_business()
    known = await database.fetchval(
        "SELECT count(*) FROM staff WHERE business_id = $1 AND id = ANY($2)", business_id, staff_ids
    )
    if known != len(set(staff_ids)):
        raise NotFound("There is no such member of staff.", field="staff_ids")
    changed = await database.fetch(_OF_SERVICE, business_id, service_id, staff_ids)
    await _change_versions(by.rows(models.Staff), changed)


async def performs(by: Viewer, *, staff_id: UUID, service_ids: Sequence[UUID]) -> None:
    """Let somebody perform exactly these services. Refuses: NotFound."""
    business_id = by.of_business()
    known = await database.fetchval(
        "SELECT count(*) FROM services WHERE business_id = $1 AND id = ANY($2)",
        business_id, service_ids,
    )  # fmt: skip
    if known != len(set(service_ids)):
        raise NotFound("There is no such service.", field="service_ids")
    changed = await database.fetch(_OF_STAFF, business_id, staff_id, service_ids)
    await _change_versions(by.rows(models.Service), changed)


async def _change_versions(rows: QuerySet[Any], changed: Sequence[Any]) -> None:
    """Count it as a change of those on the other side too.

    Who saves one of them with an older list would undo it without a word.
    """
    if changed:
        await rows.filter(id__in=sorted(row[0] for row in changed)).update(version=F("version"))
