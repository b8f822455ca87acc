"""Who may see what, said in the schema: in the types of fields, and in every description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from graphql import (
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_introspection_type,
    is_non_null_type,
)
from strawberry.types.base import StrawberryOptional

from modules.viewer import EVERYONE, OWNERS, SIGNED_IN, TEAM, Audience, Role
from schema.composed import ComposedSchema
from schema.declaring import FieldKind
from schema.problems import problem_types
from schema.tables import Table, table_of

WORDS = {
    EVERYONE: "Anybody.",
    SIGNED_IN: "Whoever is signed in.",
    TEAM: "The team only.",
    OWNERS: "Owners only.",
}
"""How a description says who may; other audiences are listed by their roles."""


def audience_of(schema: ComposedSchema, kind: GraphQLObjectType, name: str) -> Audience:
    """Tell who gets an answer to a field: who may see it, and the rows it leads to.

    A single row of a field that says it is for more people than its type is null for those, and no
    error: `viewer.account` for whoever is not signed in.
    """
    field, spec = schema.field(kind, name)
    own = EVERYONE if spec.audience is None else spec.audience
    bound = _rows_of(schema, kind.fields[name].type)
    null = spec.audience is not None and isinstance(field.type, StrawberryOptional)
    if bound is None or (null and spec.kind is FieldKind.ROWS):
        return own
    return own & bound.audience


def announce(schema: ComposedSchema) -> None:
    """Say in the schema who may see what.

    A field that not everybody sees who gets as far as its object may be null, whatever its module
    declares; and it says in its description who sees it. So do every root field, every type of a
    table and each of its fields: parts of those are for whoever sees the field they are in.
    So may a field with arguments: when one is refused, nothing else of the answer is lost by it.
    """
    core = schema.core
    readers = _readers(schema)
    roots = (core.query_type, core.mutation_type, core.subscription_type)
    for kind in _objects(schema):
        bound = table_of(schema.class_of(kind))
        if bound is not None:
            kind.description = _said(kind.description, bound.audience)
        for name, field in kind.fields.items():
            audience = audience_of(schema, kind, name)
            hidden = bool(readers.get(kind.name, frozenset()) - audience)
            refusable = kind not in roots[1:] and (hidden or bool(field.args))
            if refusable and is_non_null_type(field.type):
                field.type = cast(Any, field.type).of_type
            if bound is not None:  # who does not see its rows sees nothing of them
                field.description = _said(field.description, audience & bound.audience)
            elif hidden or kind in roots:
                field.description = _said(field.description, audience)


def _readers(schema: ComposedSchema) -> dict[str, Audience]:
    """Find out which roles get to see objects of each type, by any way from the roots."""
    core = schema.core
    found: dict[str, set[Role]] = {}
    for role in Role:
        waiting = [k for k in (core.query_type, core.mutation_type, core.subscription_type) if k]
        while waiting:
            kind = waiting.pop()
            if role in found.setdefault(kind.name, set()):
                continue
            found[kind.name].add(role)
            for name, field in kind.fields.items():
                _, spec = schema.field(kind, name)
                # Who asks for a token reads the answer as whoever it stands for.
                if role in audience_of(schema, kind, name) or spec.reads_as:
                    waiting += _objects_of(schema, role, get_named_type(field.type))
                    problems = problem_types(spec.refuses).values()
                    waiting += [schema.object_type(each.__name__) for each in problems]
    return {name: frozenset(roles) for name, roles in found.items()}


def _objects_of(schema: ComposedSchema, role: Role, named: Any) -> Iterator[GraphQLObjectType]:
    """List the object types that an answer may be of, for somebody of this role.

    Which problems there may be in a payload its mutation says.
    """
    if named.name == "Problem":
        return
    kinds = schema.core.get_possible_types(named) if is_abstract_type(named) else [named]
    for kind in kinds:
        if isinstance(kind, GraphQLObjectType):
            bound = table_of(schema.class_of(kind))
            if bound is None or role in bound.audience:
                yield kind


def _rows_of(schema: ComposedSchema, wanted: Any) -> Table | None:
    """Find the table that a field leads to; that of a connection is the one of its rows."""
    named = get_named_type(wanted)
    if not isinstance(named, GraphQLObjectType):
        return None
    bound = table_of(schema.class_of(named))
    if bound is None and "nodes" in named.fields:
        return _rows_of(schema, named.fields["nodes"].type)
    return bound


def _objects(schema: ComposedSchema) -> Iterator[GraphQLObjectType]:
    for kind in schema.core.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not is_introspection_type(kind):
            yield kind


def who_may(audience: Audience) -> str:
    """Say in a sentence who is of an audience."""
    roles = " and ".join(role.value for role in Role if role in audience)
    return WORDS.get(audience, f"For {roles}.")


def _said(description: str | None, audience: Audience) -> str:
    first, more, rest = (description or "").partition("\n\n")
    return f"{first} {who_may(audience)}{more}{rest}"
