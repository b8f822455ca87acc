"""What a module author writes: the kinds of fields, and what each of them declares."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import (
    Annotated,
    Any,
    Protocol,
    TypeVar,
    cast,
    get_type_hints,
    overload,
)
from uuid import UUID

import strawberry
from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import (
    PARENT_PARAMSPEC,
    ReservedParameterSpecification,
    ReservedType,
    StrawberryResolver,
)

from modules.errors import Refusal
from modules.events import Event, Happened
from modules.viewer import Audience, Viewer
from schema.describing import first_paragraph

T = TypeVar("T")
C = TypeVar("C", bound=type)
F = TypeVar("F")


Before = Callable[[Viewer, Any], Awaitable[Any]]
"""Gets the viewer and the input of a mutation, and does what takes long before its transaction."""
ReadsAs = Callable[[Any], Awaitable[Viewer | None]]
"""Says by a result whom its payload is read as; None: whoever asked. May refuse."""
Opens = Callable[..., Event]
"""Gets a business's id and the arguments of a subscription, and gives an event. May refuse."""


class FieldKind(StrEnum):
    """How a field gets its value; see `docs/reading.md`."""

    ATTRIBUTE = "attribute"
    """A column, a foreign key, or an attribute of a plain object."""
    ROWS = "rows"
    """A resolver that picks rows, called once per operation."""
    EXPRESSION = "expression"
    """A resolver that returns SQL, called once per operation."""
    COMPUTED = "computed"
    """Python on the columns it names, called per row."""
    NESTED = "nested"
    """A resolver that returns a plain object made of references, called once per operation."""
    ANSWER = "answer"
    """An async resolver, called once per request, or once for each row it is a field of."""
    MUTATION = "mutation"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """What an argument that names a stored input stands for: the resolver gets that input."""

    form: type
    """The input, as the resolver gets it; None where the argument was left out."""
    read: Callable[[Viewer, Sequence[UUID]], Awaitable[Mapping[UUID, Mapping[str, Any] | None]]]
    """Reads those of these ids that there are, as JSON; None: it names what is gone."""
    outdated: type[Refusal]
    """What is refused where one does not fit the schema any more, or names what is gone."""
    every: Callable[[Viewer], Awaitable[Mapping[UUID, Mapping[str, Any] | None]]] | None = None
    """Reads all that the viewer's business has, for fields that get every one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What the compiler needs to know of a declared field."""

    kind: FieldKind = FieldKind.ATTRIBUTE
    audience: Audience | None = None
    """Who may see it; None: whoever may see the type it is on, as far as that says no less."""
    column: str | None = None
    """The column or foreign key of the model; None: it is called as the field is."""
    followed: bool = False
    """A foreign key that leads to its row whatever the scope of that row's own table says."""
    needs: tuple[str, ...] = ()
    expands: Mapping[str, Expansion] = field(default_factory=dict)
    """Arguments that are replaced by what they name before the operation is compiled."""
    every: tuple[str, Expansion] | None = None
    """The parameter that gets every stored input of a kind, and what these stand for."""
    snapshot: bool = False
    """The whole operation must be read in one snapshot."""
    parent: str | None = None
    viewer: str | None = None
    happened: str | None = None
    payload: type | None = None
    updates: type | None = None
    deletes: type | None = None
    """Whose row a mutation deletes: the one its input names."""
    refuses: tuple[type[Refusal], ...] = ()
    secret: bool = False
    """Whether the result holds something that is never kept in the clear."""
    before: Before | None = None
    """What a mutation does before it opens a transaction."""
    prepared: str | None = None
    """The parameter that gets what `before` returned."""
    reads_as: ReadsAs | None = None
    """Whom the payload is read as, where that is not whoever asked."""
    events: tuple[type[Event], ...] = ()
    opens: Opens | None = None
    """Gives what a subscription tells first, before anything happened."""


class _Typed(ReservedType):
    """A parameter the engine fills in, recognised by its type."""

    def is_reserved_type(self, other: Any) -> bool:
        return other is self.type


class _ParentType(ReservedType):
    """`Parent[...]`, recognised also while the class it names is still being made."""

    def _is_reserved_type_str(self, annotation: str) -> bool:
        return annotation.split("[", maxsplit=1)[0].strip() in ("Parent", "strawberry.Parent")


class _Prepared:
    """Marks the parameter of a mutation that gets what its `before` returned."""


Prepared = Annotated[T, _Prepared()]
"""What a mutation's `before` returned: `proof: Prepared[Proof]`."""


class _Every:
    """Marks the parameter of a field that gets every stored input of a kind."""


Every = Annotated[Sequence[tuple[Any, T]], _Every()]
"""All inputs of a kind that the business keeps, each with its key: `filters: Every[ClientFilter]`.

What does not fit the schema any more, or names what is gone, is left out. They are read for queries
only: in what a change or a subscription answers the field is null.
"""

PARENT = _ParentType(*PARENT_PARAMSPEC)
VIEWER = _Typed(name=None, type=Viewer)
HAPPENED = _Typed(name=None, type=Happened)
PREPARED = ReservedType(name=None, type=_Prepared)
EVERY = ReservedType(name=None, type=_Every)


class _Resolver(StrawberryResolver[Any]):
    """A resolver that may ask for the viewer, for what happened, and for what was prepared."""

    RESERVED_PARAMSPEC: tuple[ReservedParameterSpecification, ...] = (
        *(s for s in StrawberryResolver.RESERVED_PARAMSPEC if s != PARENT),
        PARENT,
        VIEWER,
        HAPPENED,
        PREPARED,
        EVERY,
    )

    def name_of(self, spec: ReservedParameterSpecification) -> str | None:
        """Name the parameter that a specification matched."""
        found = self.reserved_parameters.get(spec)
        return found.name if found else None


