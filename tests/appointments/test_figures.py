"""How clients come and go, in their files: kept true whatever happens to appointments."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from modules.accounts import rules as accounts
from modules.appointments import rules
from schema.api import Asked
from schema.engine import Engine
from storage import database as db
from storage.codecs import show_instant
from storage.database import Database
from tests.appointments.conftest import Salon

COLUMNS = (
    "visit_count, no_show_count, late_cancel_count, spent_minor, last_visit_at, next_visit_at,"
    " version"
)
FILE = """query($id: ID!) { node(id: $id) { ... on Client {
  visitCount noShowCount lateCancelCount lastVisitAt nextVisitAt
  lifetimeValue { amountMinor currency }
} } }"""


async def figures(client: UUID) -> tuple[Any, ...]:
    """Read them."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM client_figures JOIN clients USING (id) WHERE id = $1", client
    )
    assert row is not None
    return tuple(row)


SEGMENT = """
INSERT INTO appointment_segments (business_id, appointment_id, position, service_id, staff_id,
    starts_at, ends_at, blocked_from, blocked_until, price_minor,
    currency)
SELECT business_id, id, 1, service_id, staff_id, starts_at, ends_at, blocked_from, blocked_until,
    price_minor, currency
FROM made"""


async def enter(salon: Salon, starts_at: datetime, status: str = "BOOKED", **more: Any) -> UUID:
    """Put an appointment of 30 minutes down, whenever it is."""
    values = {
        "business_id": salon.by.business_id,
        "client_id": salon.zoe,
        "service_id": salon.cut,
        "staff_id": salon.ann,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "blocked_from": starts_at,
        "blocked_until": starts_at + timedelta(minutes=30),
        "status": status,
        "price_minor": 3500,
        "currency": "EUR",
        **more,
    }
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    made: UUID = await db.fetchval(
        f"WITH made AS (INSERT INTO appointments ({', '.join(values)}) VALUES ({places})"
        f" RETURNING *), segment AS ({SEGMENT}) SELECT id FROM made",
        *values.values(),
    )
    return made


async def test_every_change_of_an_appointment_is_counted(salon: Salon, engine: Engine) -> None:
    """R7: visits, no-shows, late cancellations, money, the last visit and the next."""
    now = datetime.now(UTC).replace(microsecond=0)
    soon, later, past = now + timedelta(hours=3), now + timedelta(days=9), now - timedelta(days=5)
    assert await figures(salon.zoe) == (0, 0, 0, 0, None, None, 1)

    first = await enter(salon, later)
    assert await figures(salon.zoe) == (0, 0, 0, 0, None, later, 1)
    second = await enter(salon, soon)
    assert await figures(salon.zoe) == (0, 0, 0, 0, None, soon, 1)
    third = await enter(salon, past)
    assert await figures(salon.zoe) == (1, 0, 0, 3500, past, soon, 1)
    await enter(salon, past - timedelta(days=1), "COMPLETED", price_minor=500)
    assert await figures(salon.zoe) == (2, 0, 0, 4000, past, soon, 1)
    await enter(salon, past - timedelta(days=2), "NO_SHOW")
    assert await figures(salon.zoe) == (2, 1, 0, 4000, past, soon, 1)

    client = await salon.client()
    for appointment in (second, first):  # one within 24 hours, one long before
        await client.do(rules.cancel, appointment_id=appointment)
    assert await figures(salon.zoe) == (2, 1, 1, 4000, past, None, 2)
    await db.execute("UPDATE appointments SET status = 'NO_SHOW' WHERE id = $1", third)
    assert await figures(salon.zoe) == (1, 2, 1, 500, past - timedelta(days=1), None, 2)

    asked = Asked(FILE, {"id": f"cli_{salon.zoe.hex}"})
    answer = orjson.loads((await engine.answer(asked, salon.by)).body)["data"]["node"]
    assert answer == {
        "visitCount": 1,
        "noShowCount": 2,
        "lateCancelCount": 1,
        "lastVisitAt": show_instant(past - timedelta(days=1)),
        "nextVisitAt": None,
        "lifetimeValue": {"amountMinor": 500, "currency": "EUR"},
    }


