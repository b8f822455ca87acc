"""Writes values of scalars and enums: as expressions of a builder, and as plain Python values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLNamedType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_list_type,
)
from strawberry.types.field import StrawberryField

from schema.ids import GlobalId
from schema.reading.statement import Statement
from schema.reading.values import prefix_of
from schema.scalars import WRITERS

Writer = Callable[[Any], Any]


class Leaves:
    """How values are written that come from one kind of connection."""

    def __init__(self, *, in_change: bool) -> None:
        """Tell whether it is the connection of a change, which gives ids as UUID objects."""
        self.in_change = in_change

    def write(
        self,
        statement: Statement,
        name: str,
        wanted: GraphQLOutputType,
        field: StrawberryField | None,
        model_field: Any = None,
    ) -> str:
        """Write a database value of a scalar or enum; `field` tells whether it is a typed id.

        `model_field` is what the model says of the column, where it is one.
        """
        identity = _identity(field)
        if identity is not None:
            return f"(None if {name} is None else {self.written_id(prefix_of(identity), name)})"
        if get_named_type(wanted).name in ("String", "JSON") and name in statement.names:
            statement.weigh(name, model_field)
        writer = _column_writer(get_named_type(wanted))
        if writer is None:
            return name
        write = statement.constant(writer)
        one = f"{write}(i)" if is_list_type(get_nullable_type(wanted)) else f"{write}({name})"
        value = f"[{one} for i in {name}]" if "(i)" in one else one
        return f"(None if {name} is None else {value})"

    def written_id(self, prefix: str, name: str) -> str:
        """Write an id that the database gave, with the prefix of its type."""
        return f"{prefix + '_'!r} + {name}{'.hex' if self.in_change else ''}"


def _column_writer(named: Any) -> Writer | None:
    """Return what turns a database value into JSON, or None when orjson can."""
    if is_enum_type(named):
        names = {getattr(v.value, "value", v.value): n for n, v in named.values.items()}
        return None if all(k == n for k, n in names.items()) else names.__getitem__
    return None if named.name in ("String", "ID") else WRITERS.get(named.name)


def plain_writer(named: GraphQLNamedType) -> Writer | None:
    """Return what turns a Python value into JSON, or None when orjson can."""
    if is_enum_type(named):
        return lambda value: None if value is None else value.name
    writer = None if named.name in ("String", "ID") else WRITERS.get(named.name)
    return (lambda value: None if value is None else writer(value)) if writer else None


def _identity(field: StrawberryField | None) -> type[GlobalId] | None:
    kind: Any = field.type if field else None
    kind = getattr(kind, "of_type", kind)
    return kind if isinstance(kind, type) and issubclass(kind, GlobalId) else None
