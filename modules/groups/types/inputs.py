"""What is filled in to make a group, and to change who is in it."""

from __future__ import annotations

from strawberry import UNSET

from modules.clients.types import Client
from modules.groups.types.group import Group
from schema import IdOf, VersionedInput, input


@input
class CreateGroupInput:
    """A group to make, of some clients or of none yet."""

    name: str
    """What it is called, up to 200 characters; no other group is called so, whatever capitals."""
    description: str | None = None
    """What it is, for the team; up to 5,000 characters."""
    client_ids: list[IdOf[Client]] | None = None
    """Who is in it, up to 5,000; who is named twice is in it once."""


@input
class UpdateGroupInput(VersionedInput):
    """What to change about a group; what is left out stays."""

    id: IdOf[Group]
    """The group to change."""
    name: str | None = UNSET
    """What it is called, up to 200 characters."""
    description: str | None = UNSET
    """What it is, for the team; null removes it."""
    client_ids: list[IdOf[Client]] | None = UNSET
    """Who is in it: exactly these, up to 5,000. Null changes nothing."""


@input
class DeleteGroupInput(VersionedInput):
    """A group to delete for good."""

    id: IdOf[Group]
    """The group to delete."""
    confirm: bool = False
    """Whether services may be left that are open to nobody, and segments that name it; else they
    are named, and it stays."""
    token: str | None = None
    """The token of the preview you looked at, instead of `confirm`: refused when something else
    would be left behind by now."""


@input
class AddClientsToGroupInput:
    """Clients who join a group."""

    group_id: IdOf[Group]
    """The group the clients join."""
    client_ids: list[IdOf[Client]]
    """Who, up to 5,000; who is named twice, or is in it already, is in it once."""


@input
class RemoveClientsFromGroupInput:
    """Clients who leave a group."""

    group_id: IdOf[Group]
    """The group the clients leave."""
    client_ids: list[IdOf[Client]]
    """The clients to remove, up to 5,000."""
