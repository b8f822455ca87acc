"""What is kept of lists is kept for a while only."""

from __future__ import annotations

from uuid import UUID

from modules.imports.rules.writing import forget_rows
from modules.jobs import job_changed
from storage import database, log


async def sweep() -> None:
    """Throw away lists nobody committed, and what would be needed to take back old ones."""
    for row in await database.fetch(_EXPIRED):
        async with log.change(actor=None, business_id=row["business_id"]):
            await _expire(row["business_id"], row["id"])


async def _expire(business_id: UUID, import_id: UUID) -> None:
    if await database.fetchval(_OVER, business_id, import_id) is None:
        return
    await forget_rows(business_id, import_id)
    await database.execute(
        "DELETE FROM imported_clients WHERE business_id = $1 AND import_id = $2",
        business_id, import_id,
    )  # fmt: skip
    job_changed(business_id, import_id)


_EXPIRED = """
SELECT business_id, id FROM client_imports
WHERE expires_at < now()
    AND state NOT IN ('COMMITTING', 'ROLLING_BACK', 'ROLLED_BACK', 'CANCELLED', 'EXPIRED')
ORDER BY expires_at LIMIT 1000"""
_OVER = """
UPDATE client_imports SET state = 'EXPIRED', problem = NULL
WHERE business_id = $1 AND id = $2 AND expires_at < now()
    AND state NOT IN ('COMMITTING', 'ROLLING_BACK', 'ROLLED_BACK', 'CANCELLED', 'EXPIRED')
RETURNING id"""
