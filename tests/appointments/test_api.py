"""Appointments over GraphQL: booking, the calendar, a client's history, and watching it all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from modules.appointments import rules
from schema.api import Asked
from schema.engine import Engine
from storage import database as db

BOOK = """
mutation Book($input: BookAppointmentInput!, $key: String, $dry: Boolean! = false) {
  bookAppointment(input: $input, idempotencyKey: $key, dryRun: $dry) {
    appointment {
      startsAt endsAt occupiedFrom occupiedUntil localStart localEnd utcOffset status note version
      price { amountMinor currency }
      client { fullName } service { name } staff { name }
    }
    problems { code field ... on SlotTaken { alternatives {
      startsAt localStart utcOffset staff { name } } } }
    replayed
  }
}"""
CALENDAR = """
query Calendar($id: ID!, $from: DateTime!, $to: DateTime!, $staff: [ID!], $all: Boolean! = false) {
  business: node(id: $id) { ... on Business {
    cursor
    calendar(from: $from, to: $to, staffIds: $staff, includeCancelled: $all) {
      appointments { startsAt status staff { name } }
    }
  } }
}"""
DAYS = """
query Days($day: Date, $days: Int! = 1, $from: DateTime, $to: DateTime) {
  viewer { business { calendar(day: $day, days: $days, from: $from, to: $to) {
    id startsAt endsAt appointments { localStart localEnd utcOffset }
  } } }
}"""
CHANGES = """
subscription Changes($after: String, $from: DateTime, $to: DateTime, $staff: [ID!]) {
  appointmentChanges(after: $after, from: $from, to: $to, staffIds: $staff) {
    kind
    appointment { startsAt status }
    before { startsAt status staff { name } }
  }
}"""
HISTORY = """
query History($id: ID!, $period: AppointmentPeriod!) {
  node(id: $id) {
    ... on Client {
      visitCount lastVisitAt nextVisitAt
      appointments(period: $period) { totalCount nodes { startsAt status } }
    }
  }
}"""


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks one question as a viewer."""

    async def asking(by: Any, query: str, **variables: Any) -> Any:
        sent = orjson.loads(orjson.dumps(variables))
        return orjson.loads((await engine.answer(Asked(query, sent), by)).body)

    return asking


def wished(salon: Any, **other: Any) -> dict[str, Any]:
    """The input of a booking at ten."""
    usual = {
        "clientId": f"cli_{salon.zoe.hex}",
        "serviceId": f"srv_{salon.cut.hex}",
        "staffId": f"stf_{salon.ann.hex}",
        "startsAt": salon.at(10),
    }
    return {**usual, **other}


