"""Settings of a business in the schema: a field to read them, and a mutation that changes them."""

from __future__ import annotations

from dataclasses import Field, fields
from typing import Any, get_type_hints

import strawberry
from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Term

from modules.errors import InvalidInput, StaleVersion
from modules.settings import FIRST_VERSION, change, refused_by, table_of
from modules.viewer import OWNERS, TEAM, Viewer
from schema.aliases import Expression, Payload
from schema.compose import extend
from schema.declaring import expression, nested
from schema.describing import attribute_docs, first_paragraph, input, object
from schema.mutation import mutation
from schema.naming import snake
from schema.reading.arguments import given
from schema.roots import Mutation
from schema.versioned import VersionedInput
from storage.words import identifier, literal

VERSION = "Grows with every change; send it back to have a change of an old copy refused."
WHAT_STAYS = "What to change about the settings; what is left out stays."


class _Setting(Term):
    """A setting of a business, or its default where it never said anything."""

    def __init__(self, business_id: Any, table: str, column: str, default: Any) -> None:
        super().__init__()
        self._business_id, self._default = business_id, default
        self._column, self._table = identifier(column), identifier(table)

    def get_sql(self, ctx: SqlContext) -> str:
        business_id = self._business_id.get_sql(ctx)
        said = f"SELECT {self._column} FROM {self._table} WHERE business_id = {business_id}"  # noqa: S608 -- checked
        return f"coalesce(({said}), {_written(self._default)})"


def setting_of(business_id: Any, kind: type, name: str) -> Term:
    """Write what a business set, for what is the business's unless it says otherwise itself."""
    [default] = [each.default for each in _fields(kind) if each.name == name]
    return _Setting(business_id, table_of(kind), name, default)


def settings_of(business: type, kind: type) -> list[type]:
    """Make of declared settings what extends the schema; see `modules.settings`.

    `business` is the type that is known by its settings.
    """
    shown, takes = _object(kind), _input(kind)
    name = snake(kind.__name__)

    def read(business: Any) -> Any:
        return shown(business_id=business.id)

    async def update(by: Viewer, input: Any) -> Any:
        version = input.version if isinstance(input.version, int) else None
        return await change(kind, by, version=version, **given(input))

    _name(read, name, _says(kind), {"business": _of(strawberry.Parent, business), "return": shown})
    changes = f"Change {_says(kind)[:1].lower()}{_says(kind)[1:]}"
    hints = {"by": Viewer, "input": takes, "return": _of(Payload, business)}
    _name(update, f"update_{name}", changes, hints)
    return [
        _extension(business, name, nested(audience=TEAM)(staticmethod(read))),
        _extension(
            Mutation,
            f"update_{name}",
            mutation(audience=OWNERS, refuses=(InvalidInput, *refused_by(kind), StaleVersion))(
                staticmethod(update)
            ),
        ),
    ]


def _object(kind: type) -> Any:
    """Make the type that shows settings."""
    docs, hints = attribute_docs(kind), get_type_hints(kind)
    shown: dict[str, tuple[Any, Any, str]] = {
        each.name: (hints[each.name], each.default, docs.get(each.name, ""))
        for each in _fields(kind)
    }
    shown["version"] = (int, FIRST_VERSION, VERSION)
    resolvers: dict[str, Any] = {}
    for name, (wanted, default, doc) in shown.items():
        resolvers[name] = _expression(table_of(kind), name, wanted, default, doc)
    held = {"business_id": _of(strawberry.Private, Any)}
    told = {"__doc__": kind.__doc__, "__module__": kind.__module__, "__annotations__": held}
    return object(type(kind.__name__, (), {**told, **resolvers}))


def _expression(table: str, name: str, wanted: Any, default: Any, doc: str) -> Any:
    def read(settings: Any) -> Term:
        return _Setting(settings.business_id, table, name, default)

    _name(
        read,
        name,
        doc,
        {"settings": _of(strawberry.Parent, Any), "return": _of(Expression, wanted)},
    )
    return expression(staticmethod(read))


def _input(kind: type) -> Any:
    """Make the input that changes them: what is left out stays."""
    docs, hints = attribute_docs(kind), get_type_hints(kind)
    annotations = {each.name: hints[each.name] | None for each in _fields(kind)}
    values = {
        name: strawberry.field(default=strawberry.UNSET, description=docs.get(name))
        for name in annotations
    }
    told = {"__doc__": WHAT_STAYS, "__module__": kind.__module__, "__annotations__": annotations}
    return input(type(f"Update{kind.__name__}Input", (VersionedInput,), {**told, **values}))


def _extension(target: type, name: str, field: Any) -> type:
    return extend(target)(type(f"{target.__name__}_{name}", (), {name: field}))


def _name(function: Any, name: str, doc: str, annotations: dict[str, Any]) -> None:
    """Give a function what would stand in its `def`."""
    function.__name__ = function.__qualname__ = name
    function.__doc__, function.__annotations__ = doc, annotations


def _of(generic: Any, item: Any) -> Any:
    """Give a type with an argument that is known only here."""
    return generic[item]


def _fields(kind: Any) -> tuple[Field[Any], ...]:
    return fields(kind)


def _says(kind: type) -> str:
    return first_paragraph(kind.__doc__) or ""


def _written(value: Any) -> str:
    return literal(value) if isinstance(value, str) else str(value).lower()
