"""The log as GraphQL subscriptions: how a module declares one, and what is compiled of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from graphql import FieldNode, GraphQLObjectType
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from modules.events import Event
from modules.viewer import TEAM, Audience
from schema.declaring import (
    HAPPENED,
    VIEWER,
    FieldKind,
    Opens,
    Spec,
    _Resolver,
    argument,
    field_of,
    function_of,
    hints,
)
from schema.reading.arguments import Arguments
from schema.reading.compiler import Compiler
from schema.reading.denials import Denials
from schema.reading.objects import Shape, compile_shape
from schema.reading.parameters import Checks

F = TypeVar("F")


def subscription(
    *events: type[Event], audience: Audience = TEAM, opens: Opens | None = None
) -> Callable[[F], F]:
    """Make a subscription of a function from what happened to what a subscriber is told of it.

    The function returns None for what does not concern this subscriber. The engine adds `after`.
    With `opens` the first thing a subscriber is told is made of the event that this gives, which
    stands for how things are now.
    """

    def decorate(function: Any) -> StrawberryField:
        def spec(resolver: _Resolver) -> Spec:
            return Spec(
                kind=FieldKind.LIVE,
                audience=audience,
                viewer=resolver.name_of(VIEWER),
                happened=resolver.name_of(HAPPENED),
                events=events,
                opens=opens,
            )

        told = hints(function)["return"]
        kinds = [k for k in getattr(told, "__args__", (told,)) if k is not type(None)]
        made = field_of(function, spec, graphql_type=kinds[0])
        made.arguments = [*made.arguments, _after()]
        return made

    return cast(Callable[[F], F], decorate)


def _after() -> StrawberryArgument:
    return argument(
        "after",
        str | None,
        "A cursor of the business or of an earlier change: everything since is delivered first, "
        "once and in order. Without it, delivery starts now.",
    )


@dataclass(slots=True)
class Watching:
    """A subscription's root field, compiled for one role and one shape of its variables."""

    key: str
    call: Any
    spec: Spec
    arguments: Arguments
    shape: Shape
    denials: Denials
    """What of a change stays null for this role."""
    checks: Checks
    """What must hold of arguments in what is selected of a change."""

    @property
    def kinds(self) -> dict[str, type[Event]]:
        """The events it listens to, by the kind the log keeps them under."""
        return {event.name: event for event in self.spec.events}


def compile_live(
    compiler: Compiler, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]
) -> Watching:
    """Compile the root field of a subscription. Raises: NotForYou."""
    name = nodes[0].name.value
    declared, spec = compiler.schema.field(kind, name)
    if refusal := compiler.refusal(kind, nodes[0]):
        raise refusal
    return Watching(
        key,
        function_of(declared),
        spec,
        Arguments(declared, kind.fields[name], nodes[0], compiler.schema.additions),
        compile_shape(compiler, kind.fields[name].type, nodes),
        compiler.denials,
        compiler.checks,
    )
