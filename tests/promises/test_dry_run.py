"""A dry run checks everything, shows the result, and changes nothing."""

from __future__ import annotations

from storage.database import fetchval
from tests.promises.conftest import CLIENT, Salon


async def counts() -> list[int]:
    """Count what a change could leave behind."""
    tables = ("appointments", "clients", "event", "job", "idempotency")
    return [await fetchval(f"SELECT count(*) FROM {table}") for table in tables]


async def test_a_dry_run_shows_the_booking_and_leaves_nothing(salon: Salon) -> None:
    """The payload is that of a real booking; no row, event, job or key stays."""
    before = await counts()
    payload = await salon.book(dry=True, key="dry")

    assert payload["problems"] == []
    assert payload["replayed"] is False
    assert payload["appointment"]["status"] == "BOOKED"
    assert payload["appointment"]["client"] == {"fullName": "Ann Lee"}
    assert await counts() == before


async def test_a_dry_run_is_refused_for_what_the_booking_would_be(salon: Salon) -> None:
    """Full validation: a taken slot is taken in a dry run too."""
    await salon.book()
    before = await counts()
    payload = await salon.book(dry=True)

    assert [p["code"] for p in payload["problems"]] == ["SLOT_TAKEN"]
    assert payload["appointment"] is None
    assert await counts() == before


async def test_a_key_used_in_a_dry_run_is_still_free(salon: Salon) -> None:
    """Trying first and then doing it takes one key."""
    person = {"firstName": "Dry", "lastName": "Run", "email": "dry@salon.example"}
    tried = await salon.does(CLIENT, "createClient", {"input": person, "key": "both", "dry": True})
    done = await salon.does(CLIENT, "createClient", {"input": person, "key": "both"})

    assert tried["client"]["fullName"] == done["client"]["fullName"] == "Dry Run"
    assert tried["client"]["id"] != done["client"]["id"]
    assert done["replayed"] is False
