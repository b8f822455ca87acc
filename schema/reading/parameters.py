"""Values that are known only when a plan runs, standing in for themselves while it is compiled."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graphql import FieldNode
from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Term

from modules.errors import Refusal
from modules.viewer import Role, Viewer


@dataclass(slots=True)
class Frame:
    """One execution of a plan: who asks, and with which values."""

    viewer: Viewer
    variables: dict[str, Any] = field(default_factory=dict)
    """Coerced by graphql-core; a variable that was not given is missing."""
    coerced: Callable[[], Any] = dict
    """Gives the same in graphql-core's own container, for literals with variables inside."""
    expanded: dict[str, Any] = field(default_factory=dict)
    """The stored inputs that ids in arguments stand for, coerced."""
    every: dict[type, list[tuple[UUID, Any]]] = field(default_factory=dict)
    """All stored inputs of a kind, coerced, with their keys; missing where they were not read."""
    refused: dict[int, Refusal] = field(default_factory=dict)
    """What is wrong with arguments, by the `id` of the field's node: these fields stay null."""
    rows: int = 0
    """How many rows the answer has so far."""
    errors: list[dict[str, Any]] = field(default_factory=list)
    """Of a mutation: why something in its payload is null."""
    bytes: int = 0
    """How many bytes it has so far, or somewhat fewer."""
    unmeasured: int = 0
    """How many letters there can be that were not counted, since their limits are known."""


Bind = Callable[[Frame], Any]
"""Finds a parameter's value when the plan runs."""


class Inspected(TypeError):
    """A resolver looked into a value that is not known while it is compiled."""


class Param(Term):
    """A value bound at run time. Resolvers pass it on; they cannot look into it."""

    is_aggregate = None

    def __init__(self, bind: Bind, sql_type: str | None = None, *, many: bool = False) -> None:
        """Stand for what `bind` finds; `sql_type` casts it, `many` makes it a set of values."""
        super().__init__()
        self.bind = bind
        self.sql_type = sql_type
        self.many = many

    def get_sql(self, ctx: SqlContext, **_: Any) -> str:
        """Write a placeholder; a list is written as a set of rows, so that `IN` takes it."""
        if ctx.parameterizer is None:
            raise Inspected("a run-time value needs a parameterised statement")
        sql: str = ctx.parameterizer.create_param(self).get_sql(ctx)
        if self.many:
            return f"(SELECT unnest({sql}::{self.sql_type or 'text'}[]))"
        return f"{sql}::{self.sql_type}" if self.sql_type else sql

    def __bool__(self) -> bool:
        """Refuse: the value is not known here. A list counts as there, since `IN` asks."""
        if self.many:
            return True
        raise Inspected(
            "This value is bound when the plan runs. Compare with None, pass it to filter(), "
            "or compute with derive(fn, value)."
        )

    def __iter__(self) -> Any:
        """Refuse, as `__bool__` does."""
        raise Inspected("A list argument is bound when the plan runs: pass it to filter(x__in=…).")


def viewer_of(role: Role) -> Viewer:
    """Make the viewer that resolvers see at compile time."""
    unknown: Any = {
        name: Param(lambda frame, name=name: getattr(frame.viewer, name), "uuid")  # type: ignore[misc]
        for name in ("account_id", "business_id", "session_id")
    }
    zone: Any = Param(lambda frame: frame.viewer.zone, "text")
    locale: Any = Param(lambda frame: frame.viewer.locale, "text")
    return Viewer(role=role, zone=zone, locale=locale, **unknown)


@dataclass(slots=True)
class Checks:
    """What must hold of the values before any SQL runs."""

    run: list[tuple[FieldNode, Bind]] = field(default_factory=list)
    """What to call, and the field it is about."""

    def add(self, node: FieldNode, check: Bind) -> None:
        """Add a check of what a field is asked for with."""
        self.run.append((node, check))

    def refused(self, frame: Frame) -> dict[int, Refusal]:
        """Run them all; return the first refusal of each field, by the `id` of its node."""
        found: dict[int, Refusal] = {}
        for node, check in self.run:
            if id(node) not in found:
                try:
                    check(frame)
                except Refusal as refusal:
                    found[id(node)] = refusal
        return found


_checks: ContextVar[tuple[Checks, FieldNode]] = ContextVar("checks")


def derive(function: Callable[..., Any], *values: Any, sql_type: str | None = None) -> Any:
    """Compute a parameter from argument values each time the plan runs."""
    binds = [_bind_of(value) for value in values]
    return Param(lambda frame: function(*[bind(frame) for bind in binds]), sql_type)


def check(function: Callable[..., None], *values: Any) -> None:
    """Run a rule on argument values before any SQL; it raises a refusal when they make no sense."""
    binds = [_bind_of(value) for value in values]
    checks, node = _checks.get()
    checks.add(node, lambda frame: function(*[bind(frame) for bind in binds]))


def collecting(checks: Checks, node: FieldNode) -> Any:
    """Let `check` calls of a field's resolver add to these; returns the token that undoes it."""
    return _checks.set((checks, node))


def collected(token: Any) -> None:
    """Stop collecting."""
    _checks.reset(token)


def _bind_of(value: Any) -> Bind:
    if isinstance(value, Param):
        return value.bind
    if isinstance(value, Term):
        raise Inspected("Only argument values and the viewer can be derived from, not columns.")
    return lambda _: value
