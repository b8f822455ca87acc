"""The last mail about an appointment is the last truth, whatever happens while mails leave."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from modules.messaging.rules import mailer
from modules.reactions import Reactions
from storage import database as db
from storage.worker import Worker
from tests.portal.conftest import Salon, salon

__all__ = ["salon"]

MOVE = """mutation($input: RescheduleAppointmentInput!) { rescheduleAppointment(input: $input) {
  appointment { id } problems { code } } }"""
CANCEL = """mutation($input: CancelAppointmentInput!) { cancelAppointment(input: $input) {
  appointment { id } problems { code } } }"""


@pytest.fixture
def enabled() -> list[str]:
    return ["accounts", "appointments", "clients", "messaging", "services"]


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    """Pauses are short, as the outages of these tests are."""
    monkeypatch.setattr(mailer, "PATIENCE", replace(mailer.PATIENCE, first_pause=0.1))


@pytest.fixture
async def sending(engine, loaded, by_smtp, mail_server, database_url):
    """What starts a real worker that sends to the test's mail server."""

    @asynccontextmanager
    async def start():
        reactions = Reactions(loaded, by_smtp(mail_server.port))
        worker = Worker(database_url, reactions.handlers(), grace=0.3)
        running = asyncio.create_task(worker.run())
        yield
        await worker.stop()
        await running
        await reactions.close()

    return start


async def settled() -> None:
    async with asyncio.timeout(60):
        while await db.fetchval("SELECT EXISTS (SELECT FROM job)"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def told(mail_server: Any, address: str) -> list[tuple[str, str]]:
    """Give the subject of every mail about appointments to an address, and what it says."""
    return [
        (str(mail["Subject"]), mail.get_body(("plain",)).get_content())
        for mail in mail_server.mails
        if mail["To"].addresses[0].addr_spec == address
        and "your address" not in str(mail["Subject"])
    ]


async def ledger(address: str) -> list[tuple[str, str]]:
    rows = await db.fetch(
        "SELECT kind, status FROM messages WHERE recipient = $1"
        " AND kind LIKE 'APPOINTMENT%' ORDER BY event_seq",
        address,
    )
    return [tuple(row) for row in rows]


ANN = "ann@example.com"


async def book(salon: Salon) -> str:
    booked = await salon.book()
    assert booked["problems"] == []
    return str(booked["appointment"]["id"])


async def move(salon: Salon, id_: str, hours: float) -> None:
    start = salon.start + timedelta(hours=hours)
    given = {"id": id_, "startsAt": start.isoformat()}
    moved = await salon.does(MOVE, "rescheduleAppointment", {"input": given})
    assert moved["problems"] == []


async def cancel(salon: Salon, id_: str) -> None:
    cancelled = await salon.does(CANCEL, "cancelAppointment", {"input": {"id": id_}})
    assert cancelled["problems"] == []


def clock(salon: Salon, hours: float) -> str:
    """Write a time as mails to this salon's clients do."""
    moment = salon.start + timedelta(hours=hours)
    return f"{moment.astimezone(ZoneInfo('Europe/Amsterdam')):%H:%M}"


async def test_a_booking_that_moved_before_its_mail_left_is_told_as_it_is_now(
    salon, sending, mail_server
):
    """One mail: the confirmation, with the time that holds."""
    id_ = await book(salon)
    await move(salon, id_, 1)
    await move(salon, id_, 2)

    async with sending():
        await settled()

    ((subject, text),) = told(mail_server, ANN)
    assert clock(salon, 2) in text
    assert clock(salon, 0) not in text
    assert await ledger(ANN) == [
        ("APPOINTMENT_BOOKED", "SENT"),
        ("APPOINTMENT_RESCHEDULED", "SUPERSEDED"),
        ("APPOINTMENT_RESCHEDULED", "SUPERSEDED"),
    ]
    assert subject.startswith("Your appointment")


async def test_of_a_booking_that_was_cancelled_before_its_mail_left_nothing_is_said(
    salon, sending, mail_server
):
    id_ = await book(salon)
    await move(salon, id_, 1)
    await cancel(salon, id_)

    async with sending():
        await settled()

    assert told(mail_server, ANN) == []
    assert {status for _, status in await ledger(ANN)} == {"SUPERSEDED"}
    reason = "SELECT DISTINCT error FROM messages WHERE status = 'SUPERSEDED'"
    assert await db.fetchval(reason) == "it was over before anything of it had been said"


async def test_what_was_told_is_corrected_once(salon, sending, mail_server):
    """Moved twice after the confirmation: one mail, from what was told to what holds now."""
    async with sending():
        id_ = await book(salon)
        await settled()
    await move(salon, id_, 1)
    await move(salon, id_, 2)
    async with sending():
        await settled()

    _, text = told(mail_server, ANN)[-1]
    assert clock(salon, 0) in text
    assert clock(salon, 2) in text
    assert clock(salon, 1) not in text
    assert [status for _, status in await ledger(ANN)] == ["SENT", "SENT", "SUPERSEDED"]


async def test_what_is_back_where_it_was_told_to_be_needs_no_mail(salon, sending, mail_server):
    async with sending():
        id_ = await book(salon)
        await settled()
    before = told(mail_server, ANN)
    await move(salon, id_, 1)
    await move(salon, id_, 0)
    async with sending():
        await settled()

    assert told(mail_server, ANN) == before
    assert [status for _, status in await ledger(ANN)] == ["SENT", "SUPERSEDED", "SUPERSEDED"]


async def test_what_was_told_and_is_over_is_cancelled_and_nothing_else(salon, sending, mail_server):
    async with sending():
        id_ = await book(salon)
        await settled()
    await move(salon, id_, 1)
    await cancel(salon, id_)
    async with sending():
        await settled()

    assert [status for _, status in await ledger(ANN)] == ["SENT", "SUPERSEDED", "SENT"]
    assert "cancelled" in told(mail_server, ANN)[-1][0].lower()


async def test_after_thirty_quick_changes_the_last_mail_is_true(salon, sending, mail_server):
    """While mails are leaving, and while the mail server is out of order in between."""
    async with sending():
        id_ = await book(salon)
        for n in range(1, 31):
            if n == 10:
                mail_server.data_says = ["451 Later"] * 4
            await move(salon, id_, n % 7 + n / 60)
        await settled()

    _, text = told(mail_server, ANN)[-1]
    assert clock(salon, 30 % 7 + 0.5) in text
    assert {status for _, status in await ledger(ANN)} <= {"SENT", "SUPERSEDED"}


async def test_what_changes_while_the_mail_server_thinks_is_not_told_as_it_was(
    salon, sending, mail_server
):
    """The line is claimed when the server has asked for the text: until then it is rewritten."""
    mail_server.thinks_at_recipient = 0.5
    async with sending():
        id_ = await book(salon)
        async with asyncio.timeout(20):
            while ANN not in mail_server.asked_for:  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0.01)
        await move(salon, id_, 2)
        await settled()

    ((_, text),) = told(mail_server, ANN)
    assert clock(salon, 2) in text


