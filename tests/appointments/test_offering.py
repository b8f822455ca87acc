"""What is offered is what can be booked, and nothing else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, time, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import pytest

from modules.appointments import rules
from modules.appointments.rules.availability import Availability, Person
from modules.appointments.rules.minutes import DAY, Window
from modules.appointments.rules.offering import Visit, Wanted
from modules.appointments.rules.staffing import staffed
from modules.errors import NotFound, Refusal
from modules.services import rules as services
from modules.zones import ZoneInfo
from schema.api import Asked
from schema.engine import Engine
from storage import database as db
from storage import log
from storage.database import Database
from storage.models import uuid7

MINUTE = timedelta(minutes=1)
STEP = 15
READ = (
    "booking_settings",
    'FROM "businesses"',
    'FROM "services"',
    'FROM "staff"',
    "FROM service_staff",
    "JOIN claims",
)
"""How the statements that read what is offered begin to say from where."""
NOBODYS = {"serviceId": "srv_" + "0" * 32}
SLOTS = """
query Slots($services: [SegmentInput!]!, $day: Date, $days: Int! = 1) {
  viewer { business { name slots(services: $services, day: $day, days: $days) {
    nextDay timeZone
    nodes {
      startsAt endsAt localStart localEnd utcOffset staff { name } price { amountMinor currency }
      segments { service { name } staff { name } startsAt localEnd price { amountMinor } }
    }
  } } }
}"""


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks for times as a viewer."""

    async def asking(by: Any, **variables: Any) -> Any:
        sent = orjson.loads(orjson.dumps(variables))
        return orjson.loads((await engine.answer(Asked(SLOTS, sent), by)).body)

    return asking


# --- the search, against a walk minute by minute


def slowly(
    window: Window, people: Sequence[Sequence[Person]], wanted: Sequence[Wanted]
) -> Iterator[int]:
    """Find the same starts by trying everybody at every minute."""

    def there(minutes: int, first: int, last: int) -> bool:
        return first >= 0 and all(minutes >> minute & 1 for minute in range(first, last))

    def takes(one: Wanted, start: int) -> tuple[int, int]:
        return start - one.before, start + one.length + one.after

    for start in range(0, DAY, STEP):
        begins = [start + sum(one.length for one in wanted[:n]) for n in range(len(wanted))]
        for chosen in product(*people):
            held = [
                (person.id, *takes(one, begin))
                for person, one, begin in zip(chosen, wanted, begins, strict=True)
            ]
            apart = all(
                a[0] != b[0] or a[2] <= b[1] or b[2] <= a[1]
                for n, a in enumerate(held)
                for b in held[:n]
            )
            if apart and all(
                there(person.works, begin, begin + one.length)
                and there(window.whole & ~person.taken, *takes(one, begin))
                for person, one, begin in zip(chosen, wanted, begins, strict=True)
            ):
                yield start
                break


def some_world(dice: random.Random) -> tuple[Availability, Sequence[Wanted]]:
    """Make up staff, what they have to do, and a visit."""
    window = Window(datetime(2026, 3, 28, 0, 0, tzinfo=UTC), 2)
    wanted = [
        Wanted(
            SimpleNamespace(  # type: ignore[arg-type]
                id=UUID(int=n),
                active=True,
                duration_minutes=dice.choice((5, 15, 20, 45, 60, 95)),
                buffer_before_minutes=dice.choice((0, 0, 5, 20)),
                buffer_after_minutes=dice.choice((0, 0, 10, 25)),
            ),
            None,
        )
        for n in range(dice.randint(1, 3))
    ]

    def minutes(count: int, longest: int) -> int:
        starts = [dice.randrange(8 * 60, 20 * 60, 5) for _ in range(count)]
        return window.painted((start, start + dice.randrange(5, longest, 5)) for start in starts)

    people = [
        Person(UUID(int=n), minutes(2, 600), minutes(4, 90)) for n in range(dice.randint(1, 3))
    ]
    performers = {
        one.service.id: dice.sample(people, dice.randint(1, len(people))) for one in wanted
    }
    offered = window.every(STEP) & ((1 << DAY) - 1)
    return Availability(window, offered, ZoneInfo("UTC"), performers), wanted


def test_the_search_finds_what_a_walk_finds() -> None:
    """A thousand small worlds, visits of up to three services, everybody tried everywhere."""
    dice = random.Random(20261130)
    some = 0
    for _ in range(1_000):
        found, wanted = some_world(dice)
        visit = Visit(found, wanted)
        begins = found.window.begins
        starts = [
            found.window.minute(segments[0].starts_at)
            for segments in visit.between(begins, begins + timedelta(days=1))
            if segments
        ]

        people = [found.performers[one.service.id] for one in wanted]
        assert starts == list(slowly(found.window, people, wanted))
        some += bool(starts)
    assert 200 < some < 1_000


