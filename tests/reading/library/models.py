"""Authors, books and reviews: enough tables for every shape of selection."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from storage.models import Owned


class Binding(StrEnum):
    """How a book is bound; the database keeps other words than the API."""

    HARD = "hardcover"
    SOFT = "paperback"


class Author(Owned):
    """Somebody who writes or edits."""

    name = fields.CharField(max_length=100)
    born = fields.DateField(null=True)
    rank = fields.IntField(null=True)
    facts = fields.JSONField[Any](null=True)

    class Meta:  # noqa: D106 - Tortoise's own way to name a table
        table = "authors"


class Book(Owned):
    """Something written."""

    title = fields.CharField(max_length=100)
    author_id: UUID
    author: Any = fields.ForeignKeyField("library.Author", related_name=False)
    editor_id: UUID | None
    editor: Any = fields.ForeignKeyField("library.Author", related_name=False, null=True)
    sequel_of_id: UUID | None
    sequel_of: Any = fields.ForeignKeyField("library.Book", related_name=False, null=True)
    binding = fields.CharEnumField(Binding, max_length=20)
    genres: Any = ArrayField(element_type="text", null=True)
    pages = fields.IntField(null=True)
    price_minor = fields.IntField()
    lent_at = fields.DatetimeField(null=True)

    class Meta:  # noqa: D106 - Tortoise's own way to name a table
        table = "books"


class Review(Owned):
    """What somebody thought of a book."""

    book_id: UUID
    book: Any = fields.ForeignKeyField("library.Book", related_name=False)
    stars = fields.IntField()
    words = fields.TextField(null=True)

    class Meta:  # noqa: D106 - Tortoise's own way to name a table
        table = "reviews"
