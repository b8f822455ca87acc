"""Days that are not like their weekday: other hours of somebody, and closing days."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson
import pytest

from modules.appointments import rules
from modules.errors import Refusal
from modules.services import rules as services
from modules.services.events import ClosingsChanged, StaffChanged
from modules.text import NameRequired
from modules.zones import ZoneInfo
from schema.api import Asked
from schema.engine import Engine
from storage import database as db
from tests.appointments.test_offering import can_book, change_of_clock, rules_viewer
from tests.appointments.test_windows import booking, refused, starts

DAY = timedelta(days=1)
SET = """mutation($input: SetDatedHoursInput!) { setDatedHours(input: $input) {
  staff { datedHours(first: 9) { nodes { day starts ends } } version }
  problems { code field }
} }"""
CLOSE = """mutation($input: AddClosingInput!) { addClosing(input: $input) {
  closing { id name firstDay lastDay } problems { code field }
} }"""
OPEN = """mutation($input: RemoveClosingInput!) { removeClosing(input: $input) {
  business { closings(first: 9) { nodes { name } } } deletedId problems { code field }
} }"""
READ = """{ viewer { business { closings(first: 9) { nodes { name firstDay lastDay } } } } }"""


def span(starts: str, ends: str) -> services.Hours:
    """Write a span of a day; which weekday it is does not matter."""
    return services.Hours(
        weekday=1, starts=time.fromisoformat(starts), ends=time.fromisoformat(ends)
    )


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks as a viewer."""

    async def asking(by: Any, document: str, **variables: Any) -> Any:
        sent = orjson.loads(orjson.dumps(variables))
        return orjson.loads((await engine.answer(Asked(document, sent), by)).body)

    return asking


async def test_a_day_has_other_hours_or_none(salon: Any, ask: Any) -> None:
    """Booked, moved, entered and offered as that day says; null makes it a usual day again."""
    day, ann = salon.at(9).astimezone(salon.zone).date(), f"stf_{salon.ann.hex}"
    held = await salon.book(salon.at(10, weeks=2))
    hours = [{"starts": "18:00", "ends": "20:00"}, {"starts": "12:00", "ends": "13:00"}]
    answer = await ask(salon.by, SET, input={"id": ann, "day": day, "hours": hours})

    staff = answer["data"]["setDatedHours"]["staff"]
    assert staff["datedHours"]["nodes"] == [
        {"day": day.isoformat(), "starts": "12:00", "ends": "13:00"},
        {"day": day.isoformat(), "starts": "18:00", "ends": "20:00"},
    ]
    offered = [each.astimezone(salon.zone).time() for each in await starts(salon, day=day, days=1)]
    assert (offered[0], offered[2], offered[3], offered[-1]) == (
        time(12), time(12, 30), time(18), time(19, 30),
    )  # fmt: skip
    wrong, right = salon.at(10), salon.at(18)
    await refused(salon, rules.OutsideHours, rules.book, **booking(salon, wrong))
    await refused(salon, rules.OutsideHours, rules.reschedule, appointment_id=held, starts_at=wrong)
    visit = rules.Visit(
        client_id=salon.zoe, service_id=salon.cut, staff_id=salon.ann, starts_at=wrong
    )
    await refused(salon, rules.OutsideHours, rules.book_many, visits=[visit])
    await salon.do(rules.reschedule, appointment_id=held, starts_at=right)
    await salon.book(salon.at(12))
    version = staff["version"]
    sent = {"id": ann, "day": day, "hours": [], "version": version}
    none = await ask(salon.by, SET, input=sent)
    again = await ask(salon.by, SET, input=sent)
    assert none["data"]["setDatedHours"]["staff"]["datedHours"]["nodes"] == [
        {"day": day.isoformat(), "starts": None, "ends": None}
    ]
    assert again["data"]["setDatedHours"]["problems"] == [
        {"code": "STALE_VERSION", "field": ["input", "version"]}
    ]
    assert await starts(salon, day=day, days=1) == []
    await salon.do(services.set_dated_hours, staff_id=salon.ann, day=day, hours=None)
    assert salon.at(9) in await starts(salon, day=day, days=1)
    kinds = await db.fetch("SELECT kind FROM event WHERE kind LIKE 'services.%' ORDER BY seq")
    assert kinds[-1]["kind"] == f"services.{StaffChanged.__name__}"


