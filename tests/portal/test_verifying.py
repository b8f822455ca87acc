"""Clients prove their mail addresses: R17, R18, and what a changed address takes away."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from storage import database as db
from tests.portal.conftest import CLIENT, VERIFY, Ask, Mailbox, text
from tests.promises.conftest import Salon

NEW = """mutation($input: CreateClientInput!, $dry: Boolean! = false) {
  createClient(input: $input, dryRun: $dry) {
    client { id accountStatus } problems { code field } messages { kind recipient }
  }
}"""
CHANGE = """mutation($input: UpdateClientInput!) {
  updateClient(input: $input) { client { accountStatus emailVerifiedAt } problems { code field } }
}"""
RESEND = """mutation($id: ID!) {
  resendClientVerification(input: {id: $id}) {
    client { accountStatus } problems { code field }
  }
}"""
WHO = "{ viewer { role account { email } business { name } } }"
ANN = "ann@example.com"


async def state(salon: Salon, client: str | None = None) -> dict[str, Any]:
    """What the file says of its address."""
    answer = await salon.ask(CLIENT, {"id": client or salon.client}, token=salon.token)
    return dict(answer["data"]["node"])


async def people() -> list[Any]:
    """Everybody who can sign in, and where: compare before and after."""
    return [
        tuple(row)
        for row in await db.fetch(
            "SELECT a.email, a.confirmed_at IS NOT NULL, a.password_hash IS NOT NULL, m.role"
            " FROM accounts a LEFT JOIN memberships m ON m.account_id = a.id ORDER BY a.email"
        )
    ]


async def test_a_new_file_asks_its_client_whether_the_address_is_theirs(
    api: Ask, salon: Salon, mails: Mailbox
) -> None:
    """R17: a verification email is sent, and until it is answered the file says so."""
    mail = await mails.last(ANN)

    assert mail["Subject"] == "Is this your address? Salon would like to know"
    assert text(mail).startswith("Hello Ann Lee,\n\nSalon keeps a file on you with this address.")
    assert await state(salon) == {
        "email": ANN,
        "accountStatus": "UNVERIFIED",
        "emailVerifiedAt": None,
        "version": 1,
    }
    assert await people() == [("olga@salon.example", False, True, "OWNER")]


async def test_a_phone_only_file_asks_nobody(salon: Salon, mails: Mailbox) -> None:
    """R17: there is nothing to verify until an address is added; then there is."""
    person = {"firstName": "Bo", "lastName": "Tel", "phone": "+31612345678"}
    made = await salon.does(NEW, "createClient", {"input": person})
    assert made["client"]["accountStatus"] == "NONE"
    refused = await salon.does(RESEND, "resendClientVerification", {"id": made["client"]["id"]})
    assert refused["problems"] == [{"code": "NOTHING_TO_VERIFY", "field": ["input", "id"]}]

    added = {"input": {"id": made["client"]["id"], "email": "bo@example.com"}}
    changed = await salon.does(CHANGE, "updateClient", added)

    assert changed["client"]["accountStatus"] == "UNVERIFIED"
    assert len(await mails.to("bo@example.com")) == 1


async def test_a_dry_run_says_that_a_mail_would_be_sent(salon: Salon, mails: Mailbox) -> None:
    """R17: and sends none."""
    person = {"firstName": "Bo", "lastName": "Dry", "email": "bo@example.com"}

    made = await salon.does(NEW, "createClient", {"input": person, "dry": True})

    assert made["messages"] == [{"kind": "VERIFY_CLIENT_EMAIL", "recipient": "bo@example.com"}]
    assert await mails.to("bo@example.com") == []


async def test_following_the_link_verifies_and_signs_in(
    api: Ask, salon: Salon, mails: Mailbox
) -> None:
    """R18, R3: the person gets an account of their own, and a place at the business as a client."""
    token = await mails.token(ANN)
    before = await people()
    dry = (await api(VERIFY, {"token": token, "dry": True}))["data"]["verifyClientEmail"]
    assert (dry["problems"], await people()) == ([], before)

    payload = (await api(VERIFY, {"token": token, "key": "once"}))["data"]["verifyClientEmail"]

    signed = payload.pop("token")
    assert payload == {
        "viewer": {"role": "CLIENT", "business": {"name": "Salon"}},
        "problems": [],
        "replayed": False,
        "messages": [],
    }
    file = await state(salon)
    assert (file["accountStatus"], file["emailVerifiedAt"] is not None) == ("VERIFIED", True)
    assert await people() == [
        ("ann@example.com", True, False, "CLIENT"),
        ("olga@salon.example", False, True, "OWNER"),
    ]
    again = (await api(VERIFY, {"token": token, "key": "once"}))["data"]["verifyClientEmail"]
    assert (again["token"], again["replayed"]) == (signed, True)
    other = (await api(VERIFY, {"token": token}))["data"]["verifyClientEmail"]
    assert other["problems"] == [{"code": "LINK_EXPIRED"}]
    assert other["token"] is None


@pytest.mark.parametrize("address", ["o'brien+salon@example.com", '"jo smith"@example.com'])
async def test_addresses_with_quotes_and_plus_signs_are_proved_too(
    api: Ask, salon: Salon, mails: Mailbox, address: str
) -> None:
    """R17: the mail arrives there, and its link signs in."""
    person = {"firstName": "Jo", "lastName": "Smith", "email": address}
    assert (await salon.does(NEW, "createClient", {"input": person}))["problems"] == []

    answer = await api(VERIFY, {"token": await mails.token(address)})

    payload = answer["data"]["verifyClientEmail"]
    assert (payload["viewer"]["role"], payload["problems"]) == ("CLIENT", [])


async def test_a_link_is_not_kept_and_does_not_last(api: Ask, salon: Salon, mails: Mailbox) -> None:
    """Its secret is in the mail and nowhere else; after seven days it is worth nothing."""
    token = await mails.token(ANN)
    rows = await db.fetch("SELECT to_jsonb(t)::text AS row FROM client_links t")
    assert len(rows) == 1
    assert token not in rows[0]["row"]
    await db.execute("UPDATE client_links SET expires_at = expires_at - interval '7 days 1 minute'")

    answer = (await api(VERIFY, {"token": token}))["data"]["verifyClientEmail"]

    assert answer["problems"] == [{"code": "LINK_EXPIRED"}]
    assert (await state(salon))["accountStatus"] == "UNVERIFIED"


async def test_a_resent_link_replaces_the_one_before(
    api: Ask, salon: Salon, mails: Mailbox
) -> None:
    """R17: only the last mail works; a verified client is not asked again."""
    first = await mails.token(ANN)

    sent = await salon.does(RESEND, "resendClientVerification", {"id": salon.client})

    assert sent == {"client": {"accountStatus": "UNVERIFIED"}, "problems": []}
    second = await mails.token(ANN)
    assert second != first
    old = (await api(VERIFY, {"token": first}))["data"]["verifyClientEmail"]
    assert old["problems"] == [{"code": "LINK_EXPIRED"}]
    new = (await api(VERIFY, {"token": second}))["data"]["verifyClientEmail"]
    assert new["problems"] == []
    refused = await salon.does(RESEND, "resendClientVerification", {"id": salon.client})
    assert refused["problems"] == [{"code": "ALREADY_VERIFIED", "field": ["input", "id"]}]


async def test_nobody_is_written_to_without_end(salon: Salon) -> None:
    """R17: one address gets five such mails an hour at the request of the team."""
    answers = [
        (await salon.does(RESEND, "resendClientVerification", {"id": salon.client}))["problems"]
        for _ in range(6)
    ]

    assert answers[:5] == [[]] * 5
    assert answers[5] == [{"code": "TOO_MANY_ATTEMPTS", "field": None}]


async def test_a_changed_address_is_asked_anew_and_shuts_the_old_one_out(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R17: the link sent to the old address, its sessions and its place are gone at once."""
    assert (await api(WHO, token=ann))["data"]["viewer"]["role"] == "CLIENT"
    given = {"id": salon.client, "email": "ann@new.example"}

    changed = await salon.does(CHANGE, "updateClient", {"input": given})

    assert changed == {
        "client": {"accountStatus": "UNVERIFIED", "emailVerifiedAt": None},
        "problems": [],
    }
    with pytest.raises(Exception, match="revoked"):
        await api(WHO, token=ann)
    assert ("ann@example.com", True, False, None) in await people()
    token = await mails.token("ann@new.example")
    proved = (await api(VERIFY, {"token": token}))["data"]["verifyClientEmail"]
    who = (await api(WHO, token=proved["token"]))["data"]["viewer"]
    assert (who["role"], who["business"]) == ("CLIENT", {"name": "Salon"})
    assert ("ann@new.example", True, False, "CLIENT") in await people()


