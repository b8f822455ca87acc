"""Answers are bounded in bytes while they are built, and large ones let others in between."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from schema.api import Asked
from schema.engine import Engine
from schema.reading.size import MAX_BYTES
from storage.database import execute
from tests.reading.conftest import OWNER, Ask

TOO_LARGE = {
    "message": "The answer would be larger than one answer may be.",
    "extensions": {
        "code": "TOO_COMPLEX",
        "problem": "TOO_COMPLEX",
        "remedy": (
            "An answer has at most 20 MB: ask for smaller pages or fewer fields, and for long texts"
            " by one name only."
        ),
    },
}
PAUSE = 0.1
"""Seconds of the processor that nobody waits for another's answer."""


@asynccontextmanager
async def bystander() -> AsyncIterator[list[float]]:
    """Collect how long the loop's thread worked between two turns of everybody else.

    What was there before is left out of collections of garbage, as in a server that has started.
    """
    gc.collect()
    gc.freeze()
    pauses: list[float] = []

    async def tick() -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            pauses.append(time.thread_time() - before)

    task = asyncio.create_task(tick())
    yield pauses
    task.cancel()
    gc.unfreeze()


async def write(count: int, letters: int) -> None:
    """Have so many authors whose facts are a text so long."""
    await execute(
        "INSERT INTO authors (id, business_id, name, facts)"
        " SELECT gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 'Author ' || n,"
        f" to_jsonb(repeat('x', {letters})) FROM generate_series(1, {count}) n"
    )


async def measured(engine: Engine, query: str) -> tuple[bytes, float, int]:
    """Ask; give the answer, the longest pause it made, and the most memory it took."""
    await engine.answer(Asked(query), OWNER)  # compiled by now
    tracemalloc.start()
    await engine.answer(Asked(query), OWNER)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    async with bystander() as pauses:
        answer = await engine.answer(Asked(query), OWNER)
    return answer.body, max(pauses), most


def aliases(count: int, field: str) -> str:
    """Ask for one field by many names."""
    return " ".join(f"a{i}: {field}" for i in range(count))


async def test_a_long_text_by_a_hundred_names_is_refused_before_it_is_written(
    engine: Engine, shelves: None
) -> None:
    """A hundred MB in the answer, a single one in the database: refused in no memory."""
    await write(100, 10_000)

    body, pause, most = await measured(engine, f"{{ authors {{ {aliases(99, 'facts')} }} }}")

    assert orjson.loads(body) == {
        "data": {"authors": None},
        "errors": [TOO_LARGE | {"path": ["authors"]}],
    }
    assert most < 20_000_000
    assert pause < PAUSE


async def test_more_texts_than_an_answer_holds_are_not_all_fetched(
    engine: Engine, shelves: None
) -> None:
    """Fifty MB in the database: reading stops where the answer would be too large."""
    await write(5000, 10_000)

    body, pause, most = await measured(engine, "{ authors { facts } }")

    assert orjson.loads(body) == {
        "data": {"authors": None},
        "errors": [TOO_LARGE | {"path": ["authors"]}],
    }
    assert most < 60_000_000
    assert pause < PAUSE


async def test_several_fields_share_one_limit(ask: Ask, shelves: None) -> None:
    """What one field has taken, the next cannot take again."""
    await write(900, 10_000)

    answer = await ask("{ one: authors { facts } two: authors { facts } three: authors { facts } }")

    assert answer["errors"] == [TOO_LARGE | {"path": ["three"]}]
    assert answer["data"]["three"] is None
    assert len(answer["data"]["one"]) == len(answer["data"]["two"]) > 900


@pytest.mark.parametrize("letters", ["\\u00e9", "\\u6f22", "\\U0001f600", "\\t", '"'])
async def test_letters_that_take_several_bytes_are_counted_as_these(
    ask: Ask, shelves: None, letters: str
) -> None:
    """Fifteen million letters are within the limit, and what they are written as is not."""
    await execute(
        "INSERT INTO authors (id, business_id, name, facts)"
        " SELECT gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 'Author ' || n,"
        " to_jsonb(repeat($1, 10000)) FROM generate_series(1, 1500) n",
        letters.encode().decode("unicode_escape") if letters != '"' else letters,
    )

    answer = await ask("{ authors { facts } }")

    assert answer == {
        "data": {"authors": None},
        "errors": [TOO_LARGE | {"path": ["authors"]}],
    }


async def test_a_large_answer_is_whole_and_makes_nobody_wait(
    engine: Engine, shelves: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some MB of many rows, built in slices, are what they would be in one piece."""
    await write(30_000, 100)
    query = "{ authors { id name born facts label bookCount again: name } }"

    body, pause, _ = await measured(engine, query)
    monkeypatch.setattr("schema.reading.query.LARGE", 10**12)
    monkeypatch.setattr("schema.reading.query.SLICE_FIELDS", 10**12)
    at_once = await engine.answer(Asked(query), OWNER)

    assert 5_000_000 < len(body) < MAX_BYTES
    assert body == at_once.body
    assert pause < PAUSE


async def test_lists_below_rows_are_whole_in_slices(
    engine: Engine, shelves: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections, lists and single rows below others come out alike, however they are built."""
    query = """{
      books(first: 100) { totalCount pageInfo { endCursor hasNextPage } nodes { title author { name
        again: name } editor { name } reviews { stars words book { title } }
        price { amountMinor } }
        edges { cursor node { id
          author { books(first: 2) { edges { cursor node { title } } } } } } }
      authors { name books(last: 1) { nodes { title } } }
    }"""
    at_once = await engine.answer(Asked(query), OWNER)
    for name in ("LARGE", "SLICE_FIELDS"):
        monkeypatch.setattr(f"schema.reading.query.{name}", 0)
    monkeypatch.setattr("schema.reading.query.per_slice", lambda *_: 1)

    assert "errors" not in orjson.loads(at_once.body)
    assert (await engine.answer(Asked(query), OWNER)).body == at_once.body


async def test_rows_in_portions_are_the_same_rows(
    engine: Engine, shelves: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are more rows with texts than are fetched at once, none is lost or repeated."""
    await write(1200, 10)
    query = "{ authors { id name facts } }"
    at_once = await engine.answer(Asked(query), OWNER)
    monkeypatch.setattr("schema.reading.query.MANY_WITH_TEXTS", 7)

    assert len(orjson.loads(at_once.body)["data"]["authors"]) == 1203
    assert (await engine.answer(Asked(query), OWNER)).body == at_once.body
