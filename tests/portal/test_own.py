"""Clients look after themselves: R5, R6, R18; and what a business asks of them: C1, R13, R16."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest

from modules.clients import rules as clients
from modules.viewer import Role, Viewer
from storage import database as db
from storage import log
from tests.portal.conftest import ASK_CODE, CLIENT, VERIFY, Ask, Mailbox, text
from tests.promises.conftest import BOOK, Salon

MINE = """{ viewer { role client {
  fullName email phone birthday address { city } consents accountStatus
  appointments(period: ALL) { totalCount nodes { status client { fullName } service { name } } }
} business { name staff { nodes { name } }
  services { nodes { name price { amountMinor } staff { name } } } } } }"""
MOVE = """mutation($input: RescheduleAppointmentInput!) {
  rescheduleAppointment(input: $input) { appointment { startsAt version } problems { code } }
}"""
CANCEL = """mutation($input: CancelAppointmentInput!) {
  cancelAppointment(input: $input) { appointment { status cancelReason } problems { code } }
}"""
CHANGE = """mutation($input: UpdateMyClientFileInput!) {
  updateMyClientFile(input: $input) {
    client { fullName email phone consents address { city } } problems { code field }
  }
}"""
SETTINGS = """mutation($input: UpdateClientSettingsInput!) {
  updateClientSettings(input: $input) {
    business { clientSettings { requireClientAccount acceptsNewClients } }
    problems { code field }
  }
}"""
NEW = """mutation($input: CreateClientInput!) {
  createClient(input: $input) { client { accountStatus } problems { code field } }
}"""
BLOCK = "mutation($id: ID!) { blockClient(input: {id: $id}) { problems { code } } }"
WHO = "{ viewer { role } }"


async def do(api: Ask, token: str, query: str, **given: Any) -> dict[str, Any]:
    """Change something as a client; gives the payload."""
    answer = await api(query, {"input": given}, token=token)
    assert "errors" not in answer, answer
    [payload] = answer["data"].values()
    return dict(payload)


async def test_a_client_is_told_all_that_is_wrong(api: Ask, salon: Salon, ann: str) -> None:
    """R31: an address that is none, and what else is wrong; nothing of it is written."""
    told = await do(api, ann, CHANGE, email="nobody", phone="12", firstName="")

    assert {each["field"][-1]: each["code"] for each in told["problems"]} == {
        "email": "EMAIL_INVALID",
        "phone": "PHONE_INVALID",
        "firstName": "NAME_REQUIRED",
    }
    assert (told["client"], len(told["problems"])) == (None, 3)
    assert (await api(MINE, token=ann))["data"]["viewer"]["client"]["fullName"] == "Ann Lee"


async def test_a_client_sees_their_file_and_what_they_can_book(
    api: Ask, salon: Salon, ann: str
) -> None:
    """R6: their own names and appointments, the services and whom they can book; no more."""
    booked = await salon.book()
    assert booked["problems"] == []

    assert (await api(MINE, token=ann))["data"]["viewer"] == {
        "role": "CLIENT",
        "client": {
            "fullName": "Ann Lee",
            "email": "ann@example.com",
            "phone": None,
            "birthday": None,
            "address": None,
            "consents": [],
            "accountStatus": "VERIFIED",
            "appointments": {
                "totalCount": 1,
                "nodes": [
                    {
                        "status": "BOOKED",
                        "client": {"fullName": "Ann Lee"},
                        "service": {"name": "Cut"},
                    }
                ],
            },
        },
        "business": {
            "name": "Salon",
            "services": {
                "nodes": [
                    {"name": "Cut", "price": {"amountMinor": 4500}, "staff": [{"name": "Sam"}]}
                ]
            },
            "staff": {"nodes": [{"name": "Sam"}]},
        },
    }


async def test_what_is_not_offered_any_more_is_still_what_one_booked(
    api: Ask, salon: Salon, ann: str
) -> None:
    """R6: an appointment names its service and its staff, whatever became of them since."""
    await salon.book()
    await db.execute("UPDATE services SET active = false")
    await db.execute("UPDATE staff SET active = false")

    seen = (await api(MINE, token=ann))["data"]["viewer"]

    assert seen["client"]["appointments"]["nodes"][0]["service"] == {"name": "Cut"}
    nothing: dict[str, Any] = {"nodes": []}
    assert (seen["business"]["services"], seen["business"]["staff"]) == (nothing, nothing)


async def test_a_client_books_moves_and_cancels_by_themselves(
    api: Ask, salon: Salon, ann: str, mails: Mailbox
) -> None:
    """R5, R18: each of the three, and the provider hears of it."""
    booked = (await api(BOOK, {"input": salon.slot()}, token=ann))["data"]["bookAppointment"]
    assert booked["problems"] == []
    held = booked["appointment"]
    await mails.settled()  # what is cancelled before its mail has left is told to nobody

    later = salon.slot(2)["startsAt"]
    moved = await do(api, ann, MOVE, id=held["id"], version=held["version"], startsAt=later)
    assert moved["problems"] == []
    await mails.settled()
    cancelled = await do(api, ann, CANCEL, id=held["id"], reason="A cold")

    assert cancelled == {
        "appointment": {"status": "CANCELLED", "cancelReason": "A cold"},
        "problems": [],
    }
    subjects = [str(mail["Subject"]) for mail in await mails.to("olga@salon.example")]
    assert sorted(subject.partition(":")[0] for subject in subjects[1:]) == [
        "Booked",
        "Cancelled",
        "Moved",
    ]


async def test_a_client_who_tries_a_booking_sees_what_goes_to_clients_alone(
    api: Ask, salon: Salon, ann: str
) -> None:
    """Booking mails the owner too; on a dry run only the owner's own is told of that."""
    dry = """mutation($input: BookAppointmentInput!) {
      bookAppointment(input: $input, dryRun: true) { messages { recipient } problems { code } }
    }"""
    seen = {}
    for who, token in (("client", ann), ("owner", salon.token)):
        payload = (await api(dry, {"input": salon.slot()}, token=token))["data"]["bookAppointment"]
        assert payload["problems"] == []
        seen[who] = {message["recipient"].lower() for message in payload["messages"]}

    assert seen["client"] == {"ann@example.com"}
    assert await db.fetchval("SELECT count(*) FROM appointments") == 0


