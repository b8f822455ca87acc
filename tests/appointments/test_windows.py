"""How clients book: in which way, how far ahead, until when; and that the team is not bound."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson
import pytest

from modules import settings
from modules.appointments import rules
from modules.errors import Refusal
from modules.services import rules as services
from modules.zones import ZoneInfo
from schema.api import Asked
from schema.engine import Engine
from storage import database as db

DAY = timedelta(days=1)
SET = """mutation($input: UpdateBookingSettingsInput!) {
  updateBookingSettings(input: $input) {
    business { bookingSettings {
      bookingMode leadMinutes horizonDays cancelUntilMinutes moveUntilMinutes stepMinutes
      holdMinutes requestExpiresMinutes version
    } }
    problems { code field message }
  }
}"""
TERMS = """query($id: ID!) { viewer { business { service(id: $id) { bookingTerms {
  bookingMode leadMinutes horizonDays cancelUntilMinutes moveUntilMinutes
} } } } }"""
USUAL = {
    "bookingMode": "INSTANT",
    "leadMinutes": 0,
    "horizonDays": 365,
    "cancelUntilMinutes": 0,
    "moveUntilMinutes": 0,
}
MORE = {"stepMinutes": 15, "holdMinutes": 10, "requestExpiresMinutes": 1440}


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks as a viewer."""

    async def asking(by: Any, document: str, **variables: Any) -> Any:
        return orjson.loads((await engine.answer(Asked(document, variables), by)).body)

    return asking


async def says(salon: Any, **said: Any) -> None:
    """Let the business set how clients book."""

    async def change(by: Any, **asked: Any) -> Any:
        return await settings.change(services.BookingSettings, by, **asked)

    await salon.do(change, **said)


async def refused(salon: Any, refusal: type[Refusal], rule: Any, **asked: Any) -> Refusal:
    """Expect something to be refused, and nothing to be different afterwards."""
    before = await salon.everything()
    with pytest.raises(refusal) as caught:
        await salon.do(rule, **asked)
    assert await salon.everything() == before
    return caught.value


def booking(salon: Any, starts_at: datetime) -> dict[str, Any]:
    """Say what is booked."""
    return {
        "client_id": salon.zoe,
        "service_id": salon.cut,
        "staff_id": salon.ann,
        "starts_at": starts_at,
    }


async def starts(salon: Any, **asked: Any) -> list[datetime]:
    """List what is offered with Ann."""
    found = await rules.offers(salon.by, [rules.Wish(salon.cut, salon.ann)], **asked)
    return [each.segments[0].starts_at for each in found.found]


async def test_a_business_sets_how_clients_book_and_a_service_may_differ(
    salon: Any, ask: Any
) -> None:
    """C3: by default they book at once; what a service leaves open follows the business."""
    zoe, cut = await salon.client(), f"srv_{salon.cut.hex}"
    first = await ask(salon.by, SET, input={})
    await ask(salon.by, SET, input={"bookingMode": "REQUEST", "leadMinutes": 60})
    await salon.do(
        services.update_service, service_id=salon.cut, lead_minutes=0, cancel_until_minutes=1440
    )
    seen = await ask(zoe.by, TERMS, id=cut)
    await salon.do(services.update_service, service_id=salon.cut, lead_minutes=None)
    later = await ask(salon.by, TERMS, id=cut)

    assert first["data"]["updateBookingSettings"] == {
        "business": {"bookingSettings": {**USUAL, **MORE, "version": 1}},
        "problems": [],
    }
    own = {**USUAL, "bookingMode": "REQUEST", "cancelUntilMinutes": 1440}
    assert seen["data"]["viewer"]["business"]["service"] == {"bookingTerms": own}
    assert later["data"]["viewer"]["business"]["service"] == {
        "bookingTerms": {**own, "leadMinutes": 60}
    }


async def test_settings_that_make_no_sense_are_refused_all_at_once(salon: Any, ask: Any) -> None:
    """Steps that do not divide an hour, windows of years, horizons of nothing."""
    answer = await ask(
        salon.by,
        SET,
        input={
            "leadMinutes": -1,
            "horizonDays": 366,
            "cancelUntilMinutes": 129_601,
            "moveUntilMinutes": None,
            "stepMinutes": 25,
            "holdMinutes": 0,
            "requestExpiresMinutes": 14,
        },
    )

    problems = answer["data"]["updateBookingSettings"]["problems"]
    assert {each["field"][-1]: each["code"] for each in problems} == {
        "leadMinutes": "OUT_OF_RANGE",
        "horizonDays": "OUT_OF_RANGE",
        "cancelUntilMinutes": "OUT_OF_RANGE",
        "moveUntilMinutes": "INVALID_INPUT",
        "stepMinutes": "OUT_OF_RANGE",
        "holdMinutes": "OUT_OF_RANGE",
        "requestExpiresMinutes": "OUT_OF_RANGE",
    }
    assert await db.fetchval("SELECT count(*) FROM booking_settings") == 0
    for column in ("lead_minutes", "horizon_days", "cancel_until_minutes", "move_until_minutes"):
        asked = {"service_id": salon.cut, column: 129_601}
        await refused(salon, services.OutOfRange, services.update_service, **asked)


