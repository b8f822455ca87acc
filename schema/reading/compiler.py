"""Compiles selections of rows: every field becomes a column, a join, a statement or a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import orjson
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
)
from strawberry.types.field import StrawberryField

from modules.errors import Refusal
from modules.viewer import TEAM, Role
from schema.audiences import audience_of
from schema.composed import ComposedSchema
from schema.declaring import FieldKind, function_of, table_of
from schema.errors import NotForYou, of_permission, of_refusal
from schema.ids import GlobalId
from schema.reading.answers import answered_below
from schema.reading.below import Below
from schema.reading.denials import Denials
from schema.reading.objects import compile_shape
from schema.reading.parameters import Checks, Frame, collected, collecting, viewer_of
from schema.reading.row import Row, StandIn, record
from schema.reading.selection import Selections
from schema.reading.source import scoped_term, source_of
from schema.reading.statement import Statement
from schema.reading.values import prefix_of
from schema.scalars import WRITERS

T = TypeVar("T")
Writer = Callable[[Any], Any]
LONG = ("text", "citext", "jsonb")
"""Types of columns whose values may be long."""


class Compiler:
    """Compiles the fields of one operation for one role and one shape of its variables."""

    def __init__(
        self,
        schema: ComposedSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        role: Role,
        frame: Frame,
        *,
        in_change: bool = False,
    ) -> None:
        """Take any frame of that shape: only its nulls, booleans, enums and sizes are looked at.

        `in_change` compiles for the connection of a change, which gives ids as UUID objects;
        those of reads give them as text.
        """
        self._in_change = in_change
        self.schema, self.role, self.frame = schema, role, frame
        self._fragments = fragments
        self.selections = Selections(schema.core, fragments, frame.variables)
        self.viewer = viewer_of(role)
        self.checks = Checks()
        self.denials = Denials()
        """What stays null below the root field that is being compiled."""
        self.path: list[str] = []
        """The response keys from the root field to the field being compiled."""
        self.snapshot = False
        self.by_values = False
        """Whether a statement is planned for its values."""
        self.answers = 0
        """How many fields of rows Python answers."""

    def as_role(self, role: Role, refused: Mapping[int, Refusal]) -> Compiler:
        """Compile the same operation for somebody else: whoever a mutation signed in.

        What these refusals are about stays null.
        """
        frame = replace(self.frame, refused=dict(refused))
        return Compiler(self.schema, self._fragments, role, frame, in_change=self._in_change)

    def refusal(self, kind: GraphQLObjectType, node: FieldNode) -> NotForYou | None:
        """Say why this role gets no answer to a field; None where it does."""
        audience = audience_of(self.schema, kind, node.name.value)
        if self.role in audience:
            return None
        return NotForYou(self.role, f"{kind.name}.{node.name.value}", node, audience)

    def denied(self, kind: GraphQLObjectType, node: FieldNode) -> orjson.Fragment | None:
        """Note that a field stays null, if it does; return what stands for it in the answer.

        It does for a role it is not for, and where its arguments were refused.
        """
        if error := self.refusal(kind, node):
            shown = of_permission(error)
            return self.denials.add(self.path, lambda _: shown)
        if (here := id(node)) in self.frame.refused:
            return self.denials.add(
                self.path, lambda frame: of_refusal(frame.refused[here], frame.viewer)
            )
        return None

    def answered(
        self, kind: GraphQLObjectType, node: FieldNode, compile_: Callable[[], T]
    ) -> T | orjson.Fragment:
        """Compile a field, or note that it stays null and return what stands for it.

        Also where a variable is null that must not be, which is known while it is compiled.
        """
        if (null := self.denied(kind, node)) is not None:
            return null
        try:
            return compile_()
        except Refusal as refusal:
            why = refusal.with_traceback(None)  # the plan is kept, what led here is not
            return self.denials.add(self.path, lambda frame: of_refusal(why, frame.viewer))

    def call(self, below: Below, parent: Any) -> Any:
        """Call a field's resolver once, with stand-ins for what is not known yet."""
        field, spec, arguments = below.field, below.spec, below.arguments
        given = arguments.placeholders(self.frame)
        if spec.parent:
            given[spec.parent] = parent
        if spec.viewer:
            given[spec.viewer] = self.viewer
        token = collecting(self.checks, below.nodes[0])
        try:
            return function_of(field)(**given)
        finally:
            collected(token)

    # --- objects

    def fields(
        self, nodes: Sequence[FieldNode], kind: GraphQLObjectType
    ) -> Iterator[tuple[str, list[FieldNode]]]:
        """Go through what is selected of a type, keeping track of where we are."""
        for key, found in self.selections.of(nodes, kind).items():
            self.path.append(key)
            yield key, found
            self.path.pop()

    def object(self, row: Row, kind: GraphQLObjectType, nodes: Sequence[FieldNode]) -> str:
        """Compile a selection of a table's type; return the expression that builds one object."""
        bound = table_of(self.schema.class_of(kind))
        if bound and self.role not in bound.audience:
            raise NotForYou(self.role, kind.name, nodes[0], bound.audience)
        parts = []
        for key, field_nodes in self.fields(nodes, kind):
            row.statement.count(key)
            name = field_nodes[0].name.value
            if name == "__typename":
                parts.append(f"{key!r}: {kind.name!r}")
                continue
            value = self.answered(
                kind, field_nodes[0], partial(self._field, row, kind, field_nodes)
            )
            parts.append(f"{key!r}: {row.statement.written(value)}")
        return "{" + ", ".join(parts) + "}"

    def _field(self, row: Row, kind: GraphQLObjectType, nodes: list[FieldNode]) -> str:
        field = Below(self, row.statement, kind, nodes)
        match field.spec.kind:
            case FieldKind.ATTRIBUTE if is_leaf_type(field.named):
                return self._column(row, kind, field)
            case FieldKind.ATTRIBUTE:
                return self._foreign(row, field)
            case FieldKind.COMPUTED:
                return self._computed(row, kind, field)
            case FieldKind.EXPRESSION:
                self.snapshot = self.snapshot or field.spec.snapshot
                made = field.call(StandIn(row))
                column = row.statement.column(row.statement.write(scoped_term(made, self.viewer)))
                if (read := getattr(made, "read", None)) is not None:
                    return f"{row.statement.constant(read)}({column})"
                return self.leaf(row.statement, column, field.type, None)
            case FieldKind.ROWS:
                return field.rows(StandIn(row))
            case FieldKind.NESTED:
                return field.group(StandIn(row))
            case FieldKind.ANSWER:
                return answered_below(self, row, field)
            case other:
                raise TypeError(f"{kind.name}: {other} cannot be a field of a row")

    # --- values of one row

    def _column(self, row: Row, kind: GraphQLObjectType, field: Below) -> str:
        attribute = field.spec.column or field.field.python_name
        column = row.column(attribute)
        if column.kind == "timestamptz" and field.named.name == "DateTime" and not self._in_change:
            return row.statement.column(f"{column.sql} AT TIME ZONE 'UTC'")  # as text: see codecs
        name = row.select(attribute)
        bound = table_of(self.schema.class_of(kind))
        if attribute == "id" and bound:
            return self._written_id(bound.prefix, name)
        return self.leaf(row.statement, name, field.type, field.field, row.field(attribute))

    def _foreign(self, row: Row, field: Below) -> str:
        relation = row.model._meta.fields_map[field.spec.column or field.field.python_name]
        remote = relation.to_field_instance
        column = remote.source_field or remote.model_field_name
        local = row.column(relation.source_field).sql
        model = relation.related_model
        field.hold(field.named, model)
        # The team sees all that hangs together in its business; others must not get by a join to
        # where no other way leads them.
        free = self.role in TEAM or field.spec.followed
        alias = row.statement.join(
            model._meta.db_table,
            lambda joined: f'{joined}."{column}" = {local}',
            outer=bool(relation.null) or row.alias != row.statement.alias,
            within=None if free else source_of(self.viewer.rows(model), self.viewer),
        )
        inner = Row(row.statement, alias, model)
        built = self.object(inner, field.named, field.nodes)
        if relation.null or not free:
            return f"({built} if {inner.select('id')} is not None else None)"
        return built

    def _computed(self, row: Row, kind: GraphQLObjectType, field: Below) -> str:
        statement, needs = row.statement, field.spec.needs
        made = statement.constant(record(self.schema.class_of(kind), needs))
        call = statement.constant(function_of(field.field))
        real = field.arguments.real
        given = f", **{statement.bound(real)}" if field.arguments.binds else ""
        if reader := field.spec.viewer:
            given += f", {reader}={statement.bound(lambda frame: frame.viewer)}"
        for name in needs:  # what is made of a text is about as long
            if row.column(name).kind.removesuffix("[]") in LONG:
                statement.weigh(row.select(name), row.field(name))
        columns = "".join(f"{row.select(name)}, " for name in needs)
        value = f"{call}({made}(({columns})){given})"
        if is_leaf_type(field.named):
            writer = self.plain_writer(field.named)
            return f"{statement.constant(writer)}({value})" if writer else value
        shape = compile_shape(self, field.type, field.nodes)
        return f"{statement.constant(shape.build)}({value}, None)"

    # --- scalars and enums

    def leaf(
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
            return f"(None if {name} is None else {self._written_id(prefix_of(identity), name)})"
        if get_named_type(wanted).name in ("String", "JSON") and name in statement.names:
            statement.weigh(name, model_field)
        writer = self._column_writer(get_named_type(wanted))
        if writer is None:
            return name
        write = statement.constant(writer)
        one = f"{write}(i)" if is_list_type(get_nullable_type(wanted)) else f"{write}({name})"
        value = f"[{one} for i in {name}]" if "(i)" in one else one
        return f"(None if {name} is None else {value})"

    def _written_id(self, prefix: str, name: str) -> str:
        return f"{prefix + '_'!r} + {name}{'.hex' if self._in_change else ''}"

    def _column_writer(self, named: Any) -> Writer | None:
        """Return what turns a database value into JSON, or None when orjson can."""
        if is_enum_type(named):
            names = {getattr(v.value, "value", v.value): n for n, v in named.values.items()}
            return None if all(k == n for k, n in names.items()) else names.__getitem__
        return None if named.name in ("String", "ID") else WRITERS.get(named.name)

    def plain_writer(self, named: GraphQLNamedType) -> Writer | None:
        """Return what turns a Python value into JSON, or None when orjson can."""
        if is_enum_type(named):
            return lambda value: None if value is None else value.name
        writer = None if named.name in ("String", "ID") else WRITERS.get(named.name)
        return (lambda value: None if value is None else writer(value)) if writer else None


def _identity(field: StrawberryField | None) -> type[GlobalId] | None:
    kind: Any = field.type if field else None
    kind = getattr(kind, "of_type", kind)
    return kind if isinstance(kind, type) and issubclass(kind, GlobalId) else None
