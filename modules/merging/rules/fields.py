"""Which value of a field a merged file gets: the survivor's, the other's, or what was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.clients.rules import FIELDS, INTERNAL, Merge
from modules.errors import Checks, InvalidInput
from modules.merging.events import MergeSide
from storage.catalogue import Table

Row = Mapping[str, Any]
"""A file, as JSON has it."""

TOGETHER: dict[str, tuple[str, ...]] = {
    group: tuple(each.name for each in FIELDS if each.together == group)
    for group in dict.fromkeys(each.together for each in FIELDS if each.together)
}
"""Columns of which a file takes all from the same side."""
BY_THEMSELVES = INTERNAL | {each.name for each in FIELDS if each.merges is Merge.KEPT}
"""Columns nobody chooses."""
JOINED = {each.name for each in FIELDS if each.merges is Merge.JOINED}
"""Fields of which both values can be kept."""


class MergeFieldUnknown(InvalidInput):
    """A file has no such field to choose."""

    code = "MERGE_FIELD_UNKNOWN"
    remedy = "Send a name that `clientMergePreview` lists, once, with a side it may take."


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something of a file that is taken from one side as a whole."""

    name: str
    columns: tuple[str, ...]

    def within(self, file: Row) -> bool:
        """Tell whether a copy of a file has this; it has not what came with a later version."""
        return all(column in file for column in self.columns)

    def of(self, file: Row) -> Any:
        """Give a file's value: a column's, or several by name."""
        if len(self.columns) == 1:
            return file[self.columns[0]]
        return {column: file[column] for column in self.columns}


def fields(clients: Table) -> list[Field]:
    """List what can be chosen, by the columns the table of files has, whoever added them."""
    grouped = {column for columns in TOGETHER.values() for column in columns}
    single = [
        Field(name=column, columns=(column,))
        for column in clients.written
        if column not in grouped | BY_THEMSELVES
    ]
    return [*(Field(name=n, columns=c) for n, c in TOGETHER.items()), *single]


def usual(field: Field, survivor: Row, other: Row) -> MergeSide:
    """Say which side wins where nothing is chosen: nothing that is known gets lost for a blank."""
    if field.name in JOINED:
        return MergeSide.BOTH
    if field.name == "email" and survivor["account_id"] is None and other["account_id"] is not None:
        return MergeSide.OTHER
    empty = all(survivor[column] in (None, "", [], {}) for column in field.columns)
    if field.name == "email":
        empty = survivor["email"] is None
    return MergeSide.OTHER if empty and not _blank(field, other) else MergeSide.SURVIVOR


def joined(
    known: Sequence[Field], survivor: Row, other: Row, chosen: Mapping[str, MergeSide]
) -> dict[str, Any]:
    """Give the columns of the file that two become. Refuses: MergeFieldUnknown."""
    checks, columns = Checks(), dict[str, Any]()
    for name in sorted(chosen.keys() - {field.name for field in known}):
        with checks:
            raise MergeFieldUnknown("There is no field “{name}”.", field="fields", name=name[:50])
    for field in known:
        side = chosen.get(field.name) or usual(field, survivor, other)
        if side is MergeSide.BOTH:
            with checks:
                columns[field.name] = _both(field, survivor, other)
        else:
            taken = survivor if side is MergeSide.SURVIVOR else other
            columns |= {column: taken[column] for column in field.columns}
    checks.done()
    return columns


def _both(field: Field, survivor: Row, other: Row) -> Any:
    if field.name not in JOINED:
        raise MergeFieldUnknown("Of this field only one value can be kept.", field="fields")
    mine, theirs = survivor[field.name], other[field.name]
    if isinstance(mine, dict):
        return {**theirs, **mine}
    return sorted({*mine, *theirs})


def _blank(field: Field, file: Row) -> bool:
    return all(file[column] in (None, "", [], {}, "NONE") for column in field.columns)
