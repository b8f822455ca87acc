"""Builds an operation for any root field of any schema, with ids of whoever one wants."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import strawberry
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from strawberry.types.base import StrawberryContainer, StrawberryList, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition

from modules.viewer import Audience, Role
from schema.composed import ComposedSchema
from schema.ids import GlobalId
from schema.limits import MAX_FIELDS
from schema.naming import name_of
from schema.reading.values import prefix_of
from schema.scalars import MinorUnits
from schema.tables import table_of

Path = tuple[str | int, ...]
Give = Callable[[Path, str | None], str]
"""Chooses the id for a place, given the prefix it wants; None: any id will do."""

DEPTH = 4
"""How many objects deep selections go, where that is not more than a document may ask for."""
TEXTS = {
    "address": "somebody@elsewhere.example",
    "email": "somebody@elsewhere.example",
    "contact_email": "somebody@elsewhere.example",
    "contact_phone": "+31201234567",
    "zone": "Europe/Amsterdam",
    "currency": "EUR",
    "locale": "en",
    "colour": "#123456",
    "phone": "+31201234567",
    "phone_region": "NL",
    "country": "NL",
}
"""What text is wanted where any text will not do."""

LEFT_OUT = {
    "BookAppointmentInput": {"segments", "hold"},
    "HoldSlotInput": {"segments"},
    "ProposedTimeInput": {"segments"},
    "RequestAppointmentInput": {"service_id", "staff_id", "hold"},
    "CustomFieldInput": {"number", "date", "choice"},
    "CreateClientFieldInput": {"options"},
    "UpdateClientFieldInput": {"options"},
    "MapClientImportColumnsInput": {"layout"},
    "CommitClientImportInput": {"token"},
    "DeleteGroupInput": {"token"},
    "MergeClientsInput": {"token"},
}
"""Fields of inputs that do not go with the others: our own field is one for text, and nobody has
looked at a preview, which these can do without."""


class CannotBuild(Exception):
    """The guard does not know what to send; teach it, so that nothing goes unguarded."""


class Choice(str):
    """The name of an enum's value, which GraphQL writes without quotes."""

    __slots__ = ()


