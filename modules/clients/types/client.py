"""A client's file as the API shows it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from modules.clients import events, models
from modules.services.types import Staff
from modules.viewer import SIGNED_IN, TEAM
from schema import Node, computed, enum, object, table, visible

AccountState = enum(events.AccountState)
ClientSource = enum(models.ClientSource)
MarketingChannel = enum(models.MarketingChannel)
ClientNoteKind = enum(models.ClientNoteKind)
ClientFieldKind = enum(models.ClientFieldKind)

ADDRESS = ("street", "postal_code", "city", "region", "country")


@object
class Address:
    """Where somebody lives."""

    street: str | None
    """Street and number, in as many lines as it takes."""
    postal_code: str | None
    """As the country writes it."""
    city: str | None
    """City, town or village."""
    region: str | None
    """State, province or county, where addresses have one."""
    country: str | None
    """ISO 3166, two letters: `NL`."""


@table(models.Client, prefix="cli", audience=SIGNED_IN, otherwise=TEAM)
class Client(Node):
    """One business's file on a person."""

    first_name: str = visible(SIGNED_IN)
    """Given name."""
    last_name: str = visible(SIGNED_IN)
    """Family name."""
    email: str | None = visible(SIGNED_IN)
    """Where mail reaches them; at least one of mail and phone is known."""
    phone: str | None = visible(SIGNED_IN)
    """Where calls reach them, in E.164: `+31612345678`."""
    birthday: date | None = visible(SIGNED_IN)
    """When they were born."""
    note: str | None = visible(TEAM)
    """What the team wants to remember, in one text; `notes` have a kind, a date and a name."""
    tags: list[str] = visible(TEAM)
    """Words the team finds them by, in small letters, in their order."""
    preferred_staff: Staff | None = visible(SIGNED_IN)
    """Who they like to come to."""
    consents: list[models.MarketingChannel] = visible(SIGNED_IN)
    """The channels on which they agreed to be sent marketing."""
    source: models.ClientSource
    """How they came to be on the list."""
    account_state: events.AccountState = visible(SIGNED_IN)
    """Whether they look after their appointments themselves."""
    email_verified_at: datetime | None = visible(SIGNED_IN)
    """When they proved to read the address's mail; null until then."""
    blocked_at: datetime | None = visible(TEAM)
    """Since when they may not book by themselves; null when they may."""
    block_reason: str | None = visible(TEAM)
    """Why they may not, if the team said."""
    created_at: datetime = visible(SIGNED_IN)
    """When the file was opened."""
    version: int = visible(SIGNED_IN)
    """Grows with every change: send it along with an update."""

    @computed(needs=("first_name", "last_name"), audience=SIGNED_IN)
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @computed(needs=ADDRESS, audience=SIGNED_IN)
    def address(self) -> Address | None:
        """Where they live; null when nothing of it is known."""
        row: Any = self
        parts = {name: getattr(row, name) for name in ADDRESS}
        return Address(**parts) if any(parts.values()) else None
