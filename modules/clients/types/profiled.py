"""Fields of types and inputs that are made of the profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, get_origin

import strawberry
from strawberry import UNSET

from modules.clients.profile import FIELDS, GROUPS, Condition, Field
from modules.profile import ProfileKind
from modules.viewer import Role
from schema import visible

C = TypeVar("C", bound=type)
Types = Mapping[str, Any]
"""The types of fields that are no plain values, by the names they have in the API's Python."""


def shows(types: Types | None = None, *, within: str = "") -> Callable[[C], C]:
    """Give a type the fields of the profile that somebody may see, or the parts of one of them."""

    def decorate(cls: C) -> C:
        for each in FIELDS:
            if each.sees and each.within == within:
                name = each.output or each.name
                kind = (types or {}).get(name, each.of)
                renamed = each.output and each.kind is not ProfileKind.ID
                column = each.name if renamed else None
                made = strawberry.field() if within else visible(each.sees, column=column)
                _add(cls, name, kind | None if each.nullable else kind, f"{each.says}.", made)
        return cls

    return decorate


def takes(
    types: Types | None = None, *, by: Role, changing: bool, within: str = ""
) -> Callable[[C], C]:
    """Give an input the fields of the profile that somebody of this role may fill in.

    What the class has itself stays as it is.
    """

    def decorate(cls: C) -> C:
        for name, field in _filled_in(by, within):
            if name in cls.__annotations__:
                continue
            kind = (types or {}).get(name, field.of)
            needed = field.needed and not changing
            made = strawberry.field() if needed else strawberry.field(default=UNSET)
            says = _to_fill_in(name, field, changing=changing)
            _add(cls, name, kind if needed else kind | None, says, made)
        return cls

    return decorate


def lists_fill(cls: C) -> C:
    """Give a type the fields of the profile that a list can fill, as they are read from it."""
    for each in FIELDS:
        if each.imported and each.kind is not ProfileKind.VALUES:
            kind = list[str] if each.kind is ProfileKind.WORDS else str | None
            _add(cls, each.name, kind, f"{each.says}.", strawberry.field())
    return cls


def filters(types: Types) -> Callable[[C], C]:
    """Give an input the conditions of the profile; `types` by what is asked for, or how."""

    def decorate(cls: C) -> C:
        for field in FIELDS:
            for each in field.filters:
                kind = types.get(each.name) or types.get(each.how) or _asked_for(field, each)
                _add(cls, each.name, kind | None, f"{each.says}.", strawberry.field(default=UNSET))
        return cls

    return decorate


def _asked_for(field: Field, condition: Condition) -> Any:
    """Give the type of a list of alternatives."""
    of: Any = condition.of or field.of
    return of if get_origin(of) is list else list[of]


def _filled_in(by: Role, within: str) -> Iterator[tuple[str, Field]]:
    """List what an input has, each with its first field of the profile."""
    seen = set[str]()
    for each in FIELDS:
        name = each.name if within else each.asked_as
        if by in each.edits and within in ("", each.within) and name not in seen:
            seen.add(name)
            yield name, each


def _to_fill_in(name: str, field: Field, *, changing: bool) -> str:
    """Say what to fill in."""
    if name in GROUPS:
        return f"{GROUPS[name]}{', part by part; null removes all of it' if changing else ''}."
    if changing and field.changes:
        return f"{field.changes}."
    removes = changing and field.nullable and not field.within
    return f"{field.takes}{'; null removes it' if removes else ''}."


def _add(cls: type, name: str, kind: Any, says: str, made: Any) -> None:
    made.description = says
    cls.__annotations__[name] = kind
    setattr(cls, name, made)
