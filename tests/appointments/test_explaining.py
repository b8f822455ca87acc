"""Why a time cannot be had: all reasons, and none exactly where it can be booked."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from typing import Any

import orjson
import pytest

from modules.appointments import rules
from modules.errors import Refusal
from modules.services import rules as services
from schema.api import Asked
from schema.engine import Engine
from storage import database as db
from storage import log
from tests.appointments.test_windows import says

MINUTE = timedelta(minutes=1)
WHY = """query($services: [SegmentInput!]!, $at: DateTime!, $client: ID) { viewer { business {
  explainSlot(services: $services, startsAt: $at, clientId: $client) {
    free reasons { code message staff { name } } next { startsAt staff { name } }
  }
} } }"""


@pytest.fixture
def why(engine: Engine) -> Any:
    """Asks why a cut cannot be had, as a viewer."""

    async def asking(by: Any, at: datetime, *wishes: Any, client: str | None = None) -> Any:
        asked = [
            {"serviceId": f"srv_{service.hex}", "staffId": staff and f"stf_{staff.hex}"}
            for service, staff in wishes
        ]
        sent = {"services": asked, "at": at.isoformat(), "client": client}
        body = (await engine.answer(Asked(WHY, sent), by)).body
        return orjson.loads(body)["data"]["viewer"]["business"]["explainSlot"]

    return asking


def codes(found: Any) -> list[tuple[str, str | None]]:
    """List the reasons, and whom they are about."""
    return [(each["code"], each["staff"] and each["staff"]["name"]) for each in found["reasons"]]


async def test_every_reason_is_told_with_the_next_time(salon: Any, why: Any) -> None:
    """The team reads all of it; a free time has none."""
    await salon.do(services.update_service, service_id=salon.cut, buffer_after_minutes=15)
    await salon.book(salon.at(10))
    ann = (salon.cut, salon.ann)

    free = await why(salon.by, salon.at(11), ann)
    busy = await why(salon.by, salon.at(10, 15), ann)
    near = await why(salon.by, salon.at(10, 30), ann)
    await salon.do(
        rules.block_time, staff_id=salon.ann, starts_at=salon.at(15), ends_at=salon.at(18)
    )
    await salon.do(
        services.add_time_off, staff_id=salon.ann, starts_at=salon.at(16), ends_at=salon.at(18)
    )
    day = salon.at(10).astimezone(salon.zone).date()
    await salon.do(services.add_closing, name="Fair", first_day=day, last_day=day)
    many = await why(salon.by, salon.at(17), ann)

    assert free == {"free": True, "reasons": [], "next": None}
    assert codes(busy) == [("STAFF_BUSY", "Ann")]
    assert codes(near) == [("BUFFER", "Ann")]
    assert busy["reasons"][0]["message"] == "Ann has an appointment then."
    assert busy["next"]["startsAt"][:16] == salon.at(10, 45).isoformat()[:16]
    assert codes(many) == [
        (code, "Ann") for code in ("TIME_OFF", "CLOSED", "OUTSIDE_HOURS", "BLOCKED")
    ]


async def test_anybody_is_explained_by_each_of_those_who_perform_it(salon: Any, why: Any) -> None:
    """One who is free is enough."""
    await salon.book(salon.at(10))
    free = await why(salon.by, salon.at(10), (salon.cut, None))
    await salon.do(
        rules.block_time, staff_id=salon.bob, starts_at=salon.at(9), ends_at=salon.at(12)
    )
    taken = await why(salon.by, salon.at(10), (salon.cut, None))
    await salon.do(services.update_service, service_id=salon.cut, staff_ids=[])
    nobody = await why(salon.by, salon.at(10), (salon.cut, None))

    assert free["free"]
    assert codes(taken) == [("STAFF_BUSY", "Ann"), ("BLOCKED", "Bob")]
    assert taken["next"]["staff"] == {"name": "Ann"}
    assert nobody == {
        "free": False,
        "reasons": [
            {
                "code": "NOBODY_PERFORMS",
                "message": "Nobody who can be booked performs it.",
                "staff": None,
            }
        ],
        "next": None,
    }


async def test_clients_read_no_more_than_is_theirs(salon: Any, why: Any) -> None:
    """That time is blocked or a buffer is for the team; their windows are for them only."""
    zoe = await salon.client()
    await salon.do(
        rules.block_time, staff_id=salon.ann, starts_at=salon.at(9), ends_at=salon.at(12)
    )
    ann = (salon.cut, salon.ann)
    theirs = await why(zoe.by, salon.at(10), ann)
    await says(salon, lead_minutes=129_600, horizon_days=1)
    late = await why(zoe.by, salon.at(13), ann)
    ours = await why(salon.by, salon.at(13), ann)
    await says(salon, lead_minutes=0)
    far = await why(zoe.by, salon.at(13, weeks=2), ann)
    await db.execute("UPDATE clients SET blocked_at = now() WHERE id = $1", salon.zoe)
    barred = await why(zoe.by, salon.at(13, weeks=2), ann)
    for_zoe = await why(salon.by, salon.at(13), ann, client=f"cli_{salon.zoe.hex}")

    assert codes(theirs) == [("STAFF_BUSY", "Ann")]
    assert theirs["reasons"][0]["message"] == "Ann is taken then."
    assert codes(late) == [("LEAD_TIME", None)]
    assert ours["free"]
    assert codes(far) == [("TOO_FAR_AHEAD", None)]
    assert codes(barred) == [("TOO_FAR_AHEAD", None), ("CLIENT_BLOCKED", None)]
    assert codes(for_zoe) == [("CLIENT_BLOCKED", None)]


async def test_what_is_not_there_is_not_explained(salon: Any, other: Any, why: Any) -> None:
    """A service or staff of another business: null, as slots are."""
    for wish in ((other.cut, None), (salon.cut, other.ann)):
        assert await why(salon.by, salon.at(10), wish) is None


async def test_a_time_is_free_exactly_when_it_can_be_booked(salon: Any) -> None:
    """R54: random worlds, random visits of one or two services, as the team and as a client."""
    dice = random.Random(20261201)
    zoe = await salon.client()
    wash = await salon.do(
        services.create_service,
        name="Wash",
        duration_minutes=20,
        buffer_before_minutes=10,
        price=services.Price(amount_minor=1_000),
        staff_ids=[salon.ann],
    )
    await says(salon, lead_minutes=600, horizon_days=12)
    day = salon.at(9).astimezone(salon.zone).date()
    for staff in (salon.ann, salon.bob):
        for _ in range(6):
            begins = salon.at(9) + dice.randrange(0, 480, 5) * MINUTE
            ends = begins + dice.randrange(10, 70, 5) * MINUTE
            try:
                await salon.do(dice.choice([block, off]), staff=staff, begins=begins, ends=ends)
                await salon.book(begins + 60 * MINUTE, staff_id=staff)
            except Refusal:
                continue
    await salon.do(
        services.set_dated_hours,
        staff_id=salon.bob,
        day=day,
        hours=[services.Hours(weekday=1, starts=time(11), ends=time(18))],
    )
    seen = {True: 0, False: 0}
    for n in range(120):
        who = (salon, zoe)[n % 2]
        starts_at = (
            salon.at(8, weeks=dice.choice((1, 1, 1, 2, 4))) + dice.randrange(0, 660) * MINUTE
        )
        wishes = [
            rules.Wish(dice.choice((salon.cut, wash)), dice.choice((None, salon.ann, salon.bob)))
            for _ in range(dice.choice((1, 1, 2)))
        ]
        found = await rules.explain(who.by, wishes, starts_at)
        assert (not found.reasons) == await can_book(who, wishes, starts_at), (wishes, found)
        if found.next:
            begins = found.next.segments[0].starts_at
            assert begins > starts_at
            assert await can_book(who, wishes, begins)
        seen[not found.reasons] += 1
    assert min(seen.values()) > 20


async def block(by: Any, *, staff: Any, begins: datetime, ends: datetime) -> Any:
    """Block time."""
    return await rules.block_time(by, staff_id=staff, starts_at=begins, ends_at=ends)


async def off(by: Any, *, staff: Any, begins: datetime, ends: datetime) -> Any:
    """Give somebody time off."""
    return await services.add_time_off(by, staff_id=staff, starts_at=begins, ends_at=ends)


async def can_book(salon: Any, wishes: Any, starts_at: datetime) -> bool:
    """Try to book, and undo it."""
    try:
        async with log.Log().change(actor=None, business_id=salon.by.business_id) as change:
            change.rollback()
            await rules.book(salon.by, client_id=salon.zoe, segments=wishes, starts_at=starts_at)
    except Refusal:
        return False
    return True
