"""Blocked time: it takes somebody's time as appointments do, and is told live."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
import pytest

from modules.appointments import rules
from modules.errors import InvalidInput, NotFound, Refusal
from modules.services.rules import EndsBeforeStart, OutOfRange
from schema.api import Asked
from schema.engine import Engine
from storage import database as db
from storage.models import uuid7
from tests.appointments.test_windows import booking, refused, starts

MINUTE = timedelta(minutes=1)
BLOCK = """mutation($input: BlockTimeInput!) { blockTime(input: $input) {
  blockedTime { id staff { name } startsAt endsAt reason version }
  problems { code field ... on TimeTaken { appointments { id } blockedTimes { id } } }
} }"""
UPDATE = """mutation($input: UpdateBlockedTimeInput!) { updateBlockedTime(input: $input) {
  blockedTime { staff { name } startsAt reason version } problems { code field }
} }"""
UNBLOCK = """mutation($input: UnblockTimeInput!) { unblockTime(input: $input) {
  staff { name blockedTimes(first: 9) { nodes { id } } } deletedId problems { code field }
} }"""
WATCH = """subscription($after: String, $from: DateTime, $staff: [ID!]) {
  blockedTimeChanges(after: $after, from: $from, staffIds: $staff) {
    kind subjectId blockedTime { id } before { startsAt endsAt staff { name } }
  }
}"""
CALENDAR = """query($from: DateTime!, $to: DateTime!, $staff: [ID!]) { viewer { business {
  calendar(from: $from, to: $to, staffIds: $staff) { blockedTimes { reason staff { name } } }
} } }"""


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks as a viewer."""

    async def asking(by: Any, document: str, **variables: Any) -> Any:
        sent = orjson.loads(orjson.dumps(variables))
        return orjson.loads((await engine.answer(Asked(document, sent), by)).body)["data"]

    return asking