@dataclass
class Builder:
    """Writes operations against one schema."""

    schema: ComposedSchema
    places: list[tuple[Path, str | None]] = field(default_factory=list)
    """Where ids were wanted so far."""

    # --- arguments

    def arguments(self, kind: GraphQLObjectType, name: str, give: Give) -> dict[str, Any]:
        """Make a value for every argument of a field."""
        declared, _ = self.schema.field(kind, name)
        return {
            name_of(a): self.value(a.type, a.python_name, (name_of(a),), give)
            for a in declared.arguments
            if a.python_name not in ("first", "last", "after", "before", "idempotency_key")
        }

    def places_of(self, kind: GraphQLObjectType, name: str) -> list[tuple[Path, str | None]]:
        """List where a field's arguments want ids, and of which prefix."""
        found: list[tuple[Path, str | None]] = []

        def note(path: Path, prefix: str | None) -> str:
            found.append((path, prefix))
            return "x"

        self.arguments(kind, name, note)
        return found

    def value(self, kind: Any, name: str, path: Path, give: Give) -> Any:
        """Make a value of an input type. Raises: CannotBuild."""
        if isinstance(kind, StrawberryList):
            return [self.value(kind.of_type, name, (*path, 0), give)]
        if isinstance(kind, StrawberryContainer):
            return self.value(kind.of_type, name, path, give)
        if isinstance(kind, StrawberryEnumDefinition):
            names = [value.name for value in kind.values]
            return Choice("STAFF" if "STAFF" in names else names[0])
        if isinstance(kind, type) and issubclass(kind, GlobalId):
            return give(path, prefix_of(kind))
        if kind is strawberry.ID:
            return give(path, None)
        definition = get_object_definition(kind)
        if definition is not None:
            # A filter inside a filter wants the same again: once is enough.
            return {
                name_of(f): self.value(f.type, f.python_name, (*path, name_of(f)), give)
                for f in self.schema.get_fields(definition)  # with what other modules add
                if f.python_name not in LEFT_OUT.get(definition.name, ())
                and _form_of(f.type) is not kind
            }
        return _scalar(kind, name, path)

    # --- selections

    def selection(self, wanted: GraphQLOutputType, role: Role, only: str | None = None) -> str:
        """Select all that a role may see; of an interface only what it and `only` have."""
        for depth in range(DEPTH, 0, -1):
            selected = self._selection(get_named_type(wanted), role, depth, only)
            if len(re.findall(r"\w+", selected)) < MAX_FIELDS:
                break
        return selected

    def _selection(self, named: Any, role: Role, depth: int, only: str | None = None) -> str:
        if is_leaf_type(named):
            return ""
        parts = ["__typename"]
        if isinstance(named, GraphQLInterfaceType):
            parts += [name for name, f in named.fields.items() if is_leaf_type(_named(f))]
            for kind in self.schema.core.get_possible_types(named):
                if named.name == "Problem" or kind.name == only:
                    own = self._fields(kind, role, depth, without=set(named.fields))
                    parts.append(f"... on {kind.name} {{ __typename {' '.join(own)} }}")
        else:
            parts += self._fields(named, role, depth)
        return "{ " + " ".join(parts) + " }"

    def _fields(
        self,
        kind: GraphQLObjectType,
        role: Role,
        depth: int,
        without: Sequence[str] | set[str] = (),
    ) -> Iterator[str]:
        for name, definition in kind.fields.items():
            inner: Any = _named(definition)
            leaf = is_leaf_type(inner)
            if name in without or (depth == 0 and not leaf) or not self.shown(kind, name, role):
                continue
            given = ""
            if any(is_required_argument(a) for a in definition.args.values()):
                given = self.written(kind, name, _nobody)
            yield f"{name}{given} {self._selection(inner, role, depth - 1)}"

    def written(self, kind: GraphQLObjectType, name: str, give: Give) -> str:
        """Write a field's arguments into the document itself."""
        values = {k: v for k, v in self.arguments(kind, name, give).items() if v is not None}
        if "from" in values:  # a calendar is asked for by two instants or by days, not by both
            values.pop("day", None)
        pairs = ", ".join(f"{k}: {literal(v)}" for k, v in values.items())
        return f"({pairs})" if pairs else ""

    # --- audiences

    def audience(self, kind: GraphQLObjectType, name: str) -> Audience | None:
        """Tell who may ask for a field, its type's own audience included; None: anybody."""
        _, spec = self.schema.field(kind, name)
        found = spec.audience
        for owner in (kind, get_named_type(kind.fields[name].type)):
            if isinstance(owner, GraphQLObjectType):
                bound = table_of(self.schema.class_of(owner))
                if bound is not None and (owner is kind or spec.audience is None):
                    found = bound.audience if found is None else found & bound.audience
        return found

    def shown(self, kind: GraphQLObjectType, name: str, role: Role) -> bool:
        """Tell whether a role may ask for a field and for what is in it."""
        _, spec = self.schema.field(kind, name)
        if spec.audience is not None and role not in spec.audience:
            return False
        inner: Any = get_named_type(kind.fields[name].type)
        while isinstance(inner, GraphQLObjectType):
            bound = table_of(self.schema.class_of(inner))
            if bound is not None:
                return role in bound.audience
            if "nodes" not in inner.fields:
                return True
            inner = get_named_type(inner.fields["nodes"].type)
        return True


def _form_of(kind: Any) -> Any:
    while isinstance(kind, StrawberryContainer):
        kind = kind.of_type
    return kind


def literal(value: Any) -> str:
    """Write a value as GraphQL does."""
    if isinstance(value, Choice):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value)


def _named(definition: Any) -> Any:
    return get_named_type(definition.type)


def _nobody(path: Path, prefix: str | None) -> str:
    return f"{prefix or 'cli'}_{0:032x}"


def _scalar(kind: Any, name: str, path: Path) -> Any:
    later = name.startswith(("to", "end", "until"))
    if kind is str:
        return "nonsense" if name == "token" else TEXTS.get(name, "a fair sentence 1")
    if kind is bool:
        return False
    if kind is int:
        return None if name == "version" else 1
    if kind is MinorUnits:
        return 1
    if kind is float:
        return 1.5
    if kind is datetime:
        return (noon() + timedelta(hours=later)).isoformat()
    if kind is date:
        return "1990-01-01" if name == "birthday" else noon().date().isoformat()
    if kind is time:
        return "11:00" if later else "10:00"
    raise CannotBuild(
        f"The guard has no value for {'.'.join(map(str, path))}, a {kind}: add one to _scalar."
    )


def noon() -> datetime:
    """Return noon of a Monday in two weeks, when everybody is at work."""
    monday = datetime.now(UTC).date() + timedelta(days=14)
    monday -= timedelta(days=monday.weekday())
    return datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC)
