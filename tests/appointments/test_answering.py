"""Requests, proposals and holds: time that is kept until somebody answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from modules.appointments import rules
from modules.appointments.rules import Option
from modules.clients import rules as clients
from modules.errors import InvalidInput, NotFound, Refusal
from modules.services.rules import BookingSettings
from modules.settings import change
from schema.api import Asked
from schema.engine import Engine
from storage import database as db

HOUR = timedelta(hours=1)
WHAT = "problems { code field } appointment { id status answerBy clientNote }"
REQUEST = f"mutation($input: RequestAppointmentInput!) {{ requestAppointment(input: $input) {{ {WHAT} }} }}"  # noqa: E501
ACCEPT = (
    f"mutation($input: AcceptAppointmentInput!) {{ acceptAppointment(input: $input) {{ {WHAT} }} }}"
)
DECLINE = f"mutation($input: DeclineAppointmentInput!) {{ declineAppointment(input: $input) {{ {WHAT} }} }}"  # noqa: E501
PICK = f"mutation($input: AcceptProposalInput!) {{ acceptProposal(input: $input) {{ {WHAT} }} }}"
PROPOSE = """mutation($input: ProposeAppointmentInput!) { proposeAppointment(input: $input) {
  problems { code field }
  appointments { id status startsAt staff { name } proposedWith { status } } } }"""
HOLD = """mutation($input: HoldSlotInput!) { holdSlot(input: $input) {
  problems { code field ... on SlotTaken { alternatives { startsAt } } }
  hold expiresAt segments { startsAt staff { name } } } }"""
RELEASE = """mutation($input: ReleaseSlotInput!) { releaseSlot(input: $input) {
  problems { code field } startsAt } }"""
BOOK = f"mutation($input: BookAppointmentInput!) {{ bookAppointment(input: $input) {{ {WHAT} }} }}"


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks one question as a viewer; answers the payload."""

    async def asking(by: Any, query: str, **given: Any) -> Any:
        sent = orjson.loads(orjson.dumps({"input": given}))
        answer = orjson.loads((await engine.answer(Asked(query, sent), by)).body)
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    return asking


def wanted(salon: Any, **other: Any) -> dict[str, Any]:
    """The input of a request for a cut with Ann at ten."""
    usual = {
        "clientId": f"cli_{salon.zoe.hex}",
        "serviceId": f"srv_{salon.cut.hex}",
        "staffId": f"stf_{salon.ann.hex}",
        "startsAt": salon.at(10),
    }
    return {**usual, **other}


async def statuses() -> list[str]:
    """What became of all appointments, by when they start."""
    rows = await db.fetch("SELECT status FROM appointments ORDER BY starts_at, id")
    return [row["status"] for row in rows]


async def claimed() -> int:
    """How many times are taken."""
    return int(await db.fetchval("SELECT count(*) FROM claims"))


async def test_a_request_keeps_its_time_until_the_team_answers(salon: Any, ask: Any) -> None:
    """R54: asked by the client, accepted by the team; the client's note is their own."""
    client = await salon.client()
    asked = await ask(client.by, REQUEST, **wanted(salon, note="Short, please"))
    own = asked["appointment"]
    assert asked["problems"] == []
    assert (own["status"], own["clientNote"]) == ("REQUESTED", "Short, please")
    row = await db.fetchrow("SELECT note, source FROM appointments")
    assert tuple(row or ()) == (None, "CLIENT")
    until = datetime.fromisoformat(own["answerBy"]) - datetime.now(UTC)
    assert timedelta(hours=23) < until <= timedelta(hours=24)
    with pytest.raises(rules.SlotTaken):
        await salon.book(salon.at(10))
    assert await statuses() == ["REQUESTED"]


async def test_the_team_accepts_once(salon: Any, ask: Any) -> None:
    """R54: it is booked from then on, and whoever answers again is told that it is."""
    client = await salon.client()
    asked = (await ask(client.by, REQUEST, **wanted(salon)))["appointment"]

    done = await ask(salon.by, ACCEPT, id=asked["id"])
    assert (done["problems"], done["appointment"]["status"], done["appointment"]["answerBy"]) == (
        [], "BOOKED", None,
    )  # fmt: skip
    before = await salon.everything()
    for again in (ACCEPT, DECLINE):
        refused = await ask(salon.by, again, id=asked["id"])
        assert refused["problems"] == [{"code": "NOT_WAITING", "field": ["input", "id"]}]
    assert await salon.everything() == before
    assert await db.fetchval("SELECT next_visit_at FROM client_figures") == salon.at(10)


