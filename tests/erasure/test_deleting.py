"""Deleting a client's file, over the API: what goes, who is told, and that nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from modules import previews
from storage import ledger
from storage.database import execute, fetch, fetchval
from storage.settings import Settings
from tests.conftest import Ask
from tests.erasure.conftest import DELETE, RECEIPT, both, delete, found, look, open_file
from tests.promises.conftest import BOOK, CLIENT, Salon

Work = Callable[[], Awaitable[None]]

WORDS = ["zoltana", "querfeld", "31612345678"]
NOTE = """mutation($input: UpdateClientInput!) {
  updateClient(input: $input) { client { version } problems { code } } }"""


LONG_AGO = """
UPDATE appointments SET status = $2, price_minor = $3, starts_at = starts_at - interval '60 days',
    ends_at = ends_at - interval '60 days', blocked_from = blocked_from - interval '60 days',
    blocked_until = blocked_until - interval '60 days'
WHERE id = $1"""


async def everything() -> list[Any]:
    """All there is: compare before and after a refusal."""
    tables = await fetch(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    union = " UNION ALL ".join(
        f"SELECT '{t['name']}' AS name, count(*), md5(string_agg(t::text, '' ORDER BY t::text))"
        f" FROM {t['name']} t"
        for t in tables
        if t["name"] not in ("sessions", "job_log", "job_statistics")
    )
    return [tuple(row) for row in await fetch(f"{union} ORDER BY 1")]


async def test_a_preview_counts_and_a_receipt_shows_what_went(salon: Salon, work: Work) -> None:
    """R70, R72: what was looked at goes, and the receipt says so without saying whose it was."""
    booked = await salon.book()
    await salon.book(hours=2)
    await salon.does(
        "mutation($input: CancelAppointmentInput!) { cancelAppointment(input: $input)"
        " { problems { code } } }",
        "cancelAppointment",
        {"input": {"id": booked["appointment"]["id"]}},
    )
    await work()

    seen = await look(salon)
    counts = {each["kind"]: each["count"] for each in seen["counts"]}
    assert seen["client"] == {"fullName": "Zoltana Querfeld"}
    assert counts["appointments"] == 2
    payload = await delete(salon)
    assert payload["problems"] == []
    assert payload["receipt"] | {"id": "", "startedAt": ""} == {
        "id": "",
        "startedAt": "",
        "status": "RUNNING",
        "reason": None,
        "finishedAt": None,
        "actor": {"name": "Olga"},
        "went": [
            {"kind": kind, "count": count}
            for kind, count in sorted({**counts, "clients": 1}.items())
        ],
    }
    await work()

    receipt = {"id": payload["receipt"]["id"]}
    answer = await salon.ask(RECEIPT, receipt, token=salon.token)
    done = answer["data"]["erasureReceipt"]
    went = {each["kind"]: each["count"] for each in done["went"]}
    assert done["status"] == "DONE"
    assert done["finishedAt"] is not None
    assert went == {**counts, "clients": 1, "log entries": went["log entries"]}
    assert went["log entries"] >= 5
    listed = "{ viewer { business { erasureReceipts { nodes { id } } } } }"
    answer = await salon.ask(listed, {}, token=salon.token)
    assert answer["data"]["viewer"]["business"]["erasureReceipts"]["nodes"] == [receipt]


async def test_nothing_is_found_afterwards(salon: Salon, work: Work, settings: Settings) -> None:
    """R71, R72: every table, every object, for the address, the number, the names and the ids."""
    first = await salon.book(key="book once")
    second = await salon.book(hours=2)
    business = UUID(salon.business.partition("_")[2])
    client = UUID(salon.client.partition("_")[2])
    await salon.does(
        NOTE, "updateClient", {"input": {"id": salon.client, "note": "Zoltana likes tea"}}
    )
    for purpose, whose in (("photo", client), ("export", None)):
        await ledger.keep(
            business,
            b"Zoltana Querfeld",
            purpose=purpose,
            content_type="text/plain",
            client_id=whose,
        )
    await work()
    ids = [
        *both(salon.client),
        *both(first["appointment"]["id"]),
        *both(second["appointment"]["id"]),
    ]
    objects = settings.data_dir / "objects"
    before = {table for table, _ in await found([*WORDS, *ids], objects)}
    assert {"clients", "appointments", "event", "idempotency", "messages"} <= before
    assert any(file.is_file() for file in objects.rglob("*"))

    payload = await delete(salon, key="delete once")
    assert payload["problems"] == []
    await work()

    assert await found([*WORDS, *ids], objects) == []
    again = await salon.does(
        DELETE, "deleteClient", {"input": {"id": salon.client, "token": "x"}, "key": "other"}
    )
    assert again["problems"] == [{"code": "NOT_FOUND", "field": ["input", "id"]}]


async def test_what_is_to_come_is_cancelled_with_notices(
    salon: Salon, work: Work, settings: Settings
) -> None:
    """R73, C6: the answer lists what was cancelled; both sides get mail; then the address goes."""
    await salon.book()
    booked = await salon.book(hours=2)
    await work()
    dry = await delete(salon, dry=True)
    before = set(_mails(settings))
    payload = await delete(salon)
    await work()

    assert (
        dry["messages"]
        == [
            {"kind": "APPOINTMENT_CANCELLED", "recipient": "zoltana@querfeld.example"},
            {"kind": "APPOINTMENT_CANCELLED_PROVIDER", "recipient": "olga@salon.example"},
        ]
        * 2
    )
    assert [each["service"] for each in payload["cancelled"]] == ["Cut", "Cut"]
    assert payload["cancelled"][1] == {
        "appointmentId": booked["appointment"]["id"],
        "startsAt": booked["appointment"]["startsAt"],
        "endsAt": payload["cancelled"][1]["endsAt"],
        "service": "Cut",
        "staff": "Sam",
    }
    new = [text for name, text in _mails(settings).items() if name not in before]
    assert len(new) == 4
    assert sum("To: Zoltana Querfeld <zoltana@querfeld.example>" in text for text in new) == 2
    assert await fetch("SELECT * FROM parting_notices") == []
    assert await fetch("SELECT * FROM messages WHERE recipient ILIKE 'zoltana%'") == []


def _mails(settings: Settings) -> dict[str, str]:
    folder: Path = settings.data_dir / "mailbox"
    return {file.name: file.read_text() for file in folder.glob("*.eml")}


@pytest.mark.parametrize("change", ["note", "booking", "time", "nonsense", "other"])
async def test_only_what_was_looked_at_is_deleted(
    salon: Salon, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R70: a file that changed since, an old token or another's is refused, and nothing changes."""
    token = (await look(salon))["token"]
    match change:
        case "note":
            await salon.does(NOTE, "updateClient", {"input": {"id": salon.client, "note": "new"}})
        case "booking":
            await salon.book()
        case "time":
            monkeypatch.setattr(previews, "GOOD_FOR", -previews.GOOD_FOR)
            token = (await look(salon))["token"]
        case "nonsense":
            token = "²." + token
        case "other":
            other = await open_file(salon, firstName="Ann", email="a@b.example")
            token = (await look(salon, other))["token"]
    before = await everything()
    given = {"input": {"id": salon.client, "token": token}}
    payload = await salon.does(DELETE, "deleteClient", given)

    assert payload["problems"] == [{"code": "STALE_PREVIEW", "field": ["input", "token"]}]
    assert payload["receipt"] is None
    assert await everything() == before


