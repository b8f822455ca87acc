"""What can happen to a client's file."""

from __future__ import annotations

from dataclasses import dataclass

from modules.events import Event


@dataclass(frozen=True, kw_only=True)
class ClientCreated(Event):
    """A file was opened."""


@dataclass(frozen=True, kw_only=True)
class ClientUpdated(Event):
    """Something in a file changed."""


@dataclass(frozen=True, kw_only=True)
class ClientsImported(Event):
    """Many files were opened at once; the subject is the business."""

    count: int
    """How many."""
