"""Compiles selections of rows: every field becomes a column, a join, a batched statement or a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
)
from pypika_tortoise.terms import Term
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

from modules.viewer import Role
from schema.connection import Connection
from schema.declaring import Audience, Kind, Spec, spec_of, table_of
from schema.errors import NotForYou
from schema.ids import GlobalId
from schema.reading.arguments import Arguments, prefix_of
from schema.reading.pages import Page, compile_page
from schema.reading.parameters import Checks, Frame, Param, collected, collecting, viewer_of
from schema.reading.selection import Selections
from schema.reading.source import Source, as_term, source_of
from schema.reading.statement import Column, Statement, column_type
from schema.scalars import WRITERS

if TYPE_CHECKING:
    from schema.compose import ComposedSchema


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table inside a statement: where its columns are."""

    statement: Statement
    alias: str
    model: Any

    def column(self, name: str) -> Column:
        """Refer to an attribute of the model."""
        column, kind = column_type(self.model, name)
        return Column(self.statement, f'{self.alias}."{column}"', kind)

    def select(self, name: str) -> str:
        """Select an attribute of the model; return its name in the builder."""
        return self.statement.column(self.column(name).sql)


class StandIn:
    """The parent a nested resolver sees: its attributes are columns, not values."""

    def __init__(self, row: Row) -> None:
        """Stand for a row."""
        self._row = row

    def __getattr__(self, name: str) -> Column:
        """Refer to a column of the parent."""
        try:
            return self._row.column(name)
        except KeyError:
            raise AttributeError(f"{self._row.model.__name__} has no column {name!r}") from None


