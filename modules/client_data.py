"""What belongs to a client's file: found by the database's catalogue, named by manifests.

Every row with a `client_id` belongs to that client's file, whichever module made the table and
whether or not it is enabled. So a file can be counted, exported, merged and erased as a whole
without knowing any module. A manifest may say how people call its rows, and what is special.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from modules.profile import fields
from storage import catalogue, database
from storage.catalogue import CLIENT, Table
from storage.process import here
from storage.words import identifier, literal

PROFILE = "clients"
"""The table of the files themselves."""
INTERNAL = frozenset({"business_id", CLIENT, "sort_name", "search_text", "folding"})
"""Columns that tell nobody anything."""
ADDRESSES = ("email", "recipient", "phone")
"""Columns that hold an address by which somebody is reached."""
PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientData:
    """How the rows of a table that has a `client_id` are told of, moved and handed out.

    None of it is needed: a table no manifest mentions is erased, merged and exported as well.
    """

    table: str
    """Which table."""
    name: str
    """How people call its rows, in the plural: `notes`."""
    shows: Sequence[str] = ()
    """The columns an export shows, in this order; without it all that are not internal."""
    hidden: bool = False
    """Whether an export leaves them out: notes of the system's own, such as hashes."""
    stays: bool = False
    """Whether a merge sets its rows aside with the file they belong to, instead of moving them."""
    yields: Mapping[str, Any] = field(default_factory=dict)
    """What becomes of the other file's row where only one may be so, as `{"starred": False}`.

    Without it, such a row is set aside, and comes back when the merge is undone.
    """


@dataclass(frozen=True, slots=True)
class ClientTable:
    """A table of rows that belong to clients' files, with what is said of it."""

    table: Table
    said: ClientData

    @property
    def name(self) -> str:
        """How people call its rows."""
        return self.said.name

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns an export shows."""
        named = self.said.shows or [c.name for c in self.table.columns if c.name not in INTERNAL]
        return tuple(named)


async def kinds() -> list[ClientTable]:
    """List what can belong to a client's file, besides the profile itself."""
    return [ClientTable(table, said(table.name)) for table in await catalogue.of_clients()]


def said(table: str) -> ClientData:
    """Give what a manifest says of a table, or else its name in words."""
    named = (each for module in here.modules for each in module.client_data)
    own = ClientData(table=table, name=table.replace("_", " "))
    return next((each for each in named if each.table == table), own)


async def counts(
    business_id: UUID, client_id: UUID, among: Sequence[ClientTable] | None = None
) -> dict[str, int]:
    """Count what belongs to a file besides the profile, by name and in one statement.

    What there is none of is left out.
    """
    among = await kinds() if among is None else among
    if not among:
        return {}
    parts = (
        f"SELECT {n} AS nth, count(*) AS count FROM {kind.table.name}"  # noqa: S608 -- the catalogue's
        f" WHERE business_id = $1 AND {CLIENT} = $2"
        for n, kind in enumerate(among)
    )
    found: dict[str, int] = {}
    for nth, count in await database.fetch(" UNION ALL ".join(parts), business_id, client_id):
        if count:
            name = among[nth].name
            found[name] = found.get(name, 0) + count
    return found


async def profile(business_id: UUID, client_id: UUID) -> dict[str, Any] | None:
    """Give a file's own columns as JSON has them, without internal ones; None: no such file."""
    kept = [each for each in fields() if each.table != PROFILE]
    pairs = (
        f"{literal(e.name)}, coalesce({identifier(e.table)}.{identifier(e.name)}, {e.missing})"
        for e in kept
    )
    joins = (f" LEFT JOIN {table} ON {table}.id = c.id" for table in {e.table for e in kept})
    row = await database.fetchval(
        f"SELECT to_jsonb(c) || jsonb_build_object({', '.join(pairs)})"  # noqa: S608 -- manifests' own
        f" FROM clients c{''.join(joins)}"
        " WHERE c.business_id = $1 AND c.id = $2",
        business_id,
        client_id,
    )
    if row is None:
        return None
    return {name: value for name, value in orjson.loads(row).items() if name not in INTERNAL}


async def addresses(business_id: UUID, client_id: UUID) -> list[str]:
    """List the mail addresses and phone numbers a file has or once had, in small letters.

    Earlier ones are told by what belongs to the file: mails to them, invitations, what a merge or
    an import noted of the file before.
    """
    tables = {PROFILE: "id", **{kind.table.name: CLIENT for kind in await kinds()}}
    parts = (
        f"SELECT to_jsonb(t) AS said FROM {table} t WHERE business_id = $1 AND {key} = $2"  # noqa: S608 -- the catalogue's names
        for table, key in tables.items()
    )
    found = await database.fetch(
        _ADDRESSES.format(rows=" UNION ALL ".join(parts)), business_id, client_id, ADDRESSES
    )
    return [row["address"] for row in found]


async def rows(
    kind: ClientTable, business_id: UUID, client_id: UUID, *, page: int = PAGE
) -> AsyncIterator[list[dict[str, Any]]]:
    """Give a file's rows of one kind as JSON has them, in the order of their keys, page by page."""
    table = kind.table
    order = ", ".join(table.key)
    types = {column.name: column.type for column in table.columns}
    last = ", ".join(f"(last.said->>'{name}')::{types[name]}" for name in table.key)
    after: str | None = None
    while True:
        found = await database.fetch(
            f"SELECT to_jsonb(t) AS said FROM {table.name} t"  # noqa: S608 -- the catalogue's names
            f" WHERE business_id = $1 AND {CLIENT} = $2 AND ($3::jsonb IS NULL"
            f" OR ({order}) > (SELECT {last} FROM (SELECT $3::jsonb) AS last (said)))"
            f" ORDER BY {order} LIMIT {page}",
            business_id,
            client_id,
            after,
        )
        if found:
            yield [_shown(kind, orjson.loads(row["said"])) for row in found]
        if len(found) < page:
            return
        after = found[-1]["said"]


def _shown(kind: ClientTable, row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in kind.shown}


_ADDRESSES = """
SELECT DISTINCT lower(address #>> '{{}}') AS address
FROM ({rows}) AS rows, unnest($3::text[]) AS name,
    LATERAL jsonb_path_query(said, ('$.**."' || name || '"')::jsonpath) AS address
WHERE jsonb_typeof(address) = 'string' AND address <> '""'
ORDER BY 1"""
_said: dict[str, ClientData] = {}
