"""Duplicates and merges as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from modules.accounts.types import Account
from modules.clients.types import Client
from modules.errors import Checks
from modules.merging import events, models, rules
from modules.profile import ProfileKind
from schema import (
    JSON,
    Count,
    IdOf,
    Node,
    Preview,
    camel,
    computed,
    encode,
    enum,
    input,
    object,
    payload,
    show_instant,
    snake,
    table,
    visible,
)
from storage import jsonb

DuplicateReason = enum(events.DuplicateReason)
MergeSide = enum(events.MergeSide)


@table(models.ClientDuplicate, prefix="dup")
class ClientDuplicate(Node):
    """Two files that may be of the same person."""

    client: Client
    """The client of one of the files."""
    other_client: Client
    """The client of the other file."""
    score: int
    """How likely it is that both are the same person, out of 100."""
    reasons: list[events.DuplicateReason]
    """What they have in common, what says most first."""
    dismissed_at: datetime | None
    """When somebody found that they are two people."""


@table(models.ClientMerge, prefix="mrg")
class ClientMerge(Node):
    """Two files that became one."""

    client: Client
    """The file they are now."""
    actor: Account | None = visible(column="account")
    """Who merged them; null when they are not there any more."""
    created_at: datetime = visible(column="at")
    """When they were merged."""

    @computed(needs=("at",))
    def undoable_until(self) -> datetime:
        """Until when `unmergeClients` makes them two again."""
        return rules.until(self.at)  # type: ignore[attr-defined]


@object
class MergeFieldPreview:
    """A field, and whose value the merged file would get."""

    name: str
    """A field of `Client`: `firstName`, `address`; `mergeClients` takes it."""
    survivor: JSON | None
    """What the file that stays has."""
    other: JSON | None
    """What the file that goes has."""
    usual: events.MergeSide
    """Which wins if nothing is chosen."""
    can_join: bool
    """Whether `BOTH` can be chosen."""


PROFILE = {each.name: each for each in rules.PROFILE}
SHOWN_AS = {each.name: each.output for each in rules.PROFILE if each.output}
"""What the API calls a column of a file, where not by its name."""
HIDDEN = {each.name for each in rules.PROFILE if not (each.sees or each.edits)}
"""Columns that the API does not show: they go with the usual side."""
COLUMNS = {shown: column for column, shown in SHOWN_AS.items()}


def shown(field: str) -> str:
    """Call a field of a file what the API calls it: `preferred_staff_id` is `preferredStaff`."""
    return camel(SHOWN_AS.get(field, field))


def chosen(name: str) -> str:
    """Find the field that the API calls so. Refuses: MergeFieldUnknown."""
    field = snake(name)
    field = COLUMNS.get(field, field)
    if shown(field) != name or field in HIDDEN:
        raise rules.MergeFieldUnknown("There is no field “{name}”.", field="fields", name=name[:50])
    return field


def choices(said: Sequence[MergeChoice]) -> dict[str, events.MergeSide]:
    """Give the side of each field that is chosen. Refuses: MergeFieldUnknown."""
    checks, found = Checks(), dict[str, events.MergeSide]()
    for each in said:
        with checks:
            found[chosen(each.name)] = each.side
    checks.done()
    return found


def _part(column: str, said: Any) -> Any:
    """Write an instant as all answers do; all else as it is."""
    known = PROFILE.get(column)
    if said is None or known is None or known.kind is not ProfileKind.INSTANT:
        return said
    return show_instant(datetime.fromisoformat(said))


def as_json(field: str, value: Any) -> JSON | None:
    """Write a field's value down for the scalar: parts by their names, rows by their ids."""
    match field, value:
        case _, None:
            return None
        case "custom", dict():
            value = {encode("fld", UUID(key)): said for key, said in value.items()}
        case "preferred_staff_id", str():
            value = {"id": encode("stf", UUID(value))}
        case _, dict():
            parts = {part: said for part, said in value.items() if part not in HIDDEN}
            value = {shown(part): _part(part, said) for part, said in parts.items()}
    return JSON(jsonb.text(value))


@object
class MergeKindPreview:
    """Something both files have, and what would become of it."""

    kind: str
    """Of what, in the plural: `appointments`."""
    survivor: int
    """How many the file that stays has already."""
    moves: int
    """How many it gets from the other."""
    set_aside: int
    """How many of the other's it has already: they come back when the merge is undone."""


@object
class ClientMergePreview(Preview):
    """What a merge would do."""

    survivor: Client
    """The file that stays."""
    other: Client
    """The file that goes."""
    other_version: int
    """The version of the file that goes; `version` is that of the file that stays."""
    fields: list[MergeFieldPreview]
    """Every field of a file."""
    kinds: list[MergeKindPreview]
    """Everything that belongs to the files; what there is none of is left out."""


@payload
class MergedClients:
    """Two files that became one."""

    client: Client
    """The file they are now."""
    merge: ClientMerge
    """The merge, by which it can be undone."""


@payload
class UnmergedClients:
    """Two files that are two again."""

    client: Client
    """The file that had stayed."""
    other: Client
    """The file that is back."""
    kept: list[str]
    """Fields of the first that somebody changed since: they stay as they are."""
    stayed: list[Count]
    """What came along and was changed or removed since: it stays as it is."""


@input
class MergeChoice:
    """Whose value of a field the merged file gets."""

    name: str
    """The field, as the preview calls it: `firstName`."""
    side: events.MergeSide
    """The file whose value to keep."""


@input
class MergeClientsInput:
    """Two files to make one of."""

    survivor_id: IdOf[Client]
    """The file that stays."""
    other_id: IdOf[Client]
    """The file that becomes a part of it."""
    fields: list[MergeChoice] | None = None
    """What to take from where; for all other fields the preview says what is usual."""
    survivor_version: int | None = None
    """The version you read of the one: the merge is refused when somebody changed it since."""
    other_version: int | None = None
    """The version you read of the other."""
    token: str | None = None
    """The token of the preview you looked at: the merge is refused when it would be another one."""


@input
class UnmergeClientsInput:
    """A merge that is to be undone."""

    id: IdOf[ClientMerge]
    """The merge to undo, of the last 30 days."""


@input
class DismissDuplicateInput:
    """Two files that look like one person and are two."""

    client_id: IdOf[Client]
    """The client of one of the files."""
    other_client_id: IdOf[Client]
    """The client of the other file."""
