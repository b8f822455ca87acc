"""Fields a business defines for itself, and what files say in them."""

from __future__ import annotations

from datetime import date, datetime

from strawberry import UNSET

from modules.clients import models
from schema import IdOf, Node, VersionedInput, input, payload, table


@table(models.ClientField, prefix="fld")
class ClientField(Node):
    """Something a business wants to know of its clients that others do not ask."""

    name: str
    """What the field is called."""
    kind: models.ClientFieldKind
    """What it holds; this never changes."""
    options: list[str]
    """What can be chosen, in order; empty unless it is a `CHOICE`."""
    required: bool
    """Whether the team has to fill it in when they open a file."""
    archived_at: datetime | None
    """Since when it is no longer filled in, nor shown in files; null while it is."""
    version: int
    """Grows with every change: send it along with an update."""


@table(models.ClientFieldValue)
class ClientFieldValue:
    """What a file says in a field of the business's own; one of the four is there."""

    field: ClientField
    """The field that says it."""
    text: str | None
    """What it says, in a field of kind `TEXT`."""
    number: float | None
    """What it says, in a field of kind `NUMBER`."""
    date: date | None
    """What it says, in a field of kind `DATE`."""
    choice: str | None
    """What was chosen, in a field of kind `CHOICE`; an option may be gone since."""


@input
class CreateClientFieldInput:
    """A field to define; it comes after those there are."""

    name: str
    """What it is called, up to 200 characters; no two fields in use have one name."""
    kind: models.ClientFieldKind
    """What it holds; this never changes."""
    options: list[str] | None = UNSET
    """What can be chosen, in order: 1 to 100, for a `CHOICE` only."""
    required: bool = False
    """Whether the team has to fill it in when they open a file."""


@input
class UpdateClientFieldInput(VersionedInput):
    """What to change about a field; what is left out stays."""

    id: IdOf[ClientField]
    """The field to change."""
    name: str | None = UNSET
    """What it is called, up to 200 characters."""
    options: list[str] | None = UNSET
    """What can be chosen: exactly these. Files keep what was chosen before."""
    required: bool | None = UNSET
    """Whether the team has to fill it in when they open a file; files that are open stay valid."""


@input
class ArchiveClientFieldInput(VersionedInput):
    """A field to put away, or to bring back."""

    id: IdOf[ClientField]
    """The field to archive or bring back."""
    archived: bool = True
    """Whether to put it away; its values are kept, and shown again when it comes back."""


@input
class ReorderClientFieldsInput:
    """The order in which fields are shown and filled in."""

    ids: list[IdOf[ClientField]]
    """Those that come first, in order; the others follow in the order they have."""


@payload
class ReorderedClientFields:
    """Fields in their new order."""

    client_fields: list[ClientField]
    """All of them, archived ones included."""
