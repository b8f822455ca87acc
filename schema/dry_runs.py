"""Dry runs answer with ids of their own: no cache takes what would be for what is."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import FieldNode, GraphQLField, GraphQLNamedType, get_named_type

from schema.reading.selection import Selections

KEYS = ("token", "upload")
"""Fields of payloads that let somebody in, or something be sent."""
MOST = 2_000_000
"""Bytes of the answer to a dry run, which is gone through as a whole."""


@dataclass(slots=True)
class Places:
    """Where ids are in the answer of one selection."""

    ids: set[str] = field(default_factory=set)
    """Keys of the answer below which there is an id, or a list of them."""
    below: dict[str, Places] = field(default_factory=dict)
    """Where ids are in the objects below a key."""


def id_places(selections: Selections, nodes: Sequence[FieldNode], kind: GraphQLNamedType) -> Places:
    """Find out where ids are in what these nodes select of a type, whatever it turns out to be."""
    found = Places()
    for node in nodes:
        _collect(selections, node, kind, found)
    return found


def _collect(
    selections: Selections, node: FieldNode, kind: GraphQLNamedType, found: Places
) -> None:
    if node.selection_set is None:
        return
    for on, selected in selections.anywhere(node.selection_set, kind):
        definition: GraphQLField | None = getattr(on, "fields", {}).get(selected.name.value)
        if definition is None:
            continue  # `__typename`
        key = (selected.alias or selected.name).value
        named = get_named_type(definition.type)
        if named.name == "ID":
            found.ids.add(key)
        elif selected.selection_set is not None:
            _collect(selections, selected, named, found.below.setdefault(key, Places()))


def with_own_ids(value: Any, places: Places) -> Any:
    """Give an answer with other ids: the same for the same row in it, and for no row anywhere."""
    return _written(value, places, f"dry_{secrets.token_hex(4)}_")


def without_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a payload is made of without what would open something: nothing is there."""
    return {name: None if name in KEYS else value for name, value in values.items()}


def _written(value: Any, places: Places, mark: str) -> Any:
    if isinstance(value, orjson.Fragment):  # a row of a large answer, which is written already
        value = orjson.loads(orjson.dumps(value))
    if isinstance(value, list):
        return [_written(each, places, mark) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: _member(key, each, places, mark) for key, each in value.items()}


def _member(key: str, value: Any, places: Places, mark: str) -> Any:
    if key in places.ids:
        return _marked(value, mark)
    return _written(value, places.below[key], mark) if key in places.below else value


def _marked(value: Any, mark: str) -> Any:
    if isinstance(value, list):
        return [_marked(each, mark) for each in value]
    return mark + value if isinstance(value, str) else value
