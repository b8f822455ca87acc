"""Equal subscriptions share the work, and nothing that is one reader's own."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from modules.appointments.events import AppointmentBooked
from schema.api import Asked, SubscriptionEnded
from schema.engine import Engine
from storage import log, wakeups
from storage.codecs import show_instant
from storage.database import Database, fetchval
from storage.log import Cursor
from storage.shares import Shares
from tests.promises.conftest import Ask, Salon, furnish
from tests.promises.test_live import calendar, take, watching

WATCH = "subscription($after: String) { appointmentChanges(after: $after) { at cursor } }"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
COPY = """INSERT INTO event (business_id, kind, subject, actor, data, at)
SELECT business_id, kind, subject, actor, data, $2 FROM event WHERE kind = $1 LIMIT 1"""
PREVIEW = "query($id: ID!) { clientDeletionPreview(clientId: $id) { token } }"
DELETE = """mutation($input: DeleteClientInput!) {
  deleteClient(input: $input) { problems { code } }
}"""


async def commit(dsn: str, numbers: list[int], dice: random.Random) -> None:
    """Write events in one transaction that takes its time."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            for n in numbers:
                at = BEGAN + timedelta(seconds=n)
                await connection.execute(COPY, AppointmentBooked.name, at)
                await asyncio.sleep(dice.random() * 0.03)
        await connection.execute(f"NOTIFY {wakeups.EVENTS}")
    finally:
        await connection.close()


async def read(engine: Engine, salon: Salon, after: str, count: int) -> list[tuple[str, str]]:
    """Take so many changes; give of each when it happened, and where the reader then stood."""
    viewer = await engine.viewer(salon.token)
    taken = []
    async with aclosing(engine.watch(Asked(WATCH, {"after": after}), viewer)) as stream:
        async for answer in stream:
            change = orjson.loads(answer.body)["data"]["appointmentChanges"]
            taken.append((change["at"], change["cursor"]))
            if len(taken) == count:
                return taken
    return taken


async def test_every_cursor_of_every_reader_is_where_that_reader_stands(
    engine: Engine, database: Database, salon: Salon
) -> None:
    """Readers who join one after another amid overlapping transactions: none loses or doubles."""
    await salon.book()
    start = (await calendar(salon))["cursor"]
    dice = random.Random(4)
    count = 90
    everything = {show_instant(BEGAN + timedelta(seconds=n)) for n in range(count)}

    readers = []
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for n in range(0, count, 3):
            group.create_task(commit(database.dsn, list(range(n, n + 3)), dice))
            if n % 15 == 0:
                readers.append(group.create_task(read(engine, salon, start, count)))
            await asyncio.sleep(dice.random() * 0.04)

    orders = {tuple(at for at, _ in reader.result()) for reader in readers}
    assert len(readers) == 6
    assert all(set(order) == everything for order in orders)
    business = UUID(salon.business.removeprefix("biz_"))
    for reader in readers:
        seen: set[str] = set()
        for at, cursor in reader.result():
            seen.add(at)
            rest = await log.read(Cursor.parse(cursor), business)
            left = [show_instant(each.at) for each in rest]
            assert sorted(left) == sorted(everything - seen)


async def test_equal_readers_are_worked_for_once(engine: Engine, salon: Salon) -> None:
    """Three readers of the same changes: one statement each for what is in them."""
    start = (await calendar(salon))["cursor"]
    viewer = await engine.viewer(salon.token)
    streams = [engine.watch(Asked(WATCH, {"after": start}), viewer) for _ in range(3)]
    taking = [asyncio.create_task(take(stream, 2)) for stream in streams]
    hub: Any = engine._hub
    async with asyncio.timeout(20):
        while hub.subscribers < 3:  # noqa: ASYNC110 - nobody tells when a subscription is compiled
            await asyncio.sleep(0.005)
    [group] = hub._groups.values()
    made = []
    work = group.watching.call
    group.watching.call = lambda **given: (made.append(1), work(**given))[1]
    await salon.book()
    await salon.book(1)
    first, *others = await asyncio.gather(*taking)

    assert len(made) == 2
    for other in others:
        assert other == first
    for stream in streams:
        await stream.aclose()
    assert hub.subscribers == 0


