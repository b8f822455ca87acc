"""Clients as the API shows them."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum

from strawberry import UNSET

from modules.clients import models
from schema import IdOf, Node, choice, computed, form, table


@table(models.Client, prefix="cli")
class Client(Node):
    """One business's file on a person."""

    first_name: str
    """Given name."""
    last_name: str
    """Family name."""
    email: str | None
    """Where mail reaches them; at least one of mail and phone is known."""
    phone: str | None
    """Where calls reach them, in E.164: `+31612345678`."""
    birthday: date | None
    """When they were born."""
    note: str | None
    """What the team wants to remember."""
    created_at: datetime
    """When the file was opened."""
    version: int
    """Grows with every change: send it along with an update."""

    @computed(needs=("first_name", "last_name"))
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


@choice
class ClientOrder(Enum):
    """How the client list is sorted."""

    NAME = "NAME"
    """By last name, then first name, whatever capitals and accents."""
    NAME_DESCENDING = "NAME_DESCENDING"
    """The same from the other end."""
    NEWEST = "NEWEST"
    """The files opened last come first."""
    OLDEST = "OLDEST"
    """The files opened first come first."""


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
