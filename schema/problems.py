"""Refusals as data: every payload lists why nothing was done, in words and in codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

import strawberry
from strawberry.types.base import get_object_definition

from modules.errors import Refusal
from modules.viewer import Viewer
from schema.describing import describe_fields, first_paragraph, interface, object
from schema.naming import api_path

C = TypeVar("C", bound=type)


@interface
class Problem:
    """Why a mutation was refused. Nothing was changed."""

    code: str
    """Stable, for programs; every code is listed in the documentation."""
    message: str
    """The fact, in one sentence, for people, in the language of their business."""
    field: list[str] | None
    """The argument it is about, as a path: `["input", "startsAt"]`; null when about no one."""
    retryable: bool
    """Whether the very same request may succeed later."""
    remedy: str
    """What its reader can do about it, in one sentence, in the same language."""


@object
class GeneralProblem(Problem):
    """A problem that needs no more than its code and its words."""


_types: dict[type[Refusal], type] = {}
"""The problem types that modules declared, by their refusals."""


def problem(refusal: type[Refusal]) -> Callable[[C], C]:
    """Make a problem type for a refusal that has more to say.

    The fields it adds are the refusal's attributes of the same names, or what a static method
    `more(refusal)` returns for them. It is in every schema one of whose mutations declares the
    refusal in `refuses`.
    """

    def decorate(cls: C) -> C:
        made = strawberry.type(cls, description=first_paragraph(cls.__doc__))
        describe_fields(made)
        _types[refusal] = made
        return made

    return decorate


def problem_types(refusals: Iterable[type[Refusal]]) -> dict[type[Refusal], type]:
    """Find the problem types of these refusals, also where only what they are based on has one."""
    wanted = tuple(refusals)
    found = {r: t for r, t in _types.items() if any(issubclass(each, r) for each in wanted)}
    return dict(sorted(found.items(), key=lambda pair: pair[1].__name__))


class Problems:
    """Knows which problem type shows which refusal."""

    def __init__(self, types: Mapping[type[Refusal], type]) -> None:
        """Take the problem types by their refusals; all others are general ones."""
        self._types = types

    def of(
        self, refusal: Refusal, reader: Viewer, *, within: tuple[str, ...] = ()
    ) -> list[Problem]:
        """Show a reader all that is refused; `within` is put before the paths it names."""
        return [self._of(each, reader, within) for each in refusal.every]

    def _of(self, refusal: Refusal, reader: Viewer, within: tuple[str, ...]) -> Problem:
        path = [*within, *api_path(refusal.field)] if refusal.field else None
        known = next((t for c, t in self._types.items() if isinstance(refusal, c)), GeneralProblem)
        return cast(
            Problem,
            known(
                code=refusal.code,
                message=refusal.message_for(reader),
                field=path,
                retryable=refusal.retryable,
                remedy=refusal.remedy_for(reader),
                **_more(known, refusal),
            ),
        )


def _more(kind: Any, refusal: Refusal) -> dict[str, Any]:
    if hasattr(kind, "more"):
        return dict(kind.more(refusal))
    common = {f.python_name for f in get_object_definition(Problem, strict=True).fields}
    own = (f.python_name for f in get_object_definition(kind, strict=True).fields)
    return {name: getattr(refusal, name) for name in own if name not in common}
