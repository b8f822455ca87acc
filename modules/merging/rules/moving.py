"""Moving the rows of one file to another, whichever tables they are in, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from modules.client_data import INTERNAL, ClientTable
from storage import database, jsonb
from storage.catalogue import CLIENT, OTHER, Reference, Table, Unique
from storage.words import identifier, literal

Rows = list[dict[str, Any]]
"""Rows as JSON has them."""


async def moving(on: bool) -> None:
    """Say that rows move now: their versions stay."""
    await database.execute("SELECT set_config('regulars.moving', $1, true)", "on" if on else "off")


class Mover:
    """Moves what belongs to one file to another of the same business."""

    def __init__(
        self, business_id: UUID, kinds: Sequence[ClientTable], tables: Mapping[str, Table]
    ) -> None:
        self._business = business_id
        self._kinds = kinds
        self._tables = tables
        self.aside: list[tuple[str, Rows]] = []
        """Tables and their rows that could not come along, those first on which others hang."""

    async def set_aside(self, kind: ClientTable, survivor: UUID, other: UUID) -> None:
        """Take out the rows that the survivor has already, or that stay with their own file."""
        table = kind.table
        if kind.said.stays:
            where = f"t.{CLIENT} = $2"
            if _refers(table, OTHER):
                where += f" OR t.{OTHER} = $2"
            found = f"SELECT t.* FROM {table.name} t WHERE t.business_id = $1 AND ({where})"  # noqa: S608 -- the catalogue's names
            await self._take_out(table, found, other)
            return
        for unique in table.uniques:
            if any(_is(key, CLIENT) for key in unique.keys):
                found = colliding(table, unique)
                if kind.said.yields:
                    await self._give_in(kind, found, other, survivor)
                else:
                    await self._take_out(table, found, other, survivor)

    async def move(
        self, kind: ClientTable, survivor: UUID, other: UUID, merge_id: UUID, nth: int
    ) -> None:
        """Hand all rows of a table over, and note which."""
        await database.execute(
            f"WITH moved AS (UPDATE {kind.table.name} t SET {CLIENT} = $2"  # noqa: S608 -- the catalogue's names
            f" WHERE t.business_id = $1 AND t.{CLIENT} = $3 RETURNING t.*)"
            " INSERT INTO client_merge_parts"
            " (business_id, client_id, merge_id, nth, table_name, moved)"
            f" SELECT $1, $2, $4, $5, '{kind.table.name}', jsonb_agg({_mark(kind)})"
            " FROM moved HAVING count(*) > 0",
            self._business, survivor, other, merge_id, nth,
        )  # fmt: skip

    async def _give_in(self, kind: ClientTable, found: str, *args: UUID) -> None:
        """Let the rows come along as something that only the survivor's row is not."""
        table = kind.table
        rows = await self._found(found, *args)
        if rows:
            changes = ", ".join(
                f"{identifier(name)} = {_literal(v)}" for name, v in kind.said.yields.items()
            )
            await database.execute(
                f"UPDATE {table.name} t SET {changes} FROM {_given(table, 1)} WHERE {_same(table)}",  # noqa: S608 -- the catalogue's names
                jsonb.text(rows),
            )

    async def _take_out(self, table: Table, found: str, *args: UUID) -> None:
        await self._remove(table, await self._found(found, *args))

    async def _remove(self, table: Table, rows: Rows) -> None:
        """Note rows, and what hangs on them, then remove them."""
        if not rows:
            return
        self.aside.append((table.name, rows))
        for child in self._tables.values():
            for reference in child.references:
                if reference.target == table.name and reference.on_delete == "CASCADE":
                    await self._remove(child, await self._hanging(child, reference, table, rows))
        await database.execute(
            f"DELETE FROM {table.name} t USING {_given(table, 1)} WHERE {_same(table)}",  # noqa: S608 -- the catalogue's names
            jsonb.text(rows),
        )

    async def _hanging(self, child: Table, by: Reference, table: Table, rows: Rows) -> Rows:
        pairs = " AND ".join(
            f"t.{own} = gone.{of}" for own, of in zip(by.columns, by.target_columns, strict=True)
        )
        found = await database.fetch(
            f"SELECT DISTINCT to_jsonb(t) AS said FROM {child.name} t, {_given(table, 1)}"  # noqa: S608 -- the catalogue's names
            f" WHERE {pairs}",
            jsonb.text(rows),
        )
        return [orjson.loads(row["said"]) for row in found]

    async def _found(self, found: str, *args: UUID) -> Rows:
        rows = await database.fetch(
            f"SELECT to_jsonb(f) AS said FROM ({found}) AS f",  # noqa: S608 -- made above
            self._business,
            *args,
        )
        return [orjson.loads(row["said"]) for row in rows]


