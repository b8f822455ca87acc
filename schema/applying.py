"""A rule, and what extensions of its input make of the values they added."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from modules.errors import Checks
from modules.viewer import Viewer
from schema.reading.values import added


async def apply(viewer: Viewer, form: Any, rule: Callable[[], Awaitable[Any]]) -> Any:
    """Call a rule, then the extensions of its input; return what the rule did.

    What the rule and the checks of the extensions refuse is told together.
    """
    checks, additions = Checks(), list[tuple[Any, dict[str, Any]]]()
    for extension, values in added(form):
        check = getattr(extension, "check", None)
        with checks:
            additions.append((extension, await check(viewer, **values) if check else values))
    with checks:
        result = await rule()
    checks.done()
    for extension, values in additions:
        await extension.apply(viewer, getattr(result, "id", result), **values)
    return result
