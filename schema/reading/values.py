"""Inputs as resolvers want them: what makes Python of their values is put together for a type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from strawberry.types.base import StrawberryContainer, StrawberryList, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from modules.errors import Checks, InvalidInput
from schema.ids import GlobalId, decode
from schema.naming import name_of
from schema.tables import table_of

Path = tuple[str | int, ...]
Convert = Callable[[Any, Path, Checks], Any]
"""Makes Python of a coerced value; `Checks` hear of ids that are none, with their paths."""
Leaf = Callable[[Any], Convert | None]
"""Makes what converts the values of a scalar; None where they stay as they are."""


@dataclass(frozen=True, slots=True)
class Addition:
    """A field that a module adds to another's input."""

    extension: type
    """The class that adds it, and knows what to do about it."""
    field: StrawberryField
    always: bool = False
    """Whether the extension is heard even when none of its fields was given."""


Additions = Mapping[type, Mapping[str, Addition]]
"""The fields added to each input of a schema, by their GraphQL names."""
ADDED = "__added__"


def added(form: object) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Go through what extensions of an input were given: the class, and its fields' values.

    One that is always heard comes with no values when none were given.
    """
    found: dict[type, dict[str, Any]] = vars(form).get(ADDED, {}) if form is not None else {}
    yield from found.items()


def keys(kind: Any) -> Convert | None:
    """Leaf for real values: ids become keys, everything else is already right."""
    if isinstance(kind, StrawberryContainer):
        inside = keys(kind.of_type)
        return _of_list(inside) if inside and isinstance(kind, StrawberryList) else inside
    return _of_ids(prefix_of(kind)) if is_identity(kind) else None


def converter(kind: Any, additions: Additions, leaf: Leaf = keys) -> Convert | None:
    """Make what turns values of a type into Python; None where they are right as they come.

    `leaf` says what becomes of scalars, and of lists of them.
    """
    if isinstance(kind, StrawberryContainer) and not isinstance(kind, StrawberryList):
        return converter(kind.of_type, additions, leaf)
    inner = inmost(kind)
    if isinstance(inner, StrawberryEnumDefinition):
        return _of_members if isinstance(kind, StrawberryList) else None
    if get_object_definition(inner) is None:
        return leaf(kind)
    if isinstance(kind, StrawberryList):
        inside = converter(kind.of_type, additions, leaf)
        return _of_list(inside) if inside else None
    return _Input(kind, additions, leaf)


def members(values: Iterable[Any]) -> list[Any]:
    """Give values of an enum, each once and in one order: a list of them is a set of choices."""
    return sorted(set(values), key=str)


def _of_members(value: Any, _: Path, __: Checks) -> Any:
    return None if value is None else members(value)


def inmost(kind: Any) -> Any:
    """Give what lists and what may be null hold."""
    while isinstance(kind, StrawberryContainer):
        kind = kind.of_type
    return kind


def is_identity(kind: Any) -> bool:
    """Tell whether a type is one of ids of rows."""
    return isinstance(kind, type) and issubclass(kind, GlobalId)


def _of_list(inside: Convert) -> Convert:
    def convert(value: Any, path: Path, checks: Checks) -> Any:
        if value is None:
            return None
        return [inside(each, (*path, i), checks) for i, each in enumerate(value)]

    return convert


def _of_ids(prefix: str) -> Convert:
    def convert(value: Any, path: Path, checks: Checks) -> Any:
        if value is None:
            return None
        with checks:
            return key_in(value, prefix, path)
        return uuid4()  # of no row, so that all else can be looked at as well

    return convert


class _Input:
    """Makes an input's class of its value; what extensions added is kept beside its fields."""

    def __init__(self, kind: type, additions: Additions, leaf: Leaf) -> None:
        self._kind = kind
        self._additions = additions
        self._leaf = leaf
        self._always = [a.extension for a in additions.get(kind, {}).values() if a.always]
        self._own: dict[str, tuple[str, Convert | None]] = {}
        """Of the fields that were ever given: an input may have itself inside."""
        self._more: dict[str, tuple[type, str, Convert | None]] = {}

    def __call__(self, value: Any, path: Path, checks: Checks) -> Any:
        """Convert a value."""
        if value is None:
            return None
        fields: dict[str, Any] = {}
        theirs: dict[type, dict[str, Any]] = {extension: {} for extension in self._always}
        for name, item in value.items():
            if name not in self._own and name not in self._more:
                self._learn(name)
            if name in self._own:
                attribute, real = self._own[name]
                fields[attribute] = real(item, (*path, name), checks) if real else item
            else:
                extension, attribute, real = self._more[name]
                made = real(item, (*path, name), checks) if real else item
                theirs.setdefault(extension, {})[attribute] = made
        form = self._kind(**fields)
        if theirs:
            vars(form)[ADDED] = theirs
        return form

    def _learn(self, name: str) -> None:
        own = fields_of(self._kind)
        if name in own:
            attribute, kind = own[name]
            self._own[name] = attribute, converter(kind, self._additions, self._leaf)
            return
        addition = self._additions[self._kind][name]
        real = converter(addition.field.type, self._additions, self._leaf)
        self._more[name] = addition.extension, addition.field.python_name, real


@cache
def fields_of(form: Any) -> dict[str, tuple[str, Any]]:
    """Map an input's fields, by their GraphQL names, to their names and types in Python."""
    declared = get_object_definition(form, strict=True).fields
    return {name_of(field): (field.python_name, field.type) for field in declared}


def prefix_of(identity: type[GlobalId]) -> str:
    """Return the prefix that ids of this class start with."""
    target = identity.target()
    bound = table_of(target)
    if bound is None:
        raise TypeError(f"IdOf[{target.__name__}]: {target.__name__} is not a @table type")
    return bound.prefix


def key_in(value: str, prefix: str, path: Path) -> UUID:
    """Give the key in an id. Refuses: InvalidId, with its path in the input."""
    try:
        return decode(value, prefix)
    except InvalidInput as refusal:
        refusal.field = tuple(str(part) for part in path)
        raise
