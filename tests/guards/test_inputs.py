"""Whatever can be filled in is heard: no field of an input is passed over in silence."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, get_args, get_type_hints
from uuid import uuid4

import pytest
from graphql import GraphQLInputObjectType
from strawberry.types.base import get_object_definition

from modules import registry
from modules.services.rules import Price
from modules.viewer import Role
from schema import VersionedInput, build
from storage.database import transaction
from tests.guards.conftest import World

Rule = Callable[..., Any]

SAYS_WHICH = {"id", "version"}
"""Read by the shell too, which finds the row and checks it."""
FAIR = {"name": "Ann", "duration_minutes": 30, "price": Price(amount_minor=1)}
"""What rules require; all else they require is an id."""


@dataclass(frozen=True)
class Filled:
    """A mutation with an input, and the rule that gets all of it, if one does."""

    name: str
    fields: set[str]
    read: set[str]
    """Those the resolver names itself."""
    rule: Rule | None


def mutations() -> Iterator[Filled]:
    """Find every mutation that takes an input, and what becomes of that."""
    for name in _resolvers():
        module = import_module(name)
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef) and node.decorator_list:
                inputs = [arg.annotation for arg in node.args.args if arg.arg == "input"]
                for written in filter(None, inputs):
                    form = eval(ast.unparse(written).removesuffix(" | None"), vars(module))
                    fields = {
                        f.python_name for f in get_object_definition(form, strict=True).fields
                    }
                    yield Filled(node.name, fields, _read(node), _rule(node, vars(module)))


def _resolvers() -> Iterator[str]:
    """Name the files of all modules' resolvers, which are one or a folder of them."""
    root = Path(registry.__file__).parents[1]
    for name in registry.built_in():
        for found in (root / "modules" / name).glob("resolvers*/**/*.py"):
            yield ".".join(found.relative_to(root).with_suffix("").parts)
        if (root / "modules" / name / "resolvers.py").exists():
            yield f"modules.{name}.resolvers"


def _read(body: ast.AST) -> set[str]:
    """Name what a resolver reads: `input.note`, `given(input).get("note")`."""
    words = [ast.unparse(each) for each in ast.walk(body) if isinstance(each, ast.expr)]
    named = {word.removeprefix("input.") for word in words if word.startswith("input.")}
    asked = [word.removeprefix("given(input).get('") for word in words if "get('" in word]
    return named | {word.removesuffix("')") for word in asked}


def _rule(body: ast.AST, names: dict[str, Any]) -> Rule | None:
    """Find what is called with `**given(input)`."""
    for node in ast.walk(body):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg is None and ast.unparse(keyword.value) == "given(input)":
                rule: Rule = eval(ast.unparse(node.func), names)  # type: ignore[attr-defined]
                return rule
    return None


def _heard(rule: Rule) -> set[str]:
    """Name what a rule takes by keyword, those of its `Unpack[…]` included."""
    found = set()
    for parameter in signature(rule).parameters.values():
        if parameter.kind is Parameter.VAR_KEYWORD:
            found |= set(get_type_hints(get_args(get_type_hints(rule)[parameter.name])[0]))
        else:
            found.add(parameter.name)
    return found


def _open(rule: Rule) -> bool:
    kinds = [parameter.kind for parameter in signature(rule).parameters.values()]
    return Parameter.VAR_KEYWORD in kinds


FILLED = list(mutations())
OPEN = {each.name: each.rule for each in FILLED if each.rule and _open(each.rule)}


def test_every_field_of_an_input_reaches_its_rule() -> None:
    """When this fails: name the field in the rule, or in the TypedDict of what it takes."""
    unheard = {
        each.name: missing
        for each in FILLED
        if (
            missing := each.fields
            - SAYS_WHICH
            - each.read
            - (_heard(each.rule) if each.rule else set())
        )
    }

    assert unheard == {}
    assert {"create_client", "update_business", "book_appointment"} <= {e.name for e in FILLED}


def test_every_input_with_a_version_says_it_in_the_same_words() -> None:
    """It is inherited, so that no input means something else by it; a note may say whose it is."""
    composed = build(registry.load(registry.built_in()))
    inputs = [
        kind.extensions["strawberry-definition"].origin
        for kind in composed.core.type_map.values()
        if isinstance(kind, GraphQLInputObjectType) and "version" in kind.fields
    ]

    assert [each.__name__ for each in inputs if not issubclass(each, VersionedInput)] == []
    assert len(inputs) > 20


@pytest.mark.parametrize("name", OPEN)
async def test_a_rule_does_not_pass_over_what_it_does_not_know(world: World, name: str) -> None:
    """One that takes `**` of a TypedDict raises, as Python itself does for any other."""
    owner = await world.viewer(world.ours, Role.OWNER)
    rule = OPEN[name]
    required = [
        parameter.name
        for parameter in list(signature(rule).parameters.values())[1:]
        if parameter.default is Parameter.empty and parameter.kind is Parameter.KEYWORD_ONLY
    ]
    asked = {each: FAIR.get(each) or uuid4() for each in required}

    with pytest.raises((TypeError, KeyError), match="nonsense"):
        async with transaction():
            await rule(owner, **asked, nonsense=1)
