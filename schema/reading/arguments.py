"""Arguments: GraphQL values as resolvers want them, for real or as parameters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache, partial
from typing import Any
from uuid import UUID

import strawberry
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputType,
    GraphQLNonNull,
    ValueNode,
    VariableNode,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
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
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from modules.errors import Checks, InvalidInput
from schema.connection import MAX_PAGE
from schema.declaring import spec_of, table_of
from schema.ids import GlobalId, decode, encode
from schema.limits import DEEPEST
from schema.naming import name_of
from schema.reading.parameters import Bind, Frame, Param
from schema.scalars import MinorUnits

Path = tuple[str | int, ...]
Leaf = Callable[[Path, Any, Any], Any]

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
                given[name] = convert(value, self.types[name], leaf, self._additions)
        return given

    def real(self, frame: Frame) -> dict[str, Any]:
        """Give a resolver its values. Refuses: InvalidId, with the paths into the input."""
        given, values = {}, _Values()
        for name, bind in self.binds.items():
            if (value := bind(frame)) is not Undefined:
                path = (self.names[name],)
                given[name] = convert(value, self.types[name], values, self._additions, path)
        values.checks.done()
        return given


def convert(value: Any, kind: Any, leaf: Leaf, additions: Additions, path: Path = ()) -> Any:
    """Turn a coerced GraphQL value into Python; `leaf` says what becomes of scalars."""
    if isinstance(kind, StrawberryOptional):
        return None if value is None else convert(value, kind.of_type, leaf, additions, path)
    if value is None or isinstance(kind, StrawberryEnumDefinition) or isinstance(value, bool):
        return value
    if isinstance(kind, StrawberryList):
        return _list(value, kind, leaf, additions, path)
    if isinstance(kind, StrawberryContainer):
        return convert(value, kind.of_type, leaf, additions, path)
    definition = get_object_definition(kind)
    if definition is None:
        return leaf(path, value, kind)
    return _form(value, kind, leaf, additions, path)


def _form(value: Any, kind: Any, leaf: Leaf, additions: Additions, path: Path) -> Any:
    """Turn an input's value into its class; what extensions added is kept beside its fields."""
    own, more = _fields_of(kind), additions.get(kind, {})
    fields: dict[str, Any] = {}
    theirs: dict[type, dict[str, Any]] = {
        addition.extension: {} for addition in more.values() if addition.always
    }
    for name, item in value.items():
        if name in own:
            attribute, of = own[name]
            fields[attribute] = convert(item, of, leaf, additions, (*path, name))
        else:
            addition = more[name]
            into = theirs.setdefault(addition.extension, {})
            into[addition.field.python_name] = convert(
                item, addition.field.type, leaf, additions, (*path, name)
            )
    made = kind(**fields)
    if theirs:
        vars(made)[ADDED] = theirs
    return made


@cache
def _fields_of(form: Any) -> dict[str, tuple[str, Any]]:
    """Map an input's fields, by their GraphQL names, to their names and types in Python."""
    declared = get_object_definition(form, strict=True).fields
    return {name_of(field): (field.python_name, field.type) for field in declared}


def _list(value: Any, kind: StrawberryList, leaf: Leaf, additions: Additions, path: Path) -> Any:
    inner = kind.of_type
    while isinstance(inner, StrawberryContainer):
        inner = inner.of_type
    if (
        isinstance(leaf, _Values)
        or get_object_definition(inner)
        or isinstance(inner, StrawberryEnumDefinition)
    ):
        inside = kind.of_type
        return [convert(v, inside, leaf, additions, (*path, i)) for i, v in enumerate(value)]
    return leaf(path, value, kind)


class _Values:
    """Leaf for real values, which hears of every id that is none."""

    def __init__(self) -> None:
        self.checks = Checks()

    def __call__(self, path: Path, value: Any, kind: Any) -> Any:
        with self.checks:
            return _value(path, value, kind)
        return None


def _value(path: Path, value: Any, kind: Any) -> Any:
    """Take a real value: ids become keys, everything else is already right."""
    if isinstance(kind, type) and issubclass(kind, GlobalId):
        try:
            return decode(value, prefix_of(kind))
        except InvalidInput as refusal:
            refusal.field = tuple(str(part) for part in path)
            raise
    return value


def _parameters(bind: Bind, name: str) -> Leaf:
    """Leaf for compile time: a parameter that finds its value again when the plan runs."""

    def parameter(path: Path, _: Any, kind: Any) -> Param:
        many = isinstance(kind, StrawberryList)
        inner = kind
        while isinstance(inner, StrawberryContainer):
            inner = inner.of_type
        identity = isinstance(inner, type) and issubclass(inner, GlobalId)

        def find(frame: Frame) -> Any:
            value = bind(frame)
            for part in path:
                value = value[part]
            if value is None or not identity:
                return value
            if many:
                return [_value((name, *path, i), v, inner) for i, v in enumerate(value)]
            return _value((name, *path), value, inner)

        sql_type = "uuid" if identity else SQL_TYPES.get(inner)
        return Param(find, sql_type if many else None, many=many)

    return parameter


def identity_in(form: Any, target: type | None) -> str:
    """Name the field of an input that is the id of a row of this type."""
    for field in get_object_definition(form, strict=True).fields:
        kind: Any = field.type
        if isinstance(kind, type) and issubclass(kind, GlobalId) and kind.target() is target:
            return field.python_name
    raise TypeError(f"{form.__name__} names no {target}")


def prefix_of(identity: type[GlobalId]) -> str:
    """Return the prefix that ids of this class start with."""
    target = identity.target()
    bound = table_of(target)
    if bound is None:
        raise TypeError(f"IdOf[{target.__name__}]: {target.__name__} is not a @table type")
    return bound.prefix


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
            raise InvalidInput(f"A variable is null where {name} must not be.", field=name)
        return value

    return find


def _expanded(bind: Bind, frame: Frame) -> Any:
    """Find the stored input that an id stands for; it was read before anything was compiled."""
    named = bind(frame)
    return frame.expanded[named] if isinstance(named, str) else None


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


Shape = Any
"""What of a value a plan may depend on: nulls, booleans, enums, page sizes, fields that are set."""
FINITE = ("Boolean", "Int")
"""Scalars whose values plans may differ by; of `Int` only what may be the size of a page."""


def shape_function(kind: GraphQLInputType) -> Callable[[Any], Shape] | None:
    """Return what computes a variable's shape; None when only its presence matters."""
    if is_non_null_type(kind):
        return shape_function(kind.of_type)
    named = get_named_type(kind)
    if is_enum_type(named) or named.name in FINITE or is_input_object_type(named):
        return lambda value: shape(value, kind)
    return None


def shape(value: Any, kind: Any) -> Shape:
    """Describe a coerced value as far as plans may differ by it."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if value is None:
        return None
    if is_list_type(kind):
        if shape_function(kind.of_type) is None:
            return "set"
        return tuple(shape(item, kind.of_type) for item in value)
    if is_input_object_type(kind):
        return tuple((k, _within(v, kind.fields[k].type)) for k, v in sorted(value.items()))
    if is_enum_type(kind) or kind.name == "Boolean":
        return value
    if kind.name == "Int" and 0 <= value <= MAX_PAGE:
        return value
    return "set"


def _within(value: Any, kind: Any) -> Shape:
    """Describe a field of an input: a number in there is never the size of a page."""
    named = get_named_type(kind)
    return value is not None if named.name == "Int" else shape(value, kind)


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


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return given(value, without=()) if get_object_definition(value) else value
