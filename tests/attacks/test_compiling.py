"""Documents that cost much are compiled beside everybody else, and each asker waits in turn."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from typing import Any
from uuid import UUID

import pytest
from graphql import parse

from schema.api import Asked, RequestRefused
from schema.compiling import Compiling
from schema.documents import Documents
from schema.engine import Engine
from schema.limits import MAX_LENGTH, MAX_WATCHED
from schema.trimming import parsed, trimmed
from tests.promises.conftest import Ask, Salon

WATCH = "subscription($after: String) { appointmentChanges(after: $after) { kind } }"


async def test_an_asker_has_one_piece_of_work_in_line_at_a_time() -> None:
    """Whoever comes later with one waits for one of a flood, not for all of it."""
    compiling = Compiling()
    done: list[str] = []

    def work(name: str) -> None:
        time.sleep(0.001)
        done.append(name)

    async with asyncio.TaskGroup() as group:
        for n in range(50):
            group.create_task(compiling.run("flood", lambda n=n: work(f"flood {n}")))
        await asyncio.sleep(0)
        group.create_task(compiling.run("guest", lambda: work("guest")))

    assert done.index("guest") <= 2
    assert [name for name in done if name != "guest"] == [f"flood {n}" for n in range(50)]
    assert compiling._turns == {}


async def test_strangers_have_one_piece_of_work_in_line_together() -> None:
    """From however many addresses they come, whoever has an account waits for one of them."""
    compiling = Compiling()
    done: list[object] = []

    def work(name: object) -> None:
        time.sleep(0.001)
        done.append(name)

    async with asyncio.TaskGroup() as group:
        for n in range(50):
            group.create_task(compiling.run(f"10.0.0.{n}", lambda n=n: work(n)))
        await asyncio.sleep(0)
        group.create_task(compiling.run(UUID(int=1), lambda: work("guest")))

    assert done.index("guest") <= 2
    assert len(done) == 51
    assert compiling._turns == {}


async def test_what_many_want_at_once_is_made_once() -> None:
    """A document that everybody sends after a start is read for one of them."""
    compiling = Compiling()
    made: list[int] = []

    def work() -> int:
        made.append(1)
        return 7

    answers = await asyncio.gather(*(compiling.once("it", n, work) for n in range(20)))

    assert (answers, made) == ([7] * 20, [1])
    assert compiling._under_way == {}


async def test_who_leaves_takes_nothing_from_those_who_wait() -> None:
    """The first to ask is gone: the others get it, and what went wrong is told to each."""
    compiling = Compiling()

    def wrong() -> None:
        time.sleep(0.01)
        raise ZeroDivisionError

    first, *others = (asyncio.create_task(compiling.once("it", n, wrong)) for n in range(3))
    await asyncio.sleep(0)
    first.cancel()
    told = await asyncio.gather(first, *others, return_exceptions=True)

    assert isinstance(told[0], asyncio.CancelledError)
    assert [type(each) for each in told[1:]] == [ZeroDivisionError] * 2


def large(n: int) -> str:
    """Write an allowed document of very many fields."""
    fields = " ".join(f"a{i}: fullName" for i in range(90))
    some = " ".join(
        f"...{{ id fullName note createdAt {fields if i == 0 else ''} }}" for i in range(140)
    )
    return (
        f"query Q{n} {{ viewer {{ business {{ clients(first: 1) {{ nodes {{ {some} }} }} }} }} }}"
    )


async def test_the_loop_goes_on_while_a_large_document_is_compiled(
    engine: Engine, salon: Salon
) -> None:
    """The thread that answers everybody spends next to nothing on a document of 900 fields."""
    viewer = await engine.viewer(salon.token)
    before = time.thread_time()
    answer = await engine.answer(Asked(large(1)), viewer)
    spent = time.thread_time() - before
    whole = time.process_time()
    await engine.answer(Asked(large(2)), viewer)
    whole = time.process_time() - whole

    assert b'"errors"' not in answer.body, answer.body[:300]
    assert spent < 0.1
    assert whole > spent


@pytest.fixture
def documents(engine: Engine) -> Documents:
    """The engine's memory of documents."""
    return engine._documents


async def test_a_document_is_no_longer_than_it_needs_to_be(api: Ask, documents: Documents) -> None:
    """Spaces and comments are no tokens, but they are kept."""
    answer = await api("{ __typename }" + " " * MAX_LENGTH)

    assert [e["extensions"]["code"] for e in answer["errors"]] == ["TOO_COMPLEX"]
    assert documents._cache.keys == []


async def test_forgotten_documents_leave_nothing(documents: Documents) -> None:
    """Thousands of small documents, without a token: the memory is what a thousand of them take."""

    async def send(first: int, count: int) -> int:
        for n in range(first, first + count):
            await documents.find(Asked(f"{{ a{n}: viewer {{ role }} }}"), "10.0.0.1")
        return tracemalloc.get_traced_memory()[0]

    gc.collect()
    tracemalloc.start()
    full = await send(0, 1200)
    after = await send(1200, 1200)
    tracemalloc.stop()

    assert after < full * 1.2


def test_a_forgotten_document_needs_no_search_for_garbage() -> None:
    """Tokens know their neighbours only while a document is parsed."""
    text = "query($a: Int) { a: viewer { role } ...F } fragment F on Query { viewer { role } }"
    kept = parsed(text, 4000)
    trimmed(kept)
    gc.collect()
    gc.disable()
    try:
        document: Any = parsed(text, 4000)
        trimmed(document)
        del document
        assert gc.collect() < 20
    finally:
        gc.enable()

    assert kept == parse(text, no_location=True) or kept.to_dict() == parse(text).to_dict()


async def test_variables_nobody_declared_are_not_kept(engine: Engine, salon: Salon) -> None:
    """A subscription keeps what it declares, and that is limited."""
    viewer = await engine.viewer(salon.token)
    asked = Asked(WATCH, {"after": None, "x": "y" * 900_000}, None, {"more": "z" * 900_000})
    stream = engine.watch(asked, viewer)
    taking = asyncio.create_task(anext(stream))
    hub: Any = engine._hub
    async with asyncio.timeout(20):
        while not hub.subscribers:  # noqa: ASYNC110 - compiling tells nobody when it is done
            await asyncio.sleep(0.005)

    assert (asked.variables, asked.extensions) == ({"after": None}, {})
    assert all(len(repr(same)) < 1000 for same in hub._groups)
    taking.cancel()

    with pytest.raises(RequestRefused) as refused:
        await anext(engine.watch(Asked(WATCH, {"after": "x" * MAX_WATCHED}), viewer))
    assert b"TOO_COMPLEX" in refused.value.answer.body
