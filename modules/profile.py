"""What is said of each field of a client's file, by the module that keeps it.

The module `clients` keeps the profile itself, in its table. Another module keeps what it adds in a
table of its own, a row for each client under the client's own id, and says here how lists show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from storage.process import here

CLIENTS = "clients"
"""The table of the files themselves."""


class ProfileKind(StrEnum):
    """What a column of a file holds: its type in SQL."""

    TEXT = "text"
    DATE = "date"
    INSTANT = "timestamptz"
    NUMBER = "bigint"
    ID = "uuid"
    WORDS = "text[]"
    VALUES = "jsonb"
    """The values of the business's own fields, by their ids."""

    @property
    def empty(self) -> str:
        """What stands in the column, as SQL, where there is nothing; NULL where it may be null."""
        return {ProfileKind.WORDS: "'{}'", ProfileKind.VALUES: "'{}'"}.get(self, "NULL")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileField:
    """A column with something of each client, and how a list of clients shows it."""

    name: str
    """The column's name."""
    kind: ProfileKind
    label: str | None
    """What a list calls it; None: lists leave it out, or `cells` say."""
    cells: Mapping[str, str] = field(default_factory=dict)
    """Several columns of a list, or one written in a way of its own: labels, and SQL.

    In the SQL `{0}` stands for the column, and `c` is the row of `clients`.
    """
    table: str = CLIENTS
    """Which table it is in: that of the files, or one with a row for each, of the same id."""
    missing: str = "NULL"
    """What a client without a row in that table has, as SQL."""
    within: str = ""
    """What it is shown as a part of."""
    output: str = ""
    """What it is called where it is shown, where not by its column."""
    last: bool = False
    """Whether lists have it behind what other modules add."""

    @property
    def listed(self) -> bool:
        """Whether lists have it at all."""
        return self.label is not None or bool(self.cells) or self.kind is ProfileKind.VALUES


def fields() -> list[ProfileField]:
    """List what all enabled modules keep of each client, in the order of lists."""
    said = (each for module in here.modules for each in module.profile)
    return sorted(said, key=lambda each: each.last)
