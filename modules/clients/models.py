"""The files a business keeps on the people who come."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from storage.models import Owned, Versioned


class CaseInsensitive(fields.TextField):
    """Text that is the same whatever its capitals."""

    SQL_TYPE = "CITEXT"


class Client(Owned, Versioned):
    """One business's file on a person."""

    first_name = fields.CharField(max_length=200)
    last_name = fields.CharField(max_length=200)
    email = CaseInsensitive(null=True)
    phone = fields.CharField(max_length=16, null=True)
    birthday = fields.DateField(null=True)
    note = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    sort_name = fields.TextField()
    search_text = fields.TextField()

    class Meta(Model.Meta):
        """Where it is kept."""

        table = "clients"
