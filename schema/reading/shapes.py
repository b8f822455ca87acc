"""Shapes: what of an operation's variables its plan may depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)

from schema.connection import MAX_PAGE
from schema.reading.values import members

Shape = Any
"""What of a value a plan may depend on: nulls, booleans, enums, page sizes, fields that are set."""
FINITE = ("Boolean", "Int")
"""Scalars whose values plans may differ by; of `Int` only what may be the size of a page."""


def shape_function(kind: GraphQLInputType) -> Callable[[Any], Shape] | None:
    """Return what computes a variable's shape; None when only its presence matters."""
    named = get_named_type(kind)
    if is_enum_type(named) or named.name in FINITE or is_input_object_type(named):
        return shaping(kind)
    return None


def shaping(kind: Any) -> Callable[[Any], Shape]:
    """Make what describes coerced values of a type as far as plans may differ by them."""
    if is_non_null_type(kind):
        kind = kind.of_type
    if is_list_type(kind):
        if is_enum_type(get_named_type(kind)):
            return _of_members
        each = shape_function(kind.of_type)
        return _set if each is None else _of_list(each)
    if is_input_object_type(kind):
        return _OfInput(kind)
    if is_enum_type(kind) or kind.name == "Boolean":
        return _same
    return _of_number if kind.name == "Int" else _set


def _of_list(each: Callable[[Any], Shape]) -> Callable[[Any], Shape]:
    return lambda value: None if value is None else tuple(map(each, value))


def _of_members(value: Any) -> Shape:
    return None if value is None else tuple(members(value))


def _set(value: Any) -> Shape:
    return None if value is None else "set"


def _same(value: Any) -> Shape:
    return value


def _of_number(value: Any) -> Shape:
    return value if value is None or 0 <= value <= MAX_PAGE else "set"


class _OfInput:
    """Describes an input: which fields it has, as coercing sorts them, and the shape of each."""

    def __init__(self, kind: GraphQLInputObjectType) -> None:
        self._kind = kind
        self._fields: dict[str, Callable[[Any], Shape]] = {}
        """Of those that were ever given: an input may have itself inside."""

    def __call__(self, value: Any) -> Shape:
        """Describe a value."""
        if value is None:
            return None
        known = self._fields
        return tuple(
            [(name, (known.get(name) or self._learn(name))(v)) for name, v in value.items()]
        )

    def _learn(self, name: str) -> Callable[[Any], Shape]:
        """Make what describes a field; a number in there is never the size of a page."""
        kind = self._kind.fields[name].type
        whole = get_named_type(kind).name == "Int"
        found = self._fields[name] = _set if whole else shaping(kind)
        return found
