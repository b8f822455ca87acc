"""Rows that an input names and that are not there: which part of it names them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg
from strawberry import UNSET
from strawberry.types.base import StrawberryContainer, StrawberryList, get_object_definition

from modules.errors import Checks, NotFound
from modules.viewer import Viewer
from schema.ids import GlobalId
from schema.reading.values import added
from schema.tables import table_of
from storage import catalogue

Path = tuple[str, ...]
_KEY = re.compile(r"\(([^()]*)\)=\(([^()]*)\)")
"""How PostgreSQL shows a key: `(business_id, client_id)=(0192…, 0193…)`."""


async def refuse_missing(violation: asyncpg.ForeignKeyViolationError, given: Any) -> None:
    """Refuse what names a row that a foreign key misses. Refuses: NotFound, with its path.

    Nothing where the input names no such row, or where a row could not go as others refer to it.
    """
    key = _KEY.search(violation.detail or "")
    table, constraint = violation.table_name, violation.constraint_name
    if key is None or given is None or table is None or constraint is None:
        return
    reference = await catalogue.reference(table, constraint)
    if reference is None or reference.columns != tuple(key[1].split(", ")):
        return
    gone = dict(zip(reference.columns, key[2].split(", "), strict=True))
    found = [
        path
        for path, of, identity in _named(given)
        if of._meta.db_table == reference.target and str(identity) in gone.values()
    ]
    # Where several parts name the row, the one that is called like the column.
    found.sort(key=lambda path: not gone.keys() & set(path))
    if found:
        raise NotFound(field=found[0]) from violation


async def check_there(by: Viewer, form: Any, path: Path = ()) -> None:
    """Make sure that all rows an input names are there for this viewer, one statement per table.

    For inputs that are kept without foreign keys. Refuses: NotFound, with the paths of all.
    """
    named: dict[type[Any], dict[Path, UUID]] = {}
    for place, model, key in _named(form, path):
        named.setdefault(model, {})[place] = key
    checks = Checks()
    for model, places in named.items():
        found = by.rows(model).filter(id__in=list(set(places.values())))
        there = set(await found.values_list("id", flat=True))
        for place, key in places.items():
            with checks:
                if key not in there:
                    raise NotFound(field=place)
    checks.done()


def _named(form: Any, path: Path = ()) -> Iterator[tuple[Path, type[Any], UUID]]:
    """Go through the rows an input names: where, of which table, and their ids."""
    for field in get_object_definition(type(form), strict=True).fields:
        value = getattr(form, field.python_name)
        yield from _within(value, field.type, (*path, field.python_name))
    for extension, values in added(form):
        for field in get_object_definition(extension, strict=True).fields:
            value = values.get(field.python_name)
            yield from _within(value, field.type, (*path, field.python_name))


def _within(value: Any, kind: Any, path: Path) -> Iterator[tuple[Path, type[Any], UUID]]:
    if value is None or value is UNSET:
        return
    if isinstance(kind, StrawberryList):
        for index, each in enumerate(value):
            yield from _within(each, kind.of_type, (*path, str(index)))
    elif isinstance(kind, StrawberryContainer):
        yield from _within(value, kind.of_type, path)
    elif isinstance(kind, type) and issubclass(kind, GlobalId):
        if bound := table_of(kind.target()):
            yield path, bound.model, value
    elif get_object_definition(kind):
        yield from _named(value, path)
