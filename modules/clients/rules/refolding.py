"""Files that were folded in another way than now: what they are found by is written anew."""

from __future__ import annotations

from modules.clients.rules.folding import FOLDING, found_by
from storage import database, jsonb

AT_ONCE = 1_000
UNEDITED = "SELECT set_config('regulars.moving', 'on', true)"
"""Versions stay what they are until the end of the transaction: nobody edited anything."""


async def refold() -> None:
    """Bring up to date by what files are found, a few at a time; others may do so meanwhile."""
    while await _some():
        pass


async def _some() -> bool:
    async with database.transaction():
        rows = await database.fetch(_OUTDATED, AT_ONCE)
        if not rows:
            return False
        await database.execute(UNEDITED)
        files = [
            {
                "id": str(row["id"]),
                **found_by(row["first_name"], row["last_name"], row["email"], row["phone"]),
            }
            for row in rows
        ]
        await database.execute(_REFOLD, jsonb.text(files))
    return len(rows) == AT_ONCE


# The number stands in the statement so that the index of outdated files answers it.
_OUTDATED = f"""
SELECT id, first_name, last_name, email::text, phone FROM clients
WHERE folding IS DISTINCT FROM {FOLDING}
ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED"""  # noqa: S608 -- a constant
_REFOLD = """
UPDATE clients c SET sort_name = f.sort_name, search_text = f.search_text, folding = f.folding
FROM jsonb_to_recordset($1::jsonb) AS f (id uuid, sort_name text, search_text text,
    folding smallint)
WHERE c.id = f.id"""
