"""Moving appointments and cancelling them."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from modules.appointments import rules
from modules.errors import NotFound, Refusal
from modules.services import rules as services
from storage import database as db
from storage.models import uuid7
from tests.appointments.test_figures import enter


async def refused(
    salon: Any, rule: Any, refusal: type[Refusal], field: str, **asked: Any
) -> Refusal:
    """Expect a rule to refuse, and nothing to be different afterwards."""
    before = await salon.everything()
    with pytest.raises(refusal) as caught:
        await salon.do(rule, **asked)
    assert ".".join(caught.value.field) == field
    assert await salon.everything() == before
    return caught.value


async def place(appointment: UUID) -> tuple[Any, ...]:
    """Where an appointment is."""
    row = await db.fetchrow(
        "SELECT staff_id, starts_at, ends_at - starts_at, starts_at - blocked_from,"
        " blocked_until - ends_at, version FROM appointments WHERE id = $1",
        appointment,
    )
    return tuple(row or ())


async def told() -> list[tuple[str, Any]]:
    """What the log says happened to appointments."""
    rows = await db.fetch(
        "SELECT kind, data->'before'->>'starts_at' AS was FROM event"
        " WHERE kind LIKE 'appointments.%' ORDER BY seq"
    )
    return [(row["kind"], row["was"] and datetime.fromisoformat(row["was"])) for row in rows]


async def test_an_appointment_moves_in_time_and_to_other_hands(salon: Any) -> None:
    """R50: rescheduled; it keeps its length and buffers whatever the service is by now."""
    minutes = timedelta(minutes=1)
    await salon.do(services.update_service, service_id=salon.cut, buffer_after_minutes=10)
    held = await salon.book(salon.at(10))
    await salon.do(
        services.update_service, service_id=salon.cut, duration_minutes=90, buffer_after_minutes=0
    )

    await salon.do(rules.reschedule, appointment_id=held, starts_at=salon.at(11))
    assert await place(held) == (
        salon.ann, salon.at(11), 30 * minutes, 0 * minutes, 10 * minutes, 2,
    )  # fmt: skip

    await salon.do(rules.reschedule, appointment_id=held, staff_id=salon.bob)
    assert await place(held) == (
        salon.bob, salon.at(11), 30 * minutes, 0 * minutes, 10 * minutes, 3,
    )  # fmt: skip
    assert await told() == [
        ("appointments.AppointmentBooked", None),
        ("appointments.AppointmentRescheduled", salon.at(10)),
        ("appointments.AppointmentRescheduled", salon.at(11)),
    ]


async def test_an_appointment_may_move_into_a_part_of_its_own_place(salon: Any) -> None:
    """It is not in its own way; and moving it to where it is changes nothing."""
    held = await salon.book(salon.at(10))

    await salon.do(rules.reschedule, appointment_id=held, starts_at=salon.at(10, 15))
    before = await salon.everything()
    await salon.do(rules.reschedule, appointment_id=held, starts_at=salon.at(10, 15))

    assert await salon.everything() == before


async def test_a_move_onto_another_is_refused_with_alternatives(salon: Any) -> None:
    """Its own old place is among them."""
    held = await salon.book(salon.at(10))
    await salon.book(salon.at(10, 30))

    refusal = await refused(
        salon, rules.reschedule, rules.SlotTaken, "starts_at",
        appointment_id=held, starts_at=salon.at(10, 30),
    )  # fmt: skip

    assert isinstance(refusal, rules.SlotTaken)
    free = [(slot.starts_at, slot.staff_id) for slot in refusal.alternatives]
    assert free[0] == (salon.at(10, 30), salon.bob)
    assert (salon.at(10), salon.ann) in free


async def test_a_move_is_judged_like_a_booking(salon: Any) -> None:
    """Hours, time off, the past, the far future, and who performs what."""
    held = await salon.book(salon.at(10))
    await salon.do(services.update_staff, staff_id=salon.bob, service_ids=[])
    await salon.do(
        services.add_time_off, staff_id=salon.ann, starts_at=salon.at(12), ends_at=salon.at(13)
    )

    async def no(refusal: type[Refusal], field: str, **asked: Any) -> None:
        await refused(salon, rules.reschedule, refusal, field, appointment_id=held, **asked)

    await no(rules.OutsideHours, "starts_at", starts_at=salon.at(16, 45))
    await no(rules.StaffOff, "starts_at", starts_at=salon.at(12))
    await no(rules.StartsInPast, "starts_at", starts_at=salon.at(10) - timedelta(days=30))
    await no(rules.TooFarAhead, "starts_at", starts_at=salon.at(10, weeks=54))
    await no(rules.StaffDoesNotPerform, "staff_id", staff_id=salon.bob)
    await no(NotFound, "staff_id", staff_id=uuid7())


async def test_who_has_an_appointment_keeps_it_although_the_staff_no_longer_performs_it(
    salon: Any,
) -> None:
    """Another hour with the same person is fine."""
    held = await salon.book(salon.at(10))
    await salon.do(services.update_staff, staff_id=salon.ann, service_ids=[])

    await salon.do(rules.reschedule, appointment_id=held, starts_at=salon.at(11))


async def test_a_cancelled_appointment_frees_its_slot_and_stays_on_record(salon: Any) -> None:
    """R56: the provider cancels any appointment; R49: it stays in the history."""
    held = await salon.book(salon.at(10))

    await salon.do(rules.cancel, appointment_id=held, reason=" Ill ")

    await salon.book(salon.at(10))
    row = await db.fetchrow(
        "SELECT status, cancel_reason, cancelled_at IS NOT NULL AS dated, version"
        " FROM appointments WHERE id = $1",
        held,
    )
    assert tuple(row or ()) == ("CANCELLED", "Ill", True, 2)
    assert await told() == [
        ("appointments.AppointmentBooked", None),
        ("appointments.AppointmentCancelled", salon.at(10)),
        ("appointments.AppointmentBooked", None),
    ]


async def test_what_is_cancelled_or_over_neither_moves_nor_is_cancelled_again(salon: Any) -> None:
    """Each refusal says which of the two it is."""
    gone, over = await salon.book(salon.at(10)), await salon.book(salon.at(11))
    await salon.do(rules.cancel, appointment_id=gone)
    await db.execute("UPDATE appointments SET status = 'COMPLETED' WHERE id = $1", over)

    for held, refusal in ((gone, rules.AlreadyCancelled), (over, rules.CannotCancel)):
        await refused(salon, rules.cancel, refusal, "id", appointment_id=held)
        await refused(
            salon, rules.reschedule, rules.CannotReschedule, "id",
            appointment_id=held, starts_at=salon.at(12),
        )  # fmt: skip


@pytest.mark.parametrize("minutes", [1, 45, 60 * 24, 60 * 24 * 300])
async def test_clients_change_nothing_of_what_has_begun(salon: Any, minutes: int) -> None:
    """R49: their history stays; what is to come they still move and cancel."""
    client, began = await salon.client(), datetime.now(UTC) - timedelta(minutes=minutes)
    held = await enter(salon, began)

    await refused(client, rules.cancel, rules.HasBegun, "id", appointment_id=held)
    await refused(client, rules.cancel_many, rules.HasBegun, "ids.0", ids=[held])
    for place_ in ({"starts_at": salon.at(10)}, {"staff_id": salon.bob}, {"starts_at": began}):
        await refused(client, rules.reschedule, rules.HasBegun, "id", appointment_id=held, **place_)

    other = await client.book(salon.at(12))
    await client.do(rules.reschedule, appointment_id=other, starts_at=salon.at(13))
    await client.do(rules.cancel, appointment_id=other)


async def test_the_team_puts_the_past_right(salon: Any) -> None:
    """A visit that is over is moved to where it was, and cancelled when it never was."""
    yesterday = salon.at(10, weeks=0)
    held = await enter(salon, yesterday)

    await salon.do(rules.reschedule, appointment_id=held, starts_at=yesterday + timedelta(hours=1))
    assert (await place(held))[1] == yesterday + timedelta(hours=1)
    await salon.do(rules.cancel, appointment_id=held)
    row = await db.fetchrow("SELECT status, cancelled_by FROM appointments WHERE id = $1", held)
    assert tuple(row or ()) == ("CANCELLED", "TEAM")


async def test_appointments_of_another_business_are_not_found(salon: Any, other: Any) -> None:
    """Neither moved nor cancelled, and no different from an id of nobody."""
    held = await salon.book(salon.at(10))

    for appointment in (held, uuid7()):
        for rule, asked in ((rules.cancel, {}), (rules.reschedule, {"staff_id": other.ann})):
            await refused(other, rule, NotFound, "id", appointment_id=appointment, **asked)
    await refused(
        salon, rules.reschedule, NotFound, "staff_id", appointment_id=held, staff_id=other.ann
    )


async def test_of_two_who_cancel_at_once_one_is_told_that_it_was_done(salon: Any) -> None:
    """And the log has it once."""
    held = await salon.book(salon.at(10))

    async def try_it() -> str:
        try:
            await salon.do(rules.cancel, appointment_id=held)
        except Refusal as refusal:
            return refusal.code
        return "CANCELLED"

    heard = Counter(await asyncio.gather(*(try_it() for _ in range(10))))

    assert heard == {"CANCELLED": 1, "ALREADY_CANCELLED": 9}
    assert len(await told()) == 2


async def test_a_diary_is_entered_as_a_whole_or_not_at_all(salon: Any) -> None:
    """Past visits say how they went; one bad line and nothing is entered."""
    ids = {"client_id": salon.zoe, "service_id": salon.cut, "staff_id": salon.ann}
    past = rules.Visit(
        **ids, starts_at=salon.at(10, weeks=-20), status=rules.AppointmentStatus.COMPLETED
    )
    lines = [past, rules.Visit(**ids, starts_at=salon.at(10))]

    bad = rules.Visit(**ids, starts_at=salon.at(18))
    await refused(
        salon, rules.book_many, rules.OutsideHours, "visits.2.starts_at", visits=[*lines, bad]
    )
    await refused(salon, rules.book_many, rules.SlotTaken, "starts_at", visits=[*lines, lines[0]])
    assert await salon.do(rules.book_many, visits=lines) == 2

    rows = await db.fetch("SELECT status, price_minor FROM appointments ORDER BY starts_at")
    assert [tuple(row) for row in rows] == [("COMPLETED", 3_500), ("BOOKED", 3_500)]
    assert await told() == [("appointments.AppointmentsImported", None)]
