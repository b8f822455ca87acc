"""Values that are known only when a plan runs, standing in for themselves while it is compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

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
    return Viewer(role=role, zone=zone, **unknown)


@dataclass(slots=True)
class Checks:
    """What must hold of the values before any SQL runs."""

    run: list[tuple[Path, Bind]] = field(default_factory=list)
    """What to call, and the response keys of the field it is about, from the root field on."""

    def add(self, path: Sequence[str], check: Bind) -> None:
        """Add a check of the field at `path`."""
        self.run.append((tuple(path), check))

    def hold(self, frame: Frame) -> None:
        """Run them all; the first that does not hold raises its refusal, which knows where."""
        for path, check in self.run:
            try:
                check(frame)
            except Refusal as refusal:
                refusal.path = path
                raise


Path = tuple[str, ...]
_checks: ContextVar[tuple[Checks, Path]] = ContextVar("checks")


def derive(function: Callable[..., Any], *values: Any, sql_type: str | None = None) -> Any:
    """Compute a parameter from argument values each time the plan runs."""
    binds = [_bind_of(value) for value in values]
    return Param(lambda frame: function(*[bind(frame) for bind in binds]), sql_type)


def check(function: Callable[..., None], *values: Any) -> None:
    """Run a rule on argument values before any SQL; it raises a refusal when they make no sense."""
    binds = [_bind_of(value) for value in values]
    checks, path = _checks.get()
    checks.add(path, lambda frame: function(*[bind(frame) for bind in binds]))


def collecting(checks: Checks, path: Sequence[str]) -> Any:
    """Let `check` calls add to these; returns the token that undoes it."""
    return _checks.set((checks, tuple(path)))


def collected(token: Any) -> None:
    """Stop collecting."""
    _checks.reset(token)


def _bind_of(value: Any) -> Bind:
    if isinstance(value, Param):
        return value.bind
    if isinstance(value, Term):
        raise Inspected("Only argument values and the viewer can be derived from, not columns.")
    return lambda _: value