async def test_a_blocked_client_books_nothing(api: Ask, salon: Salon, ann: str) -> None:
    """R5: not even by saying that the block does not matter; what they hold they may cancel."""
    held = (await salon.book())["appointment"]
    await salon.does(BLOCK, "blockClient", {"id": salon.client})
    slot = {**salon.slot(2), "despiteBlock": True}

    refused = (await api(BOOK, {"input": slot}, token=ann))["data"]["bookAppointment"]

    assert [problem["code"] for problem in refused["problems"]] == ["CLIENT_BLOCKED"]
    assert (await do(api, ann, CANCEL, id=held["id"]))["problems"] == []


async def test_a_client_keeps_their_own_file_up_to_date(api: Ask, salon: Salon, ann: str) -> None:
    """R6: names, phone, birthday, address and consents; nothing the team keeps to itself."""
    changed = await do(
        api, ann, CHANGE, firstName="Anna", phone="+31612345678",
        address={"city": "Utrecht"}, consents=[{"channel": "EMAIL", "granted": True}],
    )  # fmt: skip

    assert changed == {
        "client": {
            "fullName": "Anna Lee",
            "email": "ann@example.com",
            "phone": "+31612345678",
            "consents": ["EMAIL"],
            "address": {"city": "Utrecht"},
        },
        "problems": [],
    }
    stale = await do(api, ann, CHANGE, firstName="Nobody", version=1)
    assert stale["problems"] == [{"code": "STALE_VERSION", "field": ["input", "version"]}]
    nobody = await do(api, salon.token, CHANGE, firstName="Olga")
    assert nobody["problems"] == [{"code": "NO_FILE", "field": None}]


async def test_who_got_in_by_a_mail_changes_nothing_that_a_password_protects(
    api: Ask, salon: Salon, ann: str
) -> None:
    """What one is called is seen wherever one works: whoever has a password signs in with it."""
    rename = """mutation($input: UpdateAccountInput!) {
      updateAccount(input: $input) { account { name } problems { code field } } }"""
    free = await do(api, ann, rename, name="Anna")
    await db.execute("UPDATE accounts SET password_hash = 'x' WHERE name = 'Anna'")

    refused = await do(api, ann, rename, name="Somebody")

    assert free == {"account": {"name": "Anna"}, "problems": []}
    assert refused == {"account": None, "problems": [{"code": "FORBIDDEN", "field": None}]}
    assert await db.fetchval("SELECT count(*) FROM accounts WHERE name = 'Anna'") == 1


async def test_a_new_address_takes_over_when_it_is_proved_and_not_before(
    api: Ask, salon: Salon, ann: str, mails: Mailbox
) -> None:
    """R17, R6: until then everything stays; then the old address is shut out."""
    asked = await do(api, ann, CHANGE, email="ann@new.example")
    assert asked["client"]["email"] == "ann@example.com"
    mail = await mails.last("ann@new.example")
    assert "you asked Salon to write to this address from now on" in text(mail)
    file = (await api(CLIENT, {"id": salon.client}, token=salon.token))["data"]["node"]
    assert (file["email"], file["accountStatus"]) == ("ann@example.com", "VERIFIED")
    assert (await api(WHO, token=ann))["data"]["viewer"]["role"] == "CLIENT"

    token = await mails.token("ann@new.example")
    proved = (await api(VERIFY, {"token": token}))["data"]["verifyClientEmail"]

    assert proved["problems"] == []
    seen = (await api(MINE, token=proved["token"]))["data"]["viewer"]["client"]
    assert (seen["fullName"], seen["email"]) == ("Ann Lee", "ann@new.example")
    with pytest.raises(Exception, match="revoked"):
        await api(WHO, token=ann)
    await api(ASK_CODE, {"email": "ann@example.com", "business": salon.business})
    await mails.settled()
    assert await db.fetchval("SELECT count(*) FROM sign_in_codes") == 0
    gone = await do(api, proved["token"], CHANGE, email=None)
    assert gone["problems"] == [{"code": "EMAIL_INVALID", "field": ["input", "email"]}]


