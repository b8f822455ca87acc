"""Writing a file as a whole, when two become one or one becomes two again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from modules.clients.rules.tidying import completed
from storage import database, jsonb
from storage.words import identifier

_FOUND_BY = ("first_name", "last_name", "email", "phone")


async def copy_of(business_id: UUID, client_id: UUID) -> dict[str, Any]:
    """Give all columns of a file that is held, as JSON has them."""
    said = await database.fetchval(
        "SELECT to_jsonb(c) FROM clients c WHERE business_id = $1 AND id = $2",
        business_id, client_id,
    )  # fmt: skip
    file: dict[str, Any] = orjson.loads(said)
    return file


async def rewrite(
    business_id: UUID, client_id: UUID, columns: Mapping[str, Any], *, version: int
) -> dict[str, Any]:
    """Write columns of a file that is held, as JSON has them, and what it is found by; gives it.

    The version becomes the one that is said, where rows are moving. Refuses: EmailOrPhoneRequired.
    """
    file = {**await copy_of(business_id, client_id), **columns}
    found_by = completed({name: file[name] for name in _FOUND_BY})
    written = {**columns, **found_by, "version": version}
    names = ", ".join(map(identifier, written))
    said = await database.fetchval(
        f"UPDATE clients c SET ({names}) ="  # noqa: S608 -- names of columns
        f" (SELECT {names} FROM jsonb_populate_record(NULL::clients, $3))"
        " WHERE business_id = $1 AND id = $2 RETURNING to_jsonb(c)",
        business_id, client_id, jsonb.text(written),
    )  # fmt: skip
    became: dict[str, Any] = orjson.loads(said)
    return became


async def close(business_id: UUID, client_id: UUID) -> None:
    """Take a file away that became a part of another; what refers to it has moved."""
    await database.execute(
        "DELETE FROM clients WHERE business_id = $1 AND id = $2", business_id, client_id
    )
