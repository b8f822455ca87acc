"""A search as conditions on the words clients are found by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pypika_tortoise.terms import Criterion, Term
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from modules.clients.resolvers.filtering import Arrays, keyed
from modules.clients.rules import searching
from schema import derive, few, unless, where

Typed = searching.Typed


class Search:
    """What was typed, as conditions that are the same whatever it was."""

    def __init__(self, search: Any) -> None:
        """Take the argument, which is known only when the list is read."""
        self._search = search
        begins = Q(where(self._between("sort_name")))
        self.last_name = begins
        """The last name begins like this, or the whole of it, last name first."""
        self.first_name = where(self._between("starts"))
        """The first name begins like this, or the whole of it, first name first."""
        self.contained = Q(
            *(where(self._like(slot)) for slot in range(searching.SLOTS)),
            keyed(Arrays.contain, self._derive(lambda typed: typed.short, "int[]")),
        )
        """Every word is somewhere."""
        self.misspelt = Q(
            Q(where(lambda _: _Flag(self._derive(lambda typed: typed.may_slip, "bool")))),
            *(
                Q(where(self._like(slot)), self._slipped(slot), join_type="OR")
                for slot in range(searching.SLOTS)
            ),
        )
        """Every word is somewhere, or one slip away from a name."""

    @property
    def found(self) -> Q:
        """All that is found."""
        return Q(self.contained, self.misspelt, join_type="OR")

    def tiers(self, words: QuerySet[Any]) -> list[QuerySet[Any]]:
        """Put what is found in order: the surest first."""
        by_name = ("sort_name", "id")
        return [
            words.filter(self.last_name).order_by(*by_name),
            words.filter(self.first_name, unless(self.last_name)).order_by("starts", "id"),
            words.filter(self.contained, unless(self.last_name), unless(self.first_name)).order_by(
                *by_name
            ),
            few(words.filter(self.misspelt, unless(self.contained)).order_by(*by_name)),
        ]

    def _derive(self, part: Callable[[Typed], Any], sql_type: str | None = None) -> Term:
        value: Term = derive(
            lambda text: part(searching.typed(text)), self._search, sql_type=sql_type
        )
        return value

    def _between(self, column: str) -> Callable[[Any], Criterion]:
        start = self._derive(lambda typed: typed.start, "text")
        end = self._derive(lambda typed: typed.end, "text")
        return lambda words: (words.field(column) >= start) & (words.field(column) < end)

    def _like(self, slot: int) -> Callable[[Any], Criterion]:
        pattern = self._derive(lambda typed: typed.patterns[slot], "text")
        return lambda words: words.words.like(pattern)

    def _slipped(self, slot: int) -> Q:
        return keyed(Arrays.overlap, self._derive(lambda typed: typed.slips[slot], "int[]"))


class _Flag(Criterion):
    """A value that is a condition by itself."""

    def __init__(self, value: Term) -> None:
        super().__init__()
        self._value = value

    def get_sql(self, ctx: Any) -> str:
        return str(self._value.get_sql(ctx))
