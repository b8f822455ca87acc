"""Changes of the calendar, watched through the engine: once, in order, from a cursor, then live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import orjson
import pytest

from schema.api import Answer, Asked, RequestRefused, SubscriptionEnded
from schema.engine import Engine
from tests.promises.conftest import Salon

WATCH = """subscription($after: String, $staff: [ID!]) {
  appointmentChanges(after: $after, staffIds: $staff) {
    kind cursor actor { name } appointment { id startsAt status }
    before { startsAt status staff { name } }
  }
}"""
CALENDAR = """query($id: ID!, $from: DateTime!, $to: DateTime!) {
  business: node(id: $id) { ... on Business {
    cursor calendar(from: $from, to: $to) { appointments { id } } } }
}"""
MOVE = """mutation($input: RescheduleAppointmentInput!) {
  rescheduleAppointment(input: $input) { appointment { version } problems { code } }
}"""
CANCEL = """mutation($input: CancelAppointmentInput!) {
  cancelAppointment(input: $input) { appointment { version } problems { code } }
}"""
SIGN_OUT_EVERYWHERE = "mutation { signOutEverywhere { problems { code } } }"


async def watching(engine: Engine, salon: Salon, **variables: Any) -> AsyncIterator[Answer]:
    """Subscribe as the owner."""
    viewer = await engine.viewer(salon.token)
    async for answer in engine.watch(Asked(WATCH, variables), viewer):
        yield answer


async def take(stream: AsyncIterator[Answer], count: int) -> list[dict[str, Any]]:
    """Take so many changes."""
    taken = []
    async with asyncio.timeout(10):
        while len(taken) < count:
            response = orjson.loads((await anext(stream)).body)
            assert "errors" not in response, response
            taken.append(response["data"]["appointmentChanges"])
    return taken


async def calendar(salon: Salon) -> dict[str, Any]:
    """Read the week of the first slot."""
    until = (salon.start + timedelta(days=7)).isoformat()
    variables = {"id": salon.business, "from": salon.start.isoformat(), "to": until}
    response = await salon.ask(CALENDAR, variables, token=salon.token)
    business = response["data"]["business"]
    return {"cursor": business["cursor"], **business["calendar"]}


async def test_a_stream_goes_on_from_its_last_event_whatever_its_document_says(
    engine: Engine, salon: Salon
) -> None:
    """`Last-Event-ID` is the cursor of the last change that arrived."""
    start = (await calendar(salon))["cursor"]
    await salon.book()
    second = (await salon.book(1))["appointment"]["id"]
    viewer = await engine.viewer(salon.token)
    async with aclosing(engine.watch(Asked(WATCH, {"after": start}), viewer)) as stream:
        first = await anext(stream)
    assert first.cursor == orjson.loads(first.body)["data"]["appointmentChanges"]["cursor"]

    again = Asked(WATCH, {"after": start}, after=first.cursor)
    async with aclosing(engine.watch(again, viewer)) as stream:
        [change] = await take(stream, 1)

    assert change["appointment"]["id"] == second


async def test_a_reader_that_comes_back_gets_what_it_missed_and_then_what_is_new(
    engine: Engine, salon: Salon
) -> None:
    """Five changes while away: exactly those five, in order, then live."""
    first = (await salon.book())["appointment"]["id"]
    snapshot = await calendar(salon)
    assert snapshot["appointments"] == [{"id": first}]

    second = (await salon.book(1))["appointment"]["id"]
    await salon.does(
        MOVE,
        "rescheduleAppointment",
        {"input": {"id": first, "startsAt": (salon.start + timedelta(hours=3)).isoformat()}},
    )
    await salon.does(CANCEL, "cancelAppointment", {"input": {"id": second}})
    third = (await salon.book(5))["appointment"]["id"]
    fourth = (await salon.book(6))["appointment"]["id"]

    async with aclosing(watching(engine, salon, after=snapshot["cursor"])) as stream:
        missed = await take(stream, 5)
        fifth = (await salon.book(7))["appointment"]["id"]
        [now] = await take(stream, 1)

    assert [(c["kind"], c["appointment"]["id"]) for c in (*missed, now)] == [
        ("BOOKED", second),
        ("RESCHEDULED", first),
        ("CANCELLED", second),
        ("BOOKED", third),
        ("BOOKED", fourth),
        ("BOOKED", fifth),
    ]
    assert missed[1]["before"] == {
        "startsAt": salon.start.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "status": "BOOKED",
        "staff": {"name": "Sam"},
    }
    assert {c["actor"]["name"] for c in missed} == {"Olga"}

    async with aclosing(watching(engine, salon, after=missed[2]["cursor"])) as stream:
        again = await take(stream, 3)
    assert [c["appointment"]["id"] for c in again] == [third, fourth, fifth]


async def test_only_what_concerns_the_watched_staff_arrives(engine: Engine, salon: Salon) -> None:
    """A filter is the subscriber's own: another member of staff's changes do not arrive."""
    cursor = (await calendar(salon))["cursor"]
    await salon.book()
    other = "stf_" + "0" * 31 + "1"
    async with aclosing(watching(engine, salon, after=cursor, staff=[other])) as stream:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(stream)


async def test_ending_the_session_ends_its_subscriptions(engine: Engine, salon: Salon) -> None:
    """A revoked token ends the stream with a reason."""
    async with aclosing(watching(engine, salon)) as stream:
        pending = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.1)
        await salon.does(SIGN_OUT_EVERYWHERE, "signOutEverywhere", {})
        with pytest.raises(SubscriptionEnded) as ended:
            await asyncio.wait_for(pending, 5)
    assert ended.value.code == "TOKEN_REVOKED"


async def test_a_forged_cursor_is_refused(engine: Engine, salon: Salon) -> None:
    """Garbage is a clear error about `after`."""
    with pytest.raises(RequestRefused) as refused:
        await anext(watching(engine, salon, after="nonsense"))
    [error] = orjson.loads(refused.value.answer.body)["errors"]
    assert error["extensions"] == {
        "code": "BAD_USER_INPUT",
        "problem": "CURSOR_INVALID",
        "field": ["after"],
        "remedy": "Read `Business.cursor` with what you show, and subscribe from there.",
    }
