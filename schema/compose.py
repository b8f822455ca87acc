"""Builds one schema out of many modules: `extend type X`, in Python."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar, cast, dataclass_transform

import strawberry
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField

from modules.contract import Module
from modules.errors import Refusal
from modules.viewer import TEAM, Audience
from schema.audiences import announce, audience_of
from schema.checking import misdeclared
from schema.connection import PAGING, Connection
from schema.declaring import Spec, spec_of, table_of
from schema.describing import input
from schema.ids import InvalidId, Ref, id_classes
from schema.naming import NAMES, name_of
from schema.problems import GeneralProblem, Problems, problem_types
from schema.reading.arguments import Addition, Additions
from schema.roots import Mutation, Query, Subscription
from schema.scalars import SCALARS

T = TypeVar("T", bound=type)


class SchemaError(Exception):
    """Modules disagree about the schema. Raised at start-up, never later."""


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def extend(
    target: type, *, always: bool = False, refuses: Sequence[type[Refusal]] = ()
) -> Callable[[T], T]:
    """Add the decorated class's fields to another type, wherever that type lives.

    The class only groups fields: it is never instantiated and its name never reaches clients.
    Resolvers take their object as `Parent[target]`.

    An input gains fields that may be left out. What becomes of their values is for a static method
    to say, called with those that were given: `async apply(by, id, **values)` after the rule of a
    mutation, in its transaction, with the id of what the rule changed; or, on a filter, `where(
    viewer, **values)`, which returns a condition. With `always` it is called even when none were
    given, so that it can refuse what is missing. What `apply` may refuse is listed in `refuses`, as
    for a mutation.
    """
    definition = get_object_definition(target, strict=True)
    if definition.is_interface:
        raise SchemaError(f"{definition.name} is an interface, so it cannot be extended")
    if always and not definition.is_input:
        raise SchemaError(f"{definition.name} is no input: there is nothing to be always called")
    if refuses and not definition.is_input:
        raise SchemaError(f"{definition.name} is no input: say in its mutations what they refuse")

    def decorate(cls: T) -> T:
        cls = input(cls) if definition.is_input else strawberry.type(cls)
        fields = get_object_definition(cls, strict=True).fields
        if definition.is_input:
            _check_addition(cls, fields)
        elif plain := [f.python_name for f in fields if not f.base_resolver]:
            raise SchemaError(f"{cls.__name__}.{plain[0]} has no resolver")
        cls.__extends__ = target  # type: ignore[attr-defined]
        cls.__always__ = always  # type: ignore[attr-defined]
        cls.__refuses__ = tuple(refuses)  # type: ignore[attr-defined]
        return cls

    return decorate


def _check_addition(cls: type, fields: Sequence[StrawberryField]) -> None:
    """Refuse an extension of an input that old clients would notice, or that nobody hears."""
    if needed := [f.python_name for f in fields if f.default_value is MISSING]:
        raise SchemaError(f"{cls.__name__}.{needed[0]} has no default, so it cannot be left out")
    if not hasattr(cls, "apply") and not hasattr(cls, "where"):
        raise SchemaError(f"{cls.__name__} has neither `apply` nor `where`")


def build(modules: Iterable[Module]) -> ComposedSchema:
    """Compose the schema of these modules; a fresh one every call."""
    modules = list(modules)
    targets = {_target(cls) for m in modules for cls in m.schema}
    problems = problem_types(_refusals(modules))
    schema = ComposedSchema(
        modules,
        problems=Problems(problems),
        query=Query,
        mutation=Mutation if Mutation in targets else None,
        subscription=Subscription if Subscription in targets else None,
        types=[GeneralProblem, *problems.values(), *(t for m in modules for t in m.types)],
        config=StrawberryConfig(
            name_converter=NAMES,
            scalar_map={
                **SCALARS,
                **dict.fromkeys(id_classes(), DEFAULT_SCALAR_REGISTRY[strawberry.ID]),
            },
        ),
    )
    schema.check()
    announce(schema)
    return schema


class ComposedSchema(strawberry.Schema):
    """A schema whose types gain fields without being changed.

    It uses Strawberry's documented `get_fields` hook, so the type classes stay as their modules
    wrote them and two schemas can live side by side.
    """

    def __init__(self, modules: Sequence[Module], *, problems: Problems, **kwargs: Any) -> None:
        """Note who adds what to which type, refuse what clashes, then build."""
        self._added: dict[type, list[tuple[str, StrawberryField]]] = {}
        self._seen: set[type] = set()
        additions: dict[type, dict[str, Addition]] = {}
        for module in modules:
            for cls in module.schema:
                target = _target(cls)
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

    def audience(self, kind: GraphQLObjectType, name: str) -> Audience:
        """Tell who gets an answer to a field."""
        return audience_of(self, kind, name)

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
            raise InvalidId(f"No type has ids that start with {ref.type[:16]}_.")
        return self.tables[ref.type]

    # --- checks at start

    def check(self) -> None:
        """Refuse what nobody can reach, describes nothing, cannot be read or has a taken prefix."""
        for target in sorted(self._added.keys() - self._seen, key=lambda t: t.__name__):
            module, field = self._added[target][0]
            raise SchemaError(
                f"{module} adds {name_of(field)} to {target.__name__}, which no field returns"
            )
        for missing in undescribed(self.core):
            raise SchemaError(f"{missing} has no description: write its docstring")
        for wrong in misdeclared(self):
            raise SchemaError(wrong)
        seen: dict[str, str] = {}
        for kind in self.core.type_map.values():
            cls = self.class_of(cast(GraphQLObjectType, kind)) if _is_ours(kind) else None
            if (bound := table_of(cls)) and bound.prefix:
                if other := seen.get(bound.prefix):
                    raise SchemaError(
                        f"{other} and {kind.name} both start their ids with {bound.prefix}_"
                    )
                seen[bound.prefix] = kind.name

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


def _refusals(modules: Iterable[Module]) -> set[type[Refusal]]:
    """Collect what the mutations of these modules say they refuse, and what they add to others'."""
    classes = [cls for module in modules for cls in module.schema]
    fields = [f for cls in classes for f in get_object_definition(cls, strict=True).fields]
    return {
        *(refusal for field in fields for refusal in spec_of(field).refuses),
        *(refusal for cls in classes for refusal in vars(cls)["__refuses__"]),
    }


def _target(cls: type) -> type:
    target: type = vars(cls)["__extends__"]
    return target


def _is_ours(kind: Any) -> bool:
    return isinstance(kind, GraphQLObjectType) and not is_introspection_type(kind)


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
