"""Changing what an appointment is for, and the list of all appointments of a business."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from modules.appointments import rules
from modules.services import rules as services
from schema.api import Asked
from schema.engine import Engine
from storage import database as db

MINUTE = timedelta(minutes=1)
UPDATE = """mutation($input: UpdateAppointmentInput!) { updateAppointment(input: $input) {
  problems { code field }
  appointment {
    note clientNote startsAt endsAt price { amountMinor } service { name } staff { name }
    segments { position service { name } staff { name } startsAt price { amountMinor } }
  } } }"""
OWN = """mutation($input: UpdateAppointmentInput!) { updateAppointment(input: $input) {
  problems { code field } appointment { clientNote } } }"""
LIST = """query($filter: AppointmentFilter, $by: AppointmentOrder) { viewer { business {
  appointments(filter: $filter, orderBy: $by) { totalCount nodes { startsAt status } } } } }"""


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks one question as a viewer; answers its only field."""

    async def asking(by: Any, query: str, /, **given: Any) -> Any:
        sent = orjson.loads(orjson.dumps(given))
        answer = orjson.loads((await engine.answer(Asked(query, sent), by)).body)
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    return asking


def z(moment: Any) -> str:
    """Write an instant as answers do."""
    return str(moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


async def test_services_staff_length_and_price_are_changed_together(salon: Any, ask: Any) -> None:
    """What is not said stays as it was; the time that is taken follows."""
    start = salon.at(10)
    booked = await salon.book(start, note="Old")
    wash = await salon.do(
        services.create_service,
        name="Wash",
        duration_minutes=20,
        price=services.Price(amount_minor=1_000),
        staff_ids=[salon.bob],
    )
    cut, ann, bob = (f"{p}_{i.hex}" for p, i in (
        ("srv", salon.cut), ("stf", salon.ann), ("stf", salon.bob),
    ))  # fmt: skip
    segments = [
        {"serviceId": cut, "staffId": ann, "durationMinutes": 45},
        {"serviceId": f"srv_{wash.hex}", "staffId": bob, "price": {"amountMinor": 900}},
    ]
    id_ = f"apt_{booked.hex}"

    done = await ask(salon.by, UPDATE, input={"id": id_, "note": "New", "segments": segments})
    assert done == {
        "problems": [],
        "appointment": {
            "note": "New",
            "clientNote": None,
            "startsAt": z(start),
            "endsAt": z(start + 65 * MINUTE),
            "price": {"amountMinor": 4_400},
            "service": {"name": "Cut"},
            "staff": {"name": "Ann"},
            "segments": [
                {
                    "position": 1, "service": {"name": "Cut"}, "staff": {"name": "Ann"},
                    "startsAt": z(start), "price": {"amountMinor": 3_500},
                },
                {
                    "position": 2, "service": {"name": "Wash"}, "staff": {"name": "Bob"},
                    "startsAt": z(start + 45 * MINUTE), "price": {"amountMinor": 900},
                },
            ],
        },
    }  # fmt: skip
    claims = await db.fetch("SELECT holder_id, upper(during) FROM claims ORDER BY 2")
    assert [tuple(row) for row in claims] == [
        (salon.ann, start + 45 * MINUTE), (salon.bob, start + 65 * MINUTE),
    ]  # fmt: skip
    event = await db.fetchrow("SELECT kind, data FROM event ORDER BY seq DESC LIMIT 1")
    assert event is not None
    assert event["kind"] == "appointments.AppointmentUpdated"
    before = await db.fetchval("SELECT count(*) FROM event")
    await ask(salon.by, UPDATE, input={"id": id_, "note": "New"})
    assert await db.fetchval("SELECT count(*) FROM event") == before


async def test_what_cannot_be_changed_is_told_and_nothing_is(salon: Any, ask: Any) -> None:
    """A length that reaches into the next appointment, another's service, a client's wishes."""
    start = salon.at(10)
    booked = await salon.book(start)
    await salon.book(start + 30 * MINUTE)
    cut, ann = f"srv_{salon.cut.hex}", f"stf_{salon.ann.hex}"
    before = await salon.everything()

    async def refused(code: str, *field: str, by: Any = salon.by, **asked: Any) -> None:
        answer = await ask(by, OWN, input={"id": f"apt_{booked.hex}", **asked})
        assert answer["problems"] == [{"code": code, "field": ["input", *field]}]

    one = {"serviceId": cut, "staffId": ann}
    await refused("SLOT_TAKEN", "startsAt", segments=[{**one, "durationMinutes": 31}])
    await refused("SLOT_TAKEN", "startsAt", segments=[one, one])
    await refused("OUT_OF_RANGE", "segments", "0", "durationMinutes",
                  segments=[{**one, "durationMinutes": 0}])  # fmt: skip
    await refused("INVALID_INPUT", "segments", segments=[])
    await refused("INVALID_INPUT", "segments", segments=[one] * 6)
    await refused("NOT_FOUND", "segments", "0", "serviceId",
                  segments=[{**one, "serviceId": f"srv_{salon.zoe.hex}"}])  # fmt: skip
    assert await salon.everything() == before

    client = await salon.client()
    before = await salon.everything()
    await refused("INVALID_INPUT", "note", by=client.by, note="x")
    await refused("INVALID_INPUT", "segments", by=client.by, segments=[one])
    assert await salon.everything() == before
    own = await ask(client.by, OWN, input={"id": f"apt_{booked.hex}", "clientNote": "Short"})
    assert own == {"problems": [], "appointment": {"clientNote": "Short"}}


async def test_the_list_of_all_appointments(salon: Any, ask: Any) -> None:
    """By status, staff, service, client, days and source, sorted as asked."""
    first, second = salon.at(10), salon.at(12)
    await salon.book(second)
    gone = await salon.book(first, staff_id=salon.bob)
    await salon.do(rules.cancel, appointment_id=gone)
    day = first.astimezone(salon.zone).date().isoformat()
    rows = {"second": {"startsAt": z(second), "status": "BOOKED"},
            "first": {"startsAt": z(first), "status": "CANCELLED"}}  # fmt: skip

    async def listed(**given: Any) -> list[str]:
        page = (await ask(salon.by, LIST, **given))["business"]["appointments"]
        assert page["totalCount"] == len(page["nodes"])
        return [name for node in page["nodes"] for name, row in rows.items() if row == node]

    assert await listed() == ["second", "first"]
    assert await listed(by={"field": "STARTS_AT"}) == ["first", "second"]
    assert await listed(by={"field": "CREATED_AT"}) == ["second", "first"]
    assert await listed(filter={"statuses": ["CANCELLED", "NO_SHOW"]}) == ["first"]
    assert await listed(filter={"staffIds": [f"stf_{salon.ann.hex}"]}) == ["second"]
    assert await listed(filter={"serviceIds": [f"srv_{salon.cut.hex}"]}) == ["second", "first"]
    assert await listed(filter={"serviceIds": []}) == []
    assert await listed(filter={"clientId": f"cli_{salon.zoe.hex}"}) == ["second", "first"]
    assert await listed(filter={"sources": ["SITE"]}) == []
    assert await listed(filter={"startsAt": {"fromDate": day, "toDate": day}}) == [
        "second", "first",
    ]  # fmt: skip
    assert await listed(filter={"startsAt": {"before": z(second)}}) == ["first"]


HISTORY = """query($id: ID!) { appointment(id: $id) { history { totalCount nodes {
  kind status startsAt staff { name } } } } }"""


async def test_the_history_tells_each_step(salon: Any, ask: Any) -> None:
    """Who may see the appointment sees what happened to it, in order, and nothing of others'."""
    booked = await salon.book(salon.at(10))
    await salon.book(salon.at(12))
    await salon.do(rules.reschedule, appointment_id=booked, staff_id=salon.bob)
    await salon.do(rules.update, appointment_id=booked, note="New")
    await salon.do(rules.cancel, appointment_id=booked)
    client = await salon.client()
    steps = [
        ("BOOKED", "BOOKED", "Ann"),
        ("RESCHEDULED", "BOOKED", "Bob"),
        ("UPDATED", "BOOKED", "Bob"),
        ("CANCELLED", "CANCELLED", "Bob"),
    ]

    for by in (salon.by, client.by):
        found = (await ask(by, HISTORY, id=f"apt_{booked.hex}"))["history"]
        assert found["totalCount"] == 4
        assert [(n["kind"], n["status"], n["staff"]["name"]) for n in found["nodes"]] == steps
        assert {n["startsAt"] for n in found["nodes"]} == {z(salon.at(10))}