def z(at: datetime) -> str:
    """Write an instant as answers do."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def everything(salon: Any) -> list[Any]:
    """All there is, blocked time too."""
    return [*await salon.everything(), *await db.fetch("SELECT * FROM blocked_times ORDER BY id")]


async def test_time_is_blocked_moved_and_unblocked(salon: Any, ask: Any) -> None:
    """The calendar shows it, nobody is offered it, and its version guards it."""
    staff = {"Ann": f"stf_{salon.ann.hex}", "Bob": f"stf_{salon.bob.hex}"}
    asked = {"staffId": staff["Ann"], "startsAt": z(salon.at(9)), "endsAt": z(salon.at(12))}
    answer = await ask(salon.by, BLOCK, input={**asked, "reason": " Training "})
    made = answer["blockTime"]["blockedTime"]
    day = salon.at(9).astimezone(salon.zone).date()

    assert made == {
        "id": made["id"], "staff": {"name": "Ann"}, "startsAt": z(salon.at(9)),
        "endsAt": z(salon.at(12)), "reason": "Training", "version": 1,
    }  # fmt: skip
    assert (await starts(salon, day=day, days=1))[0] == salon.at(12)
    stretch = {"from": z(salon.at(11)), "to": z(salon.at(13))}
    shown = {"blockedTimes": [{"reason": "Training", "staff": {"name": "Ann"}}]}
    seen = await ask(salon.by, CALENDAR, **stretch)
    assert seen["viewer"]["business"]["calendar"] == shown
    seen = await ask(salon.by, CALENDAR, **stretch, staff=[staff["Bob"]])
    assert seen["viewer"]["business"]["calendar"] == {"blockedTimes": []}

    moved = {"id": made["id"], "staffId": staff["Bob"], "startsAt": z(salon.at(11)), "version": 1}
    answer = await ask(salon.by, UPDATE, input={**moved, "reason": None})
    assert answer["updateBlockedTime"]["blockedTime"] == {
        "staff": {"name": "Bob"}, "startsAt": z(salon.at(11)), "reason": None, "version": 2,
    }  # fmt: skip
    stale = await ask(salon.by, UPDATE, input=moved)
    assert stale["updateBlockedTime"]["problems"][0]["code"] == "STALE_VERSION"
    await salon.book(salon.at(9))
    gone = await ask(salon.by, UNBLOCK, input={"id": made["id"]})
    assert gone["unblockTime"] == {
        "staff": {"name": "Bob", "blockedTimes": {"nodes": []}},
        "deletedId": made["id"], "problems": [],
    }  # fmt: skip
    again = await ask(salon.by, UNBLOCK, input={"id": made["id"]})
    assert again["unblockTime"]["problems"] == [{"code": "NOT_FOUND", "field": ["input", "id"]}]
    assert await db.fetchval("SELECT count(*) FROM claims") == 1


async def test_nothing_is_put_over_anything(salon: Any, ask: Any) -> None:
    """The team hears what is in the way; who books over it hears BLOCKED."""
    held = await salon.book(salon.at(10))
    over = {"staff_id": salon.ann, "starts_at": salon.at(9), "ends_at": salon.at(11)}
    before = await everything(salon)
    answer = await ask(
        salon.by,
        BLOCK,
        input={
            "staffId": f"stf_{salon.ann.hex}",
            "startsAt": z(over["starts_at"]),
            "endsAt": z(over["ends_at"]),
        },
    )
    assert answer["blockTime"]["problems"] == [
        {
            "code": "TIME_TAKEN",
            "field": ["input", "startsAt"],
            "appointments": [{"id": f"apt_{held.hex}"}],
            "blockedTimes": [],
        }
    ]
    assert await everything(salon) == before

    blocked = await salon.do(rules.block_time, **{**over, "starts_at": salon.at(10, 30)})
    taken = await refused(salon, rules.Blocked, rules.book, **booking(salon, salon.at(10, 45)))
    moving = {"appointment_id": held, "starts_at": salon.at(10, 15)}
    await refused(salon, rules.Blocked, rules.reschedule, **moving)
    zoe = await salon.client()
    theirs = await refused(zoe, rules.Blocked, rules.book, **booking(salon, salon.at(10, 45)))
    assert theirs.message_for(zoe.by) == "That time is taken."
    assert taken.alternatives  # type: ignore[attr-defined]
    for slot in taken.alternatives[:1]:  # type: ignore[attr-defined]
        await salon.book(slot.starts_at, staff_id=slot.staff_id)
    found = await refused(
        salon, rules.TimeTaken, rules.block_time, **{**over, "starts_at": salon.at(10, 45)}
    )
    assert found.blocked_times == [blocked]  # type: ignore[attr-defined]
    await salon.do(rules.update_blocked_time, blocked_time_id=blocked, ends_at=salon.at(10, 45))


async def test_the_database_alone_keeps_blocked_time_apart(salon: Any) -> None:
    """Whatever the rules would say; and one of many at once gets the time."""
    await salon.book(salon.at(10))
    with pytest.raises(asyncpg.ExclusionViolationError):
        await db.execute(
            "INSERT INTO blocked_times (business_id, staff_id, starts_at, ends_at)"
            " VALUES ($1, $2, $3, $4)",
            salon.by.business_id, salon.ann, salon.at(10, 29), salon.at(11),
        )  # fmt: skip
    start = salon.at(14)

    async def try_it(n: int) -> str:
        try:
            if n % 2:
                await salon.book(start)
            else:
                await salon.do(
                    rules.block_time,
                    staff_id=salon.ann,
                    starts_at=start,
                    ends_at=start + 30 * MINUTE,
                )
        except Refusal as refusal:
            return refusal.code
        return "DONE"

    heard = Counter(await asyncio.gather(*(try_it(n) for n in range(40))))

    assert heard["DONE"] == 1
    assert set(heard) <= {"DONE", "TIME_TAKEN", "SLOT_TAKEN", "BLOCKED"}
    assert await db.fetchval("SELECT count(*) FROM claims") == 2


async def test_blocked_time_that_makes_no_sense_is_refused(salon: Any, other: Any) -> None:
    """Backwards, endless, far away, without a zone, of nobody here."""
    now = datetime.now(UTC)
    usual = {"staff_id": salon.ann, "starts_at": now, "ends_at": now + MINUTE}
    blocked = await salon.do(rules.block_time, **usual)
    for refusal, asked in (
        (EndsBeforeStart, {"ends_at": now}),
        (OutOfRange, {"ends_at": now + timedelta(days=31, minutes=1)}),
        (OutOfRange, {"ends_at": now + timedelta(days=6 * 366)}),
        (InvalidInput, {"ends_at": now.replace(tzinfo=None)}),
        (NotFound, {"staff_id": other.ann}),
        (NotFound, {"staff_id": uuid7()}),
    ):
        await refused(salon, refusal, rules.block_time, **{**usual, **asked})
        await refused(salon, refusal, rules.update_blocked_time, blocked_time_id=blocked, **asked)
    await refused(other, NotFound, rules.unblock_time, blocked_time_id=blocked)
    none = {"blocked_time_id": blocked, "starts_at": None}
    await refused(salon, InvalidInput, rules.update_blocked_time, **none)


async def test_blocked_time_is_told_live(salon: Any, ask: Any, engine: Engine) -> None:
    """Who watches the calendar hears where it was, and where it is; others hear nothing."""
    after = (await ask(salon.by, "{ viewer { business { cursor } } }"))["viewer"]["business"]
    begins, ends = salon.at(9), salon.at(10)
    usual = {"staff_id": salon.ann, "starts_at": begins, "ends_at": ends}
    await salon.do(rules.block_time, **{**usual, "starts_at": salon.at(8), "ends_at": begins})
    blocked = await salon.do(rules.block_time, **usual)
    await salon.do(rules.update_blocked_time, blocked_time_id=blocked, staff_id=salon.bob)
    await salon.do(rules.unblock_time, blocked_time_id=blocked)

    sent = {"after": after["cursor"], "from": z(begins), "staff": [f"stf_{salon.ann.hex}"]}
    told = []
    async with asyncio.timeout(20):
        async for answer in engine.watch(Asked(WATCH, sent), salon.by):
            told.append(orjson.loads(answer.body)["data"]["blockedTimeChanges"])
            if len(told) == 2:
                break

    id = f"blt_{blocked.hex}"
    was = {"startsAt": z(begins), "endsAt": z(ends), "staff": {"name": "Ann"}}
    assert told == [
        {"kind": "BLOCKED", "subjectId": id, "blockedTime": None, "before": None},
        {"kind": "UPDATED", "subjectId": id, "blockedTime": None, "before": was},
    ]


async def test_an_open_booking_page_hears_of_blocked_time(
    salon: Any, ask: Any, engine: Engine
) -> None:
    """R54: on which days to ask again, and nothing of whose time it is."""
    zoe = await salon.client()
    after = (await ask(salon.by, "{ viewer { business { cursor } } }"))["viewer"]["business"]
    blocked = await salon.do(
        rules.block_time, staff_id=salon.ann, starts_at=salon.at(9), ends_at=salon.at(10)
    )
    day = timedelta(days=1)
    later = {"starts_at": salon.at(9) + day, "ends_at": salon.at(10) + day}
    await salon.do(rules.update_blocked_time, blocked_time_id=blocked, **later)
    await salon.do(rules.unblock_time, blocked_time_id=blocked)

    document = "subscription($after: String) { slotChanges(after: $after) { kind subjectId days } }"
    told = []
    async with asyncio.timeout(20):
        async for answer in engine.watch(Asked(document, {"after": after["cursor"]}), zoe.by):
            told.append(orjson.loads(answer.body)["data"]["slotChanges"])
            if len(told) == 3:
                break

    first = salon.at(9).astimezone(salon.zone).date()
    second = first + timedelta(days=1)
    assert told == [
        {"kind": "TAKEN", "subjectId": None, "days": [str(first)]},
        {"kind": "MOVED", "subjectId": None, "days": [str(first), str(second)]},
        {"kind": "FREED", "subjectId": None, "days": [str(second)]},
    ]
