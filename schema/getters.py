"""Getters: one row by its id, at the root and where its list is, for one line of a module."""

from __future__ import annotations

from typing import Any, cast

from strawberry import Parent
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

from modules.viewer import Viewer
from schema.aliases import One
from schema.compose import extend
from schema.declaring import rows
from schema.ids import IdOf
from schema.mutation import payload_name
from schema.roots import Query
from schema.tables import table_of


def getters(home: type, *kinds: type, **renamed: type) -> tuple[type, type]:
    """Add `client(id:)` for a type `Client`, and so on, to `Query` and to `home`, as extensions.

    `home` is the type that has their lists; one of `renamed` has another name, because the list has
    its own. Who may ask is who may see the type, and whose rows are found is said by the scope of
    its table, as for `node(id:)`. What is not there, or not theirs to see, is null.
    """
    named = {payload_name(kind): kind for kind in kinds} | renamed
    return (
        _extension(Query, {name: _getter(name, kind, None) for name, kind in named.items()}),
        _extension(home, {name: _getter(name, kind, home) for name, kind in named.items()}),
    )


def _extension(target: type, fields: dict[str, StrawberryField]) -> type:
    name = get_object_definition(target, strict=True).name
    return extend(target)(type(f"{name}Getters", (), dict(fields)))


def _getter(name: str, kind: type, home: type | None) -> StrawberryField:
    bound = table_of(kind)
    if bound is None or not bound.prefix:
        raise TypeError(f"{kind.__name__} has no ids to be found by")
    model: Any = bound.model

    def find(viewer: Viewer, id: Any) -> Any:
        return viewer.rows(model).filter(id=id)

    def find_there(parent: Any, viewer: Viewer, id: Any) -> Any:
        return find(viewer, id).filter(business_id=parent.id)

    words = payload_name(kind).replace("_", " ")
    getter: Any = find if home is None else find_there
    getter.__name__ = name
    getter.__doc__ = (
        f"The {words} with this id; null when there is none, or it is not yours to see."
        "\n\nArgs:\n    id: Its id, as the API gave it.\n"
    )
    getter.__annotations__ = {"viewer": Viewer, "id": _for(IdOf, kind), "return": _for(One, kind)}
    if home is not None:
        getter.__annotations__["parent"] = _for(Parent, home)
    return cast(StrawberryField, rows(audience=bound.audience)(getter))


def _for(generic: Any, kind: type) -> Any:
    """Give a generic annotation an argument that is known only when it runs."""
    return generic[kind]
