"""Fields that bring rows of their own: lists, single rows, connections, groups of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

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
from schema.declaring import FieldKind, table_of
from schema.reading.arguments import Arguments
from schema.reading.pages import Page, compile_page
from schema.reading.parameters import Bind, Param
from schema.reading.row import Row
from schema.reading.source import Source, Unsupported, scoped_term, source_of
from schema.reading.sql import count
from schema.reading.statement import Statement

if TYPE_CHECKING:
    from schema.reading.compiler import Compiler


class Below:
    """One field below a statement, while it is compiled."""

    def __init__(
        self, compiler: Compiler, parent: Statement, kind: GraphQLObjectType, nodes: list[FieldNode]
    ) -> None:
        """Look the field up; `parent` is the statement whose rows it belongs to."""
        self.compiler, self.parent, self.kind, self.nodes = compiler, parent, kind, nodes
        name = nodes[0].name.value
        self.field, self.spec = compiler.schema.field(kind, name)
        definition = kind.fields[name]
        self.type: GraphQLOutputType = definition.type
        self.named: Any = get_named_type(definition.type)
        self.arguments = Arguments(self.field, definition, nodes[0], compiler.schema.additions)
        if self.arguments.binds:
            self._check(self.arguments.hold)

    def _check(self, hold: Bind) -> None:
        """Check values each time the plan runs; those of the document itself now, unless wrong."""
        if not self.arguments.varies:
            try:
                hold(self.compiler.frame)
            except Refusal:
                pass  # and it says so each time
            else:
                return
        self.compiler.checks.add(self.nodes[0], hold)

    def call(self, stand_in: Any) -> Any:
        """Call the resolver, with a stand-in for its parent."""
        return self.compiler.call(self, stand_in)

    def rows(self, stand_in: Any) -> str:
        """Compile a field that picks rows; return the parent's expression for it."""
        if self._leads_nowhere():
            return "None"
        if _is_connection(self.compiler.schema.class_of(self.named)):
            return self._connection(stand_in)
        source = self._picked(stand_in, self.named)
        statement = self._statement(source)
        row = row_of(statement, source)
        statement.finish(self.compiler.object(row, self.named, self.nodes))
        value = self.parent.below(statement)
        if is_list_type(get_nullable_type(self.type)):
            return value
        return f"({value}[0] if {value} else None)"

    def _leads_nowhere(self) -> bool:
        """Tell whether this viewer may ask, but not see what is asked for: the answer is null."""
        bound = table_of(self.compiler.schema.class_of(self.named))
        return bound is not None and self.compiler.role not in bound.audience

    def group(self, stand_in: Any) -> str:
        """Compile a field that returns a plain object of references; return its expression."""
        made = self.call(stand_in)
        if made is None:
            return "None"
        return grouped(self.compiler, self.parent, made, self.named, self.nodes)

    def _connection(self, stand_in: Any) -> str:
        compiler, parent = self.compiler, self.parent
        page = Page(self.arguments, compiler.frame)
        source = self._picked(stand_in, node_of(self.named))
        statement = self._statement(source)
        statement.window, statement.backward = page.window, page.backward
        statement.most = page.limit
        row = row_of(statement, source)
        selected = compile_page(compiler, self.nodes, self.named, page, row)
        total = "None"
        if selected.wants_total:
            total = parent.column(count(parent, source))
            parent.by_values = parent.by_values or source.by_values
        items = "[]"
        if selected.wants_rows:
            statement.finish(f"({''.join(e + ', ' for e in selected.expressions)})")
            items = parent.below(statement)
        self._check(page.hold)
        build, size = parent.constant(selected.build), parent.bound(page.size)
        after, before = parent.bound(page.finder("after")), parent.bound(page.finder("before"))
        return f"{build}({items}, {size}, {after}, {before}, {total})"

    def _picked(self, stand_in: Any, wanted: GraphQLObjectType) -> Source:
        """Take what the resolver picked; it has to be rows of the type the field declares."""
        source = source_of(self.call(stand_in), self.compiler.viewer)
        self.hold(wanted, source.read or source.model)
        return source

    def hold(self, declared: GraphQLObjectType, model: type[Any]) -> None:
        """Refuse a field that declares another type than that of the rows it leads to."""
        bound = table_of(self.compiler.schema.class_of(declared))
        if bound is None or bound.model is not model:
            name = f"{self.kind.name}.{self.nodes[0].name.value}"
            raise Unsupported(f"{name} declares {declared.name}, but reads {model.__name__}")

    def _statement(self, source: Source) -> Statement:
        self.compiler.by_values = self.compiler.by_values or source.by_values
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
    compiler: Compiler,
    parent: Statement,
    made: Any,
    kind: GraphQLObjectType,
    nodes: Sequence[FieldNode],
) -> str:
    """Compile a selection of a plain object made of references."""
    parts = []
    for key, field_nodes in compiler.fields(nodes, kind):
        parent.count(key)
        name = field_nodes[0].name.value
        if name == "__typename":
            parts.append(f"{key!r}: {kind.name!r}")
            continue
        member = partial(_grouped_field, compiler, parent, kind, field_nodes, made)
        value = compiler.answered(kind, field_nodes[0], member)
        parts.append(f"{key!r}: {parent.written(value)}")
    return "{" + ", ".join(parts) + "}"


def _grouped_field(
    compiler: Compiler,
    parent: Statement,
    kind: GraphQLObjectType,
    nodes: list[FieldNode],
    made: Any,
) -> str:
    below = Below(compiler, parent, kind, nodes)
    match below.spec.kind:
        case FieldKind.ROWS:
            return below.rows(made)
        case FieldKind.NESTED:
            return below.group(made)
        case FieldKind.EXPRESSION:
            below.compiler.snapshot = below.compiler.snapshot or below.spec.snapshot
            return _value(below, scoped_term(below.call(made), below.compiler.viewer))
        case FieldKind.ATTRIBUTE:
            return _value(below, getattr(made, below.field.python_name))
        case other:
            raise TypeError(f"{below.field.python_name}: {other} cannot be a field of a group")


def _value(below: Below, value: Any) -> str:
    """Compile an attribute of a group: a run-time value, SQL, a constant or another group."""
    compiler, parent = below.compiler, below.parent
    if isinstance(value, Param):
        return compiler.leaf(parent, parent.bound(value.bind), below.type, below.field)
    if isinstance(value, Term):
        name = parent.column(parent.write(value))
        field: StrawberryField | None = (
            below.field if below.spec.kind is FieldKind.ATTRIBUTE else None
        )
        return compiler.leaf(parent, name, below.type, field)
    if is_leaf_type(below.named):
        writer = compiler.plain_writer(below.named)
        return parent.constant(writer(value) if writer else value)
    return grouped(compiler, parent, value, below.named, below.nodes)


def node_of(connection: GraphQLObjectType) -> GraphQLObjectType:
    """Name the type whose rows a connection lists."""
    return cast(GraphQLObjectType, get_named_type(connection.fields["nodes"].type))


def _is_connection(cls: type) -> bool:
    return issubclass(cls, cast(Any, Connection))