def visible(
    audience: Audience | None = None, *, column: str | None = None, followed: bool = False
) -> Any:
    """Say more of a column or foreign key than its annotation does, as the annotation's default.

    `audience` keeps it to some roles. `column` is what the model calls it, where the API does not.
    Whoever is not of the team sees by a foreign key only rows they may see anyway, unless it
    is `followed`: whoever sees the one sees what it points at.
    """
    spec = Spec(audience=audience, column=column, followed=followed)
    return strawberry.field(metadata={"spec": spec})


def argument_docs(function: Callable[..., Any]) -> dict[str, str]:
    """Read the `Args:` section of a resolver's docstring: what each argument means."""
    _, _, section = inspect.cleandoc(function.__doc__ or "").partition("\nArgs:\n")
    docs: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if line.startswith("    ") and not line.startswith("     "):
            name, _, text = line.strip().partition(": ")
            docs[name.rstrip("_")] = text.strip()
        elif name and line.strip():
            docs[name.rstrip("_")] += " " + line.strip()
    return docs


def argument(
    name: str, annotation: Any, description: str, default: Any = UNSET
) -> StrawberryArgument:
    """Declare an argument the engine adds to a field."""
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(annotation),
        description=description,
        default=default,
    )


def field_of(function: Any, spec: Callable[[_Resolver], Spec], **options: Any) -> StrawberryField:
    """Make a Strawberry field of a resolver, its docstrings becoming descriptions."""
    plain = function.__func__ if isinstance(function, staticmethod) else function
    resolver = _Resolver(plain)
    made = cast(
        StrawberryField,
        strawberry.field(
            resolver=resolver,
            description=first_paragraph(plain.__doc__),
            metadata={"spec": spec(resolver)},
            **options,
        ),
    )
    docs = argument_docs(plain)
    for each in made.arguments:
        if each.default is None:  # left out and null mean the same: the SDL need not say so
            each.default = UNSET
        if each.python_name.endswith("_"):  # `from` is a word of Python's
            each.graphql_name = each.python_name.rstrip("_")
        each.description = each.description or docs.get(each.python_name.rstrip("_"))
    return made


def spec_of(field: StrawberryField) -> Spec:
    """Return what was declared about a field; plain attributes have the default."""
    spec = field.metadata.get("spec")
    return spec if isinstance(spec, Spec) else Spec()


def function_of(field: StrawberryField) -> Callable[..., Any]:
    """Return the function behind a field that has one."""
    resolver = field.base_resolver
    if resolver is None or not callable(resolver.wrapped_func):
        raise TypeError(f"{field.python_name} has no resolver")
    return resolver.wrapped_func


def _declares(kind: FieldKind) -> Callable[..., Any]:
    def decorator(
        function: Any = None,
        *,
        audience: Audience | None = None,
        needs: Sequence[str] = (),
        snapshot: bool = False,
        expands: Mapping[str, Expansion] | None = None,
        every: Expansion | None = None,
        deprecation_reason: str | None = None,
    ) -> Any:
        def decorate(target: Any) -> StrawberryField:
            def spec(resolver: _Resolver) -> Spec:
                return Spec(
                    kind=kind,
                    audience=audience,
                    needs=tuple(needs),
                    expands=expands or {},
                    every=(resolver.name_of(EVERY) or "", every) if every else None,
                    snapshot=snapshot,
                    parent=resolver.name_of(PARENT),
                    viewer=resolver.name_of(VIEWER),
                )

            return field_of(target, spec, deprecation_reason=deprecation_reason)

        return decorate if function is None else decorate(function)

    return decorator


def hints(function: Any) -> dict[str, Any]:
    """Resolve a resolver's annotations now; the types it names must be imported at run time."""
    plain = function.__func__ if isinstance(function, staticmethod) else function
    return get_type_hints(plain, include_extras=True)


class Declaration(Protocol):
    """A decorator, with or without options: `@rows` or `@rows(audience=OWNERS)`."""

    @overload
    def __call__(self, function: F, /) -> F: ...
    @overload
    def __call__(
        self,
        *,
        audience: Audience | None = None,
        snapshot: bool = False,
        expands: Mapping[str, Expansion] | None = None,
        every: Expansion | None = None,
        deprecation_reason: str | None = None,
    ) -> Callable[[F], F]: ...


rows = cast(Declaration, _declares(FieldKind.ROWS))
"""Pick rows: return a Tortoise queryset; the selection decides which columns are read."""
expression = cast(Declaration, _declares(FieldKind.EXPRESSION))
"""Return SQL for one value per row: a pypika term, or a queryset that yields one value."""
nested = cast(Declaration, _declares(FieldKind.NESTED))
"""Return a plain object made of references; it costs nothing by itself."""
answer = cast(Declaration, _declares(FieldKind.ANSWER))
"""Answer a field with plain objects, once per request or row: an async function. Of a row it knows
the `id` only."""


def computed(
    *, needs: Sequence[str] = (), audience: Audience | None = None
) -> Callable[[Any], Any]:
    """Compute a field in Python, per row, from the columns it names in `needs`.

    It may take the viewer, to tell texts in their language; what they may see is no question here.
    """
    declare = _declares(FieldKind.COMPUTED)
    return cast(Callable[[Any], Any], declare(audience=audience, needs=needs))
