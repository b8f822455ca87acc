"""What the team writes down about a client: by whom, when, and what about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from modules.clients import models
from modules.clients.events import ClientUpdated
from modules.clients.models import ClientNoteKind
from modules.clients.rules.changes import Note
from modules.errors import InvalidInput, NotFound, checked
from modules.events import record
from modules.text import paragraphs
from modules.viewer import Viewer


class NoteEmpty(InvalidInput):
    """A note says something."""

    code = "NOTE_EMPTY"
    remedy = "Write something, or delete the note."


class NoteChanges(TypedDict, total=False):
    """What can be changed about a note; what is left out stays."""

    kind: ClientNoteKind
    text: str


async def add_client_note(
    by: Viewer, *, client_id: UUID, text: str, kind: ClientNoteKind = ClientNoteKind.GENERAL
) -> UUID:
    """Note something about a client."""
    said = _text(text, "text")
    # Held until the note is written: it must not arrive in a file that is being deleted.
    file = by.rows(models.Client).filter(id=client_id).select_for_update(no_key=True)
    if not await file.only("id"):
        raise NotFound("There is no such client.", field="client_id")
    (note,) = rows(by, client_id, [(kind, said)])
    await note.save(force_create=True)
    _changed(by, client_id)
    return note.id


async def update_client_note(by: Viewer, *, note_id: UUID, **changes: Unpack[NoteChanges]) -> UUID:
    """Change a note; who wrote it, and when, stays.

    Refuses: NotFound and what `add_client_note` refuses.
    """
    columns = {column: _tidy(column, value) for column, value in changes.items()}
    note = await _find(by, note_id)
    edited = {**columns, "edited_at": datetime.now(UTC)}
    await by.rows(models.ClientNote).filter(id=note_id).update(**edited)
    _changed(by, note.client_id)
    return note_id


async def delete_client_note(by: Viewer, *, note_id: UUID) -> UUID:
    """Delete a note for good; answers whose it was."""
    note = await _find(by, note_id)
    await by.rows(models.ClientNote).filter(id=note_id).delete()
    _changed(by, note.client_id)
    return note.client_id


def notes(given: Sequence[Note] | None) -> list[tuple[ClientNoteKind, str]]:
    """Tidy notes that come with a file. Refuses: NoteEmpty, TextTooLong, TextNotAllowed."""
    texts = {f"notes.{n}.text": each["text"] for n, each in enumerate(given or ())}
    found = checked(texts, lambda at, typed: _text(typed, at))
    kinds = [each.get("kind") or ClientNoteKind.GENERAL for each in given or ()]
    return list(zip(kinds, found.values(), strict=True))


def rows(
    by: Viewer, client_id: UUID, said: Sequence[tuple[ClientNoteKind, str]]
) -> list[models.ClientNote]:
    """Make the rows of notes."""
    return [
        models.ClientNote(
            business_id=by.of_business(),
            client_id=client_id,
            author_id=by.account_id,
            kind=kind,
            text=text,
        )
        for kind, text in said
    ]


async def _find(by: Viewer, note_id: UUID) -> models.ClientNote:
    notes = by.rows(models.ClientNote).select_for_update(no_key=True)
    note: models.ClientNote | None = await notes.get_or_none(id=note_id)
    if note is None:
        raise NotFound("There is no such note.", field="id")
    return note


def _changed(by: Viewer, client_id: UUID) -> None:
    record(ClientUpdated(business_id=by.of_business(), subject=client_id, changed=("notes",)))


def _tidy(column: str, value: Any) -> Any:
    match column:
        case "text":
            return _text(value, column)
        case "kind":
            if value is None:
                raise InvalidInput("A note is of some kind.", field=column)
            return value
        case _:
            raise TypeError(f"a note has no {column}")


def _text(value: str | None, field: str) -> str:
    tidy = paragraphs(value, field, limit=10_000)
    if tidy is None:
        raise NoteEmpty(field=field)
    return tidy
