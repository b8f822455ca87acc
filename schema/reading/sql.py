"""Writes the SQL of a statement: the rows its source picks, the columns the selection wants.

Statements below others get the keys of all their parents at once and read each parent's rows in a
lateral join, so that one statement serves any number of parents, each with its own LIMIT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from schema.reading.source import Source, origin_of
from schema.reading.statement import Statement
from storage.read_connections import EACH_TIME

Order = Sequence[tuple[str, bool]]
"""What rows are sorted by: SQL, and whether the largest comes first."""


def select(statement: Statement) -> str:
    """Write the whole statement."""
    each_time = EACH_TIME if statement.by_values else ""
    if statement.source is None:
        return f"{each_time}SELECT {', '.join(statement.columns)}"
    rows = f"({_picked(statement, statement.source)}) {statement.alias}"
    columns, sort = statement.columns or ["1"], ""
    if statement.keys:
        arrays = ", ".join(f"${n}::{column.kind}[]" for column, n in statement.keys)
        names = ", ".join(f"k{i}" for i in range(len(statement.keys)))
        parents = f"unnest({arrays}) WITH ORDINALITY p({names}, o)"
        rows = f"{parents} CROSS JOIN LATERAL {rows}"
        columns, sort = ["p.o - 1", *statement.columns], "p.o, "
    aliases = ((f"{statement.alias}{i}", join) for i, join in enumerate(statement.joins))
    joins = "".join(" " + join.format(alias) for alias, join in aliases)
    # Sorted again, by what they were picked by: a join promises no order.
    again = _sorting(statement, statement.source, f"{statement.alias}.")
    ending = f" ORDER BY {sort}{again}" if again else ""
    return f"{each_time}SELECT {', '.join(columns)} FROM {rows}{joins}{ending}"


def count(statement: Statement, source: Source) -> str:
    """Write how many rows a source has, as a value of the statement above it."""
    return f"(SELECT count(*) {origin_of(statement.write, source)})"


def _order(statement: Statement, source: Source) -> Order:
    return [(statement.write(k.term), k.descending is not statement.backward) for k in source.keys]


def _sorting(statement: Statement, source: Source, of: str = "") -> str:
    """Sort rows by the values they were picked by: `o0` and on, of the alias `of`.

    Each tier has directions of its own. Where two differ in a value, it is sorted once among the
    rows of those tiers where it goes up and once among those where it goes down; to all others it
    is null, so that it does not tell them apart.
    """
    if not source.tiers:
        ways = [key.descending is not statement.backward for key in source.keys]
        return ", ".join(f"{of}o{i}{_way(down)}" for i, down in enumerate(ways))
    parts = [f"{of}o0{_way(statement.backward)}"]
    for i, keys in enumerate(zip(*(tier.keys for tier in source.tiers), strict=True), 1):
        ways = [key.descending is not statement.backward for key in keys]
        if len(set(ways)) == 1:
            parts.append(f"{of}o{i}{_way(ways[0])}")
            continue
        for down in (False, True):
            ranks = ", ".join(str(rank) for rank, way in enumerate(ways) if way is down)
            parts.append(f"CASE WHEN {of}o0 IN ({ranks}) THEN {of}o{i} END{_way(down)}")
    return ", ".join(parts)


def _picked(statement: Statement, source: Source) -> str:
    if source.tiers:
        return _ranked(statement, source)
    extra, limit = statement.window(statement, source) if statement.window else ("", "")
    if source.limit is not None and not limit:
        limit = f" LIMIT {int(source.limit)}"
    return _rows(statement, source, extra, limit)


def _rows(statement: Statement, source: Source, extra: str, limit: str, rank: str = "") -> str:
    order = _order(statement, source)
    origin = origin_of(statement.write, source, "" if source.few else extra)
    if source.few:
        origin = f'FROM (SELECT "{source.table}".* {origin} OFFSET 0) "{source.table}"'
        origin += f" WHERE {extra}" if extra else ""
    known = [rank] if rank else []
    values = enumerate([*known, *(sql for sql, _ in order)])
    keys = "".join(f", {sql} AS o{i}" for i, sql in values)
    by = ", ".join(f"{sql}{_way(down)}" for sql, down in order)
    columns = "id" if source.read else "*"
    picked = f'SELECT "{source.table}".{columns}{keys} {origin}'
    return picked + (f" ORDER BY {by}{limit}" if limit else "")


def _ranked(statement: Statement, source: Source) -> str:
    """Write one query per tier, each of which looks only when those before it have too little."""
    tiers = list(enumerate(source.tiers))
    if statement.backward:
        tiers.reverse()
    parts: list[str] = []
    limit = ""
    for place, (rank, tier) in enumerate(tiers):
        extra = ""
        if statement.window:
            extra, limit = statement.window(statement, tier, rank)
        if place and limit:
            found = " + ".join(f"(SELECT count(*) FROM r{i})" for i in range(place))
            extra = " AND ".join(filter(None, (extra, f"{found} <{limit.removeprefix(' LIMIT')}")))
        one = replace(tier, read=source.read)
        sql = _rows(statement, one, extra, limit, rank=f"{rank}::int")
        parts.append(f"r{place} AS MATERIALIZED ({sql})")
    together = " UNION ALL ".join(f"SELECT * FROM r{i}" for i in range(len(parts)))
    by = _sorting(statement, source)
    # A union itself is sorted by names of columns only.
    return f"WITH {', '.join(parts)} SELECT * FROM ({together}) r ORDER BY {by}{limit}"


def _way(down: bool) -> str:
    return " DESC" if down else ""
