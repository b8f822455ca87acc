"""No business mails strangers before it has shown who it is, nor without end."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from modules.accounts import rules as accounts
from modules.viewer import Viewer
from storage import database as db
from storage.log import change
from storage.settings import Settings
from tests.invitations.conftest import INVITE
from tests.portal.conftest import Ask, Mailbox, mails, salon, text
from tests.promises.conftest import Salon

__all__ = ["mails", "salon"]

CONFIRM = """mutation($token: String!) {
  verifyEmail(input: {token: $token, password: "correct horse battery"}) { problems { code } }
}"""
TEAM = """mutation($email: String!) {
  inviteTeamMember(input: {email: $email, name: "Lea", role: STAFF}) { problems { code } }
}"""
ADD = """mutation($email: String!) { addTeamMember(input: {
  email: $email, name: "Lea", role: STAFF, password: "correct horse battery staple"
}) { problems { code } } }"""
VERIFY_AGAIN = """mutation($id: ID!) {
  resendClientVerification(input: {id: $id}) { problems { code } }
}"""
MESSAGES = """{ viewer { business { messages {
  nodes { id kind recipient status error } } } } }"""
RESEND = "mutation($id: ID!) { resendMessage(input: {id: $id}) { problems { code } } }"
HELD = "no owner of the business has confirmed their mail address"
OWNER = "olga@salon.example"
ANN = "ann@example.com"


@pytest.fixture
def enabled() -> list[str]:
    """Only what these tests are about."""
    return ["accounts", "appointments", "clients", "invitations", "messaging", "services"]


@pytest.fixture
def limits() -> dict[str, Any]:
    """What the server is set to; parametrize it to change that."""
    return {"unconfirmed_recipients": 0}


@pytest.fixture
def settings(settings: Settings, limits: dict[str, Any]) -> Settings:
    """As on a server that people use."""
    return settings.model_copy(update=limits)


async def ledger(salon: Salon, address: str) -> list[tuple[str, str, str | None]]:
    """What became of the messages to an address."""
    answer = await salon.ask(MESSAGES, token=salon.token)
    nodes = answer["data"]["viewer"]["business"]["messages"]["nodes"]
    found = [(n["kind"], n["status"], n["error"]) for n in nodes if n["recipient"] == address]
    return sorted(found)


async def confirm(salon: Salon, mails: Mailbox) -> None:
    """The owner follows the link in her mail."""
    letters = "".join(text(mail) for mail in await mails.to(OWNER))
    token = re.findall(r"confirm-address#token=(\S+)", letters)[0]
    answer = await salon.ask(CONFIRM, {"token": token})
    assert answer["data"]["verifyEmail"]["problems"] == []
    await mails.settled()


async def test_nobody_is_written_to_before_an_owner_confirmed(salon: Salon, mails: Mailbox) -> None:
    """R17, R36: the ledger says why, and what was asked for is refused; afterwards all leaves."""
    assert (await salon.book())["problems"] == []
    assert await mails.to(ANN) == []
    assert await ledger(salon, ANN) == [
        ("APPOINTMENT_BOOKED", "FAILED", HELD),
        ("VERIFY_CLIENT_EMAIL", "FAILED", HELD),
    ]
    refused = [
        await salon.does(INVITE, "inviteClients", {"to": ["bo@example.org"]}),
        await salon.does(INVITE, "inviteClients", {"to": ["bo@example.org"], "dry": True}),
        await salon.does(TEAM, "inviteTeamMember", {"email": "lea@example.org"}),
        await salon.does(ADD, "addTeamMember", {"email": "lea@example.org"}),
        await salon.does(VERIFY_AGAIN, "resendClientVerification", {"id": salon.client}),
    ]
    assert [[p["code"] for p in each["problems"]] for each in refused] == [
        ["OWNER_NOT_VERIFIED"]
    ] * 5
    assert await db.fetchval("SELECT count(*) FROM client_invitations") == 0
    assert await db.fetchval("SELECT count(*) FROM accounts") == 1

    await confirm(salon, mails)

    assert len(await mails.to(ANN)) == 2
    assert await ledger(salon, ANN) == [
        ("APPOINTMENT_BOOKED", "SENT", None),
        ("VERIFY_CLIENT_EMAIL", "SENT", None),
    ]
    assert (await salon.does(INVITE, "inviteClients", {"to": ["bo@example.org"]}))["mailed"] == 1


@pytest.mark.parametrize("limits", [{"unconfirmed_recipients": 2}])
async def test_on_a_server_to_try_things_out_a_few_are(salon: Salon, mails: Mailbox) -> None:
    """As many people as the setting says, each of them however often."""
    await salon.book()
    await mails.settled()
    more = {"to": ["bo@example.org"]}
    assert (await salon.does(INVITE, "inviteClients", more))["mailed"] == 1
    await mails.settled()

    refused = await salon.does(INVITE, "inviteClients", {"to": ["cy@example.org"]})

    assert [p["code"] for p in refused["problems"]] == ["OWNER_NOT_VERIFIED"]
    assert (await salon.does(INVITE, "inviteClients", more))["mailed"] == 1
    assert len(await mails.to(ANN)) == 2
    assert len(await mails.to("bo@example.org")) == 2


@pytest.mark.parametrize("limits", [{"mails_per_recipient": 1, "unconfirmed_recipients": 9}])
async def test_an_address_gets_so_many_messages_a_day_and_no_more(
    salon: Salon, mails: Mailbox
) -> None:
    """Whoever sends them; a team that proved its addresses writes to itself as it likes."""
    await confirm(salon, mails)
    for hour in range(3):
        await salon.book(hour)

    assert len(await mails.to(ANN)) == 2
    told = [(status, error) for _, status, error in await ledger(salon, ANN)]
    limit = "this address got as many messages as it may in a day"
    assert sorted(told) == [("FAILED", limit), ("FAILED", limit), ("SENT", None), ("SENT", None)]
    assert len(await mails.to(OWNER)) == 4
    refused = await salon.does(VERIFY_AGAIN, "resendClientVerification", {"id": salon.client})
    assert [p["code"] for p in refused["problems"]] == ["TOO_MANY_ATTEMPTS"]


@pytest.mark.parametrize("limits", [{"mails_per_recipient": 10, "unconfirmed_recipients": 0}])
async def test_a_business_that_writes_much_keeps_no_others_mail_away(
    salon: Salon, mails: Mailbox
) -> None:
    """Each confirmed business has a fifth to itself, whatever others sent to the address."""
    await confirm(salon, mails)
    assert len(await mails.to(ANN)) == 1
    hostile = await _confirmed_business()
    sent = [await accounts.held(hostile, {uuid4(): ANN}) for _ in range(20)]
    limit = "this address got as many messages as it may in a day"
    assert [list(each.values()) for each in sent] == [[]] * 12 + [[limit]] * 8

    for hour in range(2):
        await salon.book(hour)

    assert len(await mails.to(ANN)) == 2
    told = [(status, error) for _, status, error in await ledger(salon, ANN)]
    assert sorted(told) == [("FAILED", limit), ("SENT", None), ("SENT", None)]
    refused = await salon.does(VERIFY_AGAIN, "resendClientVerification", {"id": salon.client})
    assert [p["code"] for p in refused["problems"]] == ["TOO_MANY_ATTEMPTS"]


async def _confirmed_business() -> UUID:
    async with change(actor=None):
        signed = await accounts.sign_up_business(
            Viewer(),
            business_name="Hans",
            zone="UTC",
            currency="EUR",
            name="Hans",
            email=f"hans{uuid4().hex}@evil.example",
            password="correct horse battery",
            confirmed=True,
        )
    return signed.business_id


@pytest.mark.parametrize("limits", [{"mails_per_recipient": 2, "unconfirmed_recipients": 0}])
async def test_whoever_claims_an_address_does_not_fill_its_mailbox(
    salon: Salon, mails: Mailbox
) -> None:
    """An owner who proved nothing may be a stranger who signed up with somebody's address."""
    for hour in range(3):
        await salon.book(hour)
    await mails.settled()

    told = await ledger(salon, OWNER)
    limit = "this address got as many messages as it may in a day"
    assert told == [
        ("APPOINTMENT_BOOKED_PROVIDER", "FAILED", limit),
        ("APPOINTMENT_BOOKED_PROVIDER", "SENT", None),
        ("APPOINTMENT_BOOKED_PROVIDER", "SENT", None),
        ("CONFIRM_ADDRESS", "SENT", None),
    ]
    assert len(await mails.to(OWNER)) == 3
    refused = await salon.does(TEAM, "inviteTeamMember", {"email": "lea@example.org"})
    assert [p["code"] for p in refused["problems"]] == ["OWNER_NOT_VERIFIED"]


