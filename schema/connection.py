"""Relay connections: pages of rows in any order, by cursors that hold while rows come and go."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union
from uuid import UUID
from zlib import crc32

import orjson
import strawberry
from strawberry.types.arguments import StrawberryArgument

from modules.errors import InvalidInput
from schema.declaring import argument
from schema.describing import object

T = TypeVar("T")

DEFAULT_PAGE = 20
MAX_PAGE = 100


class InvalidPage(InvalidInput):
    """The page asked for makes no sense."""

    code = "INVALID_PAGE"
    remedy = "Ask for first or last (0 to {most}), with cursors of this list in this order."
    values = MappingProxyType({"most": MAX_PAGE})


@object
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool
    """Whether more rows follow."""
    has_previous_page: bool
    """Whether rows come before."""
    start_cursor: str | None
    """The cursor of the first row; null on an empty page."""
    end_cursor: str | None
    """The cursor of the last row: pass it as `after`. Null on an empty page."""


@strawberry.type(description="A row and its place in the list.")
class Edge(Generic[T]):
    """A row and its place in the list."""

    cursor: str = strawberry.field(description="Its place: pass it as `after` or `before`.")
    node: T = strawberry.field(description="The row at this place.")


if TYPE_CHECKING:
    from tortoise.queryset import QuerySet

    from schema.aliases import _Of

    Connection = Union[QuerySet[Any], _Of[T]]  # noqa: UP007 - an alias with a type argument
else:

    @strawberry.type(description="A page of a list that can grow.")
    class Connection(Generic[T]):
        """A page of a list that can grow."""

        edges: list[Edge[T]] = strawberry.field(description="The rows with their cursors.")
        nodes: list[T] = strawberry.field(description="The rows of the page.")
        page_info: PageInfo = strawberry.field(description="Where the page stands.")
        total_count: int = strawberry.field(
            description="How many rows the whole list has; counted only when asked for."
        )


PAGING: tuple[Callable[[], StrawberryArgument], ...] = (
    lambda: argument(
        "first",
        int | None,
        f"How many rows from the front, 0 to {MAX_PAGE}; {DEFAULT_PAGE} when nothing is said.",
    ),
    lambda: argument("after", str | None, "Only rows after this cursor."),
    lambda: argument("last", int | None, f"How many rows from the back, 0 to {MAX_PAGE}."),
    lambda: argument("before", str | None, "Only rows before this cursor."),
)
"""The arguments every connection has."""


def page_size(first: int | None, last: int | None) -> int:
    """Return how many rows were asked for. Refuses: InvalidPage."""
    if first is not None and last is not None:
        raise InvalidPage("Ask for first or last, not both.", field="first")
    size = last if first is None else first
    if size is None:
        return DEFAULT_PAGE
    if not 0 <= size <= MAX_PAGE:
        raise InvalidPage(
            "A page has 0 to {most} rows, not {size}.",
            field="last" if first is None else "first",
            size=size,
        )
    return size


def fingerprint(order: Sequence[str]) -> int:
    """Tie a cursor to the order it was made in."""
    return crc32("\n".join(order).encode())


def write_cursor(order: int, values: Sequence[str | None]) -> str:
    """Write a row's place as an opaque string."""
    return base64.urlsafe_b64encode(orjson.dumps([order, *values])).rstrip(b"=").decode()


def _whole(bits: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        number = int(text)
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise ValueError(text)
        return str(number)

    return read


def _words(text: str) -> str:
    if "\0" in text:
        raise ValueError(text)
    return text


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat()


READERS: dict[str, Callable[[str], str]] = {
    "uuid": lambda text: str(UUID(text)),
    "text": _words,
    "timestamptz": _instant,
    "date": lambda text: date.fromisoformat(text).isoformat(),
    "smallint": _whole(16),
    "int": _whole(32),
    "bigint": _whole(64),
}
"""What reads a sort key of a PostgreSQL type, and writes it as PostgreSQL understands it.

Python understands more than PostgreSQL does (`1_0`, `2026-W01-1`, `urn:uuid:…`), so what a cursor
holds is never passed on as it came.
"""


EXTREMES: dict[str, tuple[str, str]] = {
    "uuid": ("0" * 32, "f" * 32),
    "text": ("", "\U0010ffff"),
    "timestamptz": ("-infinity", "infinity"),
    "date": ("-infinity", "infinity"),
    "smallint": (str(-(2**15)), str(2**15 - 1)),
    "int": (str(-(2**31)), str(2**31 - 1)),
    "bigint": (str(-(2**63)), str(2**63 - 1)),
}
"""What comes before and after all values of a PostgreSQL type."""


def read_cursor(text: str | None, order: int, types: Sequence[str], field: str) -> list[str | None]:
    """Read a cursor back. Refuses: InvalidPage, for garbage and for cursors of another order."""
    if text is None:
        return [None] * len(types)
    length = len(types)
    try:
        read = orjson.loads(base64.urlsafe_b64decode(text[:4000] + "=" * (-len(text) % 4)))
    except (binascii.Error, orjson.JSONDecodeError, ValueError):
        read = None
    if not isinstance(read, list) or len(read) != length + 1:
        raise InvalidPage("That is not a cursor of this list.", field=field)
    if read[0] != order:
        raise InvalidPage("That cursor belongs to a list in another order.", field=field)
    try:
        return [_key(value, kind) for value, kind in zip(read[1:], types, strict=True)]
    except (ValueError, ArithmeticError) as error:
        raise InvalidPage("That is not a cursor of this list.", field=field) from error


def _key(value: Any, kind: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004 -- forged, as a value of the wrong form is
    return READERS[kind](value)
