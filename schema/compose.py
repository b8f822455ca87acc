"""Builds one schema out of many modules: `extend type X`, in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING
from enum import Enum
from typing import Any, TypeVar, cast, dataclass_transform

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

from modules.contract import Module
from modules.errors import Refusal
from modules.translations import learn
from schema.audiences import announce
from schema.checking import wrongs
from schema.composed import ComposedSchema, SchemaError, target_of
from schema.declaring import spec_of
from schema.describing import enum, input
from schema.ids import id_classes
from schema.naming import NAMES
from schema.problems import GeneralProblem, Problems, problem_types
from schema.roots import Mutation, Query, Subscription
from schema.scalars import SCALARS

T = TypeVar("T", bound=type)


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def extend(
    target: type, *, always: bool = False, refuses: Sequence[type[Refusal]] = ()
) -> Callable[[T], T]:
    """Add the decorated class's fields to another type, wherever that type lives.

    The class only groups fields: it is never instantiated and its name never reaches clients.
    Resolvers take their object as `Parent[target]`.

    An input gains fields that may be left out. What becomes of their values is for static methods
    to say, called with those that were given. On the input of a mutation, `async check(by,
    **values)` refuses what makes no sense, so that it is told with all the rule refuses, and
    returns the values as `async apply(by, id, **values)` gets them: after the rule, in its
    transaction, with the id of what the rule changed. On a filter, `where(viewer, **values)`
    returns a condition. With `always` they are called even when none were given, so that they can
    refuse what is missing. What they may refuse is listed in `refuses`, as for a mutation; where
    that is anything, there has to be a `check`. What compares a row that another table keeps beside
    each one names the relation as `beside`.

    An enum gains values: the decorated class is an enum too, and resolvers get members of either.
    """
    if issubclass(target, Enum):
        return _more_values(target)
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
            _check_addition(cls, fields, refuses)
        elif plain := [f.python_name for f in fields if not f.base_resolver]:
            raise SchemaError(f"{cls.__name__}.{plain[0]} has no resolver")
        cls.__extends__ = target  # type: ignore[attr-defined]
        cls.__always__ = always  # type: ignore[attr-defined]
        cls.__refuses__ = tuple(refuses)  # type: ignore[attr-defined]
        return cls

    return decorate


def _more_values(target: type[Enum]) -> Callable[[T], T]:
    """Add the values of the decorated enum to another."""

    def decorate(cls: T) -> T:
        made: Any = enum(cast(Any, cls))
        made.__extends__ = target
        return cast(T, made)

    return decorate


def _check_addition(
    cls: type, fields: Sequence[StrawberryField], refuses: Sequence[type[Refusal]]
) -> None:
    """Refuse an extension of an input that old clients would notice, or that nobody hears."""
    if needed := [f.python_name for f in fields if f.default_value is MISSING]:
        raise SchemaError(f"{cls.__name__}.{needed[0]} has no default, so it cannot be left out")
    if not hasattr(cls, "apply") and not hasattr(cls, "where"):
        raise SchemaError(f"{cls.__name__} has neither `apply` nor `where`")
    if refuses and not hasattr(cls, "check"):
        raise SchemaError(f"{cls.__name__} refuses something, but has no `check`")


def build(modules: Iterable[Module]) -> ComposedSchema:
    """Compose the schema of these modules; a fresh one every call."""
    learn("schema")
    modules = list(modules)
    targets = {target_of(cls) for m in modules for cls in m.schema}
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
    for wrong in wrongs(schema):
        raise SchemaError(wrong)
    announce(schema)
    return schema


def _refusals(modules: Iterable[Module]) -> set[type[Refusal]]:
    """Collect what the mutations of these modules say they refuse, and what they add to others'."""
    extensions = (cls for module in modules for cls in module.schema)
    classes = [cls for cls in extensions if not issubclass(cls, Enum)]
    fields = [f for cls in classes for f in get_object_definition(cls, strict=True).fields]
    return {
        *(refusal for field in fields for refusal in spec_of(field).refuses),
        *(refusal for cls in classes for refusal in vars(cls)["__refuses__"]),
    }
