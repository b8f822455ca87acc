"""Arguments that name a stored input: it is read first, and takes the argument's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

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

from modules.errors import NotFound, Refusal
from modules.viewer import Audience
from schema.audiences import audience_of
from schema.composed import ComposedSchema
from schema.declaring import Expansion
from schema.naming import name_of
from schema.reading.parameters import Frame
from schema.reading.shapes import shaping
from schema.reading.values import key_in, prefix_of


@dataclass(frozen=True, slots=True)
class Stored:
    """A place in a document where an id stands for a stored input."""

    field: FieldNode
    """The field whose argument it is."""
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
        return None if named is None else shaping(self.kind)(frame.expanded.get(named))


@dataclass(frozen=True, slots=True)
class All:
    """A field in a document that gets every stored input of a kind."""

    kind: Any
    """The GraphQL type of the input."""
    expansion: Expansion
    audience: Audience

    def shape(self, frame: Frame) -> Any:
        """Describe what is stored as far as plans may differ by it; None where it is not read."""
        found = frame.every.get(self.expansion.form)
        return None if found is None else tuple(map(shaping(self.kind), (v for _, v in found)))


Place = Stored | All


def stored_in(document: DocumentNode, schema: ComposedSchema) -> list[Place]:
    """Find all such places in a document."""
    found: list[Place] = []
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


def _of(node: FieldNode, kind: GraphQLObjectType, schema: ComposedSchema) -> Sequence[Place]:
    field, spec = schema.field(kind, node.name.value)
    if spec.every:
        _, every = spec.every
        return [All(_input(every, schema), every, audience_of(schema, kind, node.name.value))]
    if not spec.expands:
        return []
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    return [
        Stored(
            node,
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


async def expand(places: Sequence[Place], frame: Frame, *, changes: bool) -> None:
    """Read what the ids of a request stand for: one statement for each kind of stored input.

    Fields of an id that is none, that stands for nothing, or for what fits no more, are refused.
    All of a kind are not read where the request `changes` something: they may be others afterwards.
    """
    if not changes:
        await _read_all([each for each in places if isinstance(each, All)], frame)
    await _read_named([each for each in places if isinstance(each, Stored)], frame)


async def _read_all(places: Sequence[All], frame: Frame) -> None:
    for place in places:
        expansion = place.expansion
        if expansion.every is None or expansion.form in frame.every:
            continue
        if frame.viewer.role in place.audience:
            stored = sorted((await expansion.every(frame.viewer)).items())
            inputs = ((key, _coerced(value, place.kind)) for key, value in stored)
            frame.every[expansion.form] = [each for each in inputs if each[1] is not Undefined]


async def _read_named(places: Sequence[Stored], frame: Frame) -> None:
    by_expansion: dict[int, list[Stored]] = {}
    for place in places:
        if (named := place.named(frame)) is None:
            continue
        if frame.viewer.role not in place.audience:
            frame.expanded.setdefault(named, None)
        else:
            by_expansion.setdefault(id(place.expansion.read), []).append(place)
    for same in by_expansion.values():
        keys: dict[UUID, list[Stored]] = {}
        for place in same:
            with _refusing(place, frame):
                keys.setdefault(key_in(place.named(frame) or "", place.prefix, ()), []).append(
                    place
                )
        found = await same[0].expansion.read(frame.viewer, list(keys))
        for key, places_of_key in keys.items():
            for place in places_of_key:
                with _refusing(place, frame):
                    frame.expanded[place.named(frame) or ""] = _stood_for(found, key, place)


@contextmanager
def _refusing(place: Stored, frame: Frame) -> Iterator[None]:
    """Note what is refused, so that its field stays null and all else is answered."""
    try:
        yield
    except Refusal as refusal:
        refusal.field = (place.argument,)
        frame.refused[id(place.field)] = refusal


def _stood_for(found: Mapping[UUID, Any], key: UUID, place: Stored) -> Any:
    """Give the input an id stands for. Refuses: NotFound, and one that fits no more."""
    if key not in found:
        raise NotFound
    value = _coerced(found[key], place.kind)
    if value is Undefined:
        raise place.expansion.outdated
    return value


def _coerced(stored: Mapping[str, Any] | None, kind: Any) -> Any:
    """Coerce what is stored, once more; Undefined where it fits the schema no more."""
    return Undefined if stored is None else coerce_input_value(stored, kind)


def _prefix(kind: Any) -> str:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    return prefix_of(kind)


def _input(expansion: Expansion, schema: ComposedSchema) -> Any:
    return schema.core.type_map[get_object_definition(expansion.form, strict=True).name]