async def test_who_comes_after_a_deletion_is_not_told_the_name(
    engine: Engine, api: Ask, salon: Salon
) -> None:
    """What an equal reader was told before is not what a later one is told."""
    start = (await calendar(salon))["cursor"]
    await salon.book()
    async with aclosing(watching(engine, salon, after=start)) as early:
        [told] = await take(early, 1)
        assert told["appointment"] is not None
        preview = await api(PREVIEW, {"id": salon.client}, token=salon.token)
        token = preview["data"]["clientDeletionPreview"]["token"]
        await salon.does(DELETE, "deleteClient", {"input": {"id": salon.client, "token": token}})
        await take(early, 1)
        async with aclosing(watching(engine, salon, after=start)) as late:
            changes = await take(late, 2)

    assert await fetchval("SELECT count(*) FROM clients") == 0
    assert [change["appointment"] for change in changes] == [None, None]


async def test_a_business_has_so_many_subscriptions_and_no_more(
    engine: Engine, api: Ask, salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more is refused by name; others have theirs, and one that ended makes room."""
    hub: Any = engine._hub
    monkeypatch.setattr(hub, "_most", 2)
    other = await furnish(api)
    start = (await calendar(salon))["cursor"]
    await salon.book()
    await other.book()
    viewer, guest = await engine.viewer(salon.token), await engine.viewer(other.token)
    asked = Asked(WATCH, {"after": start})
    streams = [engine.watch(asked, viewer) for _ in range(2)]
    for opened in streams:
        await take(opened, 1)

    with pytest.raises(SubscriptionEnded) as refused:
        await take(engine.watch(asked, viewer), 1)

    assert refused.value.code == "TOO_MANY_SUBSCRIPTIONS"
    assert refused.value.message == "The business has 2 subscriptions open: end some of them."
    assert hub.subscribers == 2
    async with aclosing(engine.watch(asked, guest)) as stream:
        assert len(await take(stream, 1)) == 1
    await streams[0].aclose()
    async with aclosing(engine.watch(asked, viewer)) as stream:
        assert len(await take(stream, 1)) == 1
    await streams[1].aclose()
    assert (hub.subscribers, hub._groups) == (0, {})


async def test_what_one_business_missed_keeps_no_other_waiting(
    engine: Engine, api: Ask, salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old cursors, and what changes mean, are read in the turn of their business."""
    hub: Any = engine._hub
    shares = Shares(2, 1000, OverflowError)
    monkeypatch.setattr(hub, "_places", shares)
    other = await furnish(api)
    start = (await calendar(salon))["cursor"]
    await salon.book()
    await other.book()

    async with shares.place(UUID(salon.business.removeprefix("biz_"))):
        late = asyncio.create_task(take(watching(engine, salon, after=start), 1))
        async with asyncio.timeout(10):
            while not shares.waiting:  # noqa: ASYNC110 - nobody tells when it begins to wait
                await asyncio.sleep(0.005)
        async with aclosing(watching(engine, other, after=start)) as stream:
            assert len(await take(stream, 1)) == 1
        assert (late.done(), shares.waiting) == (False, 1)

    assert len(await late) == 1
    assert shares.waiting == 0


async def test_a_reader_who_is_too_slow_is_told_so_and_goes_on_from_the_last_cursor(
    engine: Engine, salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So much waits for one reader and no more; what was not read is read by coming back."""
    monkeypatch.setattr("schema.watchers.WAITING", 3)
    hub: Any = engine._hub
    start = (await calendar(salon))["cursor"]
    await salon.book()
    viewer = await engine.viewer(salon.token)
    slow = engine.watch(Asked(WATCH, {"after": start}), viewer)
    [first] = await take(slow, 1)
    [group] = hub._groups.values()
    [member] = group.members
    for n in range(1, 7):
        await salon.book(n)
    async with asyncio.timeout(20):
        while not member._over:  # noqa: ASYNC110 - nobody is told, before it reads on
            await asyncio.sleep(0.005)

    got = [first]
    with pytest.raises(SubscriptionEnded) as ended:
        while True:
            got += await take(slow, 1)

    assert ended.value.code == "SLOW_READER"
    assert len(got) == 4
    rest = await read(engine, salon, got[-1]["cursor"], 7 - len(got))
    assert len({each["cursor"] for each in got} | {cursor for _, cursor in rest}) == 7
    assert hub.subscribers == 0
