"""Where PostgreSQL's time zones are older or newer than ours, ours count everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from modules.appointments.rules import OutsideHours
from modules.zones import ZoneInfo, differing, on_the_wall
from schema.api import Asked
from storage import database as db
from storage.database import Database

ASK = """query ($id: ID!) { node(id: $id) { ... on Appointment { localStart } } }"""


async def _moment(database: Database) -> tuple[str, datetime]:
    """Give a zone and a moment at which PostgreSQL's rules are not ours."""
    for name in await differing(database.pool):
        for days in range(20, 350, 10):
            moment = datetime.now(UTC).replace(hour=18, minute=0, second=0, microsecond=0)
            moment += timedelta(days=days)
            theirs = await database.pool.fetchval(
                "SELECT to_char($1::timestamptz AT TIME ZONE $2, 'YYYY-MM-DD\"T\"HH24:MI')",
                moment,
                name,
            )
            if theirs != on_the_wall(moment, name):
                return name, moment
    pytest.fail("this PostgreSQL has the rules of the pinned tzdata: pin a newer one, or drop this")


async def test_hours_and_the_wall_follow_the_same_rules(
    salon: Any, database: Database, engine: Any
) -> None:
    """R50: booked when our rules say that somebody is at work, refused when only others' do."""
    name, moment = await _moment(database)
    there = replace(salon, zone=ZoneInfo(name))
    await db.execute("UPDATE businesses SET zone = $1", name)
    await db.execute("UPDATE working_hours SET starts = '09:00', ends = '17:00'")
    day: date = moment.astimezone(there.zone).date()
    while day.isoweekday() == 7:
        day += timedelta(days=1)

    opening, closing = there.on(day, 9), there.on(day, 16, 30)
    booked = [await there.book(opening), await there.book(closing)]
    for outside in (opening - timedelta(minutes=30), closing + timedelta(minutes=30)):
        with pytest.raises(OutsideHours):
            await there.book(outside)
    asked = [Asked(ASK, {"id": f"apt_{each.hex}"}) for each in booked]
    answers = [orjson.loads((await engine.answer(each, salon.by)).body) for each in asked]

    assert answers == [
        {"data": {"node": {"localStart": f"{day}T{wall}"}}} for wall in ("09:00", "16:30")
    ]
    assert await db.fetchval("SELECT count(*) FROM appointments") == 2
