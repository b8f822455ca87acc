"""What is filled in to open a file, and to change it."""

from __future__ import annotations

from datetime import date

from strawberry import UNSET

from modules.clients.types.client import Client
from schema import IdOf, form


@form
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
    """What the team wants to remember, up to 10,000 characters."""


@form
class UpdateClientInput:
    """What to change in a file; what is left out stays."""

    id: IdOf[Client]
    """Whose."""
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
    """What the team wants to remember; null removes it."""
