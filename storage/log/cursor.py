"""Where a reader of the log stands: what it has seen, as text a client keeps for us."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, Self

NOW = "log_cursor()"
"""SQL for the cursor of now, as text.

Select it in the same statement as the rows it belongs to: then every event is either in those rows
or after the cursor, never both and never neither. Inside a `change()` the change's own events count
as seen.
"""

LONGEST = 16_384
LARGEST = 2**63
_SNAPSHOT = r"(\d{1,19})\.(\d{1,19})\.((?:\d{1,19}(?:_\d{1,19})*)?)"
_CURSOR = re.compile(rf"([0-9a-f]{{8}})-{_SNAPSHOT}(?:-{_SNAPSHOT}-(\d{{1,19}}))?", re.ASCII)


class BadCursor(ValueError):
    """The text is not a cursor of this log."""


class CursorExpired(Exception):
    """PostgreSQL crashed or was restored since this cursor was given out: read everything again.

    A snapshot is not durable: after a crash, numbers of transactions it has seen, which left
    nothing on the disk, are given to others.
    """


class Snapshot(NamedTuple):
    """The transactions a statement could see: those below `xmax` except the `running` ones."""

    xmin: int
    xmax: int
    running: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.xmin}.{self.xmax}.{'_'.join(map(str, self.running))}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a reader has seen: all of `seen`, and of `batch` the events up to `seq`."""

    tag: str
    """The cluster whose transactions are meant, and since which crash."""
    seen: Snapshot
    batch: Snapshot | None = None
    seq: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a cursor back, or raise BadCursor. Whether it expired, reading the log tells."""
        found = _CURSOR.fullmatch(text) if len(text) <= LONGEST else None
        if found is None:
            raise BadCursor("not a cursor of this log")
        tag, *numbers = found.groups()
        if numbers[3] is None:
            return cls(tag, _snapshot(*numbers[:3]))
        return cls(tag, _snapshot(*numbers[:3]), _snapshot(*numbers[3:6]), _number(numbers[6]))

    @property
    def newest(self) -> int:
        """The first transaction the reader cannot have seen anything of."""
        return self.seen.xmax if self.batch is None else max(self.seen.xmax, self.batch.xmax)

    def __str__(self) -> str:
        if self.batch is None:
            return f"{self.tag}-{self.seen}"
        return f"{self.tag}-{self.seen}-{self.batch}-{self.seq}"


def _snapshot(xmin: str, xmax: str, running: str) -> Snapshot:
    found = Snapshot(
        _number(xmin), _number(xmax), tuple(_number(x) for x in running.split("_") if x)
    )
    ascending = all(a < b for a, b in zip(found.running, found.running[1:], strict=False))
    within = all(found.xmin <= x < found.xmax for x in found.running)
    if not (0 < found.xmin <= found.xmax and ascending and within):
        raise BadCursor("not a cursor of this log")
    return found


def _number(text: str) -> int:
    if (number := int(text)) >= LARGEST:
        raise BadCursor("not a cursor of this log")
    return number
