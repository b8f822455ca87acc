"""Clients who may not book by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from modules.appointments import rules as appointments
from modules.viewer import Role, Viewer
from schema.ids import decode
from storage import database as db
from tests.clients.conftest import everything, told
from tests.promises.conftest import Salon, furnish

BLOCK = """mutation($input: BlockClientInput!) { blockClient(input: $input) {
  client { blockedAt blockReason version } problems { code field } } }"""
UNBLOCK = """mutation($input: UnblockClientInput!) { unblockClient(input: $input) {
  client { blockedAt blockReason version } problems { code field } } }"""
BOOK = """mutation($input: BookAppointmentInput!) { bookAppointment(input: $input) {
  appointment { client { fullName } } problems { code field message } } }"""


@pytest.fixture
def enabled() -> list[str]:
    """With a calendar to book in."""
    return ["accounts", "clients", "services", "appointments"]


@pytest.fixture
async def salon(api: Any) -> Salon:
    """A furnished salon."""
    return await furnish(api)


async def block(salon: Salon, **given: Any) -> Any:
    """Block the salon's client."""
    return await salon.does(BLOCK, "blockClient", {"input": {"id": salon.client, **given}})


async def unblock(salon: Salon, **given: Any) -> Any:
    """Let the salon's client book again."""
    return await salon.does(UNBLOCK, "unblockClient", {"input": {"id": salon.client, **given}})


async def test_somebody_is_blocked_with_a_reason_and_let_in_again(salon: Salon) -> None:
    """Doing it twice changes no more than the reason; not at all, nothing."""
    first = (await block(salon, version=1, reason=" Three no-shows "))["client"]
    second = (await block(salon, reason="Four"))["client"]
    same = (await block(salon, reason="Four"))["client"]
    free = (await unblock(salon, version=3))["client"]
    still = (await unblock(salon))["client"]

    assert first["blockedAt"] is not None
    assert (first["blockReason"], first["version"]) == ("Three no-shows", 2)
    assert second == {**first, "blockReason": "Four", "version": 3}
    assert same == second
    assert free == {"blockedAt": None, "blockReason": None, "version": 4}
    assert still == free
    assert await told() == [
        ("clients.ClientUpdated", changed)
        for changed in (
            ["blocked_at", "block_reason"],
            ["block_reason"],
            ["blocked_at", "block_reason"],
        )
    ]


async def test_a_block_that_makes_no_sense_is_refused(salon: Salon) -> None:
    """And nothing changes."""
    before = await everything()

    for payload, code, field in (
        (await block(salon, reason="x" * 1_001), "TEXT_TOO_LONG", "reason"),
        (await block(salon, id=f"cli_{0:032x}"), "NOT_FOUND", "id"),
        (await block(salon, version=9), "STALE_VERSION", "version"),
        (await unblock(salon, id=f"cli_{0:032x}"), "NOT_FOUND", "id"),
        (await unblock(salon, version=9), "STALE_VERSION", "version"),
    ):
        assert payload == {
            "client": None,
            "problems": [{"code": code, "field": ["input", field]}],
        }

    assert await everything() == before


async def test_only_the_team_books_somebody_who_is_blocked(salon: Salon, do: Any) -> None:
    """When they say so; what was booked before stays, and can be moved."""
    await salon.book()
    await block(salon)

    async def book(**more: Any) -> Any:
        asked = {"input": {**salon.slot(1), **more}}
        return await salon.does(BOOK, "bookAppointment", asked)

    plain, despite = await book(), await book(despiteBlock=True)
    account = await db.fetchval(
        "INSERT INTO accounts (id, name) VALUES (uuidv7(), 'Ann') RETURNING id"
    )
    own = "UPDATE clients SET account_id = $2 WHERE id = $1"
    await db.execute(own, decode(salon.client, "cli"), account)
    business_id = decode(salon.business, "biz")
    client = Viewer(role=Role.CLIENT, business_id=business_id, account_id=account)
    with pytest.raises(appointments.ClientBlocked):
        await do(
            appointments.book, client, client_id=decode(salon.client, "cli"),
            service_id=decode(salon.service, "srv"), staff_id=decode(salon.staff, "stf"),
            starts_at=salon.start.replace(hour=15), despite_block=True,
        )  # fmt: skip

    assert plain == {
        "appointment": None,
        "problems": [
            {
                "code": "CLIENT_BLOCKED",
                "field": ["input", "clientId"],
                "message": "This client may not book.",
            }
        ],
    }
    assert despite == {"appointment": {"client": {"fullName": "Ann Lee"}}, "problems": []}
    assert await db.fetchval("SELECT count(*) FROM appointments") == 2