async def test_a_dry_run_deletes_nothing(salon: Salon) -> None:
    """R71: what is permanent can be tried before."""
    await salon.book()
    before = await everything()
    payload = await delete(salon, dry=True)

    assert [len(payload["cancelled"]), payload["problems"]] == [1, []]
    assert await everything() == before


async def test_a_repeated_creation_opens_no_new_file(salon: Salon, work: Work) -> None:
    """R71: the remembered answer stays, without saying whom it was about."""
    await delete(salon, key="gone")
    await work()
    person = {
        "firstName": "Zoltana", "lastName": "Querfeld", "email": "zoltana@querfeld.example",
        "phone": "+31612345678",
    }  # fmt: skip
    again = await salon.does(
        CLIENT, "createClient", {"input": person, "key": "made up for zoltana@querfeld.example"}
    )

    assert again == {"client": None, "problems": [], "replayed": True, "messages": []}
    assert await fetchval("SELECT count(*) FROM clients") == 1


async def test_a_repeated_deletion_is_answered_from_the_receipt(salon: Salon, work: Work) -> None:
    """R71: the same key gives the same receipt, also when all is forgotten."""
    await salon.book()
    token = (await look(salon))["token"]
    given = {"input": {"id": salon.client, "token": token}, "key": "gone"}
    first = await salon.does(DELETE, "deleteClient", given)
    await work()
    again = await salon.does(DELETE, "deleteClient", given)

    assert again["replayed"] is True
    assert again["receipt"]["id"] == first["receipt"]["id"]
    assert again["receipt"]["status"] == "DONE"
    nobody = {"appointmentId": f"apt_{0:032x}"}
    assert again["cancelled"] == [first["cancelled"][0] | nobody]


async def test_visits_stay_as_numbers(salon: Salon, work: Work) -> None:
    """C10: how many came on which day for what is kept; who it was is not."""
    for hours, status, price in (
        (0, "COMPLETED", 4500),
        (1, "COMPLETED", 4000),
        (2, "NO_SHOW", 4500),
    ):
        booked = (await salon.book(hours=hours))["appointment"]["id"]
        await execute(LONG_AGO, UUID(booked.partition("_")[2]), status, price)
    await delete(salon)
    await work()
    query = """{ viewer { business { erasedVisits { nodes {
      day status count total { amountMinor currency } service { name } staff { name } } } } } }"""
    answer = await salon.ask(query, {}, token=salon.token)
    nodes = answer["data"]["viewer"]["business"]["erasedVisits"]["nodes"]

    assert sorted((n["status"], n["count"], n["total"]["amountMinor"]) for n in nodes) == [
        ("COMPLETED", 2, 8500),
        ("NO_SHOW", 1, 4500),
    ]
    assert nodes[0]["total"]["currency"] == "EUR"
    assert (nodes[0]["service"], nodes[0]["staff"]) == ({"name": "Cut"}, {"name": "Sam"})


async def test_nobody_books_for_whom_is_being_deleted(salon: Salon, api: Ask) -> None:
    """R73: whoever books at the same moment is first, or is told that there is no such client."""
    for turn in range(4):
        client = await open_file(salon, email=f"{turn}@q.example")
        token = (await look(salon, client))["token"]
        slots = [{**salon.slot(hours=turn * 10 + n), "clientId": client} for n in range(4)]
        given = {"input": {"id": client, "token": token}}
        deletion, *bookings = await asyncio.gather(
            salon.does(DELETE, "deleteClient", given),
            *(salon.does(BOOK, "bookAppointment", {"input": slot}) for slot in slots),
        )
        gone = not deletion["problems"]
        for booking in bookings:
            codes = [problem["code"] for problem in booking["problems"]]
            assert codes in ([], ["NOT_FOUND"])
        assert gone or [p["code"] for p in deletion["problems"]] == ["STALE_PREVIEW"]

    orphans = """SELECT count(*) FROM appointments a WHERE NOT EXISTS (
        SELECT FROM clients c WHERE c.business_id = a.business_id AND c.id = a.client_id)"""
    assert await fetchval(orphans) == 0