def test_nobody_is_tried_more_often_than_it_takes() -> None:
    """Two hundred could do the first three, and one alone the last two, which cannot be."""
    tried = 0

    people = [Person(UUID(int=n), 0, 0) for n in range(200)]
    alone = Person(UUID(int=999), 0, 0)
    takes = [(0, 5), (5, 10), (10, 15), (15, 25), (20, 30)]

    class Counted(list[Person]):
        def __iter__(self) -> Iterator[Person]:
            nonlocal tried
            for person in super().__iter__():
                tried += 1
                yield person

        def __getitem__(self, part: Any) -> Any:
            return Counted(super().__getitem__(part))

    able = [Counted(people)] * 3 + [Counted([alone])] * 2

    assert staffed(able, takes) == ()
    assert tried < 100
    assert [p.id.int for p in staffed([*able[:3], [alone], [people[0]]], takes)] == [
        0,
        0,
        0,
        999,
        0,
    ]


# --- against the rule that books


async def can_book(salon: Any, starts_at: datetime, staff_id: UUID) -> bool:
    """Try to book, and undo it."""
    try:
        async with log.Log().change(actor=None, business_id=salon.by.business_id) as change:
            change.rollback()
            await rules.book(
                salon.by,
                client_id=salon.zoe,
                service_id=salon.cut,
                staff_id=staff_id,
                starts_at=starts_at,
            )
    except Refusal:
        return False
    return True


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Australia/Lord_Howe"])
async def test_what_is_offered_is_what_can_be_booked(salon: Any, zone: str) -> None:
    """R54: hours, time off, buffers, other appointments, and the day on which the clock changes."""
    await db.execute("UPDATE businesses SET zone = $1", zone)
    dice = random.Random(zone)
    day = change_of_clock(ZoneInfo(zone))
    hours = [
        services.Hours(weekday=weekday, starts=time(a, b), ends=time(c % 24, d))
        for weekday in range(1, 8)
        for a, b, c, d in ((0, 0, 2, 15), (2, 40, 4, 0), (9, 0, 11, 0), (11, 0, 12, 10))
    ]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=hours)
    salon.by = rules_viewer(salon, zone)
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for before, after in ((0, 0), (10, 5)):
        await salon.do(
            services.update_service,
            service_id=salon.cut,
            buffer_before_minutes=before,
            buffer_after_minutes=after,
        )
        for _ in range(3):
            await can_book_for_good(salon, midnight + dice.randrange(0, 12 * 60, 5) * MINUTE)
    off = midnight + timedelta(hours=9, minutes=20)
    await salon.do(
        services.add_time_off, staff_id=salon.ann, starts_at=off, ends_at=off + 25 * MINUTE
    )

    found = await rules.offers(salon.by, [rules.Wish(salon.cut, salon.ann)], day=day, days=1)

    offered = [offer.segments[0].starts_at for offer in found.found]
    quarters = [midnight + n * STEP * MINUTE for n in range(-8, 25 * 60 // STEP + 8)]
    here = ZoneInfo(zone)
    assert offered == [
        start
        for start in quarters
        if start.astimezone(here).date() == day and await can_book(salon, start, salon.ann)
    ]
    assert offered


async def can_book_for_good(salon: Any, starts_at: datetime) -> None:
    """Book with Ann if that can be done."""
    if await can_book(salon, starts_at, salon.ann):
        await salon.book(starts_at)


def rules_viewer(salon: Any, zone: str) -> Any:
    """Give the owner as a session in this zone has them."""
    return type(salon.by)(role=salon.by.role, business_id=salon.by.business_id, zone=zone)


def change_of_clock(zone: ZoneInfo) -> Any:
    """Find the next day with a change of the clock, at least a week ahead."""
    day = datetime.now(zone).date() + timedelta(days=7)
    while True:
        first, last = (
            datetime.combine(day + timedelta(days=n), time(), tzinfo=zone).utcoffset()
            for n in (0, 1)
        )
        if first != last:
            return day
        day += timedelta(days=1)


# --- over GraphQL


def wish(service: UUID, staff: UUID | None = None) -> dict[str, Any]:
    """Write a wish as clients do."""
    return {"serviceId": f"srv_{service.hex}", "staffId": staff and f"stf_{staff.hex}"}


def z(moment: datetime) -> str:
    """Write an instant as answers do."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_times_of_a_day_are_one_question(salon: Any, ask: Any) -> None:
    """R48: each once, with whoever has least to do that day; of equals, the first by name."""
    for hour in (9, 10, 11, 12, 13, 14, 15, 16):
        await salon.book(salon.at(hour), staff_id=salon.bob)
    await salon.do(
        services.add_time_off,
        staff_id=salon.ann,
        starts_at=salon.at(9, 30),
        ends_at=salon.at(16, 30),
    )
    day = salon.at(10).astimezone(salon.zone).date()

    answer = await ask(salon.by, services=[wish(salon.cut)], day=day)

    found = answer["data"]["viewer"]["business"]["slots"]
    wall = [(each["localStart"][11:], each["staff"]["name"]) for each in found["nodes"]]
    assert wall == [
        ("09:00", "Ann"),
        *[(f"{hour:02}:30", "Bob") for hour in range(9, 16)],
        ("16:30", "Ann"),
    ]
    assert (found["nextDay"], found["timeZone"]) == (None, "Europe/Amsterdam")
    offset = salon.at(9).astimezone(salon.zone).isoformat()[-6:]
    assert found["nodes"][0] == {
        "startsAt": z(salon.at(9)),
        "endsAt": z(salon.at(9, 30)),
        "localStart": f"{day}T09:00",
        "localEnd": f"{day}T09:30",
        "utcOffset": offset,
        "staff": {"name": "Ann"},
        "price": {"amountMinor": 3_500, "currency": "EUR"},
        "segments": [
            {
                "service": {"name": "Cut"},
                "staff": {"name": "Ann"},
                "startsAt": z(salon.at(9)),
                "localEnd": f"{day}T09:30",
                "price": {"amountMinor": 3_500},
            }
        ],
    }


async def test_several_services_follow_each_other_and_each_can_be_booked(
    salon: Any, ask: Any
) -> None:
    """A cut with anybody, then a colour with Bob; a buffer keeps two apart that one would do."""
    colour = await salon.do(
        services.create_service,
        name="Colour",
        duration_minutes=45,
        buffer_before_minutes=10,
        price=services.Price(amount_minor=6_000),
        staff_ids=[salon.bob],
    )
    await salon.do(
        services.add_time_off,
        staff_id=salon.ann,
        starts_at=salon.at(9, 45),
        ends_at=salon.at(17),
    )
    day = salon.at(10).astimezone(salon.zone).date()

    answer = await ask(salon.by, services=[wish(salon.cut), wish(colour)], day=day)

    nodes = answer["data"]["viewer"]["business"]["slots"]["nodes"]
    assert [each["localStart"][11:] for each in nodes] == ["09:00", "09:15"]
    assert [[s["staff"]["name"] for s in each["segments"]] for each in nodes] == [
        ["Ann", "Bob"]
    ] * 2
    assert [each["price"]["amountMinor"] for each in nodes] == [9_500] * 2
    await salon.book(salon.at(9, 15))
    await salon.book(salon.at(9, 45), service_id=colour, staff_id=salon.bob)


async def test_prices_in_several_currencies_are_not_added_up(salon: Any, ask: Any) -> None:
    """A service keeps its price when the business comes to count in another currency."""
    await db.execute("UPDATE businesses SET currency = 'JPY'")
    perm = await salon.do(
        services.create_service,
        name="Perm",
        duration_minutes=30,
        price=services.Price(amount_minor=6_000),
        staff_ids=[salon.ann],
    )

    answer = await ask(salon.by, services=[wish(salon.cut), wish(perm)], days=14)

    first = answer["data"]["viewer"]["business"]["slots"]["nodes"][0]
    assert first["price"] is None
    assert [each["price"] for each in first["segments"]] == [
        {"amountMinor": 3_500},
        {"amountMinor": 6_000},
    ]


async def test_where_there_is_none_the_next_day_with_a_time_is_told(salon: Any, ask: Any) -> None:
    """It may be months ahead; in a year without any there is none."""
    today = datetime.now(salon.zone).date()
    sunday = today + timedelta(days=7 - today.weekday() - 1 + 7)
    for staff in (salon.ann, salon.bob):
        await salon.do(
            services.add_time_off,
            staff_id=staff,
            starts_at=salon.on(sunday - timedelta(days=6), 0),
            ends_at=salon.on(sunday + timedelta(days=100), 0),
        )
    expected = sunday + timedelta(days=100)
    expected += timedelta(days=expected.weekday() == 6)

    found = await ask(salon.by, services=[wish(salon.cut)], day=sunday)
    await salon.do(services.update_service, service_id=salon.cut, active=False)
    never = await ask(salon.by, services=[wish(salon.cut)], day=sunday)

    assert found["data"]["viewer"]["business"]["slots"] == {
        "nodes": [], "nextDay": str(expected), "timeZone": "Europe/Amsterdam",
    }  # fmt: skip
    assert never["data"]["viewer"]["business"]["slots"]["nextDay"] is None


async def test_a_client_sees_the_times_of_what_is_offered_to_them(salon: Any, ask: Any) -> None:
    """R48: none while they are blocked, since they could book none."""
    zoe = await salon.client()
    day = salon.at(10).astimezone(salon.zone).date()
    seen = await ask(zoe.by, services=[wish(salon.cut, salon.bob)], day=day)
    await db.execute("UPDATE clients SET blocked_at = now() WHERE id = $1", salon.zoe)
    blocked = await ask(zoe.by, services=[wish(salon.cut)], day=day)

    nodes = seen["data"]["viewer"]["business"]["slots"]["nodes"]
    assert [each["localStart"][11:] for each in nodes] == [
        f"{minute // 60:02}:{minute % 60:02}" for minute in range(9 * 60, 16 * 60 + 31, 15)
    ]
    assert {each["staff"]["name"] for each in nodes} == {"Bob"}
    assert blocked["data"]["viewer"]["business"]["slots"]["nodes"] == []


async def test_times_of_the_past_are_not_offered(salon: Any) -> None:
    """Not even to the team, who may enter what is over; nor beyond a year."""
    today = datetime.now(salon.zone).date()

    past = await rules.offers(salon.by, [rules.Wish(salon.cut)], day=today - timedelta(days=3))
    far = await rules.offers(
        salon.by, [rules.Wish(salon.cut)], day=today + timedelta(days=360), days=30
    )

    assert min(each.segments[0].starts_at for each in past.found) > datetime.now(UTC)
    assert max(each.segments[0].starts_at for each in far.found) < datetime.now(UTC) + timedelta(
        365
    )


@pytest.mark.parametrize(
    ("asked", "code", "path"),
    [
        ({"days": 0}, "RANGE_INVALID", ["days"]),
        ({"days": 32}, "RANGE_INVALID", ["days"]),
        ({"day": "9999-01-01"}, "RANGE_INVALID", ["day"]),
        ({"services": []}, "INVALID_INPUT", ["services"]),
        ({"services": [NOBODYS] * 6}, "INVALID_INPUT", ["services"]),
        (
            {"services": [{"serviceId": "cli_" + "0" * 32}]},
            "INVALID_ID",
            ["services", "0", "serviceId"],
        ),
    ],
)
async def test_what_cannot_be_searched_is_null_and_says_why(
    salon: Any, ask: Any, asked: dict[str, Any], code: str, path: list[str]
) -> None:
    """All else of the screen is answered."""
    answer = await ask(salon.by, **{"services": [wish(salon.cut)], **asked})

    assert answer["data"] == {"viewer": {"business": {"name": "Salon", "slots": None}}}
    [error] = answer["errors"]
    assert error["path"] == ["viewer", "business", "slots"]
    assert (error["extensions"]["problem"], error["extensions"]["field"]) == (code, path)


async def test_a_service_of_nobody_and_of_another_business_has_no_times(
    salon: Any, other: Any, ask: Any
) -> None:
    """Neither is there: null, as a getter is."""
    for service in (other.cut, uuid7()):
        answer = await ask(salon.by, services=[wish(salon.cut), wish(service)])
        assert answer == {"data": {"viewer": {"business": {"name": "Salon", "slots": None}}}}
    with pytest.raises(NotFound):
        await rules.offers(salon.by, [rules.Wish(other.cut)])


async def test_statements_are_as_many_for_a_week_as_for_a_month(
    salon: Any, ask: Any, database: Database
) -> None:
    """And as many for ten members of staff as for one."""
    asked: list[str] = []

    async def count(days: int) -> int:
        await asyncio.sleep(0)  # whoever notes statements hears of the last one a turn later
        asked.clear()
        answer = await ask(salon.by, services=[wish(salon.cut)], days=days)
        assert answer["data"]["viewer"]["business"]["slots"]["nodes"]
        await asyncio.sleep(0)
        return sum(any(table in each for table in READ) for each in asked)

    async with AsyncExitStack() as stack:
        for pool in database.pools().values():
            for _ in range(pool.size):
                connection = await stack.enter_async_context(pool.connection())
                connection.add_query_logger(lambda record: asked.append(record.query))
    await count(7)
    few = await count(7)
    hours = [services.Hours(weekday=1, starts=time(9), ends=time(17))]
    for n in range(8):
        staff = await salon.do(services.create_staff, name=f"N{n}")
        await salon.do(services.set_working_hours, staff_id=staff, hours=hours)
    team = [row["id"] for row in await db.fetch("SELECT id FROM staff")]
    await salon.do(services.update_service, service_id=salon.cut, staff_ids=team)

    many = await count(31)

    # The business, services, how clients book (the settings, those of services, the step),
    # performers, what is taken; then what is shown: staff twice, services.
    assert (few, many) == (10, 10), asked
