"""The statement that books and the rule about hours never disagree about who is at work."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from modules.appointments.rules import OutsideHours
from modules.services import rules as services
from modules.zones import ZoneInfo
from storage import database as db


@pytest.mark.parametrize("name", ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe"])
async def test_what_may_be_booked_is_what_lies_within_the_hours(salon: Any, name: str) -> None:
    """Tried at random times around every change of the clock, against a walk minute by minute."""
    await db.execute("UPDATE businesses SET zone = $1", name)
    zone, chance = ZoneInfo(name), random.Random(7)
    spans = [(0, 0, 2, 15), (2, 30, 3, 0), (3, 0, 3, 45), (22, 0, 24, 0)]
    hours = [
        services.Hours(weekday=day, starts=time(a, b), ends=time(c % 24, d))
        for day in range(1, 8)
        for a, b, c, d in spans
    ]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=hours)

    def at_work(moment: datetime) -> bool:
        wall = moment.astimezone(zone).time()
        return any((a, b) <= (wall.hour, wall.minute) < (c, d) for a, b, c, d in spans)

    for change in changes(zone):
        for _ in range(40):
            start = change + timedelta(minutes=chance.randrange(-300, 240))
            walk = [at_work(start + timedelta(minutes=n)) for n in range(30)]
            booked = True
            try:
                await salon.book(start)
            except OutsideHours:
                booked = False
            await db.execute("DELETE FROM appointments")
            assert booked == all(walk), (start, start.astimezone(zone))


def changes(zone: ZoneInfo) -> list[datetime]:
    """List when the clock changes within the coming year, to the half-hour."""
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    half = timedelta(minutes=30)
    moments = [first + n * half for n in range(363 * 48)]
    return [
        b
        for a, b in pairwise(moments)
        if a.astimezone(zone).utcoffset() != b.astimezone(zone).utcoffset()
    ]
