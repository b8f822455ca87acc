"""Every time that can be booked within some days, for one service or several after one another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from uuid import UUID

from modules.appointments.rules.availability import Availability, Needs, Person, availability
from modules.appointments.rules.calendar import check_days
from modules.appointments.rules.facts import AHEAD
from modules.appointments.rules.minutes import DAY, each
from modules.appointments.rules.refusals import RangeInvalid
from modules.appointments.rules.staffing import staffed
from modules.errors import InvalidInput, NotFound
from modules.services.rules import Terms, policy, step, terms
from modules.viewer import TEAM, Viewer
from modules.zones import ZoneInfo, midnight
from storage import database

WIDEST = timedelta(days=31)
"""How much is looked at once: a month."""
MOST_SERVICES = 5
SLICE = 32
"""Times that are looked at between two chances for everybody else."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A service somebody wants, and with whom; None for anybody."""

    service_id: UUID
    staff_id: UUID | None = None


class Wanted:
    """The same, read; times are in minutes."""

    def __init__(self, service: Terms, staff_id: UUID | None) -> None:
        """Take a service."""
        self.service, self.staff_id = service, staff_id
        self.before = service.buffer_before_minutes
        self.length = service.duration_minutes
        self.after = service.buffer_after_minutes
        self.needs = Needs.of(service)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One service within a time that is offered: when, and with whom."""

    service: Terms
    staff_id: UUID
    starts_at: datetime
    ends_at: datetime

    @property
    def taken_from(self) -> datetime:
        """From when it takes the time of its staff, with what the service needs before."""
        return self.starts_at - timedelta(minutes=self.service.buffer_before_minutes)

    @property
    def taken_until(self) -> datetime:
        """Until when it takes the time of its staff, with what the service needs after."""
        return self.ends_at + timedelta(minutes=self.service.buffer_after_minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A time that can be booked: its segments follow each other without a pause."""

    segments: Sequence[Segment]
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The times of some days; where there are none, the next day that has any."""

    found: Sequence[Offer]
    zone: str
    next_day: date | None


def check_search(wishes: Sequence[object], day: date | None, days: int) -> None:
    """Make sure that a search is not too large. Refuses: InvalidInput, RangeInvalid."""
    if not 1 <= len(wishes) <= MOST_SERVICES:
        raise InvalidInput("Ask for 1 to {most} services.", field="services", most=MOST_SERVICES)
    if days > WIDEST.days:
        raise RangeInvalid("Ask for 1 to {most} days.", field="days", most=WIDEST.days)
    check_days(day, days)


async def offers(
    by: Viewer, wishes: Sequence[Wish], *, day: date | None = None, days: int = 7
) -> Offers:
    """List every time from now on that can be booked on some days of the business, the first first.

    Each time is offered once. Where anybody will do, it is with whoever has the least time taken
    on that day, of several the first by name. Staff that perform none of it are never offered.
    What depends on the client is told when they book: a block, a service only some are chosen for.

    Refuses: NotFound, InvalidInput, RangeInvalid.
    """
    check_search(wishes, day, days)
    wanted = await wanted_of(by, wishes)
    since, until = midnight(day, 0, by.zone), midnight(day, days, by.zone)
    found = await between(by, wanted, since, until)
    next_day = None if found else await _next_day(by, wanted, until)
    return Offers(found=found, zone=by.zone, next_day=next_day)


async def wanted_of(by: Viewer, wishes: Sequence[Wish]) -> Sequence[Wanted]:
    """Read the services that somebody wants. Refuses: NotFound."""
    known = await terms(by, [wish.service_id for wish in wishes])
    for index, wish in enumerate(wishes):
        if wish.service_id not in known:
            raise NotFound(
                "There is no such service.", field=("services", str(index), "service_id")
            )
    return [Wanted(known[wish.service_id], wish.staff_id) for wish in wishes]


async def between(
    by: Viewer,
    wanted: Sequence[Wanted],
    since: datetime,
    until: datetime,
    *,
    most: int | None = None,
) -> list[Offer]:
    """Offer what begins from one instant on and before another; at most so many."""
    now, services = datetime.now(UTC), {one.service.id for one in wanted}
    first, last = (await policy(by, services)).bookable(by, now)
    since, until = max(since, first), min(until, last)
    if since >= until or not all(one.service.active for one in wanted) or await barred(by):
        return []
    found = await availability(
        by.of_business(),
        services,
        since=since,
        until=until,
        longest=sum((one.needs.service + one.needs.after for one in wanted), timedelta()),
        step=await step(by.of_business()),
    )
    visit = Visit(found, wanted)
    made: list[Offer] = []
    for number, segments in enumerate(visit.between(since, until)):
        if segments:
            made.append(Offer(segments=segments, zone=by.zone))
            if len(made) == most:
                break
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return made


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Go through the days in which there are instants from one on and before another."""
    day = since.astimezone(zone).date()
    while midnight(day, 0, zone.key) < until:
        yield day
        day += timedelta(days=1)