async def test_nobody_is_booked_while_the_business_is_closed(salon: Any, ask: Any) -> None:
    """Whoever has hours on that very day neither; clients read why."""
    zoe = await salon.client()
    day = salon.at(9).astimezone(salon.zone).date()
    held = await salon.book(salon.at(10, weeks=2))
    await salon.do(
        services.set_dated_hours, staff_id=salon.ann, day=day, hours=[span("09:00", "12:00")]
    )
    closed = {"name": " Fair ", "firstDay": day - DAY, "lastDay": day}
    answer = await ask(salon.by, CLOSE, input=closed)
    made = answer["data"]["addClosing"]["closing"]
    seen = await ask(zoe.by, READ)

    shown = {"name": "Fair", "firstDay": str(day - DAY), "lastDay": str(day)}
    assert made == {"id": made["id"], **shown}
    assert seen["data"]["viewer"]["business"]["closings"]["nodes"] == [shown]
    assert await starts(salon, day=day - DAY, days=2) == []
    await refused(salon, rules.Closed, rules.book, **booking(salon, salon.at(10)))
    to = {"appointment_id": held, "starts_at": salon.at(10)}
    await refused(salon, rules.Closed, rules.reschedule, **to)
    removed = await ask(salon.by, OPEN, input={"id": made["id"]})
    again = await ask(salon.by, OPEN, input={"id": made["id"]})
    assert removed["data"]["removeClosing"] == {
        "business": {"closings": {"nodes": []}}, "deletedId": made["id"], "problems": [],
    }  # fmt: skip
    assert again["data"]["removeClosing"]["problems"] == [
        {"code": "NOT_FOUND", "field": ["input", "id"]}
    ]
    await salon.do(rules.reschedule, **to)
    kinds = await db.fetch("SELECT kind FROM event WHERE kind LIKE 'services.Clos%'")
    assert [row["kind"] for row in kinds] == [f"services.{ClosingsChanged.__name__}"] * 2


@pytest.mark.parametrize(
    ("refusal", "asked"),
    [
        (services.HoursOverlap, {"hours": [span("09:00", "12:00"), span("11:59", "13:00")]}),
        (services.EndsBeforeStart, {"hours": [span("12:00", "09:00")]}),
        (services.OutOfRange, {"hours": [span("09:00", "12:00")] * 21}),
        (services.OutOfRange, {"day": date(1990, 1, 1)}),
        (services.OutOfRange, {"day": date(9999, 12, 31), "hours": None}),
    ],
)
async def test_a_day_that_makes_no_sense_is_refused(
    salon: Any, refusal: type[Refusal], asked: dict[str, Any]
) -> None:
    """As hours of every week are."""
    day = datetime.now(UTC).date()
    given = {"staff_id": salon.ann, "day": day, "hours": [], **asked}

    await refused(salon, refusal, services.set_dated_hours, **given)
    assert await db.fetchval("SELECT count(*) FROM dated_hours") == 0


async def test_a_closing_that_makes_no_sense_is_refused(salon: Any) -> None:
    """Backwards, endless, far away, nameless."""
    today = datetime.now(UTC).date()
    for refusal, name, first, last in (
        (services.EndsBeforeStart, "X", today, today - DAY),
        (services.OutOfRange, "X", today, today + 367 * DAY),
        (services.OutOfRange, "X", today + 1820 * DAY, today + 1835 * DAY),
        (NameRequired, " ", today, today),
    ):
        given = {"name": name, "first_day": first, "last_day": last}
        await refused(salon, refusal, services.add_closing, **given)
    assert await db.fetchval("SELECT count(*) FROM closings") == 0


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Australia/Lord_Howe"])
async def test_what_is_offered_on_such_days_is_what_can_be_booked(salon: Any, zone: str) -> None:
    """R54: around the day on which the clock changes, over midnight, beside a closing."""
    await db.execute("UPDATE businesses SET zone = $1", zone)
    dice, here = random.Random(zone), ZoneInfo(zone)
    salon.by = rules_viewer(salon, zone)
    change = change_of_clock(here)
    week = [services.Hours(weekday=n, starts=time(0), ends=time(0)) for n in range(1, 8)]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=week)
    walls = ["00:00", "01:45", "02:15", "03:05", "11:00", "23:30", "00:00"]
    for n in (-1, 0, 1):
        cut = sorted(dice.sample(range(7), 4))
        hours = [span(walls[cut[0]], walls[cut[1]]), span(walls[cut[2]], walls[cut[3]])]
        await salon.do(
            services.set_dated_hours, staff_id=salon.ann, day=change + n * DAY, hours=hours
        )
    await salon.do(
        services.add_closing, name="X", first_day=change + 2 * DAY, last_day=change + 2 * DAY
    )

    offered = await starts(salon, day=change - 2 * DAY, days=6)

    first = datetime.combine(change - 2 * DAY, time(), here).astimezone(UTC)
    quarters = [first + n * timedelta(minutes=15) for n in range(6 * 96 + 8)]
    within = [at for at in quarters if at.astimezone(here).date() <= change + 3 * DAY]
    assert offered == [at for at in within if await can_book(salon, at, salon.ann)]
    assert 100 < len(offered) < len(within) - 100
