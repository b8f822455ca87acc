"""Appointments that were left standing: kept by those who could not book them any more."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from modules.viewer import Viewer
from storage import database

MOST = 1_000
"""How many one change lists; a service lists all of its own, page by page."""

_LEFT = """
SELECT a.id FROM appointments a
JOIN services s ON s.business_id = a.business_id AND s.id = a.service_id
WHERE a.business_id = $1 AND a.client_id = ANY($2) AND a.service_id = ANY($3)
    AND s.audience = 'SELECTED' AND is_expected(a.status) AND a.ends_at > now()
    AND NOT EXISTS (SELECT FROM service_clients c WHERE c.business_id = a.business_id
        AND c.service_id = a.service_id AND c.client_id = a.client_id)
    AND NOT EXISTS (SELECT FROM service_groups g
        JOIN group_members m ON m.business_id = g.business_id AND m.group_id = g.group_id
        WHERE g.business_id = a.business_id AND g.service_id = a.service_id
        AND m.client_id = a.client_id)
ORDER BY a.starts_at, a.id LIMIT $4"""


async def left(
    by: Viewer, *, client_ids: Sequence[UUID], service_ids: Sequence[UUID]
) -> list[UUID]:
    """List upcoming appointments of these clients for these services that they could not book now.

    The soonest first, at most a thousand.
    """
    if not client_ids or not service_ids:
        return []
    rows = await database.fetch(_LEFT, by.of_business(), client_ids, service_ids, MOST)
    return [row["id"] for row in rows]