async def test_a_service_that_is_requested_cannot_be_booked_by_clients(salon: Any) -> None:
    """C3: per business, and otherwise per service; the team books it."""
    await says(salon, booking_mode=services.BookingMode.REQUEST)
    zoe = await salon.client()

    await refused(zoe, rules.RequestRequired, rules.book, **booking(salon, salon.at(10)))
    await salon.do(
        services.update_service, service_id=salon.cut, booking_mode=services.BookingMode.INSTANT
    )
    await zoe.book(salon.at(10))
    await says(salon, booking_mode=services.BookingMode.INSTANT)
    await salon.do(
        services.update_service, service_id=salon.cut, booking_mode=services.BookingMode.REQUEST
    )
    await refused(zoe, rules.RequestRequired, rules.book, **booking(salon, salon.at(11)))
    await salon.book(salon.at(11))


async def test_clients_book_neither_later_nor_further_ahead_than_they_may(salon: Any) -> None:
    """R48: what they are offered is what they can book; the team sees and books the rest."""
    zoe = await salon.client()
    first, last = salon.at(9), salon.at(12, weeks=2)
    minutes = int((first - datetime.now(UTC)).total_seconds() / 60) + 90
    days = (last.date() - datetime.now(UTC).date()).days
    await says(salon, lead_minutes=minutes, horizon_days=days)

    soon = await refused(zoe, rules.TooSoon, rules.book, **booking(salon, first))
    far = await refused(zoe, rules.TooFarAhead, rules.book, **booking(salon, last + 2 * DAY))
    seen = [*await starts(zoe, day=first.date(), days=1)]
    later = [*await starts(zoe, day=last.date() + DAY, days=31)]
    free = [*await starts(salon, day=first.date(), days=1)]

    assert soon.message.startswith("This can be booked from 20")
    assert far.message.startswith("This can be booked until 20")
    assert (soon.field, far.field) == (("starts_at",), ("starts_at",))
    assert first in free
    assert seen
    assert seen == [each for each in free if each > datetime.now(UTC) + timedelta(minutes=minutes)]
    assert all(each <= datetime.now(UTC) + days * DAY for each in later)
    await zoe.book(seen[0])
    await salon.book(first)
    await salon.book(last + 2 * DAY)


async def test_alternatives_are_within_what_somebody_may_book(salon: Any) -> None:
    """A client who comes too late for one is told of none that are too soon."""
    zoe = await salon.client()
    for staff in (salon.ann, salon.bob):
        await salon.book(salon.at(10), staff_id=staff)
    lead = int((salon.at(10) - datetime.now(UTC)).total_seconds() / 60) - 1
    await says(salon, lead_minutes=lead, step_minutes=60)

    taken = await refused(zoe, rules.SlotTaken, rules.book, **booking(salon, salon.at(10)))

    assert isinstance(taken, rules.SlotTaken)
    assert [each.starts_at for each in taken.alternatives] == [
        salon.at(hour) for hour in (11, 11, 12, 12, 13)
    ]


async def test_clients_cancel_and_move_until_their_windows_close(salon: Any) -> None:
    """Each window is its own; a service that left the price list keeps its windows."""
    zoe = await salon.client()
    booked = await salon.book(salon.at(10))
    left = int((salon.at(10) - datetime.now(UTC)).total_seconds() / 60)
    await salon.do(
        services.update_service,
        service_id=salon.cut,
        cancel_until_minutes=left + 5,
        move_until_minutes=left - 5,
        active=False,
    )
    await says(salon, move_until_minutes=left + 5)

    late = await refused(zoe, rules.TooLateToCancel, rules.cancel, appointment_id=booked)
    assert late.message_for(zoe.by).startswith("Clients could cancel this until 20")
    await zoe.do(rules.reschedule, appointment_id=booked, starts_at=salon.at(10, 15))
    await salon.do(services.update_service, service_id=salon.cut, move_until_minutes=None)
    await says(salon, move_until_minutes=left + 60)
    for other in ({"starts_at": salon.at(12)}, {"staff_id": salon.bob}):
        await refused(zoe, rules.TooLateToMove, rules.reschedule, appointment_id=booked, **other)
    await salon.do(rules.reschedule, appointment_id=booked, starts_at=salon.at(12))
    await salon.do(rules.cancel, appointment_id=booked)


