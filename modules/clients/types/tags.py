"""Tags of clients, as the API shows them, and what is filled in to change them."""

from __future__ import annotations

from modules.clients import models
from modules.clients.types.client import Client
from schema import IdOf, input, payload, table


@table(models.ClientTag)
class ClientTag:
    """A tag that clients have."""

    tag: str
    """The tag, in small letters."""
    count: int
    """How many clients have it."""


@input
class AddClientTagsInput:
    """Tags to put on clients."""

    client_ids: list[IdOf[Client]]
    """The clients to put them on, up to 1,000."""
    tags: list[str]
    """Tags of up to 50 characters; a client has at most 50."""


@input
class RemoveClientTagsInput:
    """Tags to take off clients."""

    client_ids: list[IdOf[Client]]
    """The clients to take them off, up to 1,000."""
    tags: list[str]
    """Which; a client who does not have one stays as they are."""


@payload
class TaggedClients:
    """Clients whose tags were changed together."""

    clients: list[Client]
    """All that were named, in their order."""
    changed: int
    """How many of them had other tags before."""
