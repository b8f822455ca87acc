"""Selections of plain objects: answers, payloads and changes, with the rows they refer to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, cast
from uuid import UUID

import orjson
from graphql import (
    FieldNode,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
)
from strawberry.types.base import get_object_definition
from tortoise.models import Model

from schema.declaring import FieldKind
from schema.errors import NotForYou, of_permission
from schema.ids import Ref
from schema.reading.below import Below
from schema.reading.context import Context
from schema.reading.leaves import plain_writer
from schema.reading.parameters import Frame
from schema.reading.query import Query, finish
from schema.reading.row import Row
from schema.reading.size import MAX_BYTES, TooLarge, of_field
from schema.reading.source import source_of
from schema.reading.statement import Column, Reader, Statement
from schema.tables import table_of


@dataclass(slots=True)
class Loaded:
    """The rows that plain objects refer to: first which and how often, then what was read."""

    wanted: dict[Any, dict[UUID, int]] = field(default_factory=dict)
    read: dict[Any, Any] = field(default_factory=dict)
    bytes: int = 0
    """How many bytes the plain objects take, or somewhat fewer."""

    def count(self, more: int) -> None:
        """Count more of them. Refuses: TooLarge."""
        self.bytes += more
        if self.bytes > MAX_BYTES:
            raise TooLarge


class Shape(Protocol):
    """Turns a Python value into what a selection asks of it."""

    def refer(self, value: Any, loaded: Loaded) -> None:
        """Note the rows this value refers to."""

    def build(self, value: Any, loaded: Loaded | None) -> Any:
        """Make the JSON value."""


class Leaf:
    """A scalar or an enum."""

    def __init__(self, writer: Callable[[Any], Any] | None) -> None:
        """Write values with `writer`, or leave them to orjson."""
        self._writer = writer

    def refer(self, value: Any, loaded: Loaded) -> None:
        """Refer to nothing."""

    def build(self, value: Any, loaded: Loaded | None) -> Any:
        """Write the value."""
        written = self._writer(value) if self._writer and value is not None else value
        if loaded is not None and isinstance(written, str):
            loaded.count(len(written))
        return written


class Null:
    """What stays null, and why is known elsewhere."""

    def __init__(self, mark: orjson.Fragment) -> None:
        """Take the null that stands for it."""
        self._mark = mark

    def refer(self, value: Any, loaded: Loaded) -> None:
        """Refer to nothing."""

    def build(self, value: Any, loaded: Loaded | None) -> Any:
        """Be null."""
        return self._mark


class Listed:
    """A list of something."""

    def __init__(self, of: Shape) -> None:
        """Hold the shape of the members."""
        self._of = of

    def refer(self, value: Any, loaded: Loaded) -> None:
        """Note what every member refers to."""
        for item in value or ():
            self._of.refer(item, loaded)

    def build(self, value: Any, loaded: Loaded | None) -> Any:
        """Build every member."""
        return None if value is None else [self._of.build(item, loaded) for item in value]


class Object:
    """A plain object of a known type."""

    def __init__(self, fields: list[tuple[str, Callable[[Any], Any], Shape]]) -> None:
        """Hold, for each response key, how to get the value and its shape."""
        self._fields = fields
        self._referring = [
            (get, shape) for _, get, shape in fields if not isinstance(shape, Leaf | Null)
        ]
        self._fixed = sum(of_field(key) for key, _, _ in fields)

    def refer(self, value: Any, loaded: Loaded) -> None:
        """Note what every field refers to."""
        if value is not None:
            for get, shape in self._referring:
                shape.refer(get(value), loaded)

    def build(self, value: Any, loaded: Loaded | None) -> Any:
        """Build every field."""
        if value is None:
            return None
        if loaded is not None:
            loaded.count(self._fixed)
        return {key: shape.build(get(value), loaded) for key, get, shape in self._fields}


class OneOf:
    """A value of an interface or a union: its own class says which."""

    def __init__(self, context: Context, nodes: Sequence[FieldNode]) -> None:
        """Compile the shapes of the types that fragments name; others when a value appears."""
        self._context, self._nodes = context, nodes
        self._path, self._denials = list(context.path), context.denials
        self._known: dict[str, Shape] = {
            kind.name: self._compiled(kind) for kind in context.selections.named(nodes)
        }

    def refer(self, value: Any, loaded: Loaded) -> None:
        """Note what the value refers to."""
        if value is not None:
            self._shape(value).refer(value, loaded)

    def build(self, value: Any, loaded: Loaded | None) -> Any:
        """Build the value as its own type."""
        return None if value is None else self._shape(value).build(value, loaded)

    def _shape(self, value: Any) -> Shape:
        schema = self._context.schema
        cls = schema.table_type(value) if isinstance(value, Ref) else type(value)
        name = get_object_definition(cls, strict=True).name
        if name not in self._known:
            self._known[name] = self._compiled(schema.object_type(name))
        return self._known[name]

    def _compiled(self, kind: GraphQLObjectType) -> Shape:
        """Compile what is selected of a type; all of it is null for whom its rows are not."""
        context, bound = self._context, table_of(self._context.schema.class_of(kind))
        context.path, context.denials = list(self._path), self._denials
        if bound is None or context.role in bound.audience:
            return _concrete(context, kind, self._nodes)
        shown = of_permission(NotForYou(context.role, kind.name, self._nodes[0], bound.audience))
        return Null(self._denials.add(self._path, lambda _: shown))


class Reference:
    """A row of a table, read by its key; all references of one spot in one statement."""

    def __init__(self, model: type[Model], query: Query) -> None:
        """Hold the statement that reads rows of `model` by key."""
        self._model, self._query = model, query

    def refer(self, value: Any, loaded: Loaded) -> None:
        """Note the row's key."""
        if value is not None:
            if isinstance(value, Model) and not isinstance(value, self._model):
                found = type(value).__name__
                raise TypeError(f"a row of {self._model.__name__} is declared, not one of {found}")
            wanted, key = loaded.wanted.setdefault(self, {}), key_of(value)
            wanted[key] = wanted.get(key, 0) + 1

    def build(self, value: Any, loaded: Loaded | None) -> Any:
        """Return the row; null when it is not there for this viewer."""
        if value is None or loaded is None:
            return None
        return loaded.read[self].get(key_of(value))

    async def load(self, loaded: Loaded, frame: Frame, connection: Reader) -> None:
        """Read all rows noted."""
        wanted = loaded.wanted[self]
        keys, times = list(wanted), list(wanted.values())
        found = await self._query.run(frame, connection, keys, times)
        loaded.read[self] = {key: rows[0] for key, rows in zip(keys, found, strict=True) if rows}


