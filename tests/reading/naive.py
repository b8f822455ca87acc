"""A reader that is slow and plainly right: the ORM's objects, plain Python, graphql-core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from graphql import GraphQLResolveInfo, GraphQLSchema, build_schema, execute_sync, parse
from tortoise.models import Model

from modules.viewer import Viewer
from tests.reading.library.models import Author, Book, Review

PREFIXES: dict[str, type[Model]] = {"aut": Author, "bok": Book, "rev": Review}
BINDINGS = {"hardcover": "HARD", "paperback": "SOFT"}
GENRES = {"crime and punishment": "CRIME", "poems": "POETRY"}
Sorting = Sequence[tuple[Callable[[Any], Any], bool]]


@dataclass
class Place:
    """Something plain to select from."""

    kind: str
    values: dict[str, Any]


@cache
def _schema_of(sdl: str) -> GraphQLSchema:
    return build_schema(sdl)


class Naive:
    """Answers operations on the library from lists of all its rows, one field after another."""

    def __init__(self, sdl: str, rows: Sequence[Any], viewer: Viewer) -> None:
        """Take every row there is, whoever's; what is not the viewer's is left out here."""
        self._schema = _schema_of(sdl)
        mine = [row for row in rows if row.business_id == viewer.business_id]
        self._all = {row.id: row for row in mine}
        self._authors = [row for row in mine if isinstance(row, Author)]
        self._books = [row for row in mine if isinstance(row, Book)]
        self._reviews = [row for row in mine if isinstance(row, Review)]

    @classmethod
    async def load(cls, sdl: str, viewer: Viewer) -> Naive:
        """Read the whole library."""
        return cls(sdl, [*await Author.all(), *await Book.all(), *await Review.all()], viewer)

    def answer(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Answer one operation. Cursors are the ids of rows, without a prefix."""
        result: Any = execute_sync(
            self._schema,
            parse(document),
            variable_values=variables,
            field_resolver=self._resolve,
            type_resolver=lambda value, *_: type(value).__name__,
        )
        if result.errors:
            raise AssertionError(result.errors)
        data: dict[str, Any] = result.data
        return data

    def _resolve(self, source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        kind, name = info.parent_type.name, info.field_name
        given = {k: v for k, v in arguments.items() if v is not None}
        if isinstance(source, Place) and name in source.values:
            return source.values[name]
        if name == "id":
            prefix = next(p for p, model in PREFIXES.items() if isinstance(source, model))
            return f"{prefix}_{source.id.hex}"
        own = getattr(self, f"_{kind}_{name}".lower(), None)
        return getattr(source, name) if own is None else own(source, **given)

    # --- roots

    def _query_node(self, _: Any, id: str) -> Any:
        prefix, _, digits = id.partition("_")
        found = self._all.get(UUID(digits))
        return found if isinstance(found, PREFIXES[prefix]) else None

    def _query_nodes(self, _: Any, ids: list[str]) -> Any:
        return [self._query_node(None, id) for id in ids]

    def _query_author(self, _: Any, id: str) -> Any:
        return self._query_node(None, id)

    def _query_authors(self, _: Any, named: list[str] | None = None) -> Any:
        found = [a for a in self._authors if named is None or a.name in named]
        return _sorted(found, [(lambda a: a.name, False)])

    def _query_books(
        self,
        _: Any,
        order: str,
        lentBefore: str | None = None,  # noqa: N803 -- as the SDL names it
        by: list[str] | None = None,
        matching: dict[str, Any] | None = None,
        **paging: Any,
    ) -> Any:
        found = self._books
        if lentBefore is not None:
            instant = datetime.fromisoformat(lentBefore)
            found = [b for b in found if b.lent_at is not None and b.lent_at < instant]
        if by is not None:
            found = [b for b in found if f"aut_{b.author_id.hex}" in by]
        return self._page([b for b in found if _matches(b, matching or {})], order, **paging)

    def _query_shelf(self, _: Any, start: str) -> Any:
        return Place("Shelf", {"start": start})

    def _query_search(self, _: Any, word: str) -> Any:
        authors = [a for a in self._authors if a.name.startswith(word)]
        books = [b for b in self._books if b.title.startswith(word)]
        return [
            *_sorted(authors, [(lambda a: a.name, False)]),
            *_sorted(books, [(lambda b: b.title, False)]),
        ]

    def _query_findings(self, _: Any, word: str, on: str) -> Any:
        authors = sorted((a for a in self._authors if a.name == word), key=lambda a: -a.id.int)
        books = sorted((b for b in self._books if b.title == word), key=lambda b: b.id)
        best = next(iter([*books[:1], *authors]), None)
        return Place(
            "Findings",
            {"word": word, "on": on, "best": best, "authors": authors, "kinds": ["SOFT", "HARD"]},
        )

    # --- authors

    def _author_born(self, author: Author) -> Any:
        return _day(author.born)

    def _author_bookcount(self, author: Author) -> Any:
        return len(self._by(author))

    def _author_lastlent(self, author: Author) -> Any:
        return _instant(max((b.lent_at for b in self._by(author) if b.lent_at), default=None))

    def _author_label(self, author: Author, prefix: str, shout: bool) -> Any:
        label = f"{prefix}{author.name} ({author.born.year if author.born else '?'})"
        return label.upper() if shout else label

    def _author_books(self, author: Author, order: str, **paging: Any) -> Any:
        return self._page(self._by(author), order, **paging)

    def _author_longestbook(self, author: Author) -> Any:
        long = [b for b in self._by(author) if b.pages is not None]
        return next(iter(_sorted(long, [(lambda b: b.pages, True)])), None)

    def _author_circle(self, author: Author, cost: int) -> Any:
        return Place("Circle", {"name": author.name, "size": _money(cost)})

    def _circle_members(self, circle: Place) -> Any:
        found = [a for a in self._authors if a.name == circle.values["name"]]
        return _sorted(found, [(lambda a: a.born, True)])

    def _by(self, author: Author) -> list[Book]:
        return [b for b in self._books if b.author_id == author.id]

    # --- books

    def _book_author(self, book: Book) -> Any:
        return self._all[book.author_id]

    def _book_editor(self, book: Book) -> Any:
        return self._all[book.editor_id] if book.editor_id else None

    def _book_sequelof(self, book: Book) -> Any:
        return self._all[book.sequel_of_id] if book.sequel_of_id else None

    def _book_binding(self, book: Book) -> Any:
        return BINDINGS[book.binding]

    def _book_otherbinding(self, book: Book) -> Any:
        return {"HARD": "SOFT", "SOFT": "HARD"}[BINDINGS[book.binding]]

    def _book_genres(self, book: Book) -> Any:
        return None if book.genres is None else [GENRES[genre] for genre in book.genres]

    def _book_lentat(self, book: Book) -> Any:
        return _instant(book.lent_at)

    def _book_price(self, book: Book) -> Any:
        return _money(book.price_minor)

    def _book_prices(self, book: Book, currencies: list[str], atLeast: int = 0) -> Any:  # noqa: N803
        if book.pages is None:
            return None
        return [_money(max(book.price_minor, atLeast), each) for each in currencies]

    def _book_reviews(self, book: Book, atLeast: int) -> Any:  # noqa: N803
        found = [r for r in self._reviews if r.book_id == book.id and r.stars >= atLeast]
        return _sorted(found, [(lambda r: r.stars, True)])

    def _book_colophon(self, _: Book) -> Any:
        return _sorted(self._authors, [(lambda a: a.rank, True)])

    def _review_book(self, review: Review) -> Any:
        return self._all[review.book_id]

    # --- shelves and pages

    def _shelf_books(self, shelf: Place, **paging: Any) -> Any:
        found = [b for b in self._books if b.title >= shelf.values["start"]]
        return self._page(found, "TITLE", **paging)

    def _shelf_width(self, shelf: Place) -> Any:
        return sum(b.title >= shelf.values["start"] for b in self._books)

    def order(self, order: str) -> Sorting:
        """Say what an order compares, and which of that backwards."""
        orders: dict[str, Sorting] = {
            "TITLE": [(lambda b: b.title, False)],
            "LONGEST": [(lambda b: b.pages, True), (lambda b: b.title, False)],
            "SHORTEST": [(lambda b: b.pages, False)],
            "AUTHOR": [(lambda b: self._all[b.author_id].rank, False), (lambda b: b.title, True)],
            "EDITOR": [(lambda b: b.editor_id and self._all[b.editor_id].name, False)],
            "LENT": [
                (lambda b: b.lent_at, True),
                (lambda b: b.pages, False),
                (lambda b: b.title, True),
            ],
        }
        return orders[order]

    def _page(
        self,
        rows: list[Book],
        order: str,
        *,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        sorting = self.order(order)
        window = _sorted(rows, sorting)
        if after is not None:
            window = self._cut(window, sorting, after)[1]
        if before is not None:
            window = self._cut(window, sorting, before)[0]
        size = last or first or 20
        shown = window[-size:] if last else window[:size]
        more = len(window) > size
        info = {
            "hasNextPage": before is not None if last else more,
            "hasPreviousPage": more if last else after is not None,
            "startCursor": str(shown[0].id) if shown else None,
            "endCursor": str(shown[-1].id) if shown else None,
        }
        edges = [Place("BookEdge", {"cursor": str(b.id), "node": b}) for b in shown]
        return Place(
            "BookConnection",
            {
                "edges": edges,
                "nodes": shown,
                "pageInfo": Place("PageInfo", info),
                "totalCount": len(rows),
            },
        )

    def _cut(self, rows: list[Book], sorting: Sorting, cursor: str) -> tuple[Any, Any]:
        """Split at the place of a row, which need not be in the list itself."""
        here = self._all[UUID(cursor)]
        ordered = _sorted([*(r for r in rows if r is not here), here], sorting)
        place = ordered.index(here)
        return ordered[:place], ordered[place + 1 :]


def _sorted(rows: list[Any], sorting: Sorting) -> list[Any]:
    """Sort as PostgreSQL does: nulls are larger than everything; what is equal, by id."""
    found = sorted(rows, key=lambda row: row.id)
    for key, descending in reversed(sorting):
        found.sort(key=lambda row: _comparable(key(row)), reverse=descending)
    return found


def _comparable(value: Any) -> tuple[bool, Any]:
    return (value is None, 0 if value is None else value)


def _matches(book: Book, wanted: dict[str, Any]) -> bool:
    least, title = wanted.get("minPages"), wanted.get("titled")
    bindings, lent = wanted.get("bindings"), wanted.get("lent")
    return (
        (least is None or (book.pages is not None and book.pages >= least))
        and (title is None or book.title == title)
        and (bindings is None or BINDINGS[book.binding] in bindings)
        and (lent is None or (book.lent_at is not None) is lent)
    )


def _money(amount: int, currency: str = "EUR") -> Place:
    return Place("Money", {"amountMinor": amount, "currency": currency})


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _instant(value: datetime | None) -> str | None:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else None