def z(moment: Any) -> str:
    """Write an instant as answers do."""
    return str(moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


async def test_a_booking_answers_with_what_was_booked(salon: Any, ask: Any) -> None:
    """R51: and a retry with the same key books once."""
    asked = {"input": wished(salon, note="Hi"), "key": "k1"}

    first = await ask(salon.by, BOOK, **asked)
    again = await ask(salon.by, BOOK, **asked)

    booked = {
        "appointment": {
            "startsAt": z(salon.at(10)),
            "endsAt": z(salon.at(10, 30)),
            "occupiedFrom": z(salon.at(10)),
            "occupiedUntil": z(salon.at(10, 30)),
            "localStart": f"{salon.at(10).astimezone(salon.zone):%Y-%m-%dT%H:%M}",
            "localEnd": f"{salon.at(10, 30).astimezone(salon.zone):%Y-%m-%dT%H:%M}",
            "utcOffset": f"{salon.at(10).astimezone(salon.zone).isoformat()[-6:]}",
            "status": "BOOKED",
            "note": "Hi",
            "version": 1,
            "price": {"amountMinor": 3_500, "currency": "EUR"},
            "client": {"fullName": "Zoë Jansen"},
            "service": {"name": "Cut"},
            "staff": {"name": "Ann"},
        },
        "problems": [],
        "replayed": False,
    }
    assert first == {"data": {"bookAppointment": booked}}
    assert again == {"data": {"bookAppointment": {**booked, "replayed": True}}}
    assert await db.fetchval("SELECT count(*) FROM appointments") == 1


async def test_a_taken_slot_is_a_problem_with_alternatives(salon: Any, ask: Any) -> None:
    """Typed, with the path into the input; and a dry run finds it without booking."""
    dry = await ask(salon.by, BOOK, input=wished(salon), dry=True)
    assert dry["data"]["bookAppointment"]["problems"] == []
    assert await db.fetchval("SELECT count(*) FROM appointments") == 0
    await salon.book(salon.at(10))

    for again in (False, True):
        answer = await ask(salon.by, BOOK, input=wished(salon), dry=again)

        (problem,) = answer["data"]["bookAppointment"]["problems"]
        assert (problem["code"], problem["field"]) == ("SLOT_TAKEN", ["input", "startsAt"])
        assert problem["alternatives"][0] == {
            "startsAt": z(salon.at(10)),
            "localStart": f"{salon.at(10).astimezone(salon.zone):%Y-%m-%dT%H:%M}",
            "utcOffset": f"{salon.at(10).astimezone(salon.zone).isoformat()[-6:]}",
            "staff": {"name": "Bob"},
        }
        assert len(problem["alternatives"]) == 5


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"clientId": "cli_" + "0" * 32}, "NOT_FOUND"),
        ({"clientId": "srv_" + "0" * 32}, "INVALID_ID"),
        ({"staffId": "nonsense"}, "INVALID_ID"),
        ({"startsAt": "2020-01-01T10:00:00Z"}, "STARTS_IN_PAST"),
        ({"startsAt": "9999-12-31T23:59:59Z"}, "TOO_FAR_AHEAD"),
        ({"note": "a\0b"}, "TEXT_NOT_ALLOWED"),
    ],
)
async def test_wrong_input_is_a_problem_and_books_nothing(
    salon: Any, ask: Any, wrong: dict[str, Any], code: str
) -> None:
    """With a code and the path of what is wrong."""
    answer = await ask(salon.by, BOOK, input=wished(salon, **wrong))

    payload = answer["data"]["bookAppointment"]
    assert payload["appointment"] is None
    assert [(p["code"], p["field"]) for p in payload["problems"]] == [
        (code, ["input", next(iter(wrong))])
    ]
    assert await db.fetchval("SELECT count(*) FROM appointments") == 0


async def test_a_time_without_zone_is_no_instant(salon: Any, ask: Any) -> None:
    """The operation is not executed at all."""
    answer = await ask(salon.by, BOOK, input=wished(salon, startsAt="2026-12-02T10:00:00"))

    assert "data" not in answer
    assert await db.fetchval("SELECT count(*) FROM appointments") == 0


async def test_the_calendar_has_what_is_under_way_in_order(
    salon: Any, ask: Any, other: Any
) -> None:
    """Also what began before; without what was cancelled, unless asked for."""
    held = await salon.book(salon.at(11))
    await salon.book(salon.at(10), staff_id=salon.bob)
    await salon.book(salon.at(12))
    await salon.do(rules.cancel, appointment_id=held)
    await other.book(other.at(10))

    async def seen(**asked: Any) -> list[tuple[str, str]]:
        usual = {"id": f"biz_{salon.by.business_id.hex}", "from": salon.at(10, 15)}
        answer = await ask(salon.by, CALENDAR, **{**usual, "to": salon.at(12, 15), **asked})
        found = answer["data"]["business"]["calendar"]["appointments"]
        return [(each["startsAt"], each["staff"]["name"]) for each in found]

    ten, eleven, twelve = (z(salon.at(hour)) for hour in (10, 11, 12))
    assert await seen() == [(ten, "Bob"), (twelve, "Ann")]
    assert await seen(all=True) == [(ten, "Bob"), (eleven, "Ann"), (twelve, "Ann")]
    assert await seen(to=salon.at(12)) == [(ten, "Bob")]
    assert await seen(staff=[f"stf_{salon.ann.hex}"]) == [(twelve, "Ann")]
    assert await seen(staff=[]) == []


async def test_a_calendar_that_ends_before_it_starts_is_refused(salon: Any, ask: Any) -> None:
    """So is one of more than two months."""
    for days in (0, -1, 63, 400):
        start = salon.at(0)
        answer = await ask(
            salon.by,
            CALENDAR,
            **{
                "id": f"biz_{salon.by.business_id.hex}",
                "from": start,
                "to": start + timedelta(days=days),
            },
        )
        (error,) = answer["errors"]
        assert (error["extensions"]["code"], error["extensions"]["problem"]) == (
            "BAD_USER_INPUT",
            "RANGE_INVALID",
        )


