"""The team looks after messages: sees what became of each, sends again, leaves people alone."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import orjson
import pytest

from modules import registry
from modules.emails import SUPPRESSED
from modules.erasure.rules import finishing
from modules.messaging import rules
from modules.messaging.rules import DeliveryDelayed, open_mailer
from storage import catalogue
from storage import database as db
from tests.promises.conftest import Salon, furnish

LIST = """query($status: MessageStatus, $kind: String, $first: Int, $after: String) {
  viewer { business { messages(
    filter: {status: $status, kind: $kind}, first: $first, after: $after) {
    totalCount pageInfo { endCursor }
    nodes { id kind recipient status attempts error sentAt resendOf { id } }
  } } }
}"""
RESEND = """mutation($id: ID!, $dry: Boolean! = false) {
  resendMessage(input: {id: $id}, dryRun: $dry) {
    message { id kind recipient status attempts resendOf { id status error } }
    problems { code field } messages { kind recipient }
  }
}"""
SUPPRESS = """mutation($email: String!) { suppressEmail(input: {email: $email}) {
  suppression { id email reason } problems { code field } } }"""
UNSUPPRESS = """mutation($id: ID!) { unsuppressEmail(input: {id: $id}) {
  deletedId problems { code field } } }"""
ALONE = "{ viewer { business { suppressions { totalCount nodes { id email reason } } } } }"


@pytest.fixture
def enabled() -> list[str]:
    """All of them: a booking causes the messages these tests are about."""
    return registry.built_in()


class Desk:
    """A salon with one booking, and the post mailer that sends its messages when told to."""

    def __init__(self, salon: Salon, mailer: Any) -> None:
        self.salon = salon
        self.mailer = mailer

    async def post(self) -> None:
        """Do every job that waits, once."""
        events = {event.name: event for event in self.mailer.events}
        for row in await db.fetch("DELETE FROM job RETURNING payload"):
            said = orjson.loads(row["payload"])
            kind = events.get(said["kind"])
            if kind is not None and said["reaction"].startswith("messages:"):
                event = kind.load(said["business_id"], said["subject"], said["data"])
                await self.mailer.deliver(event, said["seq"])

    async def ask(self, query: str, **variables: Any) -> Any:
        """Ask as the owner; give the only thing in the answer."""
        answer = await self.salon.ask(query, variables, token=self.salon.token)
        assert "errors" not in answer, answer
        [found] = answer["data"].values()
        return found

    async def messages(self, **asked: Any) -> list[dict[str, Any]]:
        """List messages as the API does."""
        return (await self.ask(LIST, **asked))["business"]["messages"]["nodes"]

    async def told(self, **asked: Any) -> list[tuple[Any, ...]]:
        """The same in short."""
        return [(m["kind"], m["status"], m["error"]) for m in await self.messages(**asked)]


@pytest.fixture
async def desk(api: Any, loaded: Any, by_smtp: Any, mail_server: Any) -> Any:
    """A salon that has just booked somebody."""
    salon = await furnish(api)
    await db.execute("DELETE FROM messages")
    await db.execute("DELETE FROM job")
    await salon.book()
    mailer = open_mailer(loaded, by_smtp(mail_server.port))
    yield Desk(salon, mailer)
    await mailer.close()


async def test_the_team_sees_what_became_of_each_message(desk, mail_server):
    """R52: from the booking on; filtered by how far it got and by kind, page by page."""
    assert await desk.told() == [
        ("APPOINTMENT_BOOKED_PROVIDER", "QUEUED", None),
        ("APPOINTMENT_BOOKED", "QUEUED", None),
    ]
    mail_server.recipient_says = ["550 5.7.1 Not from you"]

    await desk.post()

    assert await desk.told() == [
        ("APPOINTMENT_BOOKED_PROVIDER", "SENT", None),
        ("APPOINTMENT_BOOKED", "FAILED", "550 5.7.1 Not from you"),
    ]
    assert await desk.told(status="FAILED") == [
        ("APPOINTMENT_BOOKED", "FAILED", "550 5.7.1 Not from you")
    ]
    assert await desk.told(kind="APPOINTMENT_BOOKED_PROVIDER") == [
        ("APPOINTMENT_BOOKED_PROVIDER", "SENT", None)
    ]
    first = (await desk.ask(LIST, first=1))["business"]["messages"]
    assert (first["totalCount"], len(first["nodes"])) == (2, 1)
    rest = await desk.messages(first=1, after=first["pageInfo"]["endCursor"])
    assert [m["kind"] for m in rest] == ["APPOINTMENT_BOOKED"]


async def test_a_message_that_failed_is_sent_once_more(desk, mail_server):
    """It gets a line of its own; the old one stays as it is, and is not sent a third time."""
    mail_server.recipient_says = ["550 5.7.1 Not from you"]
    await desk.post()
    [failed] = await desk.messages(status="FAILED")

    dry = await desk.ask(RESEND, id=failed["id"], dry=True)
    assert dry["messages"] == [{"kind": "APPOINTMENT_BOOKED", "recipient": "ann@example.com"}]
    assert len(await desk.messages()) == 2
    answers = await asyncio.gather(*(desk.ask(RESEND, id=failed["id"]) for _ in range(5)))
    await desk.post()
    await desk.post()

    codes = sorted(p["code"] for answer in answers for p in answer["problems"])
    assert codes == ["MESSAGE_ALREADY_RESENT"] * 4
    [done] = [answer["message"] for answer in answers if not answer["problems"]]
    assert done == {
        "id": done["id"],
        "kind": "APPOINTMENT_BOOKED",
        "recipient": "ann@example.com",
        "status": "QUEUED",
        "attempts": 0,
        "resendOf": {"id": failed["id"], "status": "FAILED", "error": "550 5.7.1 Not from you"},
    }
    sent = [mail for mail in mail_server.mails if "ann@" in str(mail["To"]).lower()]
    assert len(sent) == 1
    [again] = [m for m in await desk.messages() if m["resendOf"]]
    assert (again["id"], again["status"], again["attempts"]) == (done["id"], "SENT", 1)
    assert [m["status"] for m in await desk.messages()] == ["SENT", "SENT", "FAILED"]


async def test_a_message_nobody_knows_about_may_be_sent_once_more(desk, mail_server):
    """By a person who accepts that it may arrive twice; nothing else ever sends it again."""
    mail_server.hangs_up = True
    await desk.post()
    mail_server.hangs_up = False
    unsure = await desk.messages(status="SENDING")
    assert len(unsure) == 2
    assert "SMTPServerDisconnected" in unsure[0]["error"]

    for line in unsure:
        assert (await desk.ask(RESEND, id=line["id"]))["problems"] == []
    await desk.post()

    assert [m["status"] for m in await desk.messages()] == ["SENT", "SENT", "SENDING", "SENDING"]


async def test_what_is_on_its_way_is_not_sent_again(desk, mail_server):
    """Neither what waits, nor what a worker may be handing over now, nor what was sent."""
    waiting, other = await desk.messages()
    queued = await desk.ask(RESEND, id=waiting["id"])
    await db.execute("UPDATE messages SET status = 'SENDING', attempts = 1, tried_at = now()")
    sending = await desk.ask(RESEND, id=waiting["id"])
    await db.execute("UPDATE messages SET tried_at = now() - interval '11 minutes'")
    long_ago = await desk.ask(RESEND, id=other["id"])
    await db.execute("UPDATE messages SET status = 'SENT', sent_at = now()")
    sent = await desk.ask(RESEND, id=waiting["id"])

    refused = [{"code": "MESSAGE_NOT_RESENDABLE", "field": ["input", "id"]}]
    assert [queued["problems"], sending["problems"], sent["problems"]] == [refused] * 3
    assert long_ago["problems"] == []
    assert len(await desk.messages()) == 3


async def test_what_is_sent_again_is_true_when_it_leaves(desk, mail_server):
    """Whoever is not meant any more gets nothing, and the new line says so."""
    mail_server.recipient_says = ["550 5.7.1 No", "550 5.7.1 No"]
    await desk.post()
    await db.execute("UPDATE clients SET email = 'new@example.com'")
    for line in await desk.messages():
        await desk.ask(RESEND, id=line["id"])

    await desk.post()

    told = await desk.told()
    assert told[:2] == [
        ("APPOINTMENT_BOOKED", "FAILED", "nobody wants it any more"),
        ("APPOINTMENT_BOOKED_PROVIDER", "SENT", None),
    ]


async def test_a_corrected_address_gets_what_was_meant_for_it(desk, mail_server):
    """The booking was mailed to a typing mistake that was mended before the mail left."""
    await db.execute("UPDATE clients SET email = 'right@example.com'")

    await desk.post()

    lines = {m["recipient"]: (m["status"], m["error"]) for m in await desk.messages()}
    assert lines == {
        "ann@example.com": ("FAILED", "nobody wants it any more"),
        "right@example.com": ("SENT", None),
        "olga@salon.example": ("SENT", None),
    }


async def test_a_mailbox_that_is_not_there_is_left_alone(desk, mail_server):
    """From then on nothing is sent there, until somebody takes it off the list."""
    mail_server.recipient_says = ["550 5.1.1 No such user"]
    await desk.post()
    [entry] = (await desk.ask(ALONE))["business"]["suppressions"]["nodes"]
    assert (entry["email"], entry["reason"]) == ("ann@example.com", "BOUNCED")

    await desk.salon.book(2)
    await desk.post()
    [stopped, _] = await desk.messages(kind="APPOINTMENT_BOOKED")
    assert (stopped["status"], stopped["attempts"], stopped["error"]) == (
        "FAILED", 0, "the address is left alone: BOUNCED",
    )  # fmt: skip

    assert (await desk.ask(UNSUPPRESS, id=entry["id"]))["problems"] == []
    assert (await desk.ask(RESEND, id=stopped["id"]))["problems"] == []
    await desk.post()
    assert [m["status"] for m in await desk.messages(kind="APPOINTMENT_BOOKED")] == [
        "SENT", "FAILED", "FAILED",
    ]  # fmt: skip


async def test_a_no_that_is_about_us_leaves_nobody_alone(desk, mail_server):
    """A server that takes us for spammers says nothing of the mailbox."""
    mail_server.recipient_says = ["550 5.7.1 Blocked", "554 Relay access denied"]

    await desk.post()

    assert (await desk.ask(ALONE))["business"]["suppressions"]["totalCount"] == 0
    assert [m["status"] for m in await desk.messages()] == ["FAILED", "FAILED"]


async def test_an_address_is_left_alone_and_written_to_again(desk):
    """C8: once is enough, however it is spelt; a confirmation of one's own booking still comes."""
    first = await desk.ask(SUPPRESS, email="Ann@Example.com ")
    again = await desk.ask(SUPPRESS, email="ann@example.COM")
    wrong = await desk.ask(SUPPRESS, email="nobody")

    assert first == {
        "suppression": {
            "id": first["suppression"]["id"], "email": "ann@example.com", "reason": "MANUAL",
        },
        "problems": [],
    }  # fmt: skip
    assert again == first
    assert wrong["problems"] == [{"code": "EMAIL_INVALID", "field": ["input", "email"]}]
    await desk.post()
    assert [m["status"] for m in await desk.messages()] == ["SENT", "SENT"]

    id_ = first["suppression"]["id"]
    gone = await desk.ask(UNSUPPRESS, id=id_)
    twice = await desk.ask(UNSUPPRESS, id=id_)
    assert gone == {"deletedId": id_, "problems": []}
    assert twice["problems"] == [{"code": "NOT_FOUND", "field": ["input", "id"]}]


