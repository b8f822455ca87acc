"""Names in the SDL: camelCase of the names in Python."""

from __future__ import annotations

import re
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


def snake(name: str) -> str:
    """Write a name of the SDL the way Python does: `startsAt` and `StartsAt` → `starts_at`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def api_path(field: Sequence[str]) -> list[str]:
    """Write the path a refusal names the way the SDL does: `starts_at` → `startsAt`."""
    return [camel(part.rstrip("_")) for part in field]
