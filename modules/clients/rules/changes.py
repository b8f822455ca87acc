"""What can be written in a client's file: one form for the team, imports, invitations, bookings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NotRequired, TypedDict
from uuid import UUID

from modules.clients.models import ClientNoteKind, ClientSource, MarketingChannel


class Address(TypedDict, total=False):
    """Where somebody lives; what is left out stays."""

    street: str | None
    postal_code: str | None
    city: str | None
    region: str | None
    country: str | None
    """ISO 3166, two letters."""


class Consent(TypedDict):
    """What they said to marketing on one channel."""

    channel: MarketingChannel
    granted: bool
    how: NotRequired[str | None]
    """Where it is proved: a form, a call, a page."""


class FieldValue(TypedDict):
    """A value for a field of the business's own: that of its kind; none at all removes it."""

    field_id: UUID
    text: NotRequired[str | None]
    number: NotRequired[float | None]
    date: NotRequired[date | None]
    choice: NotRequired[str | None]


class Note(TypedDict):
    """Something to note."""

    text: str
    kind: NotRequired[ClientNoteKind]


class ClientChanges(TypedDict, total=False):
    """What can be written in a file; what is left out stays."""

    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    phone_region: str | None
    birthday: date | None
    note: str | None
    address: Address | None
    """None removes all of it."""
    tags: Sequence[str] | None
    """Exactly these."""
    preferred_staff_id: UUID | None
    consents: Sequence[Consent] | None
    """Channels that are not named stay as they are."""
    custom_fields: Sequence[FieldValue] | None
    """Fields that are not named stay as they are."""
    notes: Sequence[Note] | None
    """To be added to those there are."""
    source: ClientSource
