"""Settings are said once: their tables have what their classes say, no more and no less."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from modules import settings
from modules.contract import Module
from storage import database as db
from storage.database import Database


async def test_every_setting_has_a_column_of_its_own_with_its_default(
    database: Database, loaded: list[Module]
) -> None:
    """A setting that has no column, or a column that is no setting, is found here."""
    kinds: list[Any] = [kind for module in loaded for kind in module.settings]
    for kind in kinds:
        table = settings.table_of(kind)
        business = await db.fetchval(
            "INSERT INTO businesses (id, name, zone, currency)"
            " VALUES (uuidv7(), 'Salon', 'Europe/Amsterdam', 'EUR') RETURNING id"
        )
        row = await db.fetchrow(
            f"INSERT INTO {table} (business_id) VALUES ($1) RETURNING *",
            business,
        )
        assert row is not None
        own = {each.name: each.default for each in fields(kind)}
        assert dict(row) == {"business_id": business, "version": 1, **own}, kind
        again = await db.fetchval(
            f"UPDATE {table} SET business_id = $1 WHERE business_id = $1 RETURNING version",
            business,
        )
        assert again == 2, f"{table} has no trigger bump_version()"

    assert len(kinds) == len({kind.__name__ for kind in kinds}) >= 2
