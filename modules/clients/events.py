"""What can happen to a client's file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from modules.events import Event


class AccountStatus(StrEnum):
    """Whether a client can look after their appointments themselves."""

    NONE = "NONE"
    """Nobody asked them to: there is no mail address, or it was never written to."""
    INVITED = "INVITED"
    """They were invited and have not answered."""
    UNVERIFIED = "UNVERIFIED"
    """Mail was sent to confirm the address; nobody has followed its link."""
    VERIFIED = "VERIFIED"
    """They proved to read the address's mail, and may sign in."""


@dataclass(frozen=True, kw_only=True)
class ClientCreated(Event):
    """A file was opened."""


@dataclass(frozen=True, kw_only=True)
class ClientUpdated(Event):
    """Something in a file changed."""

    changed: tuple[str, ...] = ()
    """The columns that did, and `notes` when one was written, changed or deleted."""


@dataclass(frozen=True, kw_only=True)
class ClientFieldChanged(Event):
    """A field of the business's own was made, changed, moved, archived or brought back."""


@dataclass(frozen=True, kw_only=True)
class ClientVerificationAsked(Event):
    """A client was asked to prove a mail address, with a link sent there."""

    link_id: UUID
    """The link to follow: it knows the address."""


@dataclass(frozen=True, kw_only=True)
class ClientVerified(Event):
    """A client proved to read their address's mail, and may sign in."""


@dataclass(frozen=True, kw_only=True)
class ClientSegmentChanged(Event):
    """A saved filter was made, changed or thrown away."""


@dataclass(frozen=True, kw_only=True)
class ClientsImported(Event):
    """Many files were opened at once; the subject is the business."""

    count: int
    """How many."""


@dataclass(frozen=True, kw_only=True)
class ClientsChanged(Event):
    """Many files were changed at once; the subject is the business."""

    count: int
    """How many."""


@dataclass(frozen=True, kw_only=True)
class ClientsTakenBack(Event):
    """Many files were removed that were opened by mistake; the subject is the business."""

    count: int
    """How many."""


@dataclass(frozen=True, kw_only=True)
class ClientDeleted(Event):
    """A file was erased, with all that belonged to it.

    Once everybody has been told, the log forgets whose it was: the subject is nobody then.
    """


@dataclass(frozen=True, kw_only=True)
class ClientsMerged(Event):
    """Two files became one; the subject is the one that stays."""

    other_id: UUID
    """The one that is gone."""
    merge_id: UUID
    """What undoes it."""


@dataclass(frozen=True, kw_only=True)
class ClientsUnmerged(Event):
    """A merge was undone; the subject is the file that had stayed."""

    other_id: UUID
    """The one that is back."""
    merge_id: UUID
    """Which merge."""
