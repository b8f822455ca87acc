"""Taking a slot: what is written down, and every reason for which it is not."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from modules.appointments import rules
from modules.clients import rules as clients
from modules.errors import NotFound, Refusal
from modules.services import rules as services
from storage import database as db
from storage.models import uuid7
from tests.appointments.test_figures import enter

MINUTE = timedelta(minutes=1)


async def refused(salon: Any, refusal: type[Refusal], field: str, **asked: Any) -> Refusal:
    """Expect a booking to be refused, and nothing to be different afterwards."""
    before = await salon.everything()
    with pytest.raises(refusal) as caught:
        await salon.book(**{"starts_at": salon.at(10), **asked})
    assert ".".join(caught.value.field) == field
    assert await salon.everything() == before
    return caught.value


async def test_a_booking_holds_the_slot_the_buffers_and_the_price(salon: Any) -> None:
    """R51: the provider books for a client; R47: at the service's rate, whatever it is later."""
    await salon.do(
        services.update_service,
        service_id=salon.cut,
        buffer_before_minutes=5,
        buffer_after_minutes=10,
    )
    start = salon.at(10)

    booked = await salon.book(start, note=" With\r\ncolour ")
    await salon.do(
        services.update_service, service_id=salon.cut, price=services.Price(amount_minor=9_900)
    )

    row = dict(await db.fetchrow("SELECT * FROM appointments") or {})
    assert isinstance(booked, UUID)
    assert row.pop("created_at") <= datetime.now(UTC)
    assert row == {
        "id": booked,
        "business_id": salon.by.business_id,
        "client_id": salon.zoe,
        "service_id": salon.cut,
        "staff_id": salon.ann,
        "starts_at": start,
        "ends_at": start + 30 * MINUTE,
        "blocked_from": start - 5 * MINUTE,
        "blocked_until": start + 40 * MINUTE,
        "status": "BOOKED",
        "price_minor": 3_500,
        "currency": "EUR",
        "note": "With\ncolour",
        "client_note": None,
        "source": "TEAM",
        "answer_by": None,
        "proposal_id": None,
        "cancelled_at": None,
        "cancelled_by": None,
        "cancel_reason": None,
        "version": 1,
    }


async def test_appointments_may_touch(salon: Any) -> None:
    """The end of one may be the start of the next."""
    for minute in (0, 30):
        await salon.book(salon.at(10, minute))

    await refused(salon, rules.SlotTaken, "starts_at", starts_at=salon.at(10, 29))


async def test_buffers_keep_others_away_and_may_reach_out_of_the_hours(salon: Any) -> None:
    """A cut that ends at closing time is fine although somebody sweeps up afterwards."""
    await salon.do(services.update_service, service_id=salon.cut, buffer_after_minutes=15)

    await salon.book(salon.at(16, 30))
    await refused(salon, rules.SlotTaken, "starts_at", starts_at=salon.at(15, 46))
    await salon.book(salon.at(15, 45))


async def test_a_taken_slot_comes_with_the_nearest_free_ones(salon: Any) -> None:
    """Five, the nearest first, with anybody who performs the service, the wished one first."""
    await salon.book(salon.at(10))

    refusal = await refused(salon, rules.SlotTaken, "starts_at")

    assert isinstance(refusal, rules.SlotTaken)
    assert [(slot.starts_at, slot.staff_id) for slot in refusal.alternatives] == [
        (salon.at(10), salon.bob),
        *sorted([(salon.at(9, 45), salon.bob), (salon.at(10, 15), salon.bob)]),
        (salon.at(9, 30), salon.ann),
        (salon.at(10, 30), salon.ann),
    ]
    for slot in refusal.alternatives[:1]:
        await salon.book(slot.starts_at, staff_id=slot.staff_id)


async def test_two_hundred_at_once_for_one_slot(salon: Any) -> None:
    """One gets it, 199 hear that it is taken, and nobody hears anything else."""
    start = salon.at(10)

    async def try_it() -> str:
        try:
            await salon.book(start)
        except Refusal as refusal:
            return refusal.code
        return "BOOKED"

    heard = Counter(await asyncio.gather(*(try_it() for _ in range(200))))

    assert heard == {"BOOKED": 1, "SLOT_TAKEN": 199}
    assert await db.fetchval("SELECT count(*) FROM appointments") == 1


