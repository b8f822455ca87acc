"""Lists of ids as people send them: with duplicates, and perhaps with what is not there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from modules.appointments.rules import TooManyAtOnce
from modules.errors import NotFound
from modules.translations import template
from modules.viewer import Viewer
from storage import database

MOST = 5_000
"""How many ids one call may name."""

_CLIENT = """
SELECT n - 1 FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, n)
WHERE NOT EXISTS (SELECT FROM clients c WHERE c.business_id = $1 AND c.id = asked.id)
ORDER BY n LIMIT 1"""
_GROUP = """
SELECT n - 1 FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, n)
WHERE NOT EXISTS (SELECT FROM client_groups g WHERE g.business_id = $1 AND g.id = asked.id)
ORDER BY n LIMIT 1"""
_MISSING = """
SELECT named FROM unnest($2::text[]) AS asked (named)
WHERE NOT EXISTS (SELECT FROM client_groups g WHERE g.business_id = $1
    AND g.id = substr(named, 5)::uuid)"""


async def clients(by: Viewer, ids: Sequence[UUID], field: str) -> list[UUID]:
    """Give each client once, all of them known. Refuses: TooManyAtOnce, NotFound with the place."""
    return await _known(by, ids, field, _CLIENT, template("There is no such client."))


async def groups(by: Viewer, ids: Sequence[UUID], field: str) -> list[UUID]:
    """Give each group once, all of them known. Refuses: TooManyAtOnce, NotFound with the place."""
    return await _known(by, ids, field, _GROUP, template("There is no such group."))


async def missing(by: Viewer, named: Collection[str]) -> set[str]:
    """Say which groups that saved filters name are not there any more."""
    asked = [each for each in named if each.startswith("grp_")]
    rows = await database.fetch(_MISSING, by.of_business(), asked) if asked else []
    return {row["named"] for row in rows}


async def _known(by: Viewer, ids: Sequence[UUID], field: str, sql: str, message: str) -> list[UUID]:
    if len(ids) > MOST:
        raise TooManyAtOnce("At most {most} at once.", field=field, most=MOST)
    missing = await database.fetchval(sql, by.of_business(), ids) if ids else None
    if missing is not None:
        raise NotFound(message, field=f"{field}.{missing}")
    return list(dict.fromkeys(ids))