async def test_clients_move_only_to_where_they_may_book(salon: Any) -> None:
    """Lead time and horizon hold for the new place too."""
    zoe = await salon.client()
    booked = await salon.book(salon.at(10, weeks=2))
    lead = int((salon.at(10) - datetime.now(UTC)).total_seconds() / 60) + 5
    await says(salon, lead_minutes=lead, horizon_days=20)

    to = {"appointment_id": booked, "starts_at": salon.at(10)}
    await refused(zoe, rules.TooSoon, rules.reschedule, **to)
    await refused(
        zoe, rules.TooFarAhead, rules.reschedule, **{**to, "starts_at": salon.at(10, weeks=4)}
    )
    await zoe.do(rules.reschedule, **{**to, "starts_at": salon.at(12)})


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Kolkata"])
@pytest.mark.parametrize("step", [5, 20, 30, 60])
async def test_starts_are_counted_from_the_full_hour_of_the_wall(
    salon: Any, zone: str, step: int
) -> None:
    """Also where the clock is some minutes beside UTC, and where it changes by half an hour."""
    await db.execute("UPDATE businesses SET zone = $1", zone)
    hours = [services.Hours(weekday=n, starts=time(0), ends=time(0)) for n in range(1, 8)]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=hours)
    await says(salon, step_minutes=step)
    salon.by = type(salon.by)(role=salon.by.role, business_id=salon.by.business_id, zone=zone)
    here = ZoneInfo(zone)
    day = next(
        now.date()
        for n in range(2, 300)
        for now in [datetime.now(here) + n * DAY]
        if zone != "Australia/Lord_Howe"
        or now.replace(hour=0).utcoffset() != (now + DAY).replace(hour=0).utcoffset()
    )

    found = await starts(salon, day=day, days=1)

    whole = datetime.combine(day, time(), here).astimezone(UTC)
    minutes = [whole + timedelta(minutes=n) for n in range(26 * 60)]
    assert found == [
        each
        for each in minutes
        if each.astimezone(here).minute % step == 0 and each.astimezone(here).date() == day
    ]


async def test_every_refusal_of_a_time_or_of_staff_comes_with_times_that_book(salon: Any) -> None:
    """R54: hours, time off, closings, windows, years, and those who cannot be booked."""
    zoe, day = await salon.client(), salon.at(9).astimezone(salon.zone).date()
    await salon.do(services.add_closing, name="Fair", first_day=day + DAY, last_day=day + DAY)
    off = {"starts_at": salon.at(14), "ends_at": salon.at(15)}
    await salon.do(services.add_time_off, staff_id=salon.ann, **off)
    cid = await salon.do(services.create_staff, name="Cid")
    dot = await salon.do(services.create_staff, name="Dot", active=False)
    lead = int((salon.at(11) - datetime.now(UTC)).total_seconds() / 60)
    await says(salon, lead_minutes=lead)
    ages = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    for who, refusal, asked in (
        (salon, rules.OutsideHours, {"starts_at": salon.at(20)}),
        (salon, rules.StaffOff, {"starts_at": salon.at(14)}),
        (salon, rules.Closed, {"starts_at": salon.at(10) + DAY}),
        (salon, rules.StaffDoesNotPerform, {"staff_id": cid}),
        (salon, rules.StaffInactive, {"staff_id": dot}),
        (salon, rules.TooFarAhead, {"starts_at": ages}),
        (salon, rules.StartsInPast, {"starts_at": datetime(1, 1, 2, tzinfo=UTC)}),
        (zoe, rules.TooSoon, {"starts_at": salon.at(10)}),
    ):
        wish = {**booking(salon, salon.at(10)), **asked}
        refused_ = await refused(who, refusal, rules.book, **wish)
        assert isinstance(refused_, rules.Elsewhere)
        assert refused_.alternatives, refusal
        for slot in refused_.alternatives[:2]:
            made = await who.book(slot.starts_at, staff_id=slot.staff_id)
            await salon.do(rules.cancel, appointment_id=made)
    held = await salon.book(salon.at(12))
    moving = {"appointment_id": held, "starts_at": salon.at(20)}
    late = await refused(salon, rules.OutsideHours, rules.reschedule, **moving)
    assert isinstance(late, rules.Elsewhere)
    slot = late.alternatives[0]
    await salon.do(
        rules.reschedule, **{**moving, "starts_at": slot.starts_at}, staff_id=slot.staff_id
    )


async def test_what_is_no_longer_held_is_offered_again(salon: Any) -> None:
    """R54: a claim that ended by itself keeps nobody from booking, so it hides no time."""
    await salon.book(salon.at(10))
    day = salon.at(10).astimezone(salon.zone).date()
    taken = await starts(salon, day=day, days=1)
    await db.execute("UPDATE claims SET expires_at = now()")
    free = await starts(salon, day=day, days=1)

    assert salon.at(10) not in taken
    assert salon.at(10) in free