async def test_what_is_declined_frees_its_time(salon: Any, ask: Any) -> None:
    """R54: the reason is the client's to read, and it never counts as a visit to come."""
    client = await salon.client()
    asked = (await ask(client.by, REQUEST, **wanted(salon)))["appointment"]
    assert await db.fetchval("SELECT next_visit_at FROM client_figures") is None

    done = await ask(salon.by, DECLINE, id=asked["id"], reason="Fully booked")
    assert done["appointment"]["status"] == "DECLINED"
    row = await db.fetchrow("SELECT cancel_reason, cancelled_at, answer_by FROM appointments")
    assert tuple(row or ()) == ("Fully booked", None, None)
    assert await claimed() == 0
    await salon.book(salon.at(10))


async def test_a_request_nobody_answers_expires(salon: Any, ask: Any) -> None:
    """Its time can be had at once, and the row says so within a minute."""
    asked = (await ask(salon.by, REQUEST, **wanted(salon)))["appointment"]
    await db.execute("UPDATE appointments SET answer_by = now() - interval '1 second'")

    late = await ask(salon.by, ACCEPT, id=asked["id"])
    assert late["problems"] == [{"code": "ANSWER_TOO_LATE", "field": ["input", "id"]}]
    await salon.book(salon.at(10))
    assert await claimed() == 1
    await rules.expire_unanswered()
    assert sorted(await statuses()) == ["BOOKED", "EXPIRED"]
    kinds = await db.fetch("SELECT kind FROM event ORDER BY seq DESC LIMIT 1")
    assert [row["kind"] for row in kinds] == ["appointments.AppointmentExpired"]


async def test_a_client_picks_one_of_the_times_proposed(salon: Any, ask: Any) -> None:
    """R8, R55: all are kept, one is picked, the others are free in the same moment."""
    times = [salon.at(10), salon.at(12), salon.at(14)]
    options = [
        {"startsAt": time, "serviceId": f"srv_{salon.cut.hex}", "staffId": f"stf_{who.hex}"}
        for time, who in zip(times, (salon.ann, salon.bob, salon.ann), strict=True)
    ]
    made = await ask(salon.by, PROPOSE, clientId=f"cli_{salon.zoe.hex}", options=options)
    assert made["problems"] == []
    assert [(a["status"], a["staff"]["name"]) for a in made["appointments"]] == [
        ("PROPOSED", "Ann"), ("PROPOSED", "Bob"), ("PROPOSED", "Ann"),
    ]  # fmt: skip
    assert [len(a["proposedWith"]) for a in made["appointments"]] == [2, 2, 2]
    assert await claimed() == 3
    client = await salon.client()

    picked = await ask(client.by, PICK, id=made["appointments"][1]["id"])
    assert picked["appointment"]["status"] == "BOOKED"
    assert await statuses() == ["EXPIRED", "BOOKED", "EXPIRED"]
    assert await claimed() == 1
    before = await salon.everything()
    again = await ask(client.by, PICK, id=made["appointments"][0]["id"])
    assert again["problems"] == [{"code": "NOT_WAITING", "field": ["input", "id"]}]
    assert await salon.everything() == before


async def test_none_is_proposed_when_one_cannot_be(salon: Any) -> None:
    """It says which, and of too many, of none and of a time that is over."""
    usual = {"service_id": salon.cut, "staff_id": salon.ann}
    before = await salon.everything()

    async def refused(kind: type[Refusal], *field: str, **asked: Any) -> None:
        with pytest.raises(kind) as caught:
            await salon.do(rules.propose, **{"client_id": salon.zoe, **asked})
        assert caught.value.field == field
        assert await salon.everything() == before

    good = Option(starts_at=salon.at(10), **usual)
    early = Option(starts_at=salon.at(5), **usual)
    await refused(rules.OutsideHours, "options", "1", "starts_at", options=[good, early])
    await refused(rules.SlotTaken, "options", "1", "starts_at", options=[good, good])
    await refused(InvalidInput, "options", options=[])
    await refused(InvalidInput, "options", options=[good] * 6)
    await refused(InvalidInput, "answer_by", options=[good], answer_by=datetime.now(UTC))
    await refused(NotFound, "client_id", options=[good], client_id=salon.cut)


