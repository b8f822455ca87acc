"""What is filled in to open a file, to change it, and to block somebody."""

from __future__ import annotations

from datetime import date

from strawberry import UNSET

from modules.clients import models
from modules.clients.types.client import Client
from modules.clients.types.fields import ClientField
from modules.clients.types.profiled import takes
from modules.services.types import Staff
from modules.viewer import Role
from schema import IdOf, VersionedInput, input


@input
@takes(by=Role.STAFF, changing=True, within="address")
class AddressInput:
    """Where somebody lives; what is left out stays."""


@input
class ConsentInput:
    """What they said to marketing on one channel; it is written down with who did, and when."""

    channel: models.MarketingChannel
    """The channel the yes or no is about."""
    granted: bool
    """Whether they said yes."""
    how: str | None = UNSET
    """How they said it, such as the form they signed; up to 500 characters."""


@input
class CustomFieldInput:
    """What to say in a field of the business's own: the value of its kind; without any, nothing."""

    field_id: IdOf[ClientField]
    """The field to fill in."""
    text: str | None = UNSET
    """For a field of kind `TEXT`, up to 2,000 characters."""
    number: float | None = UNSET
    """For a field of kind `NUMBER`."""
    date: date | None = UNSET
    """For a field of kind `DATE`."""
    choice: str | None = UNSET
    """For a field of kind `CHOICE`: one of its options."""


@input
class ClientNoteInput:
    """Something to note about a new client."""

    kind: models.ClientNoteKind = models.ClientNoteKind.GENERAL
    """What the note is about."""
    text: str
    """What it says, up to 10,000 characters."""


VALUES = {
    "address": AddressInput,
    "consents": list[ConsentInput],
    "custom_fields": list[CustomFieldInput],
    "preferred_staff_id": IdOf[Staff],
}
"""What is filled in where it is no plain value."""


@input
@takes(VALUES, by=Role.STAFF, changing=False)
class CreateClientInput:
    """A file to open: both names, and a mail address or a phone number."""

    phone_region: str | None = UNSET
    """The country a phone number without country code is of, such as `NL`; else the business's."""
    notes: list[ClientNoteInput] | None = UNSET
    """What the team wants to remember, each with its kind."""


@input
@takes(VALUES, by=Role.STAFF, changing=True)
class UpdateClientInput(VersionedInput):
    """What to change in a file; what is left out stays."""

    id: IdOf[Client]
    """The client whose file to change."""
    phone_region: str | None = UNSET
    """The country a phone number without country code is of, such as `NL`; else the business's."""


@input
class BlockClientInput(VersionedInput):
    """Somebody who may no longer book by themselves."""

    id: IdOf[Client]
    """The client to block."""
    reason: str | None = None
    """Why, for the team; up to 1,000 characters."""


@input
class UnblockClientInput(VersionedInput):
    """Somebody who may book again."""

    id: IdOf[Client]
    """The client to unblock."""