async def test_a_calendar_is_asked_for_by_the_days_of_the_business(salon: Any, ask: Any) -> None:
    """R51: nobody has to know its zone first; the same stretch is the same for caches."""
    await salon.book(salon.at(10))
    day = salon.at(10).astimezone(salon.zone).date()
    begins, ends = salon.on(day, 0), salon.on(day + timedelta(days=2), 0)

    by_days = await ask(salon.by, DAYS, day=str(day), days=2)
    by_instants = await ask(salon.by, DAYS, **{"from": begins, "to": ends})

    assert by_days == by_instants
    calendar = by_days["data"]["viewer"]["business"]["calendar"]
    assert calendar.pop("id").startswith("cal_")
    assert calendar == {
        "startsAt": z(begins),
        "endsAt": z(ends),
        "appointments": [
            {
                "localStart": f"{day}T10:00",
                "localEnd": f"{day}T10:30",
                "utcOffset": salon.at(10).astimezone(salon.zone).isoformat()[-6:],
            }
        ],
    }


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)],
)
async def test_a_day_is_as_long_as_the_clock_says(
    salon: Any, ask: Any, day: str, hours: int
) -> None:
    """R51: when the clock changes, a day has 23 hours, or 25."""
    shown = (await ask(salon.by, DAYS, day=day))["data"]["viewer"]["business"]["calendar"]
    begins, ends = (datetime.fromisoformat(shown[end]) for end in ("startsAt", "endsAt"))

    assert begins == salon.on(begins.astimezone(salon.zone).date(), 0)
    assert (str(begins.astimezone(salon.zone).date()), ends - begins) == (
        day,
        timedelta(hours=hours),
    )


async def test_without_a_day_a_calendar_shows_today(salon: Any, ask: Any) -> None:
    """The business's today, wherever the server is."""
    before = datetime.now(salon.zone).date()
    shown = (await ask(salon.by, DAYS))["data"]["viewer"]["business"]["calendar"]
    after = datetime.now(salon.zone).date()

    assert shown["startsAt"] in {z(salon.on(each, 0)) for each in (before, after)}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"days": 0}, ["days"]),
        ({"days": 63}, ["days"]),
        ({"day": "1899-12-31"}, ["day"]),
        ({"day": "9999-12-31"}, ["day"]),
        ({"from": "2026-03-29T00:00:00Z"}, ["to"]),
        ({"to": "2026-03-29T00:00:00Z"}, ["from"]),
        (
            {"day": "2026-03-29", "from": "2026-03-29T00:00:00Z", "to": "2026-03-30T00:00:00Z"},
            ["day"],
        ),
    ],
)
async def test_a_stretch_that_is_none_names_its_argument(
    salon: Any, ask: Any, asked: dict[str, Any], field: list[str]
) -> None:
    """The calendar is null, and the rest of the screen is answered."""
    answer = await ask(salon.by, DAYS, **asked)

    assert [
        (each["extensions"]["code"], each["extensions"]["field"]) for each in answer["errors"]
    ] == [("BAD_USER_INPUT", field)]


async def test_a_client_has_a_history_and_a_future(salon: Any, ask: Any) -> None:
    """R49: each appointment is upcoming or past, by its time, whatever became of it."""
    ids = {"client_id": salon.zoe, "service_id": salon.cut, "staff_id": salon.ann}
    past = [
        rules.Visit(**ids, starts_at=salon.at(10, weeks=weeks), status=status)
        for weeks, status in (
            (-3, rules.AppointmentStatus.COMPLETED),
            (-2, rules.AppointmentStatus.NO_SHOW),
            (-1, rules.AppointmentStatus.CANCELLED),
        )
    ]
    await salon.do(rules.book_many, visits=past)
    for weeks in (3, 2):
        held = await salon.book(salon.at(10, weeks=weeks))
    await salon.book(salon.at(10, weeks=4))
    await salon.do(rules.cancel, appointment_id=held)

    async def seen(period: str) -> Any:
        answer = await ask(salon.by, HISTORY, id=f"cli_{salon.zoe.hex}", period=period)
        return answer["data"]["node"]

    upcoming = await seen("UPCOMING")
    assert upcoming == {
        "visitCount": 1,
        "lastVisitAt": z(salon.at(10, weeks=-3)),
        "nextVisitAt": z(salon.at(10, weeks=3)),
        "appointments": {
            "totalCount": 3,
            "nodes": [
                {"startsAt": z(salon.at(10, weeks=weeks)), "status": status}
                for weeks, status in ((2, "CANCELLED"), (3, "BOOKED"), (4, "BOOKED"))
            ],
        },
    }
    assert (await seen("PAST"))["appointments"]["nodes"] == [
        {"startsAt": z(salon.at(10, weeks=weeks)), "status": status}
        for weeks, status in ((-1, "CANCELLED"), (-2, "NO_SHOW"), (-3, "COMPLETED"))
    ]
    assert (await seen("ALL"))["appointments"]["totalCount"] == 6


