"""Arguments that name a stored input: it is read first, and takes the argument's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    is_introspection_type,
    visit,
)
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_input_value
from strawberry.types.base import get_object_definition

from modules.errors import InvalidInput, NotFound
from modules.viewer import Audience
from schema.audiences import audience_of
from schema.composed import ComposedSchema
from schema.declaring import Expansion
from schema.ids import decode
from schema.naming import name_of
from schema.reading.parameters import Frame
from schema.reading.shapes import shaping
from schema.reading.values import prefix_of


@dataclass(frozen=True, slots=True)
class Stored:
    """A place in a document where an id stands for a stored input."""

    argument: str
    node: Any
    """The id itself, or the variable that holds it."""
    prefix: str
    kind: Any
    """The GraphQL type of the input."""
    expansion: Expansion
    audience: Audience
    """Who may see the field: for nobody else it is read."""

    def named(self, frame: Frame) -> str | None:
        """Return the id, if one is given."""
        if isinstance(self.node, VariableNode):
            found = frame.variables.get(self.node.name.value)
            return found if isinstance(found, str) else None
        return self.node.value if isinstance(self.node, StringValueNode) else None

    def shape(self, frame: Frame) -> Any:
        """Describe what is stored there as far as plans may differ by it."""
        named = self.named(frame)
        return None if named is None else shaping(self.kind)(frame.expanded[named])


def stored_in(document: DocumentNode, schema: ComposedSchema) -> list[Stored]:
    """Find all such places in a document."""
    found: list[Stored] = []
    info = TypeInfo(schema.core)

    class Finder(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            kind = info.get_parent_type()
            if not isinstance(kind, GraphQLObjectType) or is_introspection_type(kind):
                return
            if node.name.value in kind.fields:  # and not one of those that every type has
                found.extend(_of(node, kind, schema))

    visit(document, TypeInfoVisitor(info, Finder()))
    return found


def _of(node: FieldNode, kind: GraphQLObjectType, schema: ComposedSchema) -> list[Stored]:
    field, spec = schema.field(kind, node.name.value)
    if not spec.expands:
        return []
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    return [
        Stored(
            name_of(each),
            given[name_of(each)],
            _prefix(each.type),
            _input(one, schema),
            one,
            audience_of(schema, kind, node.name.value),
        )
        for each in field.arguments
        if (one := spec.expands.get(each.python_name)) and name_of(each) in given
    ]


async def expand(places: Sequence[Stored], frame: Frame) -> None:
    """Read what the ids of a request stand for: one statement for each kind of stored input.

    Refuses: InvalidId, NotFound, and what an expansion says of one that fits no more.
    """
    by_expansion: dict[int, list[Stored]] = {}
    for place in places:
        if (named := place.named(frame)) is None:
            continue
        if frame.viewer.role not in place.audience:
            frame.expanded.setdefault(named, None)
        else:
            by_expansion.setdefault(id(place.expansion.read), []).append(place)
    for same in by_expansion.values():
        keys = {place.named(frame) or "": _key(place, frame) for place in same}
        found = await same[0].expansion.read(frame.viewer, list(set(keys.values())))
        for named, key in keys.items():
            if key not in found:
                raise NotFound(field=same[0].argument)
            frame.expanded[named] = _coerced(found[key], same[0])


def _key(place: Stored, frame: Frame) -> Any:
    try:
        return decode(place.named(frame) or "", place.prefix)
    except InvalidInput as refusal:
        refusal.field = (place.argument,)
        raise


def _coerced(stored: Any, place: Stored) -> Any:
    value = coerce_input_value(stored, place.kind)
    if value is Undefined:
        raise place.expansion.outdated(field=place.argument)
    return value


def _prefix(kind: Any) -> str:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    return prefix_of(kind)


def _input(expansion: Expansion, schema: ComposedSchema) -> Any:
    return schema.core.type_map[get_object_definition(expansion.form, strict=True).name]
