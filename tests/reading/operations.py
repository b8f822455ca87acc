"""Random libraries, and random operations on them that a careful client could have written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)

from modules.viewer import Role
from tests.reading.library.models import Author, Binding, Book, Review

ABSENT: Any = object()
PAGING = ("first", "after", "last", "before")
WORDS = (
    "A",
    "a",
    "Ä",
    "",
    "B",
    "a%b_",
    "Straße",
    'say "\\"',
    "日本",
    "\U0001d518",
    "A B",
    "line\nline",
    "z",
)
CURRENCIES = ("EUR", "CHF", "JPY")
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
INSTANTS = ("2026-01-01T12:00:00Z", "2026-01-02T01:30:00+02:00", "1999-12-31T00:00:00.5-11:00")
DAYS = ("2026-02-03", "0999-01-01")


@dataclass
class Library:
    """Rows of two businesses."""

    authors: list[Author] = field(default_factory=list)
    books: list[Book] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)

    def ids(self, prefix: str) -> list[str]:
        """All ids of a type, other businesses' included, and one that nobody has."""
        kinds: dict[str, list[Any]] = {
            "aut": self.authors,
            "bok": self.books,
            "rev": self.reviews,
        }
        rows = kinds[prefix]
        return [f"{prefix}_{key.hex}" for key in (*(r.id for r in rows), UUID(int=999))]


def a_library(random: Random, home: UUID, abroad: UUID) -> Library:
    """Make rows with ties, nulls, equal names and an order of ids unlike the order of making."""
    keys = iter(random.sample(range(1, 200), 60))
    made = Library()
    for whose, authors, books, reviews in (
        (home, random.randint(0, 5), random.randint(0, 9), random.randint(0, 9)),
        (abroad, 1, 1, 1),
    ):
        writers = [
            Author(
                id=UUID(int=next(keys)),
                business_id=whose,
                name=random.choice(WORDS[:6]),
                born=random.choice((None, date(1815, 12, 10), date(1999, 1, 1))),
                rank=random.choice((None, 1, 2, 2147483647, -5)),
                facts=random.choice((None, {"z": 1, "a": [None, "ü"]}, [], 0)),
            )
            for _ in range(authors)
        ]
        written: list[Book] = []
        for _ in range(books if writers else 0):
            written.append(_a_book(random, UUID(int=next(keys)), whose, writers, written))
        made.authors += writers
        made.books += written
        made.reviews += [
            Review(
                id=UUID(int=next(keys)),
                business_id=whose,
                book_id=random.choice(written).id,
                stars=random.randint(1, 3),
                words=random.choice((None, *WORDS)),
            )
            for _ in range(reviews if written else 0)
        ]
    return made


def _a_book(
    random: Random, key: UUID, whose: UUID, writers: list[Author], written: list[Book]
) -> Book:
    return Book(
        id=key,
        business_id=whose,
        title=random.choice(WORDS),
        author_id=random.choice(writers).id,
        editor_id=random.choice((None, random.choice(writers).id)),
        sequel_of_id=random.choice((None, *(b.id for b in written))),
        binding=random.choice(tuple(Binding)),
        genres=random.choice((None, [], ["poems"], ["crime and punishment", "poems"])),
        pages=random.choice((None, 100, 100, 200)),
        price_minor=random.choice((0, 100, 2147483647)),
        lent_at=random.choice((None, START, START + timedelta(microseconds=random.randint(0, 3)))),
    )


@dataclass
class Operation:
    """A document, and ways to fill its variables."""

    document: str
    makers: dict[str, Callable[[], Any]]

    def variables(self) -> dict[str, Any]:
        """Choose values; called again, perhaps others."""
        chosen = {name: make() for name, make in self.makers.items()}
        return {name: value for name, value in chosen.items() if value is not ABSENT}