async def test_a_server_that_stops_gives_back_what_it_has_not_handed_over(
    salon, sending, mail_server
):
    """Its mails leave when it is up again: the ledger does not say that they may have left."""
    mail_server.thinks_at_recipient = 30
    async with sending():
        await book(salon)
        async with asyncio.timeout(20):
            while ANN not in mail_server.asked_for:  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0.01)
    assert await ledger(ANN) == [("APPOINTMENT_BOOKED", "QUEUED")]

    mail_server.thinks_at_recipient = 0
    async with sending():
        await settled()
    assert await ledger(ANN) == [("APPOINTMENT_BOOKED", "SENT")]


async def test_mails_that_were_given_up_are_sent_by_their_owner_all_at_once(
    salon, sending, mail_server
):
    """An outage that was too long leaves FAILED lines; one mutation sends what is still true."""
    gone = await book(salon)
    assert (await salon.book(5))["problems"] == []
    await cancel(salon, gone)
    await db.execute("UPDATE job SET created = now() - interval '6 days'")
    mail_server.recipient_says = ["451 Out of order"] * 20
    async with sending():
        async with asyncio.timeout(30):
            while await db.fetchval("SELECT EXISTS (SELECT FROM job WHERE status <> 'failed')"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    failed = await db.fetch("SELECT error FROM messages WHERE status = 'FAILED'")
    assert {row["error"][:21] for row in failed} == {"Given up after 5 days"}
    mail_server.recipient_says = []
    await db.execute("DELETE FROM job")

    resend = """mutation($input: ResendFailedMessagesInput!) { resendFailedMessages(input: $input) {
      resent left problems { code } } }"""
    sent = await salon.does(resend, "resendFailedMessages", {"input": {}})
    twice = await salon.does(resend, "resendFailedMessages", {"input": {}})
    async with sending():
        await settled()

    assert sent == {"resent": len(failed), "left": 0, "problems": []}
    assert twice == {"resent": 0, "left": 0, "problems": []}
    subjects = [subject for subject, _ in told(mail_server, ANN)]
    assert sum(subject.startswith("Your appointment") for subject in subjects) == 1