class Rooted:
    """A field that reads rows of its own, whatever object it is on: a root's, or a payload's."""

    def __init__(self, query: Query) -> None:
        """Hold a statement that builds one value."""
        self._query = query

    async def run(self, frame: Frame, connection: Reader) -> Any:
        """Read."""
        return (await self._query.run(frame, connection))[0][0]

    def refer(self, there: Any, loaded: Loaded) -> None:
        """Ask to be read."""
        if there:
            loaded.wanted.setdefault(self, {})

    def build(self, there: Any, loaded: Loaded | None) -> Any:
        """Return what was read."""
        return loaded.read[self] if there and loaded else None

    async def load(self, loaded: Loaded, frame: Frame, connection: Reader) -> None:
        """Read it."""
        loaded.read[self] = await self.run(frame, connection)


def key_of(value: Any) -> UUID:
    """Return the key of a row, however a rule handed it over: a model, a Ref or the key itself."""
    return cast(
        UUID,
        value.pk if isinstance(value, Model) else value.key if isinstance(value, Ref) else value,
    )


async def build(shape: Shape, value: Any, frame: Frame, connection: Reader) -> Any:
    """Read what a value refers to, one statement per spot, and build the answer."""
    loaded = Loaded()
    shape.refer(value, loaded)
    for reference in loaded.wanted:
        await reference.load(loaded, frame, connection)
    return shape.build(value, loaded)


def compile_shape(
    context: Context,
    wanted: Any,
    nodes: Sequence[FieldNode],
    *,
    only: Collection[str] | None = None,
) -> Shape:
    """Compile a selection of whatever a resolver answers with.

    With `only`, all fields of the object but these are null, and nobody is refused because of them.
    """
    nullable = get_nullable_type(wanted)
    if is_list_type(nullable):
        return Listed(compile_shape(context, cast(Any, nullable).of_type, nodes))
    named: Any = get_named_type(wanted)
    if is_leaf_type(named):
        return Leaf(plain_writer(named))
    if is_abstract_type(named):
        return OneOf(context, nodes)
    return _concrete(context, named, nodes, only)


def _concrete(
    context: Context,
    kind: GraphQLObjectType,
    nodes: Sequence[FieldNode],
    only: Collection[str] | None = None,
) -> Shape:
    cls = context.schema.class_of(kind)
    if table_of(cls):
        return reference(context, kind, nodes)
    fields: list[tuple[str, Callable[[Any], Any], Shape]] = []
    for key, field_nodes in context.fields(nodes, kind):
        name = field_nodes[0].name.value
        if name == "__typename":
            fields.append((key, _always(kind.name), Leaf(None)))
            continue
        if only is not None and name not in only:
            fields.append((key, _always(None), Leaf(None)))
            continue
        member = partial(_member, context, kind, field_nodes)
        made = context.answered(kind, field_nodes[0], member)
        if isinstance(made, orjson.Fragment):
            made = _always(None), Null(made)
        fields.append((key, *made))
    return Object(fields)


def _member(
    context: Context, kind: GraphQLObjectType, nodes: list[FieldNode]
) -> tuple[Callable[[Any], Any], Shape]:
    """Compile a field of a plain object: how to get its value, and what is asked of that."""
    name = nodes[0].name.value
    declared, spec = context.schema.field(kind, name)
    if spec.kind in (FieldKind.ROWS, FieldKind.NESTED, FieldKind.EXPRESSION):
        return _is_there, rooted(context, kind, nodes)
    get = _getter(declared.python_name)
    if spec.kind is FieldKind.COMPUTED and declared.base_resolver:
        get = cast(Any, declared.base_resolver.wrapped_func)
    return get, compile_shape(context, kind.fields[name].type, nodes)


def reference(context: Context, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Reference:
    """Compile reading rows of a type by their keys, as far as this viewer may see them."""
    bound = table_of(context.schema.class_of(kind))
    if bound is None:
        raise TypeError(f"{kind.name} is not bound to a table")
    outer = Statement(alias="p")
    picked = context.viewer.rows(cast(Any, bound.model)).filter(id=Column(outer, "id", "uuid"))
    statement = Statement(source_of(picked, context.viewer), outer)
    row = Row(statement, statement.alias, bound.model)
    return Reference(bound.model, finish(statement, context.object(row, kind, nodes)))


def rooted(context: Context, kind: GraphQLObjectType, nodes: list[FieldNode]) -> Rooted:
    """Compile one field that hangs below no row."""
    statement = Statement()
    field = Below(context, statement, kind, nodes)
    value = field.rows(None) if field.spec.kind is FieldKind.ROWS else field.group(None)
    return Rooted(finish(statement, value))


def _getter(name: str) -> Callable[[Any], Any]:
    return lambda value: getattr(value, name)


def _is_there(_: Any) -> bool:
    """Tell that an object has the fields that read rows of their own."""
    return True


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _: value
