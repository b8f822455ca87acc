"""Documents that were read before: a flood of new ones pushes out none that are in use."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

SEEN_AGAIN = 2
"""Looks that make a document one in use: each request looks twice, when it is read and run."""


class Weighed(Protocol):
    """What is kept of a document."""

    @property
    def weight(self) -> int:
        """How much is kept of it; it grows with every plan."""


W = TypeVar("W", bound=Weighed)
Key = tuple[str, str | None]
"""A document's text, and the name of the operation that was asked for."""


@dataclass(slots=True, eq=False)
class Part(Generic[W]):
    """So many documents, no heavier together than a limit; those not used for longest leave."""

    documents: int
    limit: int
    weight: int = 0
    entries: OrderedDict[Key, Entry[W]] = field(default_factory=OrderedDict)


@dataclass(slots=True, eq=False)
class Entry(Generic[W]):
    """One document, and where it is kept."""

    key: Key
    operation: W
    part: Part[W]
    weight: int = 0
    looks: int = 0


class DocumentCache(Generic[W]):
    """Three parts: documents seen once, those strangers use, and those that accounts use.

    Whoever sends thousands of documents once fills the first. A stranger who repeats them fills the
    second, and leaves what signed-in clients use alone.
    """

    def __init__(self, documents: int, limit: int) -> None:
        """Keep half of so many, and half of that weight, for accounts, and a quarter for others."""
        self._seen: Part[W] = Part(documents // 4, limit // 4)
        self._strangers: Part[W] = Part(documents // 4, limit // 4)
        self._accounts: Part[W] = Part(documents // 2, limit // 2)
        self._entries: dict[Key, Entry[W]] = {}
        self._by_operation: dict[int, Entry[W]] = {}

    @property
    def keys(self) -> list[Key]:
        """What is kept."""
        return list(self._entries)

    @property
    def weight(self) -> int:
        """How heavy all is."""
        return sum(part.weight for part in (self._seen, self._strangers, self._accounts))

    def get(self, key: Key, *, account: bool) -> W | None:
        """Give a document, and note by whom it is used."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        entry.looks += 1
        part = self._accounts if account else self._strangers
        if entry.part is self._accounts or entry.looks < SEEN_AGAIN:
            part = entry.part
        if entry.part is part:
            part.entries.move_to_end(key)
        else:
            self._leave(entry)
            self._join(entry, part)
        return entry.operation

    def keep(self, key: Key, operation: W) -> W:
        """Keep a document that was read; gives the one that is there, if it is there already."""
        if (known := self._entries.get(key)) is not None:
            return known.operation
        entry = Entry(key, operation, self._seen)
        self._entries[key] = self._by_operation[id(operation)] = entry
        self._join(entry, self._seen)
        return operation

    def grown(self, operation: W) -> None:
        """Weigh a document again; one that was forgotten meanwhile is whoever's still runs it."""
        if (entry := self._by_operation.get(id(operation))) is not None:
            self._leave(entry)
            self._join(entry, entry.part)

    def _join(self, entry: Entry[W], part: Part[W]) -> None:
        entry.part, entry.weight = part, entry.operation.weight
        part.entries[entry.key] = entry
        part.weight += entry.weight
        while part.weight > part.limit or len(part.entries) > part.documents:
            oldest = next(iter(part.entries.values()))
            self._leave(oldest)
            del self._entries[oldest.key], self._by_operation[id(oldest.operation)]

    def _leave(self, entry: Entry[W]) -> None:
        del entry.part.entries[entry.key]
        entry.part.weight -= entry.weight
