"""What is filled in to open a file, to change it, and to block somebody."""

from __future__ import annotations

from datetime import date

from strawberry import UNSET

from modules.clients import models
from modules.clients.types.client import Client
from modules.clients.types.fields import ClientField
from modules.services.types import Staff
from schema import IdOf, input


@input
class AddressInput:
    """Where somebody lives; what is left out stays."""

    street: str | None = UNSET
    """Street and number, up to 500 characters, in as many lines as it takes."""
    postal_code: str | None = UNSET
    """As the country writes it, up to 20 characters."""
    city: str | None = UNSET
    """City, town or village, up to 200 characters."""
    region: str | None = UNSET
    """State, province or county, up to 200 characters."""
    country: str | None = UNSET
    """ISO 3166, two letters: `NL`."""


@input
class ConsentInput:
    """What they said to marketing on one channel; it is written down with who did, and when."""

    channel: models.MarketingChannel
    """On which channel."""
    granted: bool
    """Whether they said yes."""
    how: str | None = UNSET
    """How they said it, such as the form they signed; up to 500 characters."""


@input
class CustomFieldInput:
    """What to say in a field of the business's own: the value of its kind; without any, nothing."""

    field_id: IdOf[ClientField]
    """In which field."""
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
    """What it is about."""
    text: str
    """What it says, up to 10,000 characters."""


@input
class CreateClientInput:
    """A file to open: both names, and a mail address or a phone number."""

    first_name: str
    """Given name, up to 200 characters."""
    last_name: str
    """Family name, up to 200 characters."""
    email: str | None = UNSET
    """Where mail reaches them."""
    phone: str | None = UNSET
    """Where calls reach them, as they are written down locally or with the country code."""
    phone_region: str | None = UNSET
    """The country a phone number without country code is of, such as `NL`; else the business's."""
    birthday: date | None = UNSET
    """When they were born, from 1900 on."""
    note: str | None = UNSET
    """What the team wants to remember, in one text of up to 10,000 characters."""
    notes: list[ClientNoteInput] | None = UNSET
    """What the team wants to remember, each with its kind."""
    address: AddressInput | None = UNSET
    """Where they live."""
    tags: list[str] | None = UNSET
    """Words to find them by: up to 50, of up to 50 characters; capitals do not matter."""
    preferred_staff_id: IdOf[Staff] | None = UNSET
    """Who they like to come to."""
    consents: list[ConsentInput] | None = UNSET
    """What they said to marketing; on channels that are left out, nothing."""
    custom_fields: list[CustomFieldInput] | None = UNSET
    """What to say in the fields of the business's own."""


@input
class UpdateClientInput:
    """What to change in a file; what is left out stays."""

    id: IdOf[Client]
    """The client whose file to change."""
    version: int | None = UNSET
    """The version you read: the change is refused when somebody changed it since."""
    first_name: str | None = UNSET
    """Given name, up to 200 characters."""
    last_name: str | None = UNSET
    """Family name, up to 200 characters."""
    email: str | None = UNSET
    """Where mail reaches them; null removes it."""
    phone: str | None = UNSET
    """Where calls reach them; null removes it."""
    phone_region: str | None = UNSET
    """The country a phone number without country code is of, such as `NL`; else the business's."""
    birthday: date | None = UNSET
    """When they were born; null removes it."""
    note: str | None = UNSET
    """What the team wants to remember, in one text; null removes it."""
    address: AddressInput | None = UNSET
    """Where they live, part by part; null removes all of it."""
    tags: list[str] | None = UNSET
    """Words to find them by: exactly these; null removes them."""
    preferred_staff_id: IdOf[Staff] | None = UNSET
    """Who they like to come to; null for nobody."""
    consents: list[ConsentInput] | None = UNSET
    """What they said to marketing; channels that are left out stay as they are."""
    custom_fields: list[CustomFieldInput] | None = UNSET
    """What to say in the fields of the business's own; those that are left out stay."""


@input
class BlockClientInput:
    """Somebody who may no longer book by themselves."""

    id: IdOf[Client]
    """The client to block."""
    version: int | None = UNSET
    """The version you read: the change is refused when somebody changed it since."""
    reason: str | None = None
    """Why, for the team; up to 1,000 characters."""


@input
class UnblockClientInput:
    """Somebody who may book again."""

    id: IdOf[Client]
    """The client to unblock."""
    version: int | None = UNSET
    """The version you read: the change is refused when somebody changed it since."""