async def barred(by: Viewer) -> bool:
    """Tell whether a client may not book at all; the team always may."""
    if by.role in TEAM:
        return False
    blocked: bool | None = await database.fetchval(
        "SELECT bool_and(blocked_at IS NOT NULL) FROM clients"
        " WHERE business_id = $1 AND account_id = $2",
        by.business_id, by.account_id,
    )  # fmt: skip
    return blocked is not False


async def _next_day(by: Viewer, wanted: Sequence[Wanted], after: datetime) -> date | None:
    """Find the first day with a time to offer, some months at a time."""
    zone, since = ZoneInfo(by.zone), max(after, datetime.now(UTC))
    end = datetime.now(UTC) + AHEAD
    while since < end:
        until = min(since + WIDEST, end)
        if found := await between(by, wanted, since, until, most=1):
            return found[0].segments[0].starts_at.astimezone(zone).date()
        since = until
    return None


Able = Sequence[tuple[Person, bytes]]
"""Who can perform a service, and the minutes at which they can begin it."""


class Visit:
    """Services that follow each other without a pause: when they can begin, and with whom."""

    def __init__(self, found: Availability, wanted: Sequence[Wanted]) -> None:
        """Collect, for each service, the minutes at which each of its performers can begin it."""
        self._window, self._zone = found.window, found.zone
        self._wanted, self._able = wanted, list[Able]()
        self._starts = found.offered
        offset, size = 0, found.window.days * DAY // 8
        for one in wanted:
            anybody, able = 0, []
            for person in found.performers.get(one.service.id, ()):
                if one.staff_id in {None, person.id}:
                    starts = person.starts(found.window, one.needs)
                    anybody |= starts
                    able.append((person, starts.to_bytes(size, "little")))
            self._able.append(able)
            self._starts &= anybody >> offset
            offset += one.length

    def between(self, since: datetime, until: datetime) -> Iterator[Sequence[Segment]]:
        """Give what can be had, day by day, each time with those who have least to do that day.

        Now and then nothing, where a time turns out not to do. Somebody who performs several
        services needs the time before and after each of them, as everybody does between two
        appointments.
        """
        for day in _days(since, until, self._zone):
            today = self._window.between(
                midnight(day, 0, self._zone.key), midnight(day, 1, self._zone.key)
            )
            ranked = [
                sorted(able, key=lambda one: (one[0].taken & today).bit_count())
                for able in self._able
            ]
            for start in each(self._starts & today):
                staff = self._staff(ranked, start)
                yield self._segments(start, staff) if staff else ()

    def _staff(self, ranked: Sequence[Able], start: int) -> Sequence[Person]:
        """Choose who performs each service from a minute on; nobody where it cannot be done."""
        able, takes = [], []
        for one, people in zip(self._wanted, ranked, strict=True):
            byte, bit = start >> 3, start & 7
            can = (person for person, starts in people if starts[byte] >> bit & 1)
            able.append(list(islice(can, len(ranked))))
            takes.append((start - one.before, start + one.length + one.after))
            start += one.length
        return staffed(able, takes)

    def _segments(self, start: int, staff: Sequence[Person]) -> Sequence[Segment]:
        """Say when each service begins and ends."""
        made = []
        for one, person in zip(self._wanted, staff, strict=True):
            begins, start = self._window.at(start), start + one.length
            ends = self._window.at(start)
            made.append(
                Segment(service=one.service, staff_id=person.id, starts_at=begins, ends_at=ends)
            )
        return made
