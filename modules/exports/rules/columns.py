"""The columns of a client list that is handed out: what modules say they keep of each client."""

from __future__ import annotations

from itertools import groupby

from modules import profile
from modules.profile import CLIENTS, ProfileField, ProfileKind
from storage.words import identifier, literal

IDENTITY = "'cli_' || replace(c.id::text, '-', '')"
"""A client's id, as the API writes it."""
_CELLS = {
    ProfileKind.NUMBER: "{0}",
    ProfileKind.WORDS: """(SELECT string_agg(CASE WHEN word ~ '^[*#\\s]|[",;|:\\n]'
        THEN '"' || replace(word, '"', '""') || '"' ELSE word END, ', ' ORDER BY nth)
        FROM unnest({0}) WITH ORDINALITY AS own (word, nth))""",
    ProfileKind.VALUES: """ARRAY(SELECT {0}->>own.id
        FROM unnest($2::text[]) WITH ORDINALITY AS own (id, n) ORDER BY own.n)""",
}
"""How a column is written in a cell: as text, unless something else is said."""
_OWN = """(SELECT jsonb_object_agg(f.name, {0}->f.id::text) FROM client_fields f
    WHERE f.business_id = c.business_id AND {0} ? f.id::text)"""
_NOTES = """(SELECT jsonb_agg(jsonb_build_object('kind', n.kind, 'text', n.text,
    'at', n.created_at) ORDER BY n.created_at, n.id) FROM client_notes n
    WHERE n.business_id = c.business_id AND n.client_id = c.id)"""


def cells() -> list[tuple[str | None, str]]:
    """List the columns of a table: what each is called, and its SQL.

    One is called nothing: the values of the business's own fields, as an array in the order of $2.
    """
    found: list[tuple[str | None, str]] = []
    for each in profile.fields():
        cell = _CELLS.get(each.kind, "{0}::text").format(_column(each))
        if each.label is not None or each.kind is ProfileKind.VALUES:
            found.append((each.label, cell))
        found += [(label, sql.format(_column(each))) for label, sql in each.cells.items()]
    return [*found, ("Id", IDENTITY)]


def line() -> str:
    """Write the SQL of a client as an object of JSON, without what is not known."""
    pairs = [("id", IDENTITY), ("notes", _NOTES)]
    listed = [each for each in profile.fields() if each.listed]
    for group, several in groupby(listed, key=lambda each: each.within):
        values = [(_camel(each.output or each.name), _value(each)) for each in several]
        if group:
            values = [(_camel(group), f"nullif(jsonb_strip_nulls({_object(values)}), '{{}}')")]
        pairs += values
    return f"jsonb_strip_nulls({_object(pairs)})::text"


def origin() -> str:
    """Write from where the rows come: files, and what other modules keep beside them."""
    others = [each.table for each in profile.fields() if each.table != CLIENTS]
    tables = dict.fromkeys(map(identifier, others))
    joins = (f" LEFT JOIN {table} ON {table}.id = c.id" for table in tables)
    return f"FROM clients c{''.join(joins)} WHERE c.business_id = $1 ORDER BY c.sort_name, c.id"


def _value(field: ProfileField) -> str:
    return (_OWN if field.kind is ProfileKind.VALUES else "{0}").format(_column(field))


def _column(field: ProfileField) -> str:
    if field.table == CLIENTS:
        return f"c.{identifier(field.name)}"
    column = f"{identifier(field.table)}.{identifier(field.name)}"
    return f"coalesce({column}, {field.missing})"


def _object(pairs: list[tuple[str, str]]) -> str:
    named = ", ".join(f"{literal(name)}, {sql}" for name, sql in pairs)
    return f"jsonb_build_object({named})"


def _camel(column: str) -> str:
    first, *rest = column.split("_")
    return first + "".join(map(str.capitalize, rest))
