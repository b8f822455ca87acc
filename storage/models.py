"""What every table of the business has in common."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model
from uuid_utils.compat import uuid7

__all__ = ["Owned", "Row", "Scope", "Versioned", "uuid7"]


class Tenant(Protocol):
    """Whoever reads rows, as far as storage cares: which business they belong to."""

    @property
    def business_id(self) -> Any:
        """The business, or a reference to it in SQL; None for nobody's."""


class Scope(Q):
    """A condition that holds just for the rows one viewer may see, and remembers which viewer.

    Compiled reads ask a queryset for it, so that rows picked without it are never served.
    """

    __slots__ = ("viewer",)

    def __init__(self, viewer: Tenant, allowed: Q) -> None:
        super().__init__(allowed)
        self.viewer = viewer


class Row(Model):
    """A table's row, known by an id that sorts by the time it was made."""

    id: UUID = fields.UUIDField(primary_key=True, default=uuid7)

    class Meta:  # noqa: D106 - Tortoise's own way to say it is no table
        abstract = True


class Owned(Row):
    """A row that belongs to one business and is never seen by another."""

    business_id: UUID = fields.UUIDField()

    class Meta:  # noqa: D106 - Tortoise's own way to say it is no table
        abstract = True

    @classmethod
    def scope(cls, viewer: Tenant) -> Q:
        """Say which rows this viewer may see: those of their business, unless a table says less."""
        return Q(business_id=viewer.business_id)


class Versioned(Model):
    """A row that counts its changes, so that an edit of an old copy can be refused."""

    version: int = fields.IntField(default=1)
    """Grows by one with every update, by the trigger `bump_version()` its migration adds."""

    class Meta:  # noqa: D106 - Tortoise's own way to say it is no table
        abstract = True
