"""How the library's rows are reached."""

from __future__ import annotations

from datetime import date, datetime

from modules.viewer import TEAM
from schema import (
    Connection,
    IdOf,
    Many,
    One,
    Parent,
    Query,
    Viewer,
    added,
    answer,
    extend,
    nested,
    ref,
    rows,
)
from tests.reading.library import models
from tests.reading.library.types import (
    Author,
    Binding,
    Book,
    BookFilter,
    BookOrder,
    Catalogue,
    Circle,
    Findings,
    Hit,
    Money,
    Review,
    Shelf,
)

ORDERS = {
    BookOrder.TITLE: ("title",),
    BookOrder.LONGEST: ("-pages", "title"),
    BookOrder.SHORTEST: ("pages",),
    BookOrder.AUTHOR: ("author__rank", "-title"),
    BookOrder.EDITOR: ("editor__name",),
    BookOrder.LENT: ("-lent_at", "pages", "-title"),
}


@extend(Query)
class LibraryQueries:
    """Where reading starts."""

    @rows
    @staticmethod
    def author(viewer: Viewer, id: IdOf[Author]) -> One[Author]:
        """One author.

        Args:
            id: Which.
        """
        return viewer.rows(models.Author).filter(id=id)

    @rows
    @staticmethod
    def authors(viewer: Viewer, named: list[str] | None = None) -> Many[Author]:
        """All authors, by name.

        Args:
            named: Only these.
        """
        found = viewer.rows(models.Author).order_by("name")
        return found.filter(name__in=named) if named is not None else found

    @rows
    @staticmethod
    def books(
        viewer: Viewer,
        order: BookOrder = BookOrder.TITLE,
        lent_before: datetime | None = None,
        by: list[IdOf[Author]] | None = None,
        matching: BookFilter | None = None,
    ) -> Connection[Book]:
        """All books.

        Args:
            order: How to sort.
            lent_before: Only those lent before this instant.
            by: Only those these authors wrote.
            matching: Only such books.
        """
        found = viewer.rows(models.Book).order_by(*ORDERS[order])
        if lent_before is not None:
            found = found.filter(lent_at__lt=lent_before)
        if by is not None:
            found = found.filter(author_id__in=by)
        if matching is None:
            return found
        if matching.min_pages is not None:
            found = found.filter(pages__gte=matching.min_pages)
        if matching.titled is not None:
            found = found.filter(title=matching.titled)
        if matching.bindings is not None:
            found = found.filter(binding__in=[b.value for b in matching.bindings])
        if matching.lent is not None:
            found = found.filter(lent_at__isnull=not matching.lent)
        for extension, values in added(matching):
            found = found.filter(extension.where(viewer, **values))
        return found

    @nested
    @staticmethod
    def shelf(viewer: Viewer, start: str) -> Shelf:
        """A shelf.

        Args:
            start: Its first letter.
        """
        return Shelf(start=start, owner=viewer.of_business())

    @nested
    @staticmethod
    def catalogue(viewer: Viewer) -> Catalogue | None:
        """All there is, at one moment."""
        return Catalogue()

    @answer(audience=TEAM)
    @staticmethod
    async def search(viewer: Viewer, word: str) -> list[Hit]:
        """Authors and books whose name or title starts with a word.

        Args:
            word: The word.
        """
        authors = (
            await viewer.rows(models.Author).filter(name__startswith=word).order_by("name", "id")
        )
        books = (
            await viewer.rows(models.Book).filter(title__startswith=word).order_by("title", "id")
        )
        return [*(ref(Author, a.id) for a in authors), *(ref(Book, b.id) for b in books)]

    @answer(audience=TEAM)
    @staticmethod
    async def findings(viewer: Viewer, word: str, on: date = date(2026, 2, 3)) -> Findings:
        """What a search finds, told at length.

        Args:
            word: The word.
            on: The day to print on it.
        """
        authors = await viewer.rows(models.Author).filter(name=word).order_by("-id")
        books = await viewer.rows(models.Book).filter(title=word).order_by("id").limit(1)
        hits: list[Hit] = [
            *(ref(Book, b.id) for b in books),
            *(ref(Author, a.id) for a in authors),
        ]
        return Findings(
            word=word,
            on=on,
            best=hits[0] if hits else None,
            authors=[ref(Author, a.id) for a in authors],
            kinds=[Binding.SOFT, Binding.HARD],
        )


@extend(Author)
class AuthorBooks:
    """What an author wrote."""

    @rows
    @staticmethod
    def books(
        author: Parent[Author], viewer: Viewer, order: BookOrder = BookOrder.TITLE
    ) -> Connection[Book]:
        """Books by this author.

        Args:
            order: How to sort.
        """
        return viewer.rows(models.Book).filter(author_id=author.id).order_by(*ORDERS[order])

    @rows
    @staticmethod
    def longest_book(author: Parent[Author], viewer: Viewer) -> One[Book]:
        """The book with most pages."""
        mine = viewer.rows(models.Book).filter(author_id=author.id, pages__isnull=False)
        return mine.order_by("-pages", "id").limit(1)

    @nested
    @staticmethod
    def circle(author: Parent[Author], viewer: Viewer, cost: int = 7) -> Circle:
        """Everybody who has this author's name.

        Args:
            cost: What meeting costs.
        """
        return Circle(
            name=author.name, size=Money(amount_minor=cost, currency="EUR"), key=author.id
        )


@extend(Book)
class BookReviews:
    """What was thought of a book."""

    @rows
    @staticmethod
    def reviews(book: Parent[Book], viewer: Viewer, at_least: int = 0) -> Many[Review]:
        """Reviews, best first.

        Args:
            at_least: Only with so many stars.
        """
        return (
            viewer.rows(models.Review)
            .filter(book_id=book.id, stars__gte=at_least)
            .order_by("-stars", "id")
        )

    @rows
    @staticmethod
    def colophon(book: Parent[Book], viewer: Viewer) -> Many[Author]:
        """All authors, whichever the book: rows that do not depend on their parent."""
        return viewer.rows(models.Author).order_by("-rank", "id")
