"""Fields that bring rows of their own: lists, single rows, connections, groups of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)
from pypika_tortoise.terms import Term
from strawberry.types.field import StrawberryField

from modules.errors import Refusal
from schema.connection import Connection
from schema.declaring import FieldKind, function_of
from schema.reading.arguments import Arguments
from schema.reading.context import Context
from schema.reading.leaves import plain_writer
from schema.reading.pages import Page, compile_page
from schema.reading.parameters import Bind, Param, collected, collecting
from schema.reading.query import finish
from schema.reading.row import Row
from schema.reading.source import Source, Unsupported, scoped_term, source_of
from schema.reading.sql import count
from schema.reading.statement import Statement
from schema.tables import table_of


class Below:
    """One field below a statement, while it is compiled."""

    def __init__(
        self, context: Context, parent: Statement, kind: GraphQLObjectType, nodes: list[FieldNode]
    ) -> None:
        """Look the field up; `parent` is the statement whose rows it belongs to."""
        self.context, self.parent, self.kind, self.nodes = context, parent, kind, nodes
        name = nodes[0].name.value
        self.field, self.spec = context.schema.field(kind, name)
        definition = kind.fields[name]
        self.type: GraphQLOutputType = definition.type
        self.named: Any = get_named_type(definition.type)
        self.arguments = Arguments(self.field, definition, nodes[0], context.schema.additions)
        if self.arguments.binds:
            self._check(self.arguments.hold)

    def _check(self, hold: Bind) -> None:
        """Check values each time the plan runs; those of the document itself now, unless wrong."""
        if not self.arguments.varies:
            try:
                hold(self.context.frame)
            except Refusal:
                pass  # and it says so each time
            else:
                return
        self.context.checks.add(self.nodes[0], hold)

    @property
    def unread(self) -> bool:
        """Whether it needs stored inputs that were not read for this operation: it is null."""
        every = self.spec.every
        return every is not None and every[1].form not in self.context.frame.every

    def call(self, stand_in: Any) -> Any:
        """Call the resolver once, with stand-ins for its parent and for what is not known yet."""
        given = self.arguments.placeholders(self.context.frame)
        if self.spec.parent:
            given[self.spec.parent] = stand_in
        if self.spec.viewer:
            given[self.spec.viewer] = self.context.viewer
        if self.spec.every:
            name, expansion = self.spec.every
            given[name] = self.arguments.every(expansion.form, self.context.frame)
        token = collecting(self.context.checks, self.nodes[0])
        try:
            return function_of(self.field)(**given)
        finally:
            collected(token)

    def rows(self, stand_in: Any) -> str:
        """Compile a field that picks rows; return the parent's expression for it."""
        if self._leads_nowhere():
            return "None"
        if _is_connection(self.context.schema.class_of(self.named)):
            return self._connection(stand_in)
        source = self._picked(stand_in, self.named)
        statement = self._statement(source)
        row = row_of(statement, source)
        one = self.context.object(row, self.named, self.nodes)
        value = self.parent.below(finish(statement, one))
        if is_list_type(get_nullable_type(self.type)):
            return value
        return f"({value}[0] if {value} else None)"

    def _leads_nowhere(self) -> bool:
        """Tell whether this viewer may ask, but not see what is asked for: the answer is null."""
        bound = table_of(self.context.schema.class_of(self.named))
        return bound is not None and self.context.role not in bound.audience

    def group(self, stand_in: Any) -> str:
        """Compile a field that returns a plain object of references; return its expression."""
        made = self.call(stand_in)
        if made is None:
            return "None"
        return grouped(self.context, self.parent, made, self.named, self.nodes)

    def _connection(self, stand_in: Any) -> str:
        context, parent = self.context, self.parent
        page = Page(self.arguments, context.frame)
        source = self._picked(stand_in, node_of(self.named))
        statement = self._statement(source)
        statement.window, statement.backward = page.window, page.backward
        statement.most = page.limit
        row = row_of(statement, source)
        selected = compile_page(context, self.nodes, self.named, page, row)
        total = "None"
        if selected.wants_total:
            total = parent.column(count(parent, source))
            parent.by_values = parent.by_values or source.by_values
        items = "[]"
        if selected.wants_rows:
            each = f"({''.join(e + ', ' for e in selected.expressions)})"
            items = parent.below(finish(statement, each))
        self._check(page.hold)
        build, size = parent.constant(selected.build), parent.bound(page.size)
        after, before = parent.bound(page.finder("after")), parent.bound(page.finder("before"))
        return f"{build}({items}, {size}, {after}, {before}, {total})"

    def _picked(self, stand_in: Any, wanted: GraphQLObjectType) -> Source:
        """Take what the resolver picked; it has to be rows of the type the field declares."""
        source = source_of(self.call(stand_in), self.context.viewer)
        self.hold(wanted, source.read or source.model)
        return source

    def hold(self, declared: GraphQLObjectType, model: type[Any]) -> None:
        """Refuse a field that declares another type than that of the rows it leads to."""
        bound = table_of(self.context.schema.class_of(declared))
        if bound is None or bound.model is not model:
            name = f"{self.kind.name}.{self.nodes[0].name.value}"
            raise Unsupported(f"{name} declares {declared.name}, but reads {model.__name__}")

    def _statement(self, source: Source) -> Statement:
        self.context.by_values = self.context.by_values or source.by_values
        return Statement(source, self.parent, by_values=source.by_values)


