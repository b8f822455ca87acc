"""What of an operation gets no answer: null, and an error for every such null."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from schema.errors import Error
from schema.reading.parameters import Frame

MOST = 100
"""Errors of one kind in an answer: of a long list the first ones say what the others would."""
Place = tuple[str | int, ...]
Why = Callable[[Frame], Error | None]
"""Tells why a field stays null; of a refused argument every execution may have its own reason.
None: this time it does not."""


@dataclass(frozen=True, slots=True)
class Denied:
    """A field of the operation that stays null."""

    path: tuple[str, ...]
    """The response keys that lead to it, from below the root field on."""
    why: Why
    mark: orjson.Fragment
    """The null that stands for it: an object of its own, so that it is told from other nulls."""


class Denials:
    """The fields below one root field that stay null; nothing is read for them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._denied: list[Denied] = []

    def add(self, path: list[str], why: Why) -> orjson.Fragment:
        """Note a field that stays null, and why; return what stands for it in the answer."""
        mark = orjson.Fragment(b"null")
        self._denied.append(Denied(tuple(path), why, mark))
        return mark

    def errors(self, key: str, value: Any, frame: Frame) -> list[Error]:
        """Write an error for every place in a root field's value that is null for a reason here."""
        return [
            {**why, "path": list(place)}
            for denied in self._denied
            if (why := denied.why(frame)) is not None
            for place in islice(_places(value, denied.path, denied.mark, (key,)), MOST)
        ]


def _places(
    value: Any, path: tuple[str, ...], mark: orjson.Fragment, place: Place
) -> Iterator[Place]:
    """Find where a field is in the answer: once for every row there is above it."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, path, mark, (*place, index))
    elif not path:
        if value is mark:
            yield place
    elif isinstance(value, dict):
        if path[0] in value:
            yield from _places(value[path[0]], path[1:], mark, (*place, path[0]))
    elif isinstance(value, orjson.Fragment) and value is not mark:
        yield (*place, *path)  # a row of a large answer, which is written already