class Compiler:
    """Compiles the fields of one operation for one role and one shape of its variables."""

    def __init__(
        self,
        schema: ComposedSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        role: Role,
        frame: Frame,
    ) -> None:
        """Take any frame of that shape: only its nulls, booleans and enums are looked at."""
        self.schema, self.role, self.frame = schema, role, frame
        self._fragments = fragments
        self.selections = Selections(schema.core, fragments, frame.variables)
        self.viewer = viewer_of(role)
        self.checks = Checks()
        self.snapshot = False

    def as_role(self, role: Role) -> Compiler:
        """Compile the same operation for somebody else: whoever a mutation signed in."""
        return Compiler(self.schema, self._fragments, role, self.frame)

    # --- objects

    def object(self, row: Row, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> str:
        """Compile a selection of a table's type; return the expression that builds one object."""
        cls = self.schema.class_of(kind)
        bound = table_of(cls)
        self.allow(bound.audience if bound else None, kind.name, nodes[0])
        parts = []
        for key, field_nodes in self.selections.of(nodes, kind).items():
            name = field_nodes[0].name.value
            if name == "__typename":
                parts.append(f"{key!r}: {kind.name!r}")
                continue
            field, spec = self.schema.field(kind, name)
            self.allow(spec.audience, f"{kind.name}.{name}", field_nodes[0])
            parts.append(f"{key!r}: {self._field(row, kind, field, spec, field_nodes)}")
        return "{" + ", ".join(parts) + "}"

    def _field(
        self,
        row: Row,
        kind: GraphQLObjectType,
        field: StrawberryField,
        spec: Spec,
        nodes: list[FieldNode],
    ) -> str:
        definition = kind.fields[nodes[0].name.value]
        match spec.kind:
            case Kind.ATTRIBUTE if is_leaf_type(get_named_type(definition.type)):
                return self._column(row, kind, field, definition.type)
            case Kind.ATTRIBUTE:
                return self._foreign(row, field, definition.type, nodes)
            case Kind.COMPUTED:
                return self._computed(row, kind, field, spec, nodes)
            case Kind.EXPRESSION:
                value = self._call(
                    StandIn(row), field, spec, Arguments(field, definition, nodes[0])
                )
                self.snapshot = self.snapshot or spec.snapshot
                column = row.statement.column(row.statement.write(as_term(value)))
                return self._leaf(row.statement, column, definition.type, None)
            case Kind.ROWS:
                return self.rows(row.statement, StandIn(row), kind, field, spec, nodes)
            case Kind.GROUP:
                return self.group(row.statement, StandIn(row), kind, field, spec, nodes)
            case _:
                raise TypeError(f"{kind.name}.{field.python_name} cannot be a field of a row")

    # --- values of one row

    def _column(
        self, row: Row, kind: GraphQLObjectType, field: StrawberryField, wanted: Any
    ) -> str:
        name = row.select(field.python_name)
        bound = table_of(self.schema.class_of(kind))
        if field.python_name == "id" and bound:
            return f"{bound.prefix + '_'!r} + {name}.hex"
        return self._leaf(row.statement, name, wanted, field)

    def _leaf(
        self, statement: Statement, name: str, wanted: Any, field: StrawberryField | None
    ) -> str:
        identity = _identity(field)
        if identity is not None:
            return f"(None if {name} is None else {prefix_of(identity) + '_'!r} + {name}.hex)"
        writer = self.writer(wanted)
        if writer is None:
            return name
        if is_list_type(get_nullable_type(wanted)):
            return f"[{statement.constant(writer)}(i) for i in {name}]"
        return f"(None if {name} is None else {statement.constant(writer)}({name}))"

    def writer(self, wanted: Any) -> Any:
        """Return what turns a database value of this leaf type into JSON, or None when it is one."""
        named: Any = get_named_type(wanted)
        if is_enum_type(named):
            names = {getattr(v.value, "value", v.value): n for n, v in named.values.items()}
            return None if all(k == n for k, n in names.items()) else names.__getitem__
        if named.name in ("String", "ID"):
            return None
        return WRITERS.get(named.name)

    def _foreign(
        self, row: Row, field: StrawberryField, wanted: Any, nodes: list[FieldNode]
    ) -> str:
        relation = row.model._meta.fields_map[field.python_name]
        target: Any = get_named_type(wanted)
        local = row.column(relation.source_field).sql
        remote = relation.to_field_instance
        column = remote.source_field or remote.model_field_name
        outer = bool(relation.null) or row.alias != row.statement.alias
        alias = row.statement.join(
            relation.related_model._meta.db_table,
            lambda joined: f'{joined}."{column}" = {local}',
            outer=outer,
        )
        inner = Row(row.statement, alias, relation.related_model)
        built = self.object(inner, target, nodes)
        return (
            f"({built} if {inner.select('id')} is not None else None)" if relation.null else built
        )

    def _computed(
        self,
        row: Row,
        kind: GraphQLObjectType,
        field: StrawberryField,
        spec: Spec,
        nodes: list[FieldNode],
    ) -> str:
        definition = kind.fields[nodes[0].name.value]
        statement = row.statement
        record = statement.constant(_record(self.schema.class_of(kind), spec.needs))
        resolver = field.base_resolver
        call = statement.constant(resolver.wrapped_func if resolver else None)
        arguments = Arguments(field, definition, nodes[0])
        given = f", **{statement.bound(arguments.real)}" if arguments.binds else ""
        value = f"{call}({record}({', '.join(row.select(n) for n in spec.needs)}){given})"
        named = get_named_type(definition.type)
        if is_leaf_type(named):
            writer = self.plain_writer(named)
            return f"{statement.constant(writer)}({value})" if writer else value
        shape = self.schema.plain_shape(self, definition.type, nodes)
        return f"{statement.constant(shape.build)}({value}, None)"

    def plain_writer(self, named: Any) -> Any:
        """Return what turns a Python value of this leaf type into JSON, or None when orjson can."""
        if is_enum_type(named):
            return lambda value: None if value is None else value.name
        writer = WRITERS.get(named.name) if named.name not in ("String", "ID") else None
        return (lambda value: None if value is None else writer(value)) if writer else None

    # --- what hangs below

    def rows(
        self,
        parent: Statement,
        stand_in: Any,
        kind: GraphQLObjectType,
        field: StrawberryField,
        spec: Spec,
        nodes: list[FieldNode],
    ) -> str:
        """Compile a field that picks rows; return the parent's expression for it."""
        definition = kind.fields[nodes[0].name.value]
        arguments = Arguments(field, definition, nodes[0])
        wanted: Any = get_named_type(definition.type)
        origin = get_object_definition(self.schema.class_of(wanted), strict=True).origin
        if _is_connection(origin):
            return self._connection(parent, stand_in, field, spec, nodes, arguments, wanted)
        source = source_of(self._call(stand_in, field, spec, arguments))
        below = Statement(source, parent)
        row = Row(below, below.alias, source.model)
        below.finish(self.object(row, wanted, nodes))
        value = parent.below(below)
        if is_list_type(get_nullable_type(definition.type)):
            return value
        return f"({value}[0] if {value} else None)"

    def _connection(
        self,
        parent: Statement,
        stand_in: Any,
        field: StrawberryField,
        spec: Spec,
        nodes: list[FieldNode],
        arguments: Arguments,
        wanted: GraphQLObjectType,
    ) -> str:
        page = Page(arguments, self.frame)
        self.checks.run.append(page.size)
        source = source_of(self._call(stand_in, field, spec, arguments))
        below = Statement(source, parent, window=page.window, backward=page.backward)
        row = Row(below, below.alias, source.model)
        expressions, build, wants_total = compile_page(self, nodes, wanted, page, row)
        total = "None"
        if wants_total:
            total = parent.below(self._count(parent, source)) + "[0]"
        items = "[]"
        if expressions or _asks_for_page(self, nodes, wanted):
            below.finish(f"({', '.join(expressions)},)" if expressions else "()")
            items = parent.below(below)
        after, before = (parent.bound(lambda f, n=n: page.value(n, f)) for n in ("after", "before"))  # type: ignore[misc]
        return f"{parent.constant(build)}({items}, {parent.bound(page.size)}, {after}, {before}, {total})"

    def _count(self, parent: Statement, source: Source) -> Statement:
        counting = Statement(source, parent, counting=True)
        counting.finish(counting.column("x.n"))
        return counting

    def group(
        self,
        statement: Statement,
        stand_in: Any,
        kind: GraphQLObjectType,
        field: StrawberryField,
        spec: Spec,
        nodes: list[FieldNode],
    ) -> str:
        """Compile a field that returns a plain object of references; return its expression."""
        definition = kind.fields[nodes[0].name.value]
        made = self._call(stand_in, field, spec, Arguments(field, definition, nodes[0]))
        if made is None:
            return "None"
        wanted: Any = get_named_type(definition.type)
        return self.grouped(statement, made, wanted, nodes)

    def grouped(
        self, statement: Statement, made: Any, kind: GraphQLObjectType, nodes: Sequence[FieldNode]
    ) -> str:
        """Compile a selection of a plain object made of references."""
        return self._grouped(statement, made, kind, self.selections.of(nodes, kind))

    def _grouped(
        self, statement: Statement, made: Any, kind: GraphQLObjectType, fields: Any
    ) -> str:
        parts = []
        for key, nodes in fields.items():
            name = nodes[0].name.value
            if name == "__typename":
                parts.append(f"{key!r}: {kind.name!r}")
                continue
            field, spec = self.schema.field(kind, name)
            self.allow(spec.audience, f"{kind.name}.{name}", nodes[0])
            parts.append(
                f"{key!r}: {self._grouped_field(statement, made, kind, field, spec, nodes)}"
            )
        return "{" + ", ".join(parts) + "}"

    def _grouped_field(
        self,
        statement: Statement,
        made: Any,
        kind: GraphQLObjectType,
        field: StrawberryField,
        spec: Spec,
        nodes: list[FieldNode],
    ) -> str:
        definition = kind.fields[nodes[0].name.value]
        if spec.kind is Kind.ROWS:
            return self.rows(statement, made, kind, field, spec, nodes)
        if spec.kind is Kind.GROUP:
            return self.group(statement, made, kind, field, spec, nodes)
        if spec.kind is Kind.EXPRESSION:
            value = self._call(made, field, spec, Arguments(field, definition, nodes[0]))
            self.snapshot = self.snapshot or spec.snapshot
        elif spec.kind is Kind.ATTRIBUTE:
            value = getattr(made, field.python_name)
        else:
            raise TypeError(f"{kind.name}.{field.python_name} cannot be a field of a group")
        if isinstance(value, Param):
            name = statement.bound(value.bind)
        elif isinstance(value, Term) or spec.kind is Kind.EXPRESSION:
            name = statement.column(statement.write(as_term(value)))
        elif is_leaf_type(get_named_type(definition.type)):
            writer = self.plain_writer(get_named_type(definition.type))
            return statement.constant(writer(value) if writer else value)
        else:
            return self.grouped(statement, value, cast(Any, get_named_type(definition.type)), nodes)
        return self._leaf(statement, name, definition.type, field)

    # --- helpers

    def _call(self, parent: Any, field: StrawberryField, spec: Spec, arguments: Arguments) -> Any:
        given = arguments.placeholders(self.frame)
        if spec.parent:
            given[spec.parent] = parent
        if spec.viewer:
            given[spec.viewer] = self.viewer
        resolver = field.base_resolver
        if resolver is None:
            raise TypeError(f"{field.python_name} has no resolver")
        token = collecting(self.checks)
        try:
            return resolver.wrapped_func(**given)
        finally:
            collected(token)

    def allow(self, audience: Audience | None, what: str, node: FieldNode) -> None:
        """Refuse what this role may not see, before any SQL. Raises: NotForYou."""
        if audience is not None and self.role not in audience:
            raise NotForYou(self.role, what, node)


def _identity(field: StrawberryField | None) -> type[GlobalId] | None:
    kind: Any = field.type if field else None
    kind = getattr(kind, "of_type", kind)
    return kind if isinstance(kind, type) and issubclass(kind, GlobalId) else None


def _is_connection(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, cast(Any, Connection))


def _asks_for_page(compiler: Compiler, nodes: Sequence[FieldNode], kind: GraphQLObjectType) -> bool:
    fields = compiler.selections.of(nodes, kind).values()
    return any(n[0].name.value in ("edges", "nodes", "pageInfo") for n in fields)


def _record(cls: type, needs: tuple[str, ...]) -> type:
    """Make the class whose instances `self` is in a computed field: just the columns it named."""
    names = ", ".join(needs)
    body = "".join(f"\n self.{n} = {n}" for n in needs) or "\n pass"
    namespace: dict[str, Any] = {}
    exec(f"def __init__(self{', ' if names else ''}{names}):{body}", namespace)  # noqa: S102 -- our own names
    return type(f"{cls.__name__}Row", (cls,), {"__init__": namespace["__init__"], "__slots__": ()})