def colliding(table: Table, unique: Unique) -> str:
    """Write the statement that finds the rows of file $2 which file $3 has already."""
    keys = [key for key in unique.keys if not _is(key, CLIENT)]
    named = ", ".join(f"({key}) AS same_{n}" for n, key in enumerate(keys))
    condition = f" AND ({unique.condition})" if unique.condition else ""
    both = (
        f"SELECT {columns} FROM {table.name} WHERE business_id = $1 AND {CLIENT} = {of}{condition}"  # noqa: S608 -- the catalogue's names
        for columns, of in (
            (", ".join(filter(None, [*table.key, named])), "$2"),
            (named or "1", "$3"),
        )
    )
    theirs, mine = both
    alike = " AND ".join(f"o.same_{n} = s.same_{n}" for n in range(len(keys))) or "true"
    same = " AND ".join(f"t.{column} = o.{column}" for column in table.key)
    return (
        f"SELECT t.* FROM {table.name} t JOIN ({theirs}) AS o ON {same}"  # noqa: S608 -- the catalogue's names
        f" WHERE EXISTS (SELECT FROM ({mine}) AS s WHERE {alike})"
    )


async def back(
    kind: ClientTable, rows: Rows, *, business_id: UUID, survivor: UUID, other: UUID
) -> Rows:
    """Give rows back that moved and that nobody changed since; answers their keys."""
    table = kind.table
    unchanged = f"to_jsonb(t) || (gone.said - '{CLIENT}') = to_jsonb(t)"
    same = " AND ".join(
        f"t.{c.name} = (gone.said->>'{c.name}')::{c.type}"
        for c in table.columns
        if c.name in table.key and c.name != CLIENT
    )
    keys = ", ".join(f"'{column}', t.{column}" for column in table.key)
    went = await database.fetchval(
        f"WITH went AS (UPDATE {table.name} t SET {CLIENT} = $3"  # noqa: S608 -- the catalogue's names
        " FROM (SELECT jsonb_array_elements($4::jsonb) AS said) AS gone"
        f" WHERE t.business_id = $1 AND t.{CLIENT} = $2 AND {same or 'true'} AND {unchanged}"
        f" RETURNING jsonb_build_object({keys}) AS said)"
        " SELECT coalesce(jsonb_agg(said), '[]') FROM went",
        business_id, survivor, other, jsonb.text(rows),
    )  # fmt: skip
    gone: Rows = orjson.loads(went)
    return gone


async def restore(table: Table, rows: Rows) -> int:
    """Put rows back as they were, those whose own references are still there; answers how many."""
    # What came with a later version of the tables has its default.
    written = [column for column in table.written if all(column in row for row in rows)]
    columns = ", ".join(written)
    values = ", ".join(_value(table, column) for column in written)
    where = " AND ".join(
        f"({_absent(each)} OR EXISTS (SELECT FROM {each.target} p WHERE {_pairs(each)}))"
        for each in table.references
        if each.on_delete != "SET NULL" and each.target != table.name
    )
    done = await database.execute(
        f"INSERT INTO {table.name} ({columns}) OVERRIDING SYSTEM VALUE"  # noqa: S608 -- the catalogue's names
        f" SELECT {values} FROM {_given(table, 1)}{f' WHERE {where}' if where else ''}"
        " ON CONFLICT DO NOTHING",
        jsonb.text(rows),
    )
    return int(done.split()[-1])


def _value(table: Table, column: str) -> str:
    """Give a column's value, or null where what it names is gone and the row can do without."""
    for reference in table.references:
        if (
            reference.on_delete == "SET NULL"
            and column in reference.columns
            and column != "business_id"
        ):
            there = f"EXISTS (SELECT FROM {reference.target} p WHERE {_pairs(reference)})"
            return f"CASE WHEN {there} THEN gone.{column} END"
    return f"gone.{column}"


def _pairs(reference: Reference) -> str:
    return " AND ".join(
        f"p.{of} = gone.{own}"
        for own, of in zip(reference.columns, reference.target_columns, strict=True)
    )


def _absent(reference: Reference) -> str:
    return " OR ".join(f"gone.{column} IS NULL" for column in reference.columns)


def _mark(kind: ClientTable) -> str:
    """Say by what a moved row is known again, and by what it shows that it was changed."""
    table = kind.table
    if not kind.said.hidden and not table.has("version"):
        without = "".join(f" - '{name}'" for name in sorted(INTERNAL))
        return f"to_jsonb(moved){without}"
    known = [*table.key, *(["version"] if table.has("version") else [])]
    pairs = ", ".join(f"'{column}', moved.{column}" for column in known if column != CLIENT)
    return f"jsonb_build_object({pairs})"


def _given(table: Table, nth: int) -> str:
    return f"jsonb_populate_recordset(NULL::{table.name}, ${nth}::jsonb) AS gone"


def _same(table: Table) -> str:
    return " AND ".join(f"t.{column} = gone.{column}" for column in table.key)


def _refers(table: Table, column: str) -> bool:
    return any(column in reference.columns for reference in table.references)


def _is(key: str, column: str) -> bool:
    return key.strip('"') == column


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).lower()
    return literal(str(value))
