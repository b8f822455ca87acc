"""What the team wrote down about clients, as the API shows it, and what is filled in for it."""

from __future__ import annotations

from datetime import datetime

from strawberry import UNSET

from modules.accounts.types import Account
from modules.clients import models
from modules.clients.types.client import Client
from schema import IdOf, Node, VersionedInput, input, table, visible


@table(models.ClientNote, prefix="nte")
class ClientNote(Node):
    """Something the team wrote down about a client."""

    client: Client
    """The client it is about."""
    kind: models.ClientNoteKind
    """What the note is about."""
    text: str
    """The text of the note."""
    actor: Account | None = visible(column="author")
    """Who wrote it; null when nobody did, or their account is gone."""
    created_at: datetime
    """When it was written."""
    edited_at: datetime | None
    """When it was last changed; null when it never was."""
    version: int
    """Grows with every change: send it along with an update."""


@input
class AddClientNoteInput:
    """Something to note about a client."""

    client_id: IdOf[Client]
    """The client it is about."""
    kind: models.ClientNoteKind = models.ClientNoteKind.GENERAL
    """What the note is about."""
    text: str
    """What it says, up to 10,000 characters."""


@input
class UpdateClientNoteInput(VersionedInput):
    """What to change about a note; what is left out stays."""

    id: IdOf[ClientNote]
    """The note to change."""
    kind: models.ClientNoteKind | None = UNSET
    """What the note is about."""
    text: str | None = UNSET
    """What it says, up to 10,000 characters."""


@input
class DeleteClientNoteInput(VersionedInput):
    """A note to delete for good."""

    id: IdOf[ClientNote]
    """The note to delete."""
    version: int | None = UNSET
    """The version you read: it stays when somebody changed it since."""