def row_of(statement: Statement, source: Source) -> Row:
    """Find the row that is read: what was picked, or what that stands for."""
    if source.read is None:
        return Row(statement, statement.alias, source.model)
    alias = statement.join(
        source.read._meta.db_table,
        lambda joined: f'{joined}."id" = {statement.alias}."id"',
        outer=False,
    )
    return Row(statement, alias, source.read)


def grouped(
    context: Context,
    parent: Statement,
    made: Any,
    kind: GraphQLObjectType,
    nodes: Sequence[FieldNode],
) -> str:
    """Compile a selection of a plain object made of references."""
    parts = []
    for key, field_nodes in context.fields(nodes, kind):
        parent.count(key)
        name = field_nodes[0].name.value
        if name == "__typename":
            parts.append(f"{key!r}: {kind.name!r}")
            continue
        member = partial(_grouped_field, context, parent, kind, field_nodes, made)
        value = context.answered(kind, field_nodes[0], member)
        parts.append(f"{key!r}: {parent.written(value)}")
    return "{" + ", ".join(parts) + "}"


def _grouped_field(
    context: Context,
    parent: Statement,
    kind: GraphQLObjectType,
    nodes: list[FieldNode],
    made: Any,
) -> str:
    below = Below(context, parent, kind, nodes)
    match below.spec.kind:
        case FieldKind.ROWS:
            return below.rows(made)
        case FieldKind.NESTED:
            return below.group(made)
        case FieldKind.EXPRESSION:
            below.context.snapshot = below.context.snapshot or below.spec.snapshot
            return _value(below, scoped_term(below.call(made), below.context.viewer))
        case FieldKind.ATTRIBUTE:
            return _value(below, getattr(made, below.field.python_name))
        case other:
            raise TypeError(f"{below.field.python_name}: {other} cannot be a field of a group")


def _value(below: Below, value: Any) -> str:
    """Compile an attribute of a group: a run-time value, SQL, a constant or another group."""
    context, parent = below.context, below.parent
    if isinstance(value, Param):
        return context.leaves.write(parent, parent.bound(value.bind), below.type, below.field)
    if isinstance(value, Term):
        name = parent.column(parent.write(value))
        field: StrawberryField | None = (
            below.field if below.spec.kind is FieldKind.ATTRIBUTE else None
        )
        return context.leaves.write(parent, name, below.type, field)
    if is_leaf_type(below.named):
        writer = plain_writer(below.named)
        return parent.constant(writer(value) if writer else value)
    return grouped(context, parent, value, below.named, below.nodes)


def node_of(connection: GraphQLObjectType) -> GraphQLObjectType:
    """Name the type whose rows a connection lists."""
    return cast(GraphQLObjectType, get_named_type(connection.fields["nodes"].type))


def _is_connection(cls: type) -> bool:
    return issubclass(cls, cast(Any, Connection))
