"""What can happen to an invitation; the subject is always the invitation."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from modules.events import Event


@dataclass(frozen=True, kw_only=True)
class InvitationEvent(Event):
    """A change of an invitation."""

    client_id: UUID | None
    """Whose file it is about; None while they are not on the list."""


@dataclass(frozen=True, kw_only=True)
class ClientInvited(InvitationEvent):
    """Somebody was invited, for the first time or again: a mail goes to them."""


@dataclass(frozen=True, kw_only=True)
class ClientInvitationAccepted(InvitationEvent):
    """Somebody followed the link, and is on the list."""


@dataclass(frozen=True, kw_only=True)
class ClientInvitationRevoked(InvitationEvent):
    """An invitation was taken back; its links stopped working."""
