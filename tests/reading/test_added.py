"""What a module adds to another's filter is read like the filter's own fields."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise.expressions import Q

from modules.contract import Module
from schema import ComposedSchema, Viewer, build, extend
from tests.reading.library.types import BookFilter


@extend(BookFilter)
class BookLength:
    """Books by what they weigh in the hand."""

    max_pages: int | None = None
    """Only as short as this."""

    @staticmethod
    def where(viewer: Viewer, max_pages: Any = None) -> Q:
        """Compare."""
        return Q() if max_pages is None else Q(pages__lte=max_pages)


@pytest.fixture
def composed(loaded: list[Module]) -> ComposedSchema:
    """The library's schema, and what a module adds to its filter."""
    return build([*loaded, Module(name="weights", schema=[BookLength])])


async def test_an_added_condition_is_bound_when_the_plan_runs(ask: Any, shelves: None) -> None:
    """One plan serves every value; left out, it filters nothing."""
    query = """query Short($filter: BookFilter) {
      books(matching: $filter, first: 100) { nodes { title } } }"""

    async def titles(**asked: Any) -> list[str]:
        answer = await ask(query, {"filter": asked})
        return [each["title"] for each in answer["data"]["books"]["nodes"]]

    assert await titles() == ["Apples", "Bees", "Cats", "Dots", "Engines"]
    assert await titles(maxPages=300) == ["Apples", "Bees", "Engines"]
    assert await titles(maxPages=100) == ["Apples", "Bees"]
    assert await titles(maxPages=300, minPages=101) == ["Engines"]
    assert await titles(maxPages=None) == ["Apples", "Bees", "Cats", "Dots", "Engines"]
