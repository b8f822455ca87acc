"""What PostgreSQL knows of the tables: which hold a client's rows, and what keeps those apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from storage import database
from storage.words import identifier

CLIENT = "client_id"
"""The column by which a row belongs to a client's file, in every table that has one."""
OTHER = "other_client_id"
"""A second client a row is about; it belongs to that file too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column, as far as somebody who copies rows has to know it."""

    name: str
    type: str
    generated: bool
    """PostgreSQL works it out: it is never written."""
    required: bool

    def __post_init__(self) -> None:
        """Check that the name can be part of SQL."""
        identifier(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """Something no two rows of a table have alike."""

    name: str
    keys: tuple[str, ...]
    """Columns, or expressions of them, as SQL."""
    condition: str | None
    """Which rows it is about, as SQL; None: all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str
    """`CASCADE`, `SET NULL`, `RESTRICT`: what happens to the row when what it names goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a business."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """The columns of the primary key."""
    uniques: tuple[Unique, ...]
    references: tuple[Reference, ...]
    leading: frozenset[tuple[str, ...]]
    """The columns indexes begin with: one, two and so on."""

    def has(self, column: str) -> bool:
        """Tell whether there is such a column."""
        return any(each.name == column for each in self.columns)

    @property
    def written(self) -> tuple[str, ...]:
        """The columns that are written when a row is."""
        return tuple(each.name for each in self.columns if not each.generated)

    @property
    def of_clients(self) -> bool:
        """Whether its rows belong to files of clients."""
        return self.has(CLIENT)


async def tables() -> list[Table]:
    """List the tables that are kept by business, also those of modules that are switched off."""
    return [_table(orjson.loads(row["about"])) for row in await database.fetch(_TABLES)]


async def of_clients() -> list[Table]:
    """List the tables whose rows belong to files of clients: those with a `client_id`."""
    return [table for table in await tables() if table.of_clients]


async def reference(table: str, constraint: str) -> Reference | None:
    """Find a foreign key by its name, which the database gives when it is violated."""
    known = _references.get((table, constraint))
    if known is None and (row := await database.fetchrow(_REFERENCE, table, constraint)):
        known = _references[table, constraint] = _reference(orjson.loads(row["about"]))
    return known


def _table(about: dict[str, Any]) -> Table:
    return Table(
        name=identifier(about["name"]),
        columns=tuple(Column(**each) for each in about["columns"]),
        key=tuple(about["key"] or ()),
        uniques=tuple(
            Unique(name=each["name"], keys=tuple(each["keys"]), condition=each["condition"])
            for each in about["uniques"] or ()
        ),
        references=tuple(_reference(each) for each in about["references"] or ()),
        leading=frozenset(
            tuple(columns[:n])
            for columns in about["indexes"] or ()
            for n in range(1, len(columns) + 1)
        ),
    )


def _reference(about: dict[str, Any]) -> Reference:
    return Reference(
        columns=tuple(about["columns"]),
        target=identifier(about["target"]),
        target_columns=tuple(about["target_columns"]),
        on_delete=_ON_DELETE[about["on_delete"]],
    )


_references: dict[tuple[str, str], Reference] = {}
"""Foreign keys found before: a migration may add one, and changes none."""

_ON_DELETE = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "DEFAULT"}

_ABOUT_REFERENCE = """json_build_object('target', t.relname,
            'columns', (SELECT json_agg(a.attname ORDER BY part.nth)
                FROM unnest(k.conkey) WITH ORDINALITY AS part (attnum, nth)
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.attnum),
            'target_columns', (SELECT json_agg(a.attname ORDER BY part.nth)
                FROM unnest(k.confkey) WITH ORDINALITY AS part (attnum, nth)
                JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = part.attnum),
            'on_delete', k.confdeltype)"""
_REFERENCE = f"""
SELECT {_ABOUT_REFERENCE} AS about
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
WHERE k.contype = 'f' AND c.relname = $1 AND k.conname = $2
    AND c.relnamespace = current_schema()::regnamespace"""  # noqa: S608 -- our own words

# Partitions are left out: what is done to the whole is done to its parts.
_TABLES = f"""
SELECT json_build_object(
    'name', c.relname,
    'columns', (SELECT json_agg(json_build_object('name', a.attname,
            'type', format_type(a.atttypid, a.atttypmod), 'generated', a.attgenerated <> '',
            'required', a.attnotnull) ORDER BY a.attnum)
        FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'key', (SELECT json_agg(a.attname ORDER BY part.nth)
        FROM pg_constraint k CROSS JOIN unnest(k.conkey) WITH ORDINALITY AS part (attnum, nth)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.attnum
        WHERE k.conrelid = c.oid AND k.contype = 'p'),
    'uniques', (SELECT json_agg(json_build_object('name', x.relname,
            'keys', (SELECT json_agg(pg_get_indexdef(i.indexrelid, n, true) ORDER BY n)
                FROM generate_series(1, i.indnkeyatts::int) AS n),
            'condition', pg_get_expr(i.indpred, i.indrelid)) ORDER BY x.relname)
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
        WHERE i.indrelid = c.oid AND i.indisunique),
    'references', (SELECT json_agg({_ABOUT_REFERENCE} ORDER BY k.conname)
        FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid
        WHERE k.conrelid = c.oid AND k.contype = 'f'),
    'indexes', (SELECT json_agg((SELECT json_agg(pg_get_indexdef(i.indexrelid, n, true) ORDER BY n)
            FROM generate_series(1, i.indnkeyatts::int) AS n))
        FROM pg_index i WHERE i.indrelid = c.oid)
) AS about
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relnamespace = current_schema()::regnamespace
    AND EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'business_id' AND NOT a.attisdropped)
ORDER BY c.relname"""  # noqa: S608 -- our own words
