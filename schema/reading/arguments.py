"""Arguments: GraphQL values as resolvers want them, for real or as parameters."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from enum import Enum
from functools import cached_property, partial
from typing import Any
from uuid import UUID

import strawberry
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputType,
    ValueNode,
    VariableNode,
    is_non_null_type,
)
from graphql.language import visit
from graphql.language.visitor import Visitor
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_input_literal
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import (
    StrawberryContainer,
    StrawberryList,
    get_object_definition,
)
from strawberry.types.field import StrawberryField

from modules.errors import Checks, InvalidInput
from schema.declaring import spec_of
from schema.ids import GlobalId, encode
from schema.limits import DEEPEST
from schema.naming import name_of
from schema.reading.parameters import Bind, Frame, Param
from schema.reading.values import (
    ADDED,
    Additions,
    Convert,
    Leaf,
    Path,
    added,
    converter,
    inmost,
    is_identity,
    key_in,
    prefix_of,
)
from schema.scalars import MinorUnits
from storage.codecs import show_instant

SQL_TYPES: dict[Any, str] = {
    UUID: "uuid",
    str: "text",
    strawberry.ID: "text",
    int: "bigint",
    MinorUnits: "bigint",
    datetime: "timestamptz",
    date: "date",
    time: "time",
    float: "float8",
}
TEXTLESS = (bool, int, float, datetime, date, time)
"""What holds no text that somebody wrote."""


class Arguments:
    """The arguments of one field node: where each value comes from, and what Python type it has."""

    def __init__(
        self,
        field: StrawberryField,
        definition: GraphQLField,
        node: FieldNode,
        additions: Additions,
    ) -> None:
        """Look up every argument once; running a plan only calls what was found."""
        self._additions = additions
        given = {a.name.value: a.value for a in node.arguments or ()}
        self.varies = any(map(_has_variables, given.values()))
        """Whether values may differ from one execution of the plan to the next."""
        self.binds: dict[str, Bind] = {}
        self.types: dict[str, Any] = {}
        self.names: dict[str, str] = {}
        for argument in field.arguments:
            name = name_of(argument)
            self.binds[argument.python_name] = _bind(
                given.get(name),
                definition.args[name].type,
                argument,
                definition.args[name].default_value,
            )
            self.types[argument.python_name] = argument.type
            if (stored := spec_of(field).expands.get(argument.python_name)) is not None:
                bind = self.binds[argument.python_name]
                self.binds[argument.python_name] = partial(_expanded, bind)
                self.types[argument.python_name] = stored.form
            self.names[argument.python_name] = name

    def placeholders(self, frame: Frame) -> dict[str, Any]:
        """Give a resolver what it may know at compile time, and parameters for all else.

        The frame is any one with the same shape: which values are null, and all booleans and enums.
        """
        given = {}
        for name, bind in self.binds.items():
            if (value := bind(frame)) is not Undefined:
                leaf = _parameters(bind, self.names[name])
                known = converter(self.types[name], self._additions, leaf)
                given[name] = known(value, (), Checks()) if known else value
        return given

    def every(self, form: type, frame: Frame) -> list[tuple[Param, Any]]:
        """Give a resolver every stored input of a kind, as far as it may know them, by its key."""
        found = []
        for nth in range(len(frame.every[form])):
            key = Param(partial(_stored, form, nth, 0), "uuid")
            bind = partial(_stored, form, nth, 1)
            known = converter(form, self._additions, _parameters(bind, form.__name__))
            value = bind(frame)
            found.append((key, known(value, (), Checks()) if known else value))
        return found

    def real(self, frame: Frame) -> dict[str, Any]:
        """Give a resolver its values. Refuses: InvalidId, with the paths into the input."""
        given, checks = self.heard(frame)
        checks.done()
        return given

    def heard(self, frame: Frame) -> tuple[dict[str, Any], Checks]:
        """Give a resolver its values, and what is wrong with ids: instead of those, ids of no row.

        Such values are good for finding out what else is wrong, and for nothing else.
        """
        given, checks = {}, Checks()
        for name, bind in self.binds.items():
            if (value := bind(frame)) is not Undefined:
                real = self._converters[name]
                given[name] = real(value, (self.names[name],), checks) if real else value
        return given, checks

    def hold(self, frame: Frame) -> None:
        """Check what can be wrong with the values of a field that is read.

        Refuses: InvalidId, with the paths into the input; InvalidInput, for texts with a NUL, which
        PostgreSQL does not know.
        """
        self.real(frame)
        for name in self._texts:
            if name in self.binds and _has_nul(self.binds[name](frame)):
                raise InvalidInput("A text must not hold a NUL.", field=self.names[name])

    @cached_property
    def _texts(self) -> list[str]:
        """The arguments that may hold texts; an id with a NUL is no id."""
        kinds = {name: inmost(kind) for name, kind in self.types.items()}
        return [n for n, kind in kinds.items() if kind not in TEXTLESS and not is_identity(kind)]

    @cached_property
    def _converters(self) -> dict[str, Convert | None]:
        return {name: converter(kind, self._additions) for name, kind in self.types.items()}


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return any(map(_has_nul, value))


def _parameters(bind: Bind, name: str) -> Leaf:
    """Leaf for compile time: a parameter that finds its value again when the plan runs."""

    def leaf(kind: Any) -> Convert:
        many, inner = isinstance(kind, StrawberryList), inmost(kind)
        prefix = prefix_of(inner) if is_identity(inner) else None
        sql_type = "uuid" if prefix else SQL_TYPES.get(inner)

        def parameter(value: Any, path: Path, _: Checks) -> Any:
            if value is None or isinstance(value, bool):
                return value

            def find(frame: Frame) -> Any:
                found = bind(frame)
                for part in path:
                    found = found[part]
                if found is None or prefix is None:
                    return found
                here = (name, *path)
                if many:
                    return [key_in(v, prefix, (*here, i)) for i, v in enumerate(found)]
                return key_in(found, prefix, here)

            return Param(find, sql_type if many else None, many=many)

        return parameter

    return leaf


def identity_in(form: Any, target: type | None) -> str:
    """Name the field of an input that is the id of a row of this type."""
    for field in get_object_definition(form, strict=True).fields:
        kind: Any = field.type
        if isinstance(kind, type) and issubclass(kind, GlobalId) and kind.target() is target:
            return field.python_name
    raise TypeError(f"{form.__name__} names no {target}")


def _bind(
    node: ValueNode | None, kind: GraphQLInputType, argument: StrawberryArgument, default: Any
) -> Bind:
    if node is None:
        return _constant(default)
    if isinstance(node, VariableNode):
        variable = node.name.value

        def find(frame: Frame) -> Any:
            return frame.variables.get(variable, default)

        return _refusing(None, find, argument) if is_non_null_type(kind) else find
    if _has_variables(node):
        return _refusing(
            Undefined, lambda frame: coerce_input_literal(node, kind, frame.coerced()), argument
        )
    return _constant(coerce_input_literal(node, kind))


def _refusing(wrong: object, bind: Bind, argument: StrawberryArgument) -> Bind:
    """Refuse the null that a nullable variable may bring to where the schema allows none."""
    name = name_of(argument)

    def find(frame: Frame) -> Any:
        value = bind(frame)
        if value is wrong:
            raise InvalidInput(
                "A variable is null where {name} must not be.", field=name, name=name
            )
        return value

    return find


def _expanded(bind: Bind, frame: Frame) -> Any:
    """Find the stored input that an id stands for; it was read before anything was compiled."""
    named = bind(frame)
    return frame.expanded[named] if isinstance(named, str) else None


def _stored(form: type, nth: int, part: int, frame: Frame) -> Any:
    """Find the key, or the value, of one of all stored inputs of a kind."""
    return frame.every[form][nth][part]


def _constant(value: Any) -> Bind:
    return lambda _: value


def _has_variables(node: ValueNode) -> bool:
    class Finder(Visitor):
        found = False
        depth = 0

        def enter_variable(self, *_: Any) -> None:
            self.found = True

        def enter_object_value(self, *_: Any) -> None:
            self.depth += 1
            if self.depth > DEEPEST:
                raise InvalidInput("An argument is nested too deeply.")

        def leave_object_value(self, *_: Any) -> None:
            self.depth -= 1

    finder = Finder()
    visit(node, finder)
    return finder.found


def spelled(value: Any, kind: Any) -> Any:
    """Write an input as the JSON a client would send: to be stored, and coerced again one day."""
    while isinstance(kind, StrawberryContainer) and not isinstance(kind, StrawberryList):
        kind = kind.of_type
    if value is None:
        return None
    if isinstance(kind, StrawberryList):
        return [spelled(each, kind.of_type) for each in value]
    if isinstance(kind, type) and issubclass(kind, GlobalId):
        return encode(prefix_of(kind), value)
    if (definition := get_object_definition(kind)) is None:
        return value.name if isinstance(value, Enum) else _spelt(value)
    own = {each.python_name: (each, vars(value)) for each in definition.fields}
    for extension, values in added(value):
        theirs = get_object_definition(extension, strict=True).fields
        own.update(
            {each.python_name: (each, values) for each in theirs if each.python_name in values}
        )
    return {
        name_of(each): spelled(values[name], each.type)
        for name, (each, values) in own.items()
        if values.get(name, strawberry.UNSET) is not strawberry.UNSET
    }


def _spelt(value: Any) -> Any:
    if isinstance(value, datetime):
        return show_instant(value)
    return value.isoformat() if isinstance(value, date | time) else value


def given(form: Any, *, without: Collection[str] = ("id", "version")) -> dict[str, Any]:
    """Return the fields of an input that were set; `id` and `version` say which, not what.

    Inputs inside it become dictionaries of what was set in them.
    """
    return {
        name: _plain(value)
        for name, value in vars(form).items()
        if value is not strawberry.UNSET and name not in without and name != ADDED
    }


def is_given(value: object) -> bool:
    """Tell whether a field of an input was set to something: neither left out nor null."""
    return value is not None and value is not strawberry.UNSET


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return given(value, without=()) if get_object_definition(value) else value
