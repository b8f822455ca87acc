"""What can be written in a client's file that is more than one value."""

from __future__ import annotations

from datetime import date
from typing import NotRequired, TypedDict
from uuid import UUID

from modules.clients.models import ClientNoteKind, MarketingChannel


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
