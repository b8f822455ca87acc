"""Global ids: readable, typed, and worthless for any other type (`cli_0192f3a1…`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast
from uuid import UUID

from modules.errors import InvalidInput

T = TypeVar("T")
_ID = re.compile(r"([A-Za-z]+)_([0-9A-Fa-f]{32})")


class InvalidId(InvalidInput):
    """That is not an id of the expected kind."""

    code = "INVALID_ID"
    remedy = "Send an id as this API gave it to you, of the type the field asks for."


def encode(prefix: str, key: UUID) -> str:
    """Write a row's key as a global id."""
    return f"{prefix}_{key.hex}"


def decode(text: str, prefix: str) -> UUID:
    """Read a global id of one type. Refuses: InvalidId."""
    kind, key = split(text)
    if kind != prefix:
        raise InvalidId(
            "Expected an id that starts with {prefix}_, not {found}_.",
            prefix=prefix,
            found=kind[:16],
        )
    return key


def split(text: str, *, field: str | Sequence[str] = ()) -> tuple[str, UUID]:
    """Read any global id, from this field, as its prefix and key. Refuses: InvalidId."""
    found = _ID.fullmatch(text)
    if found is not None:
        return found[1], UUID(hex=found[2])
    if text.startswith("dry_"):
        raise InvalidId(
            "That id is of a dry run's answer: it means nothing anywhere else.", field=field
        )
    raise InvalidId(
        "An id is a short prefix, an underscore and 32 hexadecimal digits.", field=field
    )


@dataclass(frozen=True, slots=True)
class Ref(Generic[T]):
    """A row to be read later, by the selection the client made."""

    type: type[T] | str
    """The type the row is of, or only the prefix of its ids."""
    key: UUID


def ref(target: type[T], key: UUID) -> T:
    """Refer to a row where its type is promised; the engine reads what the client selects of it."""
    return cast(T, Ref(target, key))


_made: list[type[GlobalId]] = []


def id_classes() -> list[type[GlobalId]]:
    """Return every class `IdOf[...]` has made."""
    return _made


class GlobalId(str):
    """Base of the classes `IdOf[...]` makes: `ID` in the SDL, a `UUID` in Python."""

    __slots__ = ()

    target: ClassVar[Callable[[], type]]


if TYPE_CHECKING:

    class IdOf(UUID, Generic[T]):
        """The id of a `T`: `ID` in the SDL, a plain `UUID` in Python."""
else:

    class IdOf:
        """The id of a `T`: `ID` in the SDL, a plain `UUID` in Python."""

        def __class_getitem__(cls, target: Any) -> type[GlobalId]:
            """Make, once, the class that stands for ids of this type."""
            return _id_class(target)


@cache
def _id_class(target: type) -> type[GlobalId]:
    made = type(f"IdOf{target.__name__}", (GlobalId,), {"target": staticmethod(lambda: target)})
    _made.append(made)
    return made