async def test_others_ask_who_is_left_alone_without_knowing_us(desk):
    """R40: an invitation does not go to who wants none; each business has its own list."""
    [ours] = [row["id"] for row in await db.fetch("SELECT id FROM businesses")]
    await desk.ask(SUPPRESS, email="ann@example.com")
    asked = ["ANN@example.com", "bob@example.com"]

    assert set().union(*await SUPPRESSED.call(ours, asked)) == {"ANN@example.com"}
    assert set().union(*await SUPPRESSED.call(uuid4(), asked)) == set()


async def test_an_erased_file_leaves_no_address_and_is_still_left_alone(desk):
    """R72: what stays of it is a hash, by which nobody is found."""
    [ours] = [row["id"] for row in await db.fetch("SELECT id FROM businesses")]
    await desk.ask(SUPPRESS, email="ann@example.com")

    await db.execute("UPDATE clients SET email = NULL, phone = '+31612345678'")
    traces = {"client_id": desk.salon.client[4:], "addresses": ["ann@example.com"]}
    await finishing._drop_rows({"business_id": ours}, traces, await catalogue.tables())

    [entry] = (await desk.ask(ALONE))["business"]["suppressions"]["nodes"]
    assert (entry["email"], entry["reason"]) == (None, "MANUAL")
    assert [m["recipient"] for m in await desk.messages()] == ["olga@salon.example"]
    assert await rules.suppressed(ours, ["ann@example.com"]) == {"ann@example.com"}


async def test_a_job_that_is_late_is_tried_until_all_have_left(desk, mail_server):
    """The line says meanwhile why it waits."""
    mail_server.recipient_says = ["451 Busy"]
    with pytest.raises(DeliveryDelayed):
        await desk.post()

    assert await desk.told() == [
        ("APPOINTMENT_BOOKED_PROVIDER", "SENT", None),
        ("APPOINTMENT_BOOKED", "QUEUED", "451 Busy"),
    ]