async def test_a_business_may_insist_on_accounts(api: Ask, salon: Salon, ann: str) -> None:
    """C1, R13: then a file is opened only where somebody proved its address."""
    said = await _set(salon, requireClientAccount=True)
    assert said["business"]["clientSettings"] == {
        "requireClientAccount": True,
        "acceptsNewClients": True,
    }
    before = await db.fetchval("SELECT count(*) FROM clients")
    for reached in ({"email": "no@body.example"}, {"phone": "+31612345678"}):
        person = {"firstName": "No", "lastName": "Body", **reached}
        refused = await salon.does(NEW, "createClient", {"input": person})
        assert refused["problems"] == [
            {"code": "CLIENT_HAS_NO_ACCOUNT", "field": ["input", "email"]}
        ]
    assert await db.fetchval("SELECT count(*) FROM clients") == before

    known = {"firstName": "Ann", "lastName": "Twin", "email": "ANN@example.com"}
    made = await salon.does(NEW, "createClient", {"input": known})

    assert made == {"client": {"accountStatus": "UNVERIFIED"}, "problems": []}


async def test_guessing_who_has_an_account_is_limited(api: Ask, salon: Salon, ann: str) -> None:
    """C1: a business learns of 200 addresses a day that they have none."""
    await _set(salon, requireClientAccount=True)
    person = {"firstName": "No", "lastName": "Body", "email": "no@body.example"}
    await salon.does(NEW, "createClient", {"input": person})
    await db.execute("UPDATE attempts SET count = 200")

    refused = await salon.does(NEW, "createClient", {"input": person})

    assert [problem["code"] for problem in refused["problems"]] == ["TOO_MANY_ATTEMPTS"]


async def test_settings_are_what_was_said_last(salon: Salon) -> None:
    """R16: whether new clients may book is remembered; without a word, they may."""
    query = "{ viewer { business { clientSettings { requireClientAccount acceptsNewClients } } } }"
    first = await salon.ask(query, {}, token=salon.token)
    assert first["data"]["viewer"]["business"]["clientSettings"] == {
        "requireClientAccount": False,
        "acceptsNewClients": True,
    }

    said = await _set(salon, acceptsNewClients=False)
    nothing = await _set(salon, acceptsNewClients=None)

    assert said["business"]["clientSettings"]["acceptsNewClients"] is False
    assert nothing["problems"] == [
        {"code": "INVALID_INPUT", "field": ["input", "acceptsNewClients"]}
    ]


async def test_an_import_that_replaces_an_address_ends_what_it_opened(
    api: Ask, salon: Salon, ann: str, mails: Mailbox
) -> None:
    """R17, R19: many files written anew at once keep to the same, without a mail to anybody."""
    owner = Viewer(role=Role.OWNER, business_id=_key(salon.business))
    async with log.change(actor=None, business_id=owner.business_id):
        held = await clients.hold_many(owner, [_key(salon.client)])
        file = {"id": str(_key(salon.client)), **held[_key(salon.client)], "email": "a@new.example"}
        await clients.rewrite_many(owner, orjson.dumps([file]).decode(), how="a list")

    seen = (await api(CLIENT, {"id": salon.client}, token=salon.token))["data"]["node"]
    assert (seen["email"], seen["accountStatus"]) == ("a@new.example", "NONE")
    with pytest.raises(Exception, match="revoked"):
        await api(WHO, token=ann)
    assert await mails.to("a@new.example") == []


async def test_a_file_that_is_withdrawn_lets_nobody_in(api: Ask, salon: Salon, ann: str) -> None:
    """R72, C10: whoever deletes or merges a file ends its sign-in first; the account stays."""
    owner = Viewer(role=Role.OWNER, business_id=_key(salon.business))

    async with log.change(actor=None, business_id=owner.business_id):
        ended = await clients.withdraw_client(owner, client_id=_key(salon.client))

    assert ended == 1
    with pytest.raises(Exception, match="revoked"):
        await api(WHO, token=ann)
    assert await db.fetchval("SELECT count(*) FROM memberships WHERE role = 'CLIENT'") == 0
    assert await db.fetchval("SELECT count(*) FROM accounts WHERE email = 'ann@example.com'") == 1
    await db.execute("DELETE FROM clients")
    assert await db.fetchval("SELECT count(*) FROM client_links") == 0


async def _set(salon: Salon, **said: bool | None) -> dict[str, Any]:
    return await salon.does(SETTINGS, "updateClientSettings", {"input": said})


def _key(id: str) -> UUID:
    return UUID(id.partition("_")[2])
