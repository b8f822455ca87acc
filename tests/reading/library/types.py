"""The library's types: columns, foreign keys, computed fields, expressions, groups and a union."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from tortoise.expressions import RawSQL

from schema import (
    JSON,
    OWNERS,
    Connection,
    Many,
    Node,
    Parent,
    Viewer,
    computed,
    enum,
    expression,
    input,
    object,
    rows,
    table,
    visible,
)
from tests.reading.library import models


@enum
class Binding(Enum):
    """How a book is bound."""

    HARD = "hardcover"
    """Between boards."""
    SOFT = "paperback"
    """In paper."""


@enum
class Genre(Enum):
    """What a book is about; the database keeps other words."""

    CRIME = "crime and punishment"
    """Somebody did it."""
    POETRY = "poems"
    """Lines do not reach the margin."""


@enum
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
    EDITOR = "editor"
    """By the editor's name; books without an editor after all."""
    LENT = "lent"
    """The latest lent first, then the shortest, then by title backwards."""


@input
class BookFilter:
    """Which books."""

    min_pages: int | None = None
    """Only as long as this."""
    titled: str | None = None
    """Only with this title."""
    bindings: list[Binding] | None = None
    """Only bound like this."""
    lent: bool | None = None
    """Only those that are away, or only those that are not."""


@object
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
    facts: JSON | None
    """Whatever else is known."""

    @expression
    @staticmethod
    def book_count(author: Parent[Author], viewer: Viewer) -> int:
        """How many books this author wrote."""
        return cast(int, viewer.rows(models.Book).filter(author_id=author.id).count())

    @expression
    @staticmethod
    def last_lent(author: Parent[Author], viewer: Viewer) -> datetime | None:
        """When a book of this author was last lent."""
        lent = viewer.rows(models.Book).filter(author_id=author.id, lent_at__isnull=False)
        return cast(datetime, lent.order_by("-lent_at").limit(1).values("lent_at"))

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
    sequel_of: Book | None
    """The book before it."""
    binding: Binding
    """How it is bound."""
    genres: list[Genre] | None
    """What it is about, when somebody has read it."""
    pages: int | None
    """How long it is."""
    lent_at: datetime | None
    """Since when it is away."""

    @computed(needs=("price_minor",))
    def price(self: Any) -> Money:
        """What it costs."""
        return Money(amount_minor=self.price_minor, currency="EUR")

    @computed(needs=("price_minor", "pages"))
    def prices(self: Any, currencies: list[str], at_least: int | None = None) -> list[Money] | None:
        """What it costs in other currencies; null for a book of unknown length.

        Args:
            currencies: Which ones.
            at_least: Never less than this.
        """
        if self.pages is None:
            return None
        amount = max(self.price_minor, at_least or 0)
        return [Money(amount_minor=amount, currency=each) for each in currencies]

    @computed(needs=("binding",))
    def other_binding(self: Any) -> Binding:
        """How it could have been bound."""
        return Binding.SOFT if self.binding == "hardcover" else Binding.HARD


@table(models.Review, prefix="rev")
class Review(Node):
    """What somebody thought of a book."""

    stars: int
    """One to five."""
    words: str | None
    """In words."""
    book: Book
    """The book it is about."""


@object
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

    @expression
    @staticmethod
    def width(shelf: Parent[Shelf], viewer: Viewer) -> int:
        """How many books stand on it."""
        return cast(int, viewer.rows(models.Book).filter(title__gte=shelf.start).count())


@object
class Circle:
    """Everybody of one name."""

    name: str
    """The name they share."""
    size: Money
    """What a reunion would cost."""
    key: strawberry.Private[Any]

    @rows
    @staticmethod
    def members(circle: Parent[Circle], viewer: Viewer) -> Many[Author]:
        """Those who have the name."""
        return viewer.rows(models.Author).filter(name=circle.name).order_by("-born", "id")


@object
class Catalogue:
    """All there is, at one moment."""

    @expression(snapshot=True)
    @staticmethod
    def taken(catalogue: Parent[Catalogue]) -> str:
        """When."""
        return cast(str, RawSQL("pg_current_snapshot()::text"))

    @rows
    @staticmethod
    def titles(catalogue: Parent[Catalogue], viewer: Viewer) -> Connection[Book]:
        """All books."""
        return viewer.rows(models.Book).order_by("title")


Hit = Annotated[Author | Book, strawberry.union("Hit", description="What a search may find.")]


@object
class Findings:
    """What was found, and how."""

    word: str
    """The word that was looked for."""
    on: date
    """The day it is said to be."""
    best: Hit | None
    """The first of all."""
    authors: list[Author]
    """Authors of that name."""
    kinds: list[Binding]
    """Bindings there are."""
