"""Compiles selections of rows: every field becomes a column, a join, a statement or a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from graphql import FieldNode, GraphQLObjectType, is_leaf_type

from modules.errors import Refusal
from modules.viewer import TEAM, Role
from schema.declaring import FieldKind, function_of
from schema.errors import NotForYou
from schema.reading.answers import answered_below
from schema.reading.below import Below
from schema.reading.context import Context
from schema.reading.leaves import plain_writer
from schema.reading.objects import compile_shape
from schema.reading.row import Row, StandIn, record
from schema.reading.source import scoped_term, source_of
from schema.tables import table_of

LONG = ("text", "citext", "jsonb")
"""Types of columns whose values may be long."""


class Compiler(Context):
    """Compiles rows, and with them whatever is below: the context of its own parts."""

    def as_role(self, role: Role, refused: Mapping[int, Refusal]) -> Compiler:
        """Compile the same operation for somebody else: whoever a mutation signed in.

        What these refusals are about stays null.
        """
        frame = replace(self.frame, refused=dict(refused))
        return Compiler(self.schema, self.fragments, role, frame, in_change=self.leaves.in_change)

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
        return "None" if field.unread else self._value(row, kind, field)

    def _value(self, row: Row, kind: GraphQLObjectType, field: Below) -> str:
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
                return self.leaves.write(row.statement, column, field.type, None)
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
        instant = column.kind == "timestamptz" and field.named.name == "DateTime"
        if instant and not self.leaves.in_change:
            return row.statement.column(f"{column.sql} AT TIME ZONE 'UTC'")  # as text: see codecs
        name = row.select(attribute)
        bound = table_of(self.schema.class_of(kind))
        if attribute == "id" and bound:
            return self.leaves.written_id(bound.prefix, name)
        return self.leaves.write(row.statement, name, field.type, field.field, row.field(attribute))

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
            writer = plain_writer(field.named)
            return f"{statement.constant(writer)}({value})" if writer else value
        shape = compile_shape(self, field.type, field.nodes)
        return f"{statement.constant(shape.build)}({value}, None)"
