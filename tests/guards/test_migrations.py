"""Migrations from an empty database make the tables that the code has in mind."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.models import Model

from modules import registry
from modules.settings import table_of
from storage.database import Database, fetch, transaction

COLUMNS = """
SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN c.relkind <> 'v' THEN a.attnotnull END AS required,
       CASE WHEN c.relkind <> 'v' THEN a.attnum = ANY(coalesce(k.conkey, '{}')) END AS key
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
WHERE c.relkind IN ('r', 'p', 'v') AND c.relnamespace = 'public'::regnamespace
"""
LEADING = """
SELECT DISTINCT c.relname AS table
FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE c.relnamespace = 'public'::regnamespace AND a.attname = 'business_id' AND a.attnotnull
"""

# Tables no model stands for, and who reads and writes them instead.
WITHOUT_A_MODEL = {
    "slot_holds": "times that are held for minutes, which nobody lists",
    "claims": "who has taken which time, written by triggers and joined in SQL",
    "client_merge_parts": "what a merge moved, read and written in SQL",
    "compared_files": "two keys and a version, joined in SQL",
    "erasure_ids": "what is still to be forgotten, joined in SQL",
    "client_invitation_links": "secrets of mails, made and matched in SQL",
    "event": "the log reads and writes it in SQL",
    "group_members": "who is in a group: two keys, joined in SQL",
    "idempotency": "the shell of mutations reads and writes it in SQL",
    "job": "the job queue's own",
    "job_log": "the job queue's own",
    "job_schedule": "the job queue's own",
    "job_statistics": "the job queue's own",
    "log_cluster": "the log's note on where it is",
    "schema_migration": "the runner's note on what it did",
    "stored_objects": "the ledger of the object store reads and writes it in SQL",
    "service_clients": "whom a service is for: two keys, joined in SQL",
    "service_groups": "whom a service is for: two keys, joined in SQL",
    "parting_notices": "what last notices say, entered and read in SQL",
    "visits_counted": "one row, which counting visits reads and writes in SQL",
    "service_staff": "who performs what: two keys, joined in SQL",
    **{
        table_of(kind): "settings of a business: their class stands for them"
        for module in registry.load(registry.built_in())
        for kind in module.settings
    },
}
# Tables of which no index starts with a business, and why.
NOT_LED_BY_BUSINESS = {
    "accounts": "people, who may belong to several businesses",
    "attempts": "counted by account and address, before anybody is known",
    "businesses": "the businesses themselves",
    "idempotency": "kept by account, also for those of no business",
    "job": "taken by whoever is free, whatever the business",
    "job_log": "the job queue's own",
    "job_schedule": "the job queue's own",
    "job_statistics": "the job queue's own",
    "links": "found by their secret, before anybody is known",
    "log_cluster": "one row",
    "sign_in_requests": "asked by somebody who is not known yet",
    "reset_requests": "asked by somebody who is not known yet",
    "schema_migration": "the runner's own",
    "visits_counted": "one row",
    "sessions": "found by their secret; they end with their account",
}


@pytest.fixture
def models(database: Database) -> list[type[Model]]:
    """Every table class of every module."""
    apps = Tortoise.apps or {}
    return [m for app in apps.values() for m in app.values() if not m._meta.abstract]


async def test_migrations_make_the_columns_of_the_models(models: list[type[Model]]) -> None:
    """Names, types, which may be null, and the primary key; of views, names and types."""
    made = {tuple(row) for row in await fetch(COLUMNS)}
    views = {table for table, _, _, required, _ in made if required is None}
    wanted = {column for model in models for column in await _columns(model, views)}
    tables = {table for table, *_ in wanted}

    assert sorted(wanted - made, key=str) == []
    assert sorted((each for each in made - wanted if each[0] in tables), key=str) == []
    assert {table for table, *_ in made} - tables == WITHOUT_A_MODEL.keys()


async def test_every_table_is_kept_by_business(database: Database) -> None:
    """An index starts with the business, so that each can be moved to a shard of its own."""
    tables = {row["table"] for row in await fetch(COLUMNS) if row["required"] is not None}
    led = {row["table"] for row in await fetch(LEADING)}

    assert tables - led == NOT_LED_BY_BUSINESS.keys()


async def _columns(model: type[Model], views: set[str]) -> list[tuple[Any, ...]]:
    """Say what columns a model has in mind, types as PostgreSQL writes them."""
    meta = model._meta
    fields = {c: meta.fields_map[name] for name, c in meta.fields_db_projection.items()}
    written = ", ".join(
        f'"{c}" {f.get_for_dialect("postgres", "SQL_TYPE")}' for c, f in fields.items()
    )
    async with transaction() as connection:
        await connection.execute(f"CREATE TEMP TABLE meant ({written}) ON COMMIT DROP")
        rows = await connection.fetch(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = 'meant'::regclass AND attnum > 0"
        )
    seen = meta.db_table in views
    return [
        (
            meta.db_table,
            column,
            kind,
            None if seen else not fields[column].null,
            None if seen else fields[column].pk,
        )
        for column, kind in rows
    ]
