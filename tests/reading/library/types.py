"""The library's types: columns, foreign keys, computed fields, expressions, a group and a union."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry

from schema import (
    OWNERS,
    Connection,
    Node,
    Parent,
    Viewer,
    choice,
    computed,
    expression,
    plain,
    rows,
    table,
    visible,
)
from tests.reading.library import models


@choice
class Binding(Enum):
    """How a book is bound."""

    HARD = "hardcover"
    """Between boards."""
    SOFT = "paperback"
    """In paper."""


@choice
class BookOrder(Enum):
    """How books are sorted."""

    TITLE = "title"
    """By title."""
    LONGEST = "longest"
    """The longest first; unknown length before all."""
    SHORTEST = "shortest"
    """The shortest first; unknown length after all."""
    AUTHOR = "author"
    """By the author's rank, then by title backwards."""


@plain
class Money:
    """An amount."""

    amount_minor: int
    """In the currency's minor unit."""
    currency: str
    """ISO 4217."""


@table(models.Author, prefix="aut")
class Author(Node):
    """Somebody who writes or edits."""

    name: str
    """Full name."""
    born: date | None
    """Birthday, when known."""
    rank: int | None = visible(OWNERS)
    """Only for owners."""

    @expression
    @staticmethod
    def book_count(author: Parent[Author], viewer: Viewer) -> int:
        """How many books this author wrote."""
        return viewer.rows(models.Book).filter(author_id=author.id).count()

    @computed(needs=("name", "born"))
    def label(self, prefix: str = "", shout: bool = False) -> str:
        """A name to print.

        Args:
            prefix: Put before it.
            shout: In capitals.
        """
        text = f"{prefix}{self.name} ({self.born.year if self.born else '?'})"
        return text.upper() if shout else text


@table(models.Book, prefix="bok")
class Book(Node):
    """Something written."""

    title: str
    """What it is called."""
    author: Author
    """Who wrote it."""
    editor: Author | None
    """Who edited it."""
    binding: Binding
    """How it is bound."""
    pages: int | None
    """How long it is."""
    lent_at: datetime | None
    """Since when it is away."""

    @computed(needs=("price_minor",))
    def price(self) -> Money:
        """What it costs."""
        return Money(amount_minor=self.price_minor, currency="EUR")


@table(models.Review, prefix="rev")
class Review(Node):
    """What somebody thought of a book."""

    stars: int
    """One to five."""
    words: str | None
    """In words."""
    book: Book
    """The book it is about."""


@plain
class Shelf:
    """The books between two letters."""

    start: str
    """From this letter."""
    owner: strawberry.Private[UUID]

    @rows
    @staticmethod
    def books(shelf: Parent[Shelf], viewer: Viewer) -> Connection[Book]:
        """What stands on it."""
        return (
            viewer.rows(models.Book)
            .filter(business_id=shelf.owner, title__gte=shelf.start)
            .order_by("title")
        )


Hit = Annotated[Author | Book, strawberry.union("Hit", description="What a search may find.")]
