"""Descriptions in the SDL come from docstrings: they are written once, where the code is."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from types import ModuleType
from typing import Any, TypeVar, dataclass_transform, overload

import strawberry
from strawberry.types.base import get_object_definition

T = TypeVar("T", bound=type)
E = TypeVar("E", bound=type[Enum])


def first_paragraph(doc: str | None) -> str | None:
    """Return the part of a docstring that is meant for users of the API."""
    if not doc:
        return None
    return " ".join(inspect.cleandoc(doc).partition("\n\n")[0].split()) or None


def attribute_docs(cls: type) -> dict[str, str]:
    """Read the string that follows each attribute in a class's body."""
    module = sys.modules.get(cls.__module__)
    if module is None or cls.__module__ in sys.stdlib_module_names:
        return {}
    return dict(_documented(_bodies(module).get(cls.__qualname__, [])))


@lru_cache(maxsize=256)
def _bodies(module: ModuleType) -> dict[str, list[ast.stmt]]:
    """Read a file once for all of its classes: give the body of each by its qualified name."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError, SyntaxError):  # made at run time, it has no source
        return {}
    return dict(_classes(tree.body, ""))


def _classes(body: list[ast.stmt], within: str) -> Iterator[tuple[str, list[ast.stmt]]]:
    for statement in body:
        match statement:
            case ast.ClassDef(name=name, body=inner):
                yield within + name, inner
                yield from _classes(inner, f"{within}{name}.")
            case (
                ast.FunctionDef(name=name, body=inner) | ast.AsyncFunctionDef(name=name, body=inner)
            ):
                yield from _classes(inner, f"{within}{name}.<locals>.")
            case ast.If(body=inner, orelse=other):
                yield from _classes([*inner, *other], within)


def _documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement, doc in pairwise(body):
        if not isinstance(doc, ast.Expr) or not isinstance(doc.value, ast.Constant):
            continue
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name, first_paragraph(str(doc.value.value)) or ""


def describe_fields(cls: type) -> None:
    """Give the fields of a freshly made Strawberry class the docs of its attributes."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        docs.update(attribute_docs(base) if base is not object else {})
    for field in get_object_definition(cls, strict=True).fields:
        if field.default_value is None:  # left out and null mean the same: the SDL need not say so
            field.default_value = strawberry.UNSET
        if field.python_name.endswith("_"):  # `and` is a word of Python's
            field.graphql_name = field.python_name.rstrip("_")
        if field.description is None:
            field.description = docs.get(field.python_name)


@overload
def object(cls: T) -> T: ...
@overload
def object(*, name: str | None = None) -> Callable[[T], T]: ...
@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def object(cls: Any = None, *, name: str | None = None) -> Any:
    """Make an object type out of a class: an answer that is not a row of a table."""
    return _make(strawberry.type, cls, name)


@overload
def input(cls: T) -> T: ...
@overload
def input(*, name: str | None = None) -> Callable[[T], T]: ...
@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def input(cls: Any = None, *, name: str | None = None) -> Any:
    """Make an input type out of a class: what a mutation takes."""
    return _make(strawberry.input, cls, name)


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def interface(cls: T) -> T:
    """Make an interface out of a class."""
    made = strawberry.interface(cls, description=first_paragraph(cls.__doc__))
    describe_fields(made)
    return made


def enum(cls: E) -> E:
    """Make a GraphQL enum out of an enum class; every value carries the docstring below it."""
    docs = attribute_docs(cls)
    values = {m.name: docs.get(m.name) for m in cls}
    made = strawberry.enum(cls, description=first_paragraph(cls.__doc__))
    for value in made.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values.get(value.name)
    return made


def _make(maker: Callable[..., Any], cls: Any, name: str | None) -> Any:
    def make(target: type) -> type:
        made: type = maker(target, name=name, description=first_paragraph(target.__doc__))
        describe_fields(made)
        return made

    return make if cls is None else make(cls)


__all__ = [
    "attribute_docs",
    "describe_fields",
    "enum",
    "first_paragraph",
    "input",
    "interface",
    "object",
]
