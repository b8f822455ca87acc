"""The schema that modules make together, and what is looked up in it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any, cast

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
)
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField

from modules.contract import Module
from modules.viewer import TEAM
from schema.connection import PAGING, Connection
from schema.declaring import Spec, spec_of
from schema.ids import InvalidId, Ref
from schema.naming import name_of
from schema.problems import Problems
from schema.reading.values import Addition, Additions
from schema.roots import Mutation, Query, Subscription
from schema.tables import table_of


class SchemaError(Exception):
    """Modules disagree about the schema. Raised at start-up, never later."""


class ComposedSchema(strawberry.Schema):
    """A schema whose types gain fields without being changed.

    It uses Strawberry's documented `get_fields` hook, so the type classes stay as their modules
    wrote them and two schemas can live side by side.
    """

    def __init__(self, modules: Sequence[Module], *, problems: Problems, **kwargs: Any) -> None:
        """Note who adds what to which type, refuse what clashes, then build."""
        self._added: dict[type, list[tuple[str, StrawberryField]]] = {}
        self._seen: set[type] = set()
        self._values: dict[type[Enum], list[tuple[str, type[Enum]]]] = {}
        additions: dict[type, dict[str, Addition]] = {}
        for module in modules:
            for cls in module.schema:
                target = target_of(cls)
                if issubclass(target, Enum):
                    self._values.setdefault(target, []).append((module.name, cast(Any, cls)))
                    continue
                for field in get_object_definition(cls, strict=True).fields:
                    self._added.setdefault(target, []).append((module.name, field))
                    if get_object_definition(target, strict=True).is_input:
                        additions.setdefault(target, {})[name_of(field)] = Addition(
                            cls, field, always=vars(cls)["__always__"]
                        )
        self.additions: Additions = additions
        """What modules add to others' inputs."""
        self._check_no_clash()
        self._fields: dict[tuple[str, str], tuple[StrawberryField, Spec]] = {}
        super().__init__(**kwargs)
        for target, extensions in self._values.items():
            self._add_values(target, extensions)
        self.problems = problems

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """Return the type's own fields, then what modules add, each a fresh copy."""
        self._seen.add(type_definition.origin)
        added = [field for _, field in self._added.get(type_definition.origin, ())]
        fields = [_fresh(f) for f in (*super().get_fields(type_definition), *added)]
        return [self._told(f) for f in fields] if type_definition.origin is Mutation else fields

    def _told(self, field: StrawberryField) -> StrawberryField:
        """Let a mutation say all it may refuse, also for what others add to its input."""
        inputs = [_named(a.type) for a in field.arguments if a.python_name == "input"]
        more = [
            refusal
            for added in self.additions.get(inputs[0] if inputs else object, {}).values()
            for refusal in vars(added.extension)["__refuses__"]
        ]
        spec = spec_of(field)
        spec = replace(spec, refuses=tuple(dict.fromkeys((*spec.refuses, *more))))
        field.metadata = MappingProxyType({**field.metadata, "spec": spec})
        if codes := ", ".join(f"`{code}`" for code in sorted({r.code for r in spec.refuses})):
            field.description = f"{field.description}\n\nRefuses: {codes}."
        return field

    def get_field_for_type(self, field_name: str, type_name: str) -> StrawberryField | None:
        """Find added fields too; directives and code generation ask for them here."""
        own = super().get_field_for_type(field_name, type_name)
        if own is not None or (definition := self.get_type_by_name(type_name)) is None:
            return own
        fields = self.get_fields(cast(StrawberryObjectDefinition, definition))
        return next((f for f in fields if name_of(f) == field_name), None)

    def _add_values(self, target: type[Enum], extensions: list[tuple[str, type[Enum]]]) -> None:
        """Give an enum the values that modules add. Strawberry has no hook for it."""
        kind = self.core.type_map.get(target.__name__)
        if not isinstance(kind, GraphQLEnumType):
            raise SchemaError(
                f"{extensions[0][0]} adds values to {target.__name__}, which no field takes"
            )
        for module, extension in extensions:
            for value in cast(Any, extension).__strawberry_definition__.values:
                if value.name in kind.values:
                    raise SchemaError(f"{module} adds {target.__name__}.{value.name} once more")
                kind.values[value.name] = GraphQLEnumValue(
                    value.value, description=value.description
                )
        cast(Any, kind).wrapped_cls = _any_of(target, *(each for _, each in extensions))

    # --- what the compiler looks up

    @cached_property
    def core(self) -> GraphQLSchema:
        """The schema as graphql-core knows it."""
        return self._schema

    def class_of(self, kind: GraphQLObjectType) -> type:
        """Return the Python class of an object type."""
        return cast(StrawberryObjectDefinition, kind.extensions["strawberry-definition"]).origin

    def field(self, kind: GraphQLObjectType, name: str) -> tuple[StrawberryField, Spec]:
        """Return a field's declaration."""
        known = self._fields.get((kind.name, name))
        if known is None:
            field = cast(StrawberryField, kind.fields[name].extensions["strawberry-definition"])
            known = self._fields[kind.name, name] = (field, self._spec(kind, field))
        return known

    def _spec(self, kind: GraphQLObjectType, field: StrawberryField) -> Spec:
        """Say who may see a field that does not say it itself."""
        spec, cls = spec_of(field), self.class_of(kind)
        if spec.audience is not None or cls in (Query, Mutation, Subscription):
            return spec
        bound = table_of(cls)
        if any(name_of(field) == name_of(added) for _, added in self._added.get(cls, ())):
            # Whoever opens a type to clients must not open with it what others hang on it.
            return replace(spec, audience=TEAM)
        if bound is None or bound.otherwise == bound.audience or field.python_name == "id":
            return spec
        return replace(spec, audience=bound.otherwise)

    def object_type(self, name: str) -> GraphQLObjectType:
        """Return an object type by its name."""
        return cast(GraphQLObjectType, self.core.type_map[name])

    @cached_property
    def tables(self) -> dict[str, type]:
        """Every type bound to a table, by the prefix of its ids."""
        found = {}
        for kind in self.core.type_map.values():
            if isinstance(kind, GraphQLObjectType) and not is_introspection_type(kind):
                cls = self.class_of(kind)
                if (bound := table_of(cls)) and bound.prefix:
                    found[bound.prefix] = cls
        return found

    def table_type(self, ref: Ref[Any]) -> type:
        """Return the type a reference is of. Refuses: InvalidId, for a prefix nobody has."""
        if isinstance(ref.type, type):
            return ref.type
        if ref.type not in self.tables:
            raise InvalidId("No type has ids that start with {prefix}_.", prefix=ref.type[:16])
        return self.tables[ref.type]

    def unreached(self) -> Iterator[str]:
        """Say of each type that modules add to and that no field returns who adds what."""
        for target in sorted(self._added.keys() - self._seen, key=lambda t: t.__name__):
            module, field = self._added[target][0]
            yield f"{module} adds {name_of(field)} to {target.__name__}, which no field returns"

    def _check_no_clash(self) -> None:
        for target, added in self._added.items():
            definition = get_object_definition(target, strict=True)
            owner = {name_of(f): target.__module__ for f in definition.fields}
            for module, field in added:
                name = name_of(field)
                if name in owner:
                    raise SchemaError(
                        f"{module} and {owner[name]} both define {definition.name}.{name}"
                    )
                owner[name] = module


def target_of(cls: type) -> type:
    """Return the type that an extension adds to."""
    target: type = vars(cls)["__extends__"]
    return target


def _any_of(*enums: type[Enum]) -> type:
    """Make what Strawberry takes for the class of an enum that has the members of several."""
    members = {member.value: member for each in enums for member in each}

    class Members(type):
        def __call__(cls, value: Any) -> Enum:
            return members[value]

        def __instancecheck__(cls, found: Any) -> bool:
            return isinstance(found, enums)

    return Members(enums[0].__name__, (), {})


def _fresh(field: StrawberryField) -> StrawberryField:
    """Copy a field, so that building changes nothing shared; give a connection its arguments."""
    fresh = copy.copy(field)
    definition = get_object_definition(_named(fresh.type))
    if definition and issubclass(definition.origin, cast(Any, Connection)):
        fresh.arguments = [*fresh.arguments, *(make() for make in PAGING)]
    return fresh


def _named(kind: Any) -> Any:
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    return kind