class Writer:
    """Writes one operation by walking the schema at random."""

    def __init__(
        self,
        random: Random,
        schema: GraphQLSchema,
        role: Role,
        library: Library,
        cursors: dict[str, list[str]],
    ) -> None:
        """Ask for ids and cursors that there are, in the role's fields."""
        self._random, self._schema, self._role = random, schema, role
        self._library, self._cursors = library, cursors
        self._budget, self._number = random.randint(4, 40), 0
        self._makers: dict[str, Callable[[], Any]] = {}
        self._declared: list[str] = []
        self._fragments: list[tuple[str, str, str]] = []

    def operation(self) -> Operation:
        """Write a whole operation."""
        selection = self._selection(self._schema.query_type, 5)
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        fragments = "".join(
            f" fragment {name} on {kind} {text}" for name, kind, text in self._fragments
        )
        return Operation(f"query Q{declared} {selection}{fragments}", self._makers)

    # --- selections

    def _selection(self, kind: Any, depth: int) -> str:
        parts = [self._part(kind, depth) for _ in range(self._random.randint(1, 4))]
        return f"{{ {' '.join(parts)} }}"

    def _part(self, kind: Any, depth: int) -> str:
        self._budget -= 1
        chosen = self._random.randint(0, 9)
        if self._budget > 0 and (chosen == 9 or (is_abstract_type(kind) and chosen > 2)):
            return self._inline(kind, depth)
        if self._budget > 0 and chosen == 8:
            return self._spread(kind, depth)
        return self._field(kind, depth)

    def _inline(self, kind: Any, depth: int) -> str:
        other = self._narrower(kind)
        condition = self._random.choice(("", f"on {kind.name} ")) if other is kind else ""
        condition = condition or (f"on {other.name} " if other is not kind else "")
        return f"... {condition}{self._directive()}{self._selection(other, depth)}"

    def _spread(self, kind: Any, depth: int) -> str:
        fitting = [name for name, on, _ in self._fragments if on == kind.name]
        if fitting and self._chance(50):
            return f"...{self._random.choice(fitting)} {self._directive()}"
        other = self._narrower(kind)
        text = self._selection(other, depth)
        name = f"F{self._next()}"
        self._fragments.append((name, other.name, text))
        return f"...{name} {self._directive()}"

    def _narrower(self, kind: Any) -> Any:
        if is_abstract_type(kind):
            possible = self._schema.get_possible_types(kind)
            return self._random.choice([kind, *possible] if kind.name == "Node" else [*possible])
        if kind.name in ("Author", "Book", "Review") and self._chance(20):
            return self._schema.get_type("Node")
        return kind

    def _field(self, kind: Any, depth: int) -> str:
        found = {
            name: field
            for name, field in getattr(kind, "fields", {}).items()
            if self._allowed(kind, name, field, depth)
        }
        if not found or self._chance(5):
            return f"__typename {self._directive()}"
        name = self._random.choice(list(found))
        definition = found[name]
        arguments = self._arguments(kind, name, definition)
        alias = f"a{self._next()}: " if arguments or self._chance(20) else ""
        head = f"{alias}{name}{arguments} "
        inner = get_named_type(definition.type)
        if not is_composite_type(inner):
            return f"{head}{self._directive()}"
        text = f"{head}{self._directive()}{self._selection(inner, depth - 1)}"
        if self._chance(15):  # asked for twice: the selections are merged
            text += f" {head}{self._directive()}{self._selection(inner, depth - 1)}"
        return text

    def _allowed(self, kind: Any, name: str, definition: GraphQLField, depth: int) -> bool:
        if is_composite_type(get_named_type(definition.type)) and (depth <= 0 or self._budget <= 0):
            return False
        if name == "catalogue":  # no two readers look at the same moment
            return False
        return self._role is Role.OWNER or (kind.name, name) != ("Author", "rank")

    def _directive(self) -> str:
        if not self._chance(10):
            return ""
        outcome = self._random.choice(("false", "true", "")) or self._boolean()
        if self._chance(20):
            return f"@include(if: true) @skip(if: {outcome}) "
        return f"@{self._random.choice(('skip', 'include'))}(if: {outcome}) "

    def _boolean(self) -> str:
        return self._variable("Boolean!", "true", lambda: self._chance(50))

    # --- arguments

    def _arguments(self, kind: Any, field_name: str, definition: GraphQLField) -> str:
        parts = {
            name: text
            for name, argument in definition.args.items()
            if name not in PAGING and (text := self._argument(kind, field_name, name, argument))
        }
        if "first" in definition.args:
            parts |= self._paging(parts.get("order", "TITLE"))
        return f"({', '.join(f'{k}: {v}' for k, v in parts.items())})" if parts else ""

    def _argument(self, kind: Any, field_name: str, name: str, argument: GraphQLArgument) -> str:
        if name == "order":
            orders: Any = get_named_type(argument.type)
            order: str = self._random.choice(("", *orders.values))
            return order
        if not is_required_argument(argument) and self._chance(50):
            return ""
        path = f"{kind.name}.{field_name}.{name}"
        defaulted = is_non_null_type(argument.type) and not is_required_argument(argument)
        if defaulted and self._chance(20):  # absent, so that the default holds
            text = f"v{self._next()}"
            self._declared.append(f"${text}: {get_nullable_type(argument.type)}")
            self._makers[text] = lambda: self._random.choice(
                (ABSENT, self._json(argument.type, path))
            )
            return f"${text}"
        return self._value(argument.type, path)

    def _paging(self, order: str) -> dict[str, str]:
        parts = {}
        size = self._random.choice((None, "first", "first", "last"))
        if size:
            parts[size] = self._rendered("Int", lambda: self._random.choice((1, 2, 3, 100)))
        for name in ("after", "before"):
            if self._cursors[order] and self._chance(25):
                parts[name] = self._rendered(
                    "String", lambda: self._random.choice(self._cursors[order])
                )
        return parts

    def _value(self, kind: Any, path: str) -> str:
        """Write a value: a literal, a variable, or a literal with variables inside."""
        nullable = get_nullable_type(kind)
        if self._chance(35):
            return self._rendered(str(kind), lambda: self._json(kind, path), always=True)
        if kind is nullable and self._chance(10):
            return "null"
        if is_list_type(nullable):
            items = [self._value(nullable.of_type, path) for _ in range(self._random.randint(0, 3))]
            return f"[{', '.join(items)}]"
        if is_input_object_type(nullable):
            chosen = [n for n in nullable.fields if self._chance(50)]
            inside = (f"{n}: {self._value(nullable.fields[n].type, n)}" for n in chosen)
            return f"{{{', '.join(inside)}}}"
        return _literal(nullable, self._json(GraphQLNonNull(nullable), path))

    def _rendered(self, kind: str, make: Callable[[], Any], *, always: bool = False) -> str:
        """Write a nullable scalar as a literal, or as a variable that may be null or absent."""
        if not always and self._chance(60):
            return json.dumps(make(), ensure_ascii=False)
        return self._variable(kind, "", make)

    def _variable(self, kind: str, default: str, make: Callable[[], Any]) -> str:
        name = f"v{self._next()}"
        if default and self._chance(50):
            self._declared.append(f"${name}: {kind} = {default}")
            self._makers[name] = lambda: make() if self._chance(50) else ABSENT
        elif kind.endswith("!"):
            self._declared.append(f"${name}: {kind}")
            self._makers[name] = make
        else:
            null = "" if self._chance(70) else " = null"
            self._declared.append(f"${name}: {kind}{null}")
            self._makers[name] = lambda: self._random.choice((make(), make(), None, ABSENT))
        return f"${name}"

    def _json(self, kind: Any, path: str) -> Any:
        """Choose a value as JSON would carry it."""
        nullable = get_nullable_type(kind)
        if kind is nullable and self._chance(20):
            return None
        if is_list_type(nullable):
            if self._chance(10):  # one value where a list is expected: a list of one
                return self._json(nullable.of_type, path)
            return [self._json(nullable.of_type, path) for _ in range(self._random.randint(0, 3))]
        if is_input_object_type(nullable):
            chosen = [n for n in nullable.fields if self._chance(50)]
            return {n: self._json(nullable.fields[n].type, n) for n in chosen}
        if is_enum_type(nullable):
            return self._random.choice(list(nullable.values))
        pools: dict[str, tuple[Any, ...]] = {
            "Int": (0, 1, 2, 100),
            "Boolean": (True, False),
            "Date": DAYS,
            "DateTime": INSTANTS,
            "String": CURRENCIES if path.endswith("currencies") else WORDS,
        }
        pool = pools.get(nullable.name) or self._ids(path)
        return self._random.choice(pool)

    def _ids(self, path: str) -> tuple[str, ...]:
        prefixes = ("aut", "bok", "rev") if path.startswith("Query.node") else ("aut",)
        return tuple(id for prefix in prefixes for id in self._library.ids(prefix))

    def _chance(self, percent: int) -> bool:
        return self._random.randint(0, 99) >= 100 - percent

    def _next(self) -> int:
        self._number += 1
        return self._number


def _literal(kind: Any, value: Any) -> str:
    return str(value) if is_enum_type(kind) else json.dumps(value, ensure_ascii=False)
