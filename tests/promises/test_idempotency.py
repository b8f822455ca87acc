"""A retry with the same key happens once."""

from __future__ import annotations

import asyncio

from storage.database import fetchval
from tests.promises.conftest import CLIENT, Salon


async def test_the_same_key_and_input_answer_again_and_change_nothing(salon: Salon) -> None:
    """A retry gets the first answer, with `replayed`."""
    first = await salon.book(key="one")
    again = await salon.book(key="one")

    assert first["problems"] == []
    assert first["replayed"] is False
    assert again == {**first, "replayed": True}
    assert await fetchval("SELECT count(*) FROM appointments") == 1


async def test_the_same_key_with_other_input_is_refused(salon: Salon) -> None:
    """A key is for one request."""
    await salon.book(key="one")
    other = await salon.book(1, key="one")

    assert other == {
        "appointment": None,
        "problems": [{"code": "IDEMPOTENCY_CONFLICT", "field": None, "retryable": False}],
        "replayed": False,
    }
    assert await fetchval("SELECT count(*) FROM appointments") == 1


async def test_twins_that_race_happen_once(salon: Salon) -> None:
    """Twenty equal requests at the same time open one file, and all get it."""
    person = {"firstName": "Twin", "lastName": "One", "phone": "+31201234567"}
    variables = {"input": person, "key": "twin"}
    payloads = await asyncio.gather(
        *(salon.does(CLIENT, "createClient", variables) for _ in range(20))
    )

    assert len({p["client"]["id"] for p in payloads}) == 1
    assert sorted(p["replayed"] for p in payloads) == [False, *[True] * 19]
    assert await fetchval("SELECT count(*) FROM clients WHERE first_name = 'Twin'") == 1
    assert await fetchval("SELECT count(*) FROM event WHERE kind = 'clients.ClientCreated'") == 2
