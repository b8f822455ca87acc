"""What happens to clients' files, as watchers are told of it."""

from __future__ import annotations

from enum import Enum

import strawberry

from modules.accounts.types import Change
from modules.clients.types.client import Client
from schema import enum, object


@enum
class ClientChangeKind(Enum):
    """What happened to a client's file, or to many at once."""

    CREATED = "CREATED"
    """The file was opened."""
    UPDATED = "UPDATED"
    """Something in it changed: `changed` says what."""
    VERIFIED = "VERIFIED"
    """The client proved to read the mail of their address."""
    DELETED = "DELETED"
    """It was erased, with all that belonged to it."""
    MERGED = "MERGED"
    """Another file, `otherId`, became a part of it."""
    UNMERGED = "UNMERGED"
    """That was undone: the other file, `otherId`, is back."""
    IMPORTED = "IMPORTED"
    """Many were opened at once: `count` says how many. Read the list again."""
    REWRITTEN = "REWRITTEN"
    """Many were changed at once: `count` says how many. Read the list again."""
    TAKEN_BACK = "TAKEN_BACK"
    """Many that an import had opened are gone: `count` says how many. Read the list again."""


@object
class ClientChange(Change):
    """Something that happened to a client's file, or to many at once."""

    kind: ClientChangeKind
    """What happened to the client's file."""
    client: Client | None
    """The file as it is now; null when it is gone, or when it was about many at once."""
    other_id: strawberry.ID | None
    """The other file, where two became one or one became two again; null otherwise."""
    changed: list[str]
    """What of it changed, named like the fields of `Client`; empty where that says nothing."""
    count: int
    """How many files: 1, or more when it was about many at once."""
