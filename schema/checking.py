"""What a schema must keep to, found at start rather than by the first client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_enum_type,
    is_introspection_type,
    is_non_null_type,
)

from schema.composed import ComposedSchema
from schema.declaring import FieldKind, Spec
from schema.tables import Node, Table, table_of


def wrongs(schema: ComposedSchema) -> Iterable[str]:
    """Say what nobody can reach, describes nothing, cannot be read or has a taken prefix."""
    yield from schema.unreached()
    for missing in undescribed(schema.core):
        yield f"{missing} has no description: write its docstring"
    yield from misdeclared(schema)
    yield from _told_otherwise(schema)
    yield from _taken(schema)


def undescribed(schema: GraphQLSchema) -> Iterable[str]:
    """Name every type, field, argument and enum value without a description."""
    for kind in schema.type_map.values():
        if is_introspection_type(kind) or kind.name in ("Int", "String", "Boolean", "Float", "ID"):
            continue
        if not kind.description:
            yield kind.name
        for name, value in getattr(kind, "values", {}).items():
            if not value.description:
                yield f"{kind.name}.{name}"
        for name, field in getattr(kind, "fields", {}).items():
            if not field.description:
                yield f"{kind.name}.{name}"
            for argument, described in getattr(field, "args", {}).items():
                if not described.description:
                    yield f"{kind.name}.{name}({argument})"


def misdeclared(schema: ComposedSchema) -> Iterable[str]:
    """Say of every field that cannot be read as it is declared what is wrong with it."""
    for kind in schema.core.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or is_introspection_type(kind):
            continue
        bound = table_of(schema.class_of(kind))
        if bound and bool(bound.prefix) is not issubclass(schema.class_of(kind), Node):
            yield f"{kind.name} is a Node just when its ids have a prefix: give it both or neither"
        for name, definition in kind.fields.items():
            field, spec = schema.field(kind, name)
            place = f"{kind.name}.{name}"
            if spec.kind is FieldKind.COMPUTED:
                yield from _computed(schema, place, definition, spec, bound)
            elif spec.kind is FieldKind.ATTRIBUTE and bound:
                yield from _attribute(place, definition, bound, spec.column or field.python_name)


CHANGE = {"kind": None, "subjectId": "ID", "at": "DateTime!", "actor": None, "cursor": "String!"}
"""What every subscription tells of a change, with its type where that is always the same."""


def _told_otherwise(schema: ComposedSchema) -> Iterable[str]:
    """Say which subscriptions do not tell what all others tell."""
    root = schema.core.subscription_type
    for name, field in root.fields.items() if root else ():
        change: Any = get_named_type(field.type)
        for told, kind in CHANGE.items():
            found = change.fields.get(told)
            if found is None or kind not in (None, str(found.type)):
                yield f"{change.name}, which {name} answers, needs {told}: make it a `Change`"
        if "kind" in change.fields and not is_enum_type(get_named_type(change.fields["kind"].type)):
            yield f"{change.name}.kind has to be an enum"


def _attribute(place: str, definition: GraphQLField, bound: Table, name: str) -> Iterable[str]:
    column: Any = bound.model._meta.fields_map.get(name)
    if column is None:
        yield f"{place} has no resolver, and {bound.model.__name__} has no column {name}"
    elif column.null and is_non_null_type(definition.type):
        yield f"{place} may be null in its table: declare it with `| None`"


def _computed(
    schema: ComposedSchema, place: str, definition: GraphQLField, spec: Spec, bound: Table | None
) -> Iterable[str]:
    if inside := next(_rows_within(schema, get_named_type(definition.type), set()), None):
        yield f"{place} is computed, so it cannot answer rows ({inside}): pick them with @rows"
    if bound is None and (definition.args or spec.viewer):
        yield f"{place} is computed on a plain object, so it cannot take arguments"
    if bound:
        columns = bound.model._meta.fields_map
        for need in spec.needs:
            if need not in columns and need.removesuffix("_id") not in columns:
                yield f"{place} needs {need}, which {bound.model.__name__} does not have"


def _rows_within(schema: ComposedSchema, answered: Any, seen: set[str]) -> Iterator[str]:
    """Name the table types somewhere within an answered type, however deep."""
    if answered.name in seen:
        return
    seen.add(answered.name)
    if is_abstract_type(answered):
        for each in schema.core.get_possible_types(answered):
            yield from _rows_within(schema, each, seen)
    elif isinstance(answered, GraphQLObjectType):
        if table_of(schema.class_of(answered)):
            yield answered.name
            return
        for field in answered.fields.values():
            yield from _rows_within(schema, get_named_type(field.type), seen)


def _taken(schema: ComposedSchema) -> Iterator[str]:
    """Say which types start their ids alike."""
    seen: dict[str, str] = {}
    for kind in schema.core.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or is_introspection_type(kind):
            continue
        if (bound := table_of(schema.class_of(kind))) and bound.prefix:
            if other := seen.get(bound.prefix):
                yield f"{other} and {kind.name} both start their ids with {bound.prefix}_"
            seen[bound.prefix] = kind.name