async def test_a_held_time_is_booked_by_whoever_holds_it(salon: Any, ask: Any) -> None:
    """Others see it taken; it is used once, and ends by itself."""
    slot = {key: value for key, value in wanted(salon).items() if key != "clientId"}
    held = await ask(salon.by, HOLD, **slot)
    assert held["problems"] == []
    assert [s["staff"]["name"] for s in held["segments"]] == ["Ann"]
    with pytest.raises(rules.SlotTaken):
        await salon.book(salon.at(10))
    twice = await ask(salon.by, HOLD, **slot)
    assert [p["code"] for p in twice["problems"]] == ["SLOT_TAKEN"]

    before = await salon.everything()
    for wrong in ("", "x", held["hold"] + "x"):
        refused = await ask(salon.by, BOOK, **wanted(salon, hold=wrong))
        assert refused["problems"] == [{"code": "HOLD_EXPIRED", "field": ["input", "hold"]}]
        assert await salon.everything() == before
    booked = await ask(salon.by, BOOK, **wanted(salon, hold=held["hold"]))
    assert booked["problems"] == []
    again = await ask(salon.by, BOOK, **wanted(salon, hold=held["hold"], startsAt=salon.at(15)))
    assert again["problems"] == [{"code": "HOLD_EXPIRED", "field": ["input", "hold"]}]
    assert await statuses() == ["BOOKED"]


async def test_a_hold_ends_by_itself_and_by_hand(salon: Any, ask: Any) -> None:
    """Whoever wants the time afterwards has it at once."""
    slot = {key: value for key, value in wanted(salon).items() if key != "clientId"}
    held = await ask(salon.by, HOLD, **slot)
    freed = await ask(salon.by, RELEASE, hold=held["hold"])
    assert (freed["problems"], await claimed()) == ([], 0)
    held = await ask(salon.by, HOLD, **slot)
    await db.execute("UPDATE slot_holds SET expires_at = now() - interval '2 minutes'")
    await db.execute("UPDATE claims SET expires_at = now() - interval '2 minutes'")

    gone = await ask(salon.by, RELEASE, hold=held["hold"])
    assert gone["problems"] == [{"code": "HOLD_EXPIRED", "field": ["input", "hold"]}]
    await salon.book(salon.at(10))
    await rules.drop_expired()
    assert await db.fetchval("SELECT count(*) FROM slot_holds") == 0
    assert await claimed() == 1