async def test_bookings_and_moves_into_each_other_never_deadlock(salon: Any) -> None:
    """Whoever comes second is refused; the database never has to shoot one of two who wait."""
    for hour in range(9, 17):
        await salon.book(salon.at(hour))
    held = [row["id"] for row in await db.fetch("SELECT id FROM appointments")]
    free = [salon.at(9 + n // 2, 30 * (n % 2), weeks=2) for n in range(4)]

    async def try_it(n: int) -> str:
        try:
            if n % 2:
                await salon.book(free[n % 4])
            else:
                await salon.do(
                    rules.reschedule,
                    appointment_id=held[n % len(held)],
                    starts_at=free[n % 3],
                    staff_id=(salon.ann, salon.bob)[n // 2 % 2],
                )
        except Refusal as refusal:
            return refusal.code
        return "DONE"

    heard = Counter(await asyncio.gather(*(try_it(n) for n in range(80))))

    assert set(heard) <= {"DONE", "SLOT_TAKEN"}
    assert await claimed() == await held_time()


async def test_the_database_alone_refuses_a_double_booking(salon: Any) -> None:
    """However a row comes about, and whatever it becomes: its time is claimed, or it is not."""
    start = salon.at(10)
    first = await enter(salon, start)
    before = await salon.everything()

    for moved in (-29, 0, 29):
        with pytest.raises(asyncpg.ExclusionViolationError) as caught:
            await enter(salon, start + moved * MINUTE)
        assert caught.value.constraint_name == "claims_overlap"
    assert await salon.everything() == before
    second = await enter(salon, start + 30 * MINUTE)
    other = await enter(salon, start, "CANCELLED", cancelled_at=start)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await db.execute(
            "UPDATE appointments SET status = 'BOOKED', cancelled_at = NULL WHERE id = $1", other
        )
    assert await claimed() == await held_time()
    assert {row[0] for row in await claimed()} == {first, second}

    await db.execute("DELETE FROM appointments WHERE id = $1", first)
    await db.execute(
        "UPDATE appointments SET status = 'BOOKED', cancelled_at = NULL WHERE id = $1", other
    )

    assert {row[0] for row in await claimed()} == {second, other}


@pytest.mark.parametrize("status", list(rules.AppointmentStatus))
async def test_a_status_takes_time_in_the_database_as_it_does_in_python(
    salon: Any, status: rules.AppointmentStatus
) -> None:
    """One meaning, said in two languages."""
    assert await db.fetchval("SELECT takes_time($1)", status) is status.takes_time


async def claimed() -> list[Any]:
    """Whose time is taken by what, and when."""
    return await db.fetch("SELECT taker_id, holder_id, during FROM claims ORDER BY taker_id")


async def held_time() -> list[Any]:
    """The same, as appointments say it."""
    return await db.fetch(
        "SELECT id, staff_id, tstzrange(blocked_from, blocked_until) FROM appointments"
        " WHERE status <> 'CANCELLED' ORDER BY id"
    )


@pytest.mark.parametrize("column", ["client_id", "service_id", "staff_id"])
async def test_ids_of_nobody_and_of_another_business_are_not_found(
    salon: Any, other: Any, column: str
) -> None:
    """One answer for both, so that nobody learns what others have."""
    theirs = {"client_id": other.zoe, "service_id": other.cut, "staff_id": other.ann}

    await refused(salon, NotFound, column, **{column: theirs[column]})
    await refused(salon, NotFound, column, **{column: uuid7()})


async def test_a_service_that_is_not_offered_cannot_be_booked(salon: Any) -> None:
    """R47: taken off the price list."""
    await salon.do(services.update_service, service_id=salon.cut, active=False)

    await refused(salon, rules.ServiceInactive, "service_id")


async def test_staff_book_only_what_they_perform_and_while_they_are_here(salon: Any) -> None:
    """Somebody who does not perform it, or has left, is refused."""
    await salon.do(services.update_staff, staff_id=salon.ann, service_ids=[])
    await refused(salon, rules.StaffDoesNotPerform, "staff_id")

    await salon.do(services.update_staff, staff_id=salon.bob, active=False)
    await refused(salon, rules.StaffInactive, "staff_id", staff_id=salon.bob)


@pytest.mark.parametrize(("hour", "minute"), [(8, 59), (16, 31), (3, 0), (23, 45)])
async def test_outside_hours_is_refused(salon: Any, hour: int, minute: int) -> None:
    """The whole service has to fit into the hours of the one who is named."""
    wish = salon.at(hour, minute)
    refusal = await refused(salon, rules.OutsideHours, "starts_at", starts_at=wish)

    assert refusal.message == "Ann is not at work then."


async def test_the_seventh_day_is_off(salon: Any) -> None:
    """Nobody works on Sundays here."""
    await refused(salon, rules.OutsideHours, "starts_at", starts_at=salon.at(10, weekday=7))


async def test_hours_may_be_in_pieces_and_run_past_midnight(salon: Any) -> None:
    """Spans that touch are one, also across midnight."""
    hours = [
        services.Hours(weekday=3, starts=time(10), ends=time(10, 10)),
        services.Hours(weekday=3, starts=time(10, 10), ends=time(10, 30)),
        services.Hours(weekday=3, starts=time(20), ends=time(0)),
        services.Hours(weekday=4, starts=time(0), ends=time(1)),
    ]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=hours)

    await salon.book(salon.at(10))
    await salon.book(salon.at(23, 45))
    await refused(salon, rules.OutsideHours, "starts_at", starts_at=salon.at(10, 1))
    await refused(salon, rules.OutsideHours, "starts_at", starts_at=salon.at(0, 31, weekday=4))


async def test_time_off_is_kept(salon: Any) -> None:
    """Touching it is fine; removing it gives the time back."""
    off = await salon.do(
        services.add_time_off,
        staff_id=salon.ann,
        starts_at=salon.at(10),
        ends_at=salon.at(12),
        reason="Dentist",
    )
    await salon.book(salon.at(9, 30))
    await salon.book(salon.at(12))
    await refused(salon, rules.StaffOff, "starts_at", starts_at=salon.at(11, 59))

    await salon.do(services.remove_time_off, time_off_id=off)

    await salon.book(salon.at(10))


async def test_only_the_team_enters_visits_of_the_last_days(salon: Any) -> None:
    """Seven days back for the team, a few minutes for anybody else, a year ahead for all."""
    now = datetime.now(UTC)
    client = await salon.client()
    always = [services.Hours(weekday=day, starts=time(0), ends=time(0)) for day in range(1, 8)]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=always)

    await refused(salon, rules.StartsInPast, "starts_at", starts_at=now - timedelta(days=8))
    await refused(client, rules.StartsInPast, "starts_at", starts_at=now - 6 * MINUTE)
    await refused(salon, rules.TooFarAhead, "starts_at", starts_at=now + timedelta(days=366))
    far = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    await refused(salon, rules.TooFarAhead, "starts_at", starts_at=far)
    await refused(
        salon, rules.StartsInPast, "starts_at", starts_at=datetime.min.replace(tzinfo=UTC)
    )
    await salon.book(now - timedelta(days=6))
    await client.book(now - 4 * MINUTE)


async def test_a_note_without_end_or_with_nul_is_refused(salon: Any) -> None:
    """Before anything is asked of the database."""
    await refused(salon, Refusal, "note", note="x" * 5_001)
    await refused(salon, Refusal, "note", note="a\0b")


async def test_names_in_any_script_can_be_booked(salon: Any) -> None:
    """Emoji and right-to-left names are kept as typed."""
    client = await salon.do(
        clients.create_client, first_name="👩🏽‍🦰 ליאת", last_name="محمد", phone="+31612345678"
    )

    await salon.book(salon.at(10), client_id=client)


def next_change(zone: Any, *, forward: bool) -> date:
    """Find the next Sunday on which the clock changes, within the year."""
    day = datetime.now(zone).date() + timedelta(days=1)
    for n in range(364):
        here, there = (
            datetime.combine(day + timedelta(days=n + k), time(), tzinfo=zone).utcoffset()
            for k in (0, 1)
        )
        if here is not None and there is not None and here != there and (there > here) is forward:
            return day + timedelta(days=n)
    raise AssertionError("the clock never changes")


async def test_hours_follow_the_clock_on_the_wall(salon: Any) -> None:
    """Nine o'clock is nine o'clock in summer and in winter."""
    for change in (True, False):
        sunday = next_change(salon.zone, forward=change)
        for day in (sunday - timedelta(days=1), sunday + timedelta(days=1)):
            await refused(
                salon, rules.OutsideHours, "starts_at", starts_at=salon.on(day, 9) - MINUTE
            )
            await salon.book(salon.on(day, 9))


async def test_the_hour_that_is_skipped_is_no_time_at_work(salon: Any) -> None:
    """Hours from 1:00 to 3:30 are an hour and a half on the night the clock jumps from 2 to 3."""
    sunday = next_change(salon.zone, forward=True)
    night = [services.Hours(weekday=7, starts=time(1), ends=time(3, 30))]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=night)
    opens = salon.on(sunday, 1)

    await salon.book(opens + 45 * MINUTE)  # 1:45 to 3:15 on the wall, half an hour
    await refused(salon, rules.OutsideHours, "starts_at", starts_at=opens + 75 * MINUTE)


async def test_hours_that_begin_in_the_skipped_hour_begin_when_it_is_over(salon: Any) -> None:
    """Half past two never comes: whoever starts then starts at three."""
    sunday = next_change(salon.zone, forward=True)
    night = [services.Hours(weekday=7, starts=time(2, 30), ends=time(4))]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=night)
    three = salon.on(sunday, 3)

    await refused(salon, rules.OutsideHours, "starts_at", starts_at=three - MINUTE)
    await salon.book(three)


async def test_the_hour_that_comes_twice_is_time_at_work_twice(salon: Any) -> None:
    """Hours from 2:00 to 3:00 are two hours on the night the clock is put back from 3 to 2."""
    sunday = next_change(salon.zone, forward=False)
    night = [services.Hours(weekday=7, starts=time(2), ends=time(3))]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=night)
    first = salon.on(sunday, 2)

    for n in range(4):
        await salon.book(first + n * 30 * MINUTE)
    await refused(salon, rules.OutsideHours, "starts_at", starts_at=first - MINUTE)
    await refused(salon, rules.OutsideHours, "starts_at", starts_at=first + 91 * MINUTE)
