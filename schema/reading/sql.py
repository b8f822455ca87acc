"""Writes the SQL of a statement: the rows its source picks, the columns the selection wants.

Statements below others get the keys of all their parents at once and read each parent's rows in a
lateral join, so that one statement serves any number of parents, each with its own LIMIT.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schema.reading.source import Source, conditions_of, joins_of

if TYPE_CHECKING:
    from schema.reading.statement import Statement

Order = Sequence[tuple[str, bool]]
"""What rows are sorted by: SQL, and whether the largest comes first."""


def select(statement: Statement) -> str:
    """Write the whole statement."""
    if statement.source is None:
        return f"SELECT {', '.join(statement.columns)}"
    order = _order(statement, statement.source)
    rows = f"({_picked(statement, statement.source, order)}) {statement.alias}"
    columns, sort = statement.columns or ["1"], ""
    if statement.keys:
        arrays = ", ".join(f"${n}::{column.kind}[]" for column, n in statement.keys)
        names = ", ".join(f"k{i}" for i in range(len(statement.keys)))
        parents = f"unnest({arrays}) WITH ORDINALITY p({names}, o)"
        rows = f"{parents} CROSS JOIN LATERAL {rows}"
        columns, sort = ["p.o - 1", *statement.columns], "p.o, "
    aliases = ((f"{statement.alias}{i}", join) for i, join in enumerate(statement.joins))
    joins = "".join(" " + join.format(alias) for alias, join in aliases)
    ending = f" ORDER BY {sort}{_again(statement, order)}" if order else ""
    return f"SELECT {', '.join(columns)} FROM {rows}{joins}{ending}"


def count(statement: Statement, source: Source) -> str:
    """Write how many rows a source has, as a value of the statement above it."""
    return f"(SELECT count(*) {_origin(statement, source)})"


def _order(statement: Statement, source: Source) -> Order:
    return [(statement.write(k.term), k.descending is not statement.backward) for k in source.keys]


def _again(statement: Statement, order: Order) -> str:
    """Sort the finished rows by what they were picked by; a join promises no order."""
    return ", ".join(f"{statement.alias}.o{i}{_way(down)}" for i, (_, down) in enumerate(order))


def _picked(statement: Statement, source: Source, order: Order) -> str:
    extra, limit = statement.window(statement) if statement.window else ("", "")
    if source.limit is not None and not limit:
        limit = f" LIMIT {int(source.limit)}"
    origin = _origin(statement, source, extra)
    keys = "".join(f", {sql} AS o{i}" for i, (sql, _) in enumerate(order))
    by = ", ".join(f"{sql}{_way(down)}" for sql, down in order)
    return f'SELECT "{source.table}".*{keys} {origin}' + (f" ORDER BY {by}{limit}" if limit else "")


def _origin(statement: Statement, source: Source, extra: str = "") -> str:
    joins = "".join(" " + statement.write(join) for join in joins_of(source))
    where = [statement.write(condition) for condition in conditions_of(source)]
    conditions = " AND ".join(f"({condition})" for condition in (*where, extra) if condition)
    return f'FROM "{source.table}"{joins}' + (f" WHERE {conditions}" if conditions else "")


def _way(down: bool) -> str:
    return " DESC" if down else ""
