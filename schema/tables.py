"""Tables as types: the bond between an object type and the rows it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform
from uuid import UUID

import strawberry
from tortoise.models import Model

from modules.viewer import TEAM, Audience
from schema.describing import describe_fields, first_paragraph, interface
from schema.ids import encode

C = TypeVar("C", bound=type)


@interface
class Node:
    """Anything with an id of its own: read it again with `node(id:)`."""

    id: strawberry.ID
    """Readable and typed (`cli_…`, `apt_…`); it never changes."""


@dataclass(frozen=True, slots=True)
class Table:
    """The bond between a GraphQL type and the table its rows are in."""

    model: type[Model]
    prefix: str
    audience: Audience
    otherwise: Audience
    """Who may see its fields that do not say."""


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def table(
    model: type[Model],
    *,
    prefix: str = "",
    audience: Audience = TEAM,
    otherwise: Audience | None = None,
) -> Callable[[C], C]:
    """Make an object type whose values are rows of a table.

    Its annotations name columns and foreign keys of the model; `prefix` starts its ids. Without
    one it has none, is no `Node`, and is read only as a part of something else. `audience` may see
    its rows, and `otherwise` those fields that do not say who may; without it, the same. Fields
    that other modules add and that do not say are for the team.
    """

    def decorate(cls: C) -> C:
        made = strawberry.type(cls, description=first_paragraph(cls.__doc__))
        describe_fields(made)
        bound = Table(model, prefix, audience, audience if otherwise is None else otherwise)
        made.__table__ = bound  # type: ignore[attr-defined]
        return made

    return decorate


def table_of(cls: object) -> Table | None:
    """Return the table a type is bound to, if it is."""
    bound = getattr(cls, "__dict__", {}).get("__table__")
    return bound if isinstance(bound, Table) else None


def model_of(cls: type) -> type[Any]:
    """Return the table of a type: how a module picks rows of another's, `viewer.rows(...)`."""
    bound = table_of(cls)
    if bound is None:
        raise TypeError(f"{cls.__name__} is not a @table type")
    return bound.model


def id_of(kind: type, key: UUID) -> strawberry.ID:
    """Write the id of a row of a type, be the row there or gone."""
    bound = table_of(kind)
    if bound is None or not bound.prefix:
        raise TypeError(f"{kind.__name__} has no ids")
    return strawberry.ID(encode(bound.prefix, key))