@pytest.mark.parametrize("limits", [{"mails_per_business": 2, "unconfirmed_recipients": 9}])
async def test_a_business_sends_so_many_messages_a_day_and_no_more(
    salon: Salon, mails: Mailbox
) -> None:
    """What was left can be sent again another day."""
    await confirm(salon, mails)
    to = {"to": ["bo@example.org,cy@example.org"]}
    refused = await salon.does(INVITE, "inviteClients", to)
    assert [p["code"] for p in refused["problems"]] == ["TOO_MANY_ATTEMPTS"]
    for hour in range(2):
        await salon.book(hour)
    await mails.settled()
    limit = "the business sent as many messages as it may in a day"
    assert [each[1:] for each in await ledger(salon, ANN)].count(("FAILED", limit)) == 1

    await db.execute("UPDATE attempts SET resets_at = now()")
    failed = await db.fetchval("SELECT id FROM messages WHERE status = 'FAILED'")
    again = await salon.does(RESEND, "resendMessage", {"id": f"msg_{failed.hex}"})

    assert again["problems"] == []
    assert len(await mails.to(ANN)) == 3


async def test_what_somebody_is_called_is_no_link_in_a_mail(
    api: Ask, salon: Salon, mails: Mailbox
) -> None:
    """Obvious links are refused as names; what might be one is written so that none is made."""
    create = """mutation($last: String!) { createClient(input: {
      firstName: "Ann", lastName: $last, email: "zoe@example.org"
    }) { client { id lastName } problems { code message field } } }"""
    for typed in ("http://evil.example", "see WWW.evil.example", "x://y"):
        refused = await salon.does(create, "createClient", {"last": typed})
        assert refused == {
            "client": None,
            "problems": [
                {
                    "code": "TEXT_NOT_ALLOWED",
                    "message": "A name may not hold a link.",
                    "field": ["input", "lastName"],
                }
            ],
        }
    await confirm(salon, mails)

    made = await salon.does(create, "createClient", {"last": "Win at evil.example now"})

    assert made["client"]["lastName"] == "Win at evil.example now"
    mail = await mails.last("zoe@example.org")
    for part in ("plain", "html"):
        said = mail.get_body((part,)).get_content()
        assert "evil.example" not in said
        assert "evil.\u2060example" in said
        assert "http://127.0.0.1:0/verify-client-email#token=" in said
