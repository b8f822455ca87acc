"""The mutation shell: what every change promises, so that no module has to."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast, dataclass_transform, get_args, overload

import strawberry
from strawberry.types.base import StrawberryOptional, get_object_definition
from strawberry.types.field import StrawberryField

from modules.errors import NotFound, Refusal, StaleVersion
from modules.viewer import TEAM, Audience
from schema.declaring import (
    PREPARED,
    VIEWER,
    Before,
    FieldKind,
    ReadsAs,
    Spec,
    _Resolver,
    argument,
    field_of,
    hints,
)
from schema.describing import describe_fields, first_paragraph, object
from schema.naming import camel, snake
from schema.problems import Problem
from schema.tables import table_of

C = TypeVar("C", bound=type)
F = TypeVar("F")


@object
class PlannedMessage:
    """A message a dry run would have sent."""

    kind: str
    """What kind of message: `APPOINTMENT_BOOKED`."""
    recipient: str
    """The address it would go to."""


COMMON: dict[str, tuple[Any, str]] = {
    "problems": (list[Problem], "Why nothing was done; empty when it was done."),
    "replayed": (
        bool,
        "Whether this is the remembered answer to an earlier request with the same key.",
    ),
    "messages": (
        list[PlannedMessage],
        "On a dry run, the messages that would have been sent; else empty.",
    ),
}


@overload
def payload(cls: C) -> C: ...
@overload
def payload(*, reads_as: ReadsAs) -> Callable[[C], C]: ...
@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def payload(cls: Any = None, *, reads_as: ReadsAs | None = None) -> Any:
    """Mark a class as what a mutation answers: its fields become the payload's, all nullable.

    `reads_as` is told the result and says whom the payload is read as, such as whoever was just
    signed in. When a remembered answer is repeated it gets an object with the fields that are
    remembered, and may refuse to have it repeated.
    """

    def decorate(target: Any) -> Any:
        made = strawberry.type(target, description=first_paragraph(target.__doc__) or "A result.")
        describe_fields(made)
        made.__reads_as__ = reads_as
        return made

    return decorate if cls is None else decorate(cls)


def mutation(
    *,
    audience: Audience = TEAM,
    updates: type | None = None,
    deletes: type | None = None,
    refuses: Sequence[type[Refusal]] = (),
    secret: bool = False,
    before: Before | None = None,
) -> Callable[[F], F]:
    """Make a mutation of a function that calls a rule; the shell adds everything else.

    `refuses` lists what its rule may refuse: the codes become part of the mutation's description,
    and a refusal that is not among them is logged as an error. `updates` names the type whose row
    `input.id` is, makes `input.version` checked, and adds NotFound and StaleVersion to `refuses`.
    `deletes` names the type whose row is gone afterwards, the one the input names: the payload says
    so in `deletedId`. `secret` results (tokens) are never remembered in the clear. `before` gets
    the viewer and the input and does what is slow, such as hashing a password, before a transaction
    holds a connection for it; what it returns is the function's `Prepared[...]` parameter.
    """

    def decorate(function: Any) -> StrawberryField:
        payload = _payload_type(function, deletes)

        def spec(resolver: _Resolver) -> Spec:
            return Spec(
                kind=FieldKind.MUTATION,
                audience=audience,
                viewer=resolver.name_of(VIEWER),
                payload=payload,
                updates=updates,
                deletes=deletes,
                refuses=_all_refusals(refuses, updates),
                secret=secret,
                before=before,
                prepared=resolver.name_of(PREPARED),
                reads_as=getattr(hints(function).get("return"), "__reads_as__", None),
            )

        made = field_of(function, spec, graphql_type=payload)
        _describe_input(made, function)
        made.arguments = [*made.arguments, *(copy.copy(a) for a in SHELL_ARGUMENTS)]
        return made

    return cast(Callable[[F], F], decorate)


def _describe_input(made: StrawberryField, function: Any) -> None:
    """Say of the argument `input` what its type says of itself."""
    for each in made.arguments:
        if each.python_name == "input" and not each.description:
            given = hints(function)["input"]
            kinds = [*get_args(given), given]
            each.description = next(d.description for d in map(get_object_definition, kinds) if d)


def _all_refusals(
    declared: Sequence[type[Refusal]], updates: type | None
) -> tuple[type[Refusal], ...]:
    """Add what the shell refuses by itself where it looks up the row and its version."""
    own = (NotFound, StaleVersion) if updates is not None else ()
    return (*declared, *(each for each in own if each not in declared))


SHELL_ARGUMENTS = (
    argument(
        "idempotency_key",
        str | None,
        "Any string you make up for this one change. Sent again with the same input, the change "
        "happens once and the same answer comes back; with another input it is refused.",
    ),
    argument(
        "dry_run",
        bool,
        "Check everything and show the result, but change nothing. Its ids are good for nothing: "
        "`dry_…` stands before each, so that no cache takes what would be for what is.",
        default=False,
    ),
)


def _payload_type(function: Any, deletes: type | None) -> type:
    plain_function = function.__func__ if isinstance(function, staticmethod) else function
    name = "".join(part.capitalize() for part in plain_function.__name__.split("_")) + "Payload"
    answer: Any = hints(function).get("return")
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {}
    if table_of(answer):
        attribute = payload_name(answer)
        annotations[attribute] = answer | None
        namespace[attribute] = strawberry.field(
            description="The row as it is now; null when refused."
        )
    elif answer is not None and answer is not type(None):
        for each in get_object_definition(answer, strict=True).fields:
            if each.base_resolver:
                namespace[each.python_name] = copy.copy(each)
            else:
                annotations[each.python_name] = _nullable(each.type)
                namespace[each.python_name] = strawberry.field(description=each.description)
    if deletes is not None:
        annotations["deleted_id"] = strawberry.ID | None
        namespace["deleted_id"] = strawberry.field(
            description="The id of what was deleted, for whoever keeps it; null when refused."
        )
    for attribute, (kind, description) in COMMON.items():
        annotations[attribute] = kind
        namespace[attribute] = strawberry.field(description=description)
    made = type(
        name,
        (),
        {"__annotations__": annotations, "__module__": plain_function.__module__, **namespace},
    )
    made = strawberry.type(made, description=f"What `{camel(plain_function.__name__)}` answers.")
    made.__answer__ = answer  # type: ignore[attr-defined]
    return made


def payload_name(kind: type) -> str:
    """Name the payload's field for a table's type: `Appointment` → `appointment`."""
    return snake(get_object_definition(kind, strict=True).name)


def _nullable(kind: Any) -> Any:
    return kind if isinstance(kind, StrawberryOptional) else StrawberryOptional(kind)
