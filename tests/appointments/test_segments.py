"""An appointment of several services: booked, moved, cancelled and told of as a whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from modules.appointments import rules
from modules.appointments.rules import Wish
from modules.clients.hooks import Deletion
from modules.errors import InvalidInput, NotFound, Refusal
from modules.services import rules as services
from storage import database as db
from storage import log
from storage.models import uuid7

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def colour(salon: Any) -> UUID:
    """A colour takes an hour, with ten minutes to clean up, and only Bob can do it."""
    made: UUID = await salon.do(
        services.create_service,
        name="Colour",
        duration_minutes=60,
        buffer_after_minutes=10,
        price=services.Price(amount_minor=8_000),
        staff_ids=[salon.bob],
    )
    return made


async def segments(appointment: UUID) -> list[tuple[Any, ...]]:
    """Read the segments of an appointment."""
    rows = await db.fetch(
        "SELECT service_id, staff_id, starts_at, ends_at, price_minor FROM appointment_segments"
        " WHERE appointment_id = $1 ORDER BY position",
        appointment,
    )
    return [tuple(row) for row in rows]


async def visit(appointment: UUID) -> tuple[Any, ...]:
    """Read what an appointment is as a whole."""
    row = await db.fetchrow(
        "SELECT service_id, staff_id, starts_at, ends_at, blocked_until, price_minor, status"
        " FROM appointments WHERE id = $1",
        appointment,
    )
    return tuple(row or ())


async def claims() -> list[tuple[Any, ...]]:
    """List who is taken when."""
    rows = await db.fetch(
        "SELECT taker_id, holder_id, lower(during), upper(during) FROM claims"
        " ORDER BY lower(during)"
    )
    return [tuple(row) for row in rows]


async def test_several_services_are_one_visit(salon: Any, colour: UUID) -> None:
    """They follow each other, each takes its own staff, and the price is their sum."""
    start = salon.at(10)
    booked = await salon.book(
        start, service_id=None, staff_id=None, segments=[Wish(salon.cut, salon.ann), Wish(colour)]
    )

    cut_ends, ends = start + 30 * MINUTE, start + 90 * MINUTE
    assert await segments(booked) == [
        (salon.cut, salon.ann, start, cut_ends, 3_500),
        (colour, salon.bob, cut_ends, ends, 8_000),
    ]
    assert await visit(booked) == (
        salon.cut, salon.ann, start, ends, ends + 10 * MINUTE, 11_500, "BOOKED",
    )  # fmt: skip
    assert await claims() == [
        (booked, salon.ann, start, cut_ends),
        (booked, salon.bob, cut_ends, ends + 10 * MINUTE),
    ]


async def test_a_visit_moves_as_a_whole(salon: Any, colour: UUID) -> None:
    """Also over its own place, and with somebody else for its first service."""
    start = salon.at(10)
    booked = await salon.book(
        start, service_id=None, staff_id=None, segments=[Wish(salon.cut, salon.ann), Wish(colour)]
    )
    later = start + 15 * MINUTE

    await salon.do(rules.reschedule, appointment_id=booked, starts_at=later)
    assert await segments(booked) == [
        (salon.cut, salon.ann, later, later + 30 * MINUTE, 3_500),
        (colour, salon.bob, later + 30 * MINUTE, later + 90 * MINUTE, 8_000),
    ]
    await salon.do(rules.reschedule, appointment_id=booked, staff_id=salon.bob)
    assert (await visit(booked))[:4] == (salon.cut, salon.bob, later, later + 90 * MINUTE)
    assert [who for _, who, *_ in await claims()] == [salon.bob, salon.bob]

    await salon.do(rules.cancel, appointment_id=booked)
    assert await claims() == []


async def test_nothing_of_a_visit_is_booked_when_a_part_cannot_be(salon: Any, colour: UUID) -> None:
    """What is taken, not there, or too much: nothing changed, and it says where."""
    start = salon.at(10)
    await salon.book(start + 60 * MINUTE, service_id=colour, staff_id=salon.bob)
    both = [Wish(salon.cut, salon.ann), Wish(colour, salon.bob)]
    before = await salon.everything()

    async def refused(code: str, *field: str, **asked: Any) -> Refusal:
        with pytest.raises(Refusal) as caught:
            await salon.book(start, **{"service_id": None, "staff_id": None, **asked})
        assert (caught.value.code, caught.value.field) == (code, field)
        assert await salon.everything() == before
        return caught.value

    taken = await refused("SLOT_TAKEN", "starts_at", segments=both)
    assert isinstance(taken, rules.SlotTaken)
    assert taken.alternatives
    nobody = [Wish(salon.cut, salon.ann), Wish(uuid7(), None)]
    await refused(NotFound.code, "segments", "1", "service_id", segments=nobody)
    stranger = [Wish(salon.cut, uuid7()), Wish(salon.cut, salon.ann)]
    await refused(NotFound.code, "segments", "0", "staff_id", segments=stranger)
    unable = [Wish(salon.cut, salon.ann), Wish(colour, salon.ann)]
    await refused("STAFF_DOES_NOT_PERFORM", "segments", "1", "staff_id", segments=unable)
    await refused(InvalidInput.code, "segments", segments=[])
    await refused(InvalidInput.code, "segments", segments=[Wish(salon.cut, salon.ann)] * 6)
    await refused(InvalidInput.code, "service_id")
    await refused(InvalidInput.code, "segments", service_id=salon.cut, segments=both)

    for free in taken.alternatives:
        again = await salon.book(
            free.starts_at, service_id=None, staff_id=None, segments=[Wish(salon.cut), Wish(colour)]
        )
        assert (await visit(again))[2] == free.starts_at
        await salon.do(rules.cancel, appointment_id=again)


async def test_the_same_person_may_perform_several_services(salon: Any, colour: UUID) -> None:
    """Where what they need after the one does not reach into the next."""
    start = salon.at(10)
    mine = [Wish(salon.cut, salon.bob), Wish(colour, salon.bob)]
    booked = await salon.book(start, service_id=None, staff_id=None, segments=mine)
    assert [row[1] for row in await segments(booked)] == [salon.bob, salon.bob]

    before = await salon.everything()
    with pytest.raises(rules.SlotTaken):
        await salon.book(
            start + 180 * MINUTE, service_id=None, staff_id=None, segments=list(reversed(mine))
        )
    assert await salon.everything() == before


async def test_anybody_is_whoever_has_least_to_do_that_day(salon: Any) -> None:
    """Of several the first by name; and when nobody is free, it says so with times that are."""
    start = salon.at(10)
    first = await salon.book(start, staff_id=None)
    second = await salon.book(start, staff_id=None)
    third = await salon.book(start + 60 * MINUTE, staff_id=salon.bob)
    fourth = await salon.book(start + 120 * MINUTE, staff_id=None)
    who = [(await visit(each))[1] for each in (first, second, third, fourth)]
    assert who == [salon.ann, salon.bob, salon.bob, salon.ann]

    before = await salon.everything()
    with pytest.raises(rules.SlotTaken) as caught:
        await salon.book(start, staff_id=None)
    assert await salon.everything() == before
    assert caught.value.message == "Nobody who performs it is free then."
    assert len(caught.value.alternatives) == 5


async def test_whoever_performs_a_part_is_told_of_all(salon: Any, colour: UUID) -> None:
    """Events say with whom all segments are, also of what is cancelled or goes with a file."""
    start = salon.at(10)
    booked = []
    for n in range(3):
        both = [Wish(salon.cut, salon.ann), Wish(colour, salon.bob)]
        wish = {"service_id": None, "staff_id": None, "segments": both}
        booked.append(await salon.book(start + n * 120 * MINUTE, **wish))
    await salon.do(rules.cancel, appointment_id=booked[0])
    await salon.do(rules.cancel_many, ids=[booked[1]])
    await salon.do(
        rules.request,
        client_id=salon.zoe,
        starts_at=start,
        segments=[Wish(salon.cut), Wish(colour)],
    )
    deletion = Deletion(
        by=salon.by, business_id=salon.by.business_id, client_id=salon.zoe, account_id=None
    )
    async with log.Log().change(actor=None, business_id=salon.by.business_id):
        await rules.cancel_for_deletion(deletion)

    rows = await db.fetch(
        "SELECT data FROM event WHERE kind = 'appointments.AppointmentCancelled' ORDER BY seq"
    )
    assert len(rows) == 4
    for row in rows:
        told = orjson.loads(row["data"]) if isinstance(row["data"], str) else row["data"]
        both_ids = [str(salon.ann), str(salon.bob)]
        assert (told["staff_ids"], told["before"]["staff_ids"]) == (both_ids, both_ids)
    assert await claims() == []