async def test_what_was_spent_follows_the_currency_of_the_business(
    salon: Salon, database: Database
) -> None:
    """R7: no amount is converted, so money of another currency counts again when it is back."""
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)
    await enter(salon, past)
    await enter(salon, past - timedelta(days=1), "COMPLETED", price_minor=700, currency="USD")
    await enter(salon, past - timedelta(days=2), "NO_SHOW", price_minor=90, currency="USD")
    before = await figures(salon.zoe)

    for currency, spent in (("USD", 700), ("CHF", 0), ("EUR", 3500)):
        await salon.do(accounts.update_business, currency=currency)
        assert await figures(salon.zoe) == (*before[:3], spent, *before[4:])
    assert before[3] == 3500


async def test_what_the_team_calls_off_late_is_not_counted_against_the_client(salon: Any) -> None:
    """R7: only a client's own late cancellation is theirs; who cancelled is kept."""
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    client = await salon.client()
    for hours, who in ((0, salon), (1, client), (2, salon)):
        held = await enter(salon, soon + timedelta(hours=hours))
        await who.do(rules.cancel, appointment_id=held)
    held = await enter(salon, soon)
    await salon.do(rules.cancel_many, ids=[held])

    assert (await figures(salon.zoe))[2] == 1
    sides = await db.fetch("SELECT cancelled_by FROM appointments ORDER BY starts_at, id")
    assert [side["cancelled_by"] for side in sides] == ["TEAM", "TEAM", "CLIENT", "TEAM"]


async def test_appointments_that_move_to_another_file_or_go_are_counted(salon: Salon) -> None:
    """R7: merging and erasing move and delete by SQL, many at once."""
    from modules.clients import rules as clients  # noqa: PLC0415

    other = await salon.do(clients.create_client, first_name="A", last_name="B", email="a@b.nl")
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)
    for days in range(3):
        await enter(salon, past - timedelta(days=days))
    assert (await figures(salon.zoe))[:5] == (3, 0, 0, 10_500, past)

    await db.execute("UPDATE appointments SET client_id = $1 WHERE starts_at < $2", other, past)
    assert (await figures(salon.zoe))[:5] == (1, 0, 0, 3500, past)
    assert (await figures(other))[:5] == (2, 0, 0, 7000, past - timedelta(days=1))

    await db.execute("DELETE FROM appointments WHERE client_id = $1", other)
    assert (await figures(other))[:6] == (0, 0, 0, 0, None, None)


async def test_what_time_itself_changes_is_counted_every_minute(salon: Salon) -> None:
    """R7: a visit that is over, a next one that has begun; and again counts nothing twice."""
    now = datetime.now(UTC).replace(microsecond=0)
    await enter(salon, now - timedelta(minutes=40), currency="EUR")
    later = now + timedelta(days=2)
    await enter(salon, later)
    # As it was when the first one was booked, and nobody has looked since.
    await db.execute(
        "UPDATE client_figures SET visit_count = 0, spent_minor = 0, last_visit_at = NULL,"
        " next_visit_at = $1",
        now - timedelta(minutes=40),
    )
    await db.execute("UPDATE visits_counted SET until = $1", now - timedelta(minutes=30))

    for _ in range(2):
        await rules.count_ended()
        assert await figures(salon.zoe) == (1, 0, 0, 3500, now - timedelta(minutes=40), later, 1)


async def test_a_booking_beside_a_count_is_counted(salon: Salon, database: Database) -> None:
    """Whoever counts waits for a booking that changes no figure, and then sees it."""
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=10)
    first = await enter(salon, start)
    async with (
        database.changes.connection() as booking,
        database.changes.connection() as cancelling,
    ):
        async with booking.transaction():
            await booking.execute(
                "INSERT INTO appointments (business_id, client_id, service_id, staff_id, starts_at,"
                " ends_at, blocked_from, blocked_until, status, price_minor, currency)"
                " SELECT business_id, client_id, service_id, staff_id, starts_at + $2,"
                " ends_at + $2, blocked_from + $2, blocked_until + $2, status, price_minor,"
                " currency"
                " FROM appointments WHERE id = $1",
                first, timedelta(days=20),
            )  # fmt: skip
            cancelled = asyncio.create_task(
                cancelling.execute(
                    "UPDATE appointments SET status = 'CANCELLED', cancelled_at = now(),"
                    " cancelled_by = 'TEAM' WHERE id = $1",
                    first,
                )
            )
            await asyncio.sleep(0.2)
            assert not cancelled.done()
        await cancelled

    assert (await figures(salon.zoe))[5] == start + timedelta(days=20)
