"""Names in the SDL: camelCase of the names in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from strawberry.schema.name_converter import NameConverter

NAMES = NameConverter(auto_camel_case=True)


def name_of(node: Any) -> str:
    """Return the GraphQL name of a field or an argument."""
    return NAMES.get_graphql_name(node)


def camel(name: str) -> str:
    """Write a Python name the way the SDL does: `starts_at` → `startsAt`."""
    return NAMES.apply_naming_config(name)


def api_path(field: Sequence[str]) -> list[str]:
    """Write the path a refusal names the way the SDL does: `starts_at` → `startsAt`."""
    return [camel(part.rstrip("_")) for part in field]