async def test_capitals_are_no_other_address(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R17: writing it differently asks nobody and ends nothing."""
    given = {"id": salon.client, "email": "ANN@example.com"}

    changed = await salon.does(CHANGE, "updateClient", {"input": given})

    assert changed["client"]["accountStatus"] == "VERIFIED"
    assert (await api(WHO, token=ann))["data"]["viewer"]["role"] == "CLIENT"
    assert len(await mails.to("ann@example.com")) == 1  # the one that asked in the beginning


async def test_a_link_proves_the_address_it_was_sent_to_and_no_other(
    api: Ask, salon: Salon, mails: Mailbox
) -> None:
    """R17: whoever reads the old address's mail does not prove the new one."""
    old = await mails.token(ANN)
    given = {"id": salon.client, "email": "ann@new.example"}
    await salon.does(CHANGE, "updateClient", {"input": given})

    answer = (await api(VERIFY, {"token": old}))["data"]["verifyClientEmail"]

    assert answer["problems"] == [{"code": "LINK_EXPIRED"}]
    assert (await state(salon))["accountStatus"] == "UNVERIFIED"


async def test_three_hundred_at_once_follow_one_link(
    api: Ask, salon: Salon, mails: Mailbox
) -> None:
    """R18: one effect: one account, one place, one session, and everybody else is told."""
    token = await mails.token(ANN)

    answers = await asyncio.gather(*(api(VERIFY, {"token": token}) for _ in range(300)))

    told = [answer["data"]["verifyClientEmail"]["problems"] for answer in answers]
    assert sorted(told, key=len) == [[], *[[{"code": "LINK_EXPIRED"}]] * 299]
    assert [row[3] for row in await people()] == ["CLIENT", "OWNER"]
    assert await db.fetchval("SELECT count(*) FROM sessions WHERE only_as_client") == 1
    kinds = "SELECT count(*) FROM event WHERE kind IN ('clients.ClientVerified')"
    assert await db.fetchval(kinds) == 1


async def test_a_person_has_one_account_and_one_file_at_each_business(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R3: whoever proved the address before is known; a second file is proved, not theirs."""
    twin = {"firstName": "Anna", "lastName": "Lee", "email": "ann@example.com"}
    made = (await salon.does(NEW, "createClient", {"input": twin}))["client"]["id"]
    token = await mails.token("ann@example.com")

    answer = (await api(VERIFY, {"token": token}))["data"]["verifyClientEmail"]

    assert answer["problems"] == []
    assert (await state(salon, made))["accountStatus"] == "VERIFIED"
    assert [row[3] for row in await people()] == ["CLIENT", "OWNER"]
    linked = await db.fetch("SELECT id FROM clients WHERE account_id IS NOT NULL")
    assert [f"cli_{row['id'].hex}" for row in linked] == [salon.client]


async def test_whoever_works_here_stays_what_they_are(
    api: Ask, salon: Salon, mails: Mailbox
) -> None:
    """R18: an owner with a file of her own proves her address; no mail lets her into the team."""
    await db.execute("UPDATE accounts SET confirmed_at = now()")
    own = {"firstName": "Olga", "lastName": "Own", "email": "olga@salon.example"}
    made = (await salon.does(NEW, "createClient", {"input": own}))["client"]["id"]

    answer = await api(
        VERIFY, {"token": await mails.token("olga@salon.example", "/verify-client-email")}
    )

    payload = answer["data"]["verifyClientEmail"]
    assert (payload["problems"], payload["token"], payload["viewer"]) == ([], None, None)
    assert (await state(salon, made))["accountStatus"] == "VERIFIED"
    assert await people() == [("olga@salon.example", True, True, "OWNER")]
