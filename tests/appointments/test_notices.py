"""What clients and providers are told by mail."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson
import pytest

from modules.accounts.rules import card
from modules.appointments import events, rules
from modules.appointments.notices import EMAILS
from modules.languages import customs, local
from modules.messaging.writing import Letterhead, write
from modules.services import rules as services
from storage import database as db
from storage.models import uuid7

HEAD = Letterhead.of("Regulars <mail@example.org>", "https://salon.example.org")


async def mails(kind: type[events.AppointmentEvent]) -> list[tuple[str, str, str]]:
    """Write what the last event of this kind causes: to whom, about what, saying what."""
    row = await db.fetchrow(
        "SELECT business_id, subject, data::text FROM event WHERE kind = $1 ORDER BY seq DESC",
        kind.name,
    )
    assert row is not None
    event = kind.load(row["business_id"], row["subject"], orjson.loads(row["data"]))
    business = await card(event.business_id)
    written = []
    for email in EMAILS[kind]:
        for recipient in await email.recipients(event):
            context = await email.context(event)
            message = write(email, recipient, business, context, head=HEAD, id_=uuid7())
            text = message.get_body(("plain",))
            assert text is not None
            written.append((recipient.address, str(message["Subject"]), text.get_content()))
    return written


@pytest.fixture
async def owner(salon: Any) -> str:
    """The owner's address; Ann has none of her own."""
    account = uuid7()
    await db.execute(
        "INSERT INTO accounts (id, name, email) VALUES ($1, 'Maya', 'maya@example.org')", account
    )
    await db.execute(
        "INSERT INTO memberships (id, account_id, business_id, role) VALUES ($1, $2, $3, 'OWNER')",
        uuid7(), account, salon.by.business_id,
    )  # fmt: skip
    return "maya@example.org"


async def test_both_are_told_of_a_booking(salon: Any, owner: str) -> None:
    """R52: the client gets the details; R53: so does the provider."""
    await salon.book(salon.at(10), note="Short, please")
    when = written(salon, salon.at(10))

    (to_client, to_provider) = await mails(events.AppointmentBooked)

    assert to_client == (
        "zoe@example.org",
        f"Your appointment at Salon: {when}",
        "Hello Zoë Jansen,\n\nyour appointment at Salon is booked.\n\nWhat: Cut\nWith: Ann\n"
        f"When: {when}\nPrice: €35.00\n\nIf you cannot come, please let us know in good time.\n",
    )
    assert to_provider == (
        owner,
        f"Booked: Zoë Jansen, {when}",
        "Hello Maya,\n\nZoë Jansen has an appointment with Ann.\n\nWhat: Cut\n"
        f"When: {when}\n\nNote: Short, please\n",
    )


async def test_a_move_says_where_from_and_a_cancellation_why(salon: Any, owner: str) -> None:
    """R50: both of them hear of either."""
    held = await salon.book(salon.at(10))
    await salon.do(
        rules.reschedule, appointment_id=held, starts_at=salon.at(11), staff_id=salon.bob
    )
    moved = await mails(events.AppointmentRescheduled)
    await salon.do(rules.cancel, appointment_id=held, reason="Ill")
    cancelled = await mails(events.AppointmentCancelled)

    assert [to for to, _, _ in moved + cancelled] == ["zoe@example.org", owner] * 2
    before = f"Before: {written(salon, salon.at(10))}, with Ann"
    assert all(before in text and "With: Bob" in text for _, _, text in moved)
    assert ["Ill" in text for _, _, text in cancelled] == [False, True]


async def test_staff_with_an_account_are_told_instead_of_the_owner(salon: Any, owner: str) -> None:
    """And a client without a mail address is told nothing."""
    account = await db.fetchval("SELECT id FROM accounts WHERE email = $1", owner)
    other = uuid7()
    await db.execute("INSERT INTO accounts (id, name, email) VALUES ($1, 'A', 'ann@x.org')", other)
    await db.execute(
        "INSERT INTO memberships (id, account_id, business_id, role) VALUES ($1, $2, $3, 'STAFF')",
        uuid7(), other, salon.by.business_id,
    )  # fmt: skip
    await salon.do(services.update_staff, staff_id=salon.ann, account_id=other)
    await db.execute("UPDATE clients SET email = NULL, phone = '+31612345678'")
    await salon.book(salon.at(10))

    assert [to for to, _, _ in await mails(events.AppointmentBooked)] == ["ann@x.org"]
    assert account != other


def written(salon: Any, moment: datetime) -> str:
    """An instant as mails tell it."""
    return local(moment, salon.zone, customs("en", "en"))


async def test_nobody_is_mailed_about_what_is_over(salon: Any, owner: str) -> None:
    """A visit entered afterwards, moved within the past, cancelled; of what is to come all are."""
    always = [services.Hours(weekday=day, starts=time(0), ends=time(0)) for day in range(1, 8)]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=always)
    over = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)

    held = await salon.book(over)
    assert await mails(events.AppointmentBooked) == []
    await salon.do(rules.reschedule, appointment_id=held, starts_at=over - timedelta(hours=1))
    assert await mails(events.AppointmentRescheduled) == []
    await salon.do(rules.cancel, appointment_id=held)
    assert await mails(events.AppointmentCancelled) == []

    held = await salon.book(over)
    for starts_at in (salon.at(10), over, salon.at(11)):
        await salon.do(rules.reschedule, appointment_id=held, starts_at=starts_at)
        told = [address for address, _, _ in await mails(events.AppointmentRescheduled)]
        assert told == ["zoe@example.org", owner]
    await salon.do(rules.cancel, appointment_id=held)
    told = [address for address, _, _ in await mails(events.AppointmentCancelled)]
    assert told == ["zoe@example.org", owner]


async def test_a_client_who_books_a_little_late_is_told(salon: Any, owner: str) -> None:
    """They took a few minutes to press the button: it is to come all the same."""
    always = [services.Hours(weekday=day, starts=time(0), ends=time(0)) for day in range(1, 8)]
    await salon.do(services.set_working_hours, staff_id=salon.ann, hours=always)
    client = await salon.client()

    await client.book(datetime.now(UTC) - timedelta(minutes=3))

    told = [address for address, _, _ in await mails(events.AppointmentBooked)]
    assert told == ["zoe@example.org", owner]
