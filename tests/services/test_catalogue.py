"""The price list and who performs what."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from modules.errors import InvalidInput, NotFound, Refusal
from modules.services import rules
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from storage import database as db
from storage.database import Database
from storage.models import uuid7

WAITS = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))"
PRICE = rules.Price(amount_minor=3_500)
DOLLAR = rules.Price(amount_minor=100, currency="USD")
CUT: dict[str, Any] = {"name": "Cut", "duration_minutes": 30, "price": PRICE}


async def everything() -> list[Any]:
    """All that is written down: compare before and after a refusal."""
    rows = [
        await db.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        for table in ("services", "staff", "service_staff", "working_hours", "time_off")
    ]
    return [*rows, await db.fetchval("SELECT count(*) FROM event")]


async def kinds() -> list[str]:
    """What the log says."""
    return [row["kind"] for row in await db.fetch("SELECT kind FROM event ORDER BY seq")]


async def test_a_service_is_created_in_the_currency_of_the_business(by: Any, do: Any) -> None:
    """R47: with a name, a rate, a duration, buffers and those who perform it."""
    ann = await do(rules.create_staff, by, name="Ann")

    service = await do(
        rules.create_service,
        by,
        **{**CUT, "name": " Cut  & go "},
        description="Quick",
        buffer_after_minutes=10,
        colour="#ABCDEF",
        staff_ids=[ann, ann],
    )

    row = dict(await db.fetchrow("SELECT * FROM services") or {})
    assert row == {
        "id": service,
        "business_id": by.business_id,
        "name": "Cut & go",
        "description": "Quick",
        "duration_minutes": 30,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 10,
        "price_minor": 3_500,
        "currency": "EUR",
        "colour": "#abcdef",
        "active": True,
        "audience": "EVERYONE",
        "booking_mode": None,
        "lead_minutes": None,
        "horizon_days": None,
        "cancel_until_minutes": None,
        "move_until_minutes": None,
        "category_id": None,
        "version": 1,
    }
    pairs = await db.fetch("SELECT service_id, staff_id FROM service_staff")
    assert [tuple(pair) for pair in pairs] == [(service, ann)]
    assert await kinds() == ["services.StaffChanged", "services.ServiceCreated"]


async def test_a_change_leaves_the_rest_and_counts(by: Any, do: Any) -> None:
    """Also a change of nothing but the performers."""
    ann, bob = [await do(rules.create_staff, by, name=name) for name in ("Ann", "Bob")]
    service = await do(rules.create_service, by, **CUT, staff_ids=[ann])

    await do(rules.update_service, by, service_id=service, price=rules.Price(amount_minor=4_000))
    await do(rules.update_service, by, service_id=service, staff_ids=[bob])

    row = await db.fetchrow("SELECT name, price_minor, version FROM services")
    assert tuple(row or ()) == ("Cut", 4_000, 3)
    assert await db.fetchval("SELECT staff_id FROM service_staff") == bob
    assert (await kinds())[-2:] == ["services.ServiceUpdated"] * 2


@pytest.mark.parametrize(
    ("asked", "refusal", "field"),
    [
        ({"name": " "}, NameRequired, "name"),
        ({"name": None}, NameRequired, "name"),
        ({"name": "x" * 201}, TextTooLong, "name"),
        ({"name": "a\0b"}, TextNotAllowed, "name"),
        ({"duration_minutes": 0}, rules.OutOfRange, "duration_minutes"),
        ({"duration_minutes": 1_441}, rules.OutOfRange, "duration_minutes"),
        ({"duration_minutes": None}, rules.OutOfRange, "duration_minutes"),
        ({"buffer_before_minutes": -1}, rules.OutOfRange, "buffer_before_minutes"),
        ({"buffer_after_minutes": 481}, rules.OutOfRange, "buffer_after_minutes"),
        ({"price": rules.Price(amount_minor=-1)}, rules.OutOfRange, "price.amount_minor"),
        ({"price": rules.Price(amount_minor=2**31 - 1)}, rules.OutOfRange, "price.amount_minor"),
        ({"price": DOLLAR}, rules.CurrencyDiffers, "price.currency"),
        ({"colour": "red"}, rules.ColourInvalid, "colour"),
        ({"active": None}, InvalidInput, "active"),
        ({"category_id": uuid7()}, NotFound, "category_id"),
        ({"staff_ids": [uuid7()]}, NotFound, "staff_ids"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    by: Any, do: Any, asked: dict[str, Any], refusal: type[Refusal], field: str
) -> None:
    """R47: on creation and on change alike, and nothing is written."""
    service = await do(rules.create_service, by, **CUT)
    before = await everything()

    for rule, also in (
        (rules.create_service, CUT),
        (rules.update_service, {"service_id": service}),
    ):
        with pytest.raises(refusal) as caught:
            await do(rule, by, **{**also, **asked})
        assert ".".join(caught.value.field) == field

    assert await everything() == before


async def test_another_business_has_neither_services_nor_staff_here(
    by: Any, do: Any, stranger: Any
) -> None:
    """No different from ids of nobody; and the database would not join the two either."""
    ann = await do(rules.create_staff, by, name="Ann")
    cut = await do(rules.create_service, by, **CUT)
    before = await everything()

    for rule, asked in (
        (rules.update_service, {"service_id": cut, "name": "Mine"}),
        (rules.update_staff, {"staff_id": ann, "name": "Mine"}),
        (rules.create_service, {**CUT, "staff_ids": [ann]}),
        (rules.create_staff, {"name": "Eve", "service_ids": [cut]}),
        (rules.set_working_hours, {"staff_id": ann, "hours": []}),
    ):
        with pytest.raises(NotFound):
            await do(rule, stranger, **asked)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await db.execute(
            "INSERT INTO service_staff (business_id, service_id, staff_id) VALUES ($1, $2, $3)",
            stranger.business_id, cut, ann,
        )  # fmt: skip

    assert await everything() == before


async def test_staff_are_linked_to_one_account_that_works_here(by: Any, do: Any) -> None:
    """An account is one member of staff, and only where it has a place."""
    account, outsider = uuid7(), uuid7()
    for each in (account, outsider):
        await db.execute("INSERT INTO accounts (id, name) VALUES ($1, 'Ann')", each)
    await db.execute(
        "INSERT INTO memberships (id, account_id, business_id, role) VALUES ($1, $2, $3, 'OWNER')",
        uuid7(), account, by.business_id,
    )  # fmt: skip
    ann = await do(rules.create_staff, by, name="Ann", account_id=account)
    await do(rules.update_staff, by, staff_id=ann, account_id=account, colour="#000000")
    before = await everything()

    with pytest.raises(rules.AccountAlreadyStaff):
        await do(rules.create_staff, by, name="Ann again", account_id=account)
    with pytest.raises(NotFound):
        await do(rules.create_staff, by, name="Eve", account_id=outsider)
    assert await everything() == before

    await do(rules.update_staff, by, staff_id=ann, account_id=None)
    row = await db.fetchrow("SELECT account_id, colour, version FROM staff")
    assert tuple(row or ()) == (None, "#000000", 3)


@pytest.mark.parametrize(
    ("meanwhile", "refusal"),
    [
        ("DELETE FROM memberships WHERE account_id = $1", NotFound),
        (
            "INSERT INTO staff (business_id, name, colour, account_id)"
            " SELECT business_id, 'Ann', '#000000', account_id FROM memberships"
            " WHERE account_id = $1",
            rules.AccountAlreadyStaff,
        ),
    ],
    ids=["leaves", "is linked"],
)
async def test_staff_are_linked_to_who_leaves_or_is_linked_at_this_moment(
    by: Any, do: Any, database: Database, meanwhile: str, refusal: type[Refusal]
) -> None:
    """Whoever comes second waits, and is refused like anybody else."""
    account = uuid7()
    await db.execute("INSERT INTO accounts (id, name) VALUES ($1, 'Ann')", account)
    await db.execute(
        "INSERT INTO memberships (id, account_id, business_id, role) VALUES ($1, $2, $3, 'STAFF')",
        uuid7(), account, by.business_id,
    )  # fmt: skip
    first = await asyncpg.connect(database.dsn)
    try:
        async with first.transaction():
            await first.execute(
                "SELECT 1 FROM memberships WHERE account_id = $1 FOR NO KEY UPDATE", account
            )
            await first.execute(meanwhile, account)
            second = asyncio.create_task(
                do(rules.create_staff, by, name="Ann again", account_id=account)
            )
            while not await db.fetchval(WAITS, first.get_server_pid()):  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.01)
        with pytest.raises(refusal) as refused:
            await second
    finally:
        await first.close()

    assert refused.value.field == ("account_id",)
    assert await db.fetchval("SELECT count(*) FROM staff WHERE name = 'Ann again'") == 0
