"""The ledger tells the truth from the commit on: its lines are written with their event."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from modules import registry
from storage import database as db
from tests.promises.conftest import Salon, furnish

LINES = "SELECT kind, template, recipient, status, client_id, attempts FROM messages ORDER BY id"


@pytest.fixture
def enabled() -> list[str]:
    """All of them: these are the messages of a booking."""
    return registry.built_in()


@pytest.fixture
async def salon(api: Any) -> Salon:
    """A salon whose own messages are out of the way."""
    made = await furnish(api)
    await db.execute("UPDATE clients SET email = 'zoe@example.org'")
    await db.execute("DELETE FROM messages")
    return made


async def test_a_booking_enters_its_messages(salon):
    """R52, R53: both are due from the commit on, and nobody has tried to send them yet."""
    booked = await salon.book()

    assert booked["problems"] == []
    assert [tuple(row) for row in await db.fetch(LINES)] == [
        (
            "APPOINTMENT_BOOKED", "modules.appointments/booked", "zoe@example.org",
            "QUEUED", UUID(salon.client.removeprefix("cli_")), 0,
        ),
        (
            "APPOINTMENT_BOOKED_PROVIDER", "modules.appointments/booked_provider",
            "olga@salon.example", "QUEUED", None, 0,
        ),
    ]  # fmt: skip
    of_the_event = (
        "SELECT count(*) FROM messages m JOIN event e ON e.seq = m.event_seq"
        " AND m.subject = e.subject AND m.business_id = e.business_id"
        " WHERE e.kind = 'appointments.AppointmentBooked'"
    )
    assert await db.fetchval(of_the_event) == 2


async def test_what_is_not_done_enters_nothing(salon):
    """Neither a refusal nor a dry run; a repeated request enters it once."""
    await salon.book(key="once")
    before = await db.fetch(LINES)

    refused = await salon.book()
    again = await salon.book(key="once")
    dry = await salon.book(3, dry=True)

    assert [problem["code"] for problem in refused["problems"]] == ["SLOT_TAKEN"]
    assert (again["replayed"], dry["problems"]) == (True, [])
    assert await db.fetch(LINES) == before
    assert len(before) == 2


async def test_an_address_nobody_can_write_to_refuses_no_booking(salon):
    """The ledger takes what it can: a mail is no reason to lose an appointment."""
    await db.execute("UPDATE clients SET email = 'x'")
    await db.execute("UPDATE accounts SET email = NULL, confirmed_at = NULL")

    assert (await salon.book())["problems"] == []
    assert await db.fetch(LINES) == []


async def test_two_owners_who_claim_one_address_are_told_once(salon):
    """Whoever reads there reads it once."""
    await db.execute(
        "WITH twin AS (INSERT INTO accounts (id, name, email)"
        " SELECT uuidv7(), 'Twin', email FROM accounts RETURNING id)"
        " INSERT INTO memberships (id, account_id, business_id, role)"
        " SELECT uuidv7(), twin.id, businesses.id, 'OWNER' FROM twin, businesses"
    )

    await salon.book()

    assert [row["recipient"] for row in await db.fetch(LINES)] == [
        "zoe@example.org",
        "olga@salon.example",
    ]