async def watching(engine: Engine, by: Any, **asked: Any) -> AsyncIterator[Any]:
    """Follow the changes, as what each says."""
    sent = orjson.loads(orjson.dumps(asked))
    async for answer in engine.watch(Asked(CHANGES, sent), by):
        yield orjson.loads(answer.body)["data"]["appointmentChanges"]


async def cursor(salon: Any, ask: Any) -> str:
    """Where the calendar stands now."""
    answer = await ask(
        salon.by,
        CALENDAR,
        **{"id": f"biz_{salon.by.business_id.hex}", "from": salon.at(0), "to": salon.at(23)},
    )
    return str(answer["data"]["business"]["cursor"])


async def test_whoever_comes_back_gets_what_they_missed_then_what_happens(
    salon: Any, other: Any, ask: Any, engine: Engine
) -> None:
    """Each change once and in order, nobody else's, and nothing from before the cursor."""
    await salon.book(salon.at(9))
    after = await cursor(salon, ask)
    held = await salon.book(salon.at(10))
    await other.book(other.at(10))
    await salon.do(
        rules.reschedule, appointment_id=held, starts_at=salon.at(11), staff_id=salon.bob
    )
    await salon.do(rules.cancel, appointment_id=held)

    changes = watching(engine, salon.by, after=after)
    async with asyncio.timeout(10):
        missed = [await anext(changes) for _ in range(3)]
        coming = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.05)
        await salon.book(salon.at(12))
        live = await coming
    await changes.aclose()  # type: ignore[attr-defined]

    now = {"startsAt": z(salon.at(11)), "status": "CANCELLED"}
    ten = {"startsAt": z(salon.at(10)), "status": "BOOKED", "staff": {"name": "Ann"}}
    eleven = {"startsAt": z(salon.at(11)), "status": "BOOKED", "staff": {"name": "Bob"}}
    assert missed == [
        {"kind": "BOOKED", "appointment": now, "before": None},
        {"kind": "RESCHEDULED", "appointment": now, "before": ten},
        {"kind": "CANCELLED", "appointment": now, "before": eleven},
    ]
    assert live == {
        "kind": "BOOKED",
        "appointment": {"startsAt": z(salon.at(12)), "status": "BOOKED"},
        "before": None,
    }


async def test_what_leaves_the_watched_place_is_told_to_those_who_watch_it(
    salon: Any, ask: Any, engine: Engine
) -> None:
    """A calendar of Ann's Wednesday drops what goes to Bob, or to Thursday; and hears no more."""
    after = await cursor(salon, ask)
    to_bob, away = await salon.book(salon.at(10)), await salon.book(salon.at(11))
    await salon.do(rules.reschedule, appointment_id=to_bob, staff_id=salon.bob)
    await salon.do(rules.reschedule, appointment_id=away, starts_at=salon.at(11, weekday=4))
    for gone in (to_bob, away):
        await salon.do(rules.cancel, appointment_id=gone)
    await salon.book(salon.at(16))

    changes = watching(
        engine,
        salon.by,
        **{"after": after, "from": salon.at(0), "to": salon.at(23)},
        staff=[f"stf_{salon.ann.hex}"],
    )
    async with asyncio.timeout(10):
        told = [await anext(changes) for _ in range(5)]
    await changes.aclose()  # type: ignore[attr-defined]

    assert [each["kind"] for each in told] == [
        "BOOKED",
        "BOOKED",
        "RESCHEDULED",
        "RESCHEDULED",
        "BOOKED",
    ]
