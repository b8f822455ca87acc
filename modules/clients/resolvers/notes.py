"""What the team writes down about a client: reading and writing it."""

from __future__ import annotations

from modules.clients import models, rules
from modules.clients.types import (
    AddClientNoteInput,
    Client,
    ClientNote,
    DeleteClientNoteInput,
    UpdateClientNoteInput,
)
from modules.errors import InvalidInput, NotFound
from modules.text import TextNotAllowed, TextTooLong
from modules.viewer import TEAM, Viewer
from schema import Connection, Many, Mutation, Parent, Payload, extend, given, mutation, rows

TO_KNOW_FIRST = (
    models.ClientNoteKind.ALERT,
    models.ClientNoteKind.ALLERGY,
    models.ClientNoteKind.MEDICATION,
)


@extend(Client)
class ClientNotes:
    """The team takes notes about a client."""

    @rows(audience=TEAM)
    @staticmethod
    def notes(
        client: Parent[Client], viewer: Viewer, kind: models.ClientNoteKind | None = None
    ) -> Connection[ClientNote]:
        """What the team wrote down, the latest first.

        Args:
            kind: Only notes of this kind.
        """
        found = viewer.rows(models.ClientNote).filter(client_id=client.id).order_by("-created_at")
        return found if kind is None else found.filter(kind=kind)

    @rows(audience=TEAM)
    @staticmethod
    def alerts(client: Parent[Client], viewer: Viewer) -> Many[ClientNote]:
        """What one has to know before touching them: alerts, allergies and medication."""
        found = viewer.rows(models.ClientNote).filter(client_id=client.id, kind__in=TO_KNOW_FIRST)
        return found.order_by("kind", "-created_at")


@extend(Mutation)
class NoteMutations:
    """Writing down what is worth knowing."""

    @mutation(refuses=(NotFound, rules.NoteEmpty, TextTooLong, TextNotAllowed))
    @staticmethod
    async def add_client_note(by: Viewer, input: AddClientNoteInput) -> Payload[ClientNote]:
        """Note something about a client, with one's name and the time."""
        return await rules.add_client_note(by, **given(input))

    @mutation(
        updates=ClientNote,
        refuses=(rules.NoteEmpty, InvalidInput, TextTooLong, TextNotAllowed),
    )
    @staticmethod
    async def update_client_note(by: Viewer, input: UpdateClientNoteInput) -> Payload[ClientNote]:
        """Change a note; who wrote it, and when, stays."""
        return await rules.update_client_note(by, note_id=input.id, **given(input))

    @mutation(updates=ClientNote, deletes=ClientNote)
    @staticmethod
    async def delete_client_note(by: Viewer, input: DeleteClientNoteInput) -> Payload[Client]:
        """Delete a note for good; answers the client it was about."""
        return await rules.delete_client_note(by, note_id=input.id)
