"""The tables are what the models say."""

from __future__ import annotations

import pytest
from tortoise import Tortoise

from storage import database as db

TYPES = {
    "UUID": "uuid",
    "TEXT": "text",
    "TIMESTAMPTZ": "timestamp with time zone",
    "INT": "integer",
    "BIGINT": "bigint",
    "BYTEA": "bytea",
    "BOOL": "boolean",
    "VARCHAR": "character varying",
}


@pytest.mark.parametrize("app", ["accounts", "messaging"])
async def test_migrations_make_the_tables_the_models_describe(database, app):
    """Every column, its type, and whether it may be null."""
    for model in Tortoise.apps[app].values():
        described = {
            field.source_field or name: (
                TYPES[field.get_for_dialect("postgres", "SQL_TYPE").partition("(")[0]],
                field.null,
            )
            for name, field in model._meta.fields_map.items()
            if field.has_db_field
        }
        rows = await db.fetch(
            "SELECT column_name, data_type, is_nullable = 'YES' AS may_be_null"
            " FROM information_schema.columns WHERE table_name = $1",
            model._meta.db_table,
        )
        assert {row[0]: (row[1], row[2]) for row in rows} == described
