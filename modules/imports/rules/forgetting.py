"""Taking somebody whose file was deleted out of lists that are under way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from modules import client_data
from modules.clients.rules import Cancelled, Deletion
from modules.imports.events import ImportStage
from modules.imports.rules.matching import count_outcomes
from modules.imports.rules.writing import forget_file
from storage import database, jobs

FORGET = "imports.forget"
"""The job. It names the file, so whoever erases waits for it."""
AGAIN = timedelta(seconds=2)
"""When it looks again while a list is still being read."""
PATIENCE = timedelta(days=1)
"""How long it does: lists nobody committed are kept no longer."""


async def before_deleting(deletion: Deletion) -> Sequence[Cancelled]:
    """Note which lists somebody is on, before their file goes and the rows about it with it."""
    who = await database.fetchrow(_WHO, deletion.business_id, deletion.client_id)
    if who is not None and who["under_way"]:
        await jobs.enqueue(
            FORGET,
            {
                "business_id": str(deletion.business_id),
                "client_id": str(deletion.client_id),
                "addresses": await client_data.addresses(deletion.business_id, deletion.client_id),
                "sort_name": who["sort_name"],
                "name": who["name"],
                "at": who["at"].isoformat(),
                "imports": [str(each) for each in who["imports"]],
            },
        )
    return ()


async def forget(who: dict[str, Any]) -> None:
    """Remove their rows, and of the lists they are on the samples and the file.

    All other lists stay as they are. Those that are still being read are looked at afterwards.
    Running it twice is harmless.
    """
    business_id, at = UUID(who["business_id"]), datetime.fromisoformat(who["at"])
    async with database.transaction():
        lists = await database.fetch(_LISTS, business_id, at)
        gone = await database.fetch(
            _GONE, business_id, who["addresses"], who["sort_name"], [row["id"] for row in lists],
            who["name"],
        )  # fmt: skip
        on = {*map(UUID, who["imports"]), *(row["import_id"] for row in gone)}
        for row in lists:
            if row["id"] in on:
                await forget_file(business_id, row["id"])
                if row["state"] == ImportStage.READY:
                    await count_outcomes(business_id, row["id"])
        now: datetime = await database.fetchval("SELECT now()")
        if any(row["state"] == ImportStage.READING for row in lists) and now - at < PATIENCE:
            await jobs.enqueue(FORGET, who, run_at=now + AGAIN)


# Also those whose file has left with somebody else: their rows wait to be committed.
_UNDER_WAY = "state NOT IN ('COMMITTED', 'ROLLED_BACK', 'CANCELLED', 'EXPIRED')"
_WHO = f"""
SELECT c.sort_name, c.first_name || ' ' || c.last_name AS name, now() AS at,
    ARRAY(SELECT DISTINCT r.import_id FROM import_rows r
        WHERE r.business_id = $1 AND r.client_id = c.id) AS imports,
    EXISTS (SELECT FROM client_imports i WHERE i.business_id = $1 AND {_UNDER_WAY}) AS under_way
FROM clients c WHERE c.business_id = $1 AND c.id = $2"""  # noqa: S608 -- our own words
_LISTS = f"""
SELECT id, state FROM client_imports
WHERE business_id = $1 AND created_at <= $2 AND {_UNDER_WAY}
ORDER BY id FOR NO KEY UPDATE"""  # noqa: S608 -- our own words
# What another client has as well is theirs; a family has one number under several names.
_GONE = """
DELETE FROM import_rows r WHERE r.business_id = $1 AND r.import_id = ANY ($4::uuid[]) AND (
    lower(r.email) = ANY ($2) AND NOT EXISTS (SELECT FROM clients c
        WHERE c.business_id = $1 AND c.email = r.email::citext)
    OR r.phone = ANY ($2) AND (r.columns->>'sort_name' = $3 OR NOT EXISTS (SELECT FROM clients c
        WHERE c.business_id = $1 AND c.phone = r.phone))
    OR r.email IS NULL AND r.phone IS NULL
        AND lower(concat_ws(' ', r.columns->>'first_name', r.columns->>'last_name')) = lower($5))
RETURNING r.import_id"""
