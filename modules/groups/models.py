"""Groups, and what a business wants of them."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from storage.models import Owned, Versioned


class ClientGroup(Owned, Versioned):
    """Some of the clients, under a name."""

    name = fields.CharField(max_length=200)
    description = fields.TextField(null=True)
    folded_name = fields.TextField()
    """The name in small letters, of which there is one at a business."""
    sort_name = fields.TextField()
    folding = fields.SmallIntField(null=True)
    """Which way of folding wrote it."""
    size = fields.IntField(default=0)
    """How many clients are in it, kept by the database itself."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "client_groups"


class GroupClient(Owned):
    """A client who is in a group: a view of who is in which; the id is the client's own."""

    group_id: UUID = fields.UUIDField()
    sort_name = fields.TextField()

    class Meta(Model.Meta):
        """The view they are seen through."""

        table = "group_clients"