async def test_nobody_holds_everything(salon: Any, ask: Any) -> None:
    """A client holds three times at once, even when they ask for many in the same moment."""
    client = await salon.client()
    slot = {key: value for key, value in wanted(salon).items() if key != "clientId"}
    tries = [{**slot, "startsAt": salon.at(9 + n // 2, n % 2 * 30)} for n in range(12)]

    heard = await asyncio.gather(*(ask(client.by, HOLD, **each) for each in tries))
    codes = Counter(p["code"] for one in heard for p in one["problems"])
    assert codes == {"TOO_MANY_HOLDS": 9}
    assert await claimed() == 3


async def test_of_many_who_want_one_time_one_has_it(salon: Any, ask: Any) -> None:
    """Bookings, requests, holds, moves and picks of a proposal: one winner, the others named."""
    start = salon.at(11)
    slot = {"serviceId": f"srv_{salon.cut.hex}", "staffId": f"stf_{salon.ann.hex}"}
    moving = [await salon.book(salon.at(14, 30 * (n % 2), weeks=2 + n // 2)) for n in range(10)]

    async def one(n: int) -> list[str]:
        match n % 4:
            case 0:
                done = await ask(salon.by, BOOK, **wanted(salon, startsAt=start))
            case 1:
                done = await ask(salon.by, REQUEST, **wanted(salon, startsAt=start))
            case 2:
                done = await ask(salon.by, HOLD, **slot, startsAt=start)
            case _:
                done = await ask(
                    salon.by, PROPOSE, clientId=f"cli_{salon.zoe.hex}",
                    options=[{**slot, "startsAt": start}],
                )  # fmt: skip
        return [problem["code"] for problem in done["problems"]]

    async def move(appointment: UUID) -> list[str]:
        try:
            await salon.do(rules.reschedule, appointment_id=appointment, starts_at=start)
        except Refusal as refusal:
            return [refusal.code]
        return []

    heard = await asyncio.gather(*(one(n) for n in range(120)), *(move(each) for each in moving))
    assert Counter(code for codes in heard for code in codes) == {"SLOT_TAKEN": 129}
    assert heard.count([]) == 1
    taken = "SELECT count(*) FROM claims WHERE during && tstzrange($1, $2)"
    assert await db.fetchval(taken, start, start + HOUR / 2) == 1


async def test_of_many_who_pick_one_is_booked(salon: Any, ask: Any) -> None:
    """All times of a proposal are picked at once, and one of them becomes an appointment."""
    options = [{"startsAt": salon.at(9 + n), "serviceId": f"srv_{salon.cut.hex}"} for n in range(5)]
    made = await ask(salon.by, PROPOSE, clientId=f"cli_{salon.zoe.hex}", options=options)
    picks = [made["appointments"][n % 5]["id"] for n in range(60)]

    heard = await asyncio.gather(*(ask(salon.by, PICK, id=each) for each in picks))
    codes = Counter(p["code"] for one in heard for p in one["problems"])
    assert codes == {"NOT_WAITING": 59}
    assert Counter(await statuses()) == {"BOOKED": 1, "EXPIRED": 4}
    assert await claimed() == 1


async def test_requests_last_as_long_as_the_business_says(salon: Any, ask: Any) -> None:
    """And none longer than until it begins."""
    await salon.do(change_settings, request_expires_minutes=30 * 24 * 60)
    asked = (await ask(salon.by, REQUEST, **wanted(salon)))["appointment"]
    assert datetime.fromisoformat(asked["answerBy"]) == salon.at(10)


async def change_settings(by: Any, **asked: Any) -> Any:
    """Change how clients book."""
    return await change(BookingSettings, by, **asked)


async def changes(engine: Engine, by: Any, query: str) -> AsyncIterator[Any]:
    """Watch something."""
    async for answer in engine.watch(Asked(query, {}), by):
        yield orjson.loads(answer.body)["data"]


OWN_CHANGES = "subscription { appointmentChanges { kind appointment { status client { id } } } }"
FREE = "subscription { slotChanges { kind days subjectId actor { id } } }"


async def test_clients_are_told_of_their_own_and_of_days_that_changed(
    salon: Any, engine: Engine, ask: Any
) -> None:
    """Not of what others booked: of that only the day is told, and nobody's name."""
    client = await salon.client()
    other = await salon.do(clients.create_client, first_name="Bo", last_name="B", email="b@b.nl")
    own = changes(engine, client.by, OWN_CHANGES)
    free = changes(engine, client.by, FREE)
    heard = [asyncio.ensure_future(anext(own)), asyncio.ensure_future(anext(free))]
    await asyncio.sleep(0.5)
    day = salon.at(10).astimezone(salon.zone).date().isoformat()

    await salon.book(salon.at(10), client_id=other)
    await ask(client.by, REQUEST, **wanted(salon, startsAt=salon.at(12)))
    async with asyncio.timeout(10):
        assert await heard[0] == {
            "appointmentChanges": {
                "kind": "REQUESTED",
                "appointment": {"status": "REQUESTED", "client": {"id": f"cli_{salon.zoe.hex}"}},
            }
        }
        told = [await heard[1], await anext(free)]
    assert [one["slotChanges"] for one in told] == [
        {"kind": "TAKEN", "days": [day], "subjectId": None, "actor": None}
    ] * 2
    await own.aclose()
    await free.aclose()


async def test_what_is_asked_for_lies_ahead_and_a_hold_is_for_its_own_time(
    salon: Any, ask: Any
) -> None:
    """The team enters the past by booking it only; a hold is not spent on another time."""
    past = salon.at(10, weeks=0)
    slot = {"serviceId": f"srv_{salon.cut.hex}", "staffId": f"stf_{salon.ann.hex}"}
    option = {"clientId": f"cli_{salon.zoe.hex}", "options": [{**slot, "startsAt": past}]}
    before = await salon.everything()
    for query, given in (
        (REQUEST, wanted(salon, startsAt=past)),
        (HOLD, {**slot, "startsAt": past}),
        (PROPOSE, option),
    ):
        refused = await ask(salon.by, query, **given)
        assert [p["code"] for p in refused["problems"]] == ["STARTS_IN_PAST"]
    assert await salon.everything() == before

    held = await ask(salon.by, HOLD, **slot, startsAt=salon.at(10))
    before = await salon.everything()
    other = await ask(salon.by, BOOK, **wanted(salon, startsAt=salon.at(12), hold=held["hold"]))
    assert other["problems"] == [{"code": "HOLD_EXPIRED", "field": ["input", "hold"]}]
    assert await salon.everything() == before
