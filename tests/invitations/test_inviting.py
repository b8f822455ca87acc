"""Inviting people over the API: what becomes of each address, and who gets mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from modules.invitations.rules import inviting
from storage.database import execute, fetchval
from tests.invitations.conftest import INVITE, OPEN, Invite
from tests.portal.conftest import VERIFY, Ask, Mailbox, text
from tests.promises.conftest import Salon, furnish

RESEND = """mutation($id: ID!) { resendClientInvitation(input: {id: $id}) {
  clientInvitation { status timesSent } problems { code field } } }"""
REVOKE = """mutation($id: ID!) { revokeClientInvitation(input: {id: $id}) {
  clientInvitation { status } problems { code field } } }"""
SUPPRESS = """mutation($email: String!) { suppressEmail(input: {email: $email}) {
  problems { code } } }"""


async def known(api: Ask, mails: Mailbox, address: str) -> None:
    """Let somebody prove an address at another business, so that they have an account."""
    elsewhere = await furnish(api, email=f"owner-of-{address}")
    made = """mutation($email: String!) { createClient(input: {
      firstName: "Secret", lastName: "Name", email: $email, phone: "+31201234567"
    }) { problems { code } } }"""
    await api(made, {"email": address}, token=elsewhere.token)
    answer = await api(VERIFY, {"token": await mails.token(address)})
    assert answer["data"]["verifyClientEmail"]["problems"] == []


def outcomes(payload: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Give what became of each address."""
    return [(each["outcome"], each["email"]) for each in payload["emails"]]


async def test_every_address_is_answered_and_every_invited_person_mailed(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite, listed: Any
) -> None:
    """R33, R35, R36, R37, R38, C2, C8: in one go, by what we know of each."""
    await known(api, mails, "kim@example.org")
    await api(SUPPRESS, {"email": "no@example.org"}, token=salon.token)

    payload = await invite(
        "new@example.org,Kim@example.org,NEW@example.org",
        "Bo Berg <bo@example.org>; ann@example.com no@example.org nonsense",
    )

    assert outcomes(payload) == [
        ("INVITED", "new@example.org"),
        ("LISTED_NOW", "kim@example.org"),
        ("DUPLICATE", "new@example.org"),
        ("INVITED", "bo@example.org"),
        ("ALREADY_CLIENT", "ann@example.com"),
        ("SUPPRESSED", "no@example.org"),
        ("INVALID", None),
    ]
    new, kim, again, bo, ann, alone, nonsense = payload["emails"]
    assert (nonsense["typed"], nonsense["entry"], nonsense["start"], nonsense["end"]) == (
        "nonsense", 1, 57, 65,
    )  # fmt: skip
    assert kim["client"] == {
        "id": kim["client"]["id"],
        "fullName": "kim example.org",
        "email": "kim@example.org",
        "accountStatus": "INVITED",
    }
    assert (new["client"], again["client"], bo["client"]) == (None, None, None)
    assert again["clientInvitation"]["id"] == new["clientInvitation"]["id"]
    assert (bo["clientInvitation"]["name"], bo["clientInvitation"]["status"]) == (
        "Bo Berg",
        "PENDING",
    )
    assert (ann["client"]["id"], ann["client"]["accountStatus"]) == (salon.client, "INVITED")
    assert (alone["clientInvitation"], alone["client"]) == (None, None)
    assert (payload["mailed"], payload["problems"]) == (4, [])
    assert await listed() == [("kim example.org", "INVITED")]
    for address in ("new@example.org", "kim@example.org", "bo@example.org", "ann@example.com"):
        mail = await mails.last(address)
        assert mail["Subject"] == "Salon invites you"
        assert "/accept-invitation#token=" in text(mail)
        assert mail["List-Unsubscribe"]
    assert await mails.to("no@example.org") == []


async def test_nothing_is_told_of_an_account_but_that_it_is_there(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite
) -> None:
    """C2: until they accept, the list shows the address that was typed, and nothing else."""
    await known(api, mails, "kim@example.org")
    await invite("kim@example.org")

    answer = await api(
        '{ viewer { business { clients(search: "kim") { nodes {'
        " firstName lastName email phone birthday preferredStaff { id } } } } } }",
        token=salon.token,
    )

    assert answer["data"]["viewer"]["business"]["clients"]["nodes"] == [
        {
            "firstName": "kim", "lastName": "example.org", "email": "kim@example.org",
            "phone": None, "birthday": None, "preferredStaff": None,
        }
    ]  # fmt: skip


async def test_whoever_can_sign_in_already_is_not_asked_again(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite
) -> None:
    """There is nothing to invite them to."""
    await api(VERIFY, {"token": await mails.token("ann@example.com")})
    before = len(await mails.to("ann@example.com"))

    payload = await invite("ann@example.com")

    assert outcomes(payload) == [("ALREADY_CLIENT", "ann@example.com")]
    assert payload["emails"][0]["clientInvitation"] is None
    assert payload["emails"][0]["client"]["accountStatus"] == "VERIFIED"
    assert (payload["mailed"], len(await mails.to("ann@example.com"))) == (0, before)


async def test_inviting_again_renews_the_invitation(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite
) -> None:
    """There is one open invitation for each address, and a mail for each time."""
    first = await invite("bo@example.org")
    again = await invite("Bo Berg <BO@example.org>")

    [one], [two] = first["emails"], again["emails"]
    assert one["clientInvitation"] | {"name": "Bo Berg", "timesSent": 2} == two["clientInvitation"]
    assert len(await mails.to("bo@example.org")) == 2


async def test_resent_revoked_and_expired(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite
) -> None:
    """An open invitation is mailed again or taken back; an expired one revives."""
    payload = await invite("bo@example.org")
    mine = {"id": payload["emails"][0]["clientInvitation"]["id"]}

    async def does(query: str, name: str) -> tuple[Any, Any]:
        answer = (await api(query, mine, token=salon.token))["data"][name]
        return answer["clientInvitation"], answer["problems"]

    async def standing(status: str) -> list[str]:
        answer = await api(OPEN, {"status": status}, token=salon.token)
        found = answer["data"]["viewer"]["business"]["clientInvitations"]["nodes"]
        return [each["email"] for each in found]

    await mails.settled()
    assert await standing("PENDING") == ["bo@example.org"]
    await execute("UPDATE client_invitations SET expires_at = now() - interval '1 minute'")
    assert (await standing("PENDING"), await standing("EXPIRED")) == ([], ["bo@example.org"])

    resent = await does(RESEND, "resendClientInvitation")
    assert resent == ({"status": "PENDING", "timesSent": 2}, [])
    assert len(await mails.to("bo@example.org")) == 2

    assert await does(REVOKE, "revokeClientInvitation") == ({"status": "REVOKED"}, [])
    refused = (None, [{"code": "INVITATION_NOT_OPEN", "field": ["input", "id"]}])
    assert await does(REVOKE, "revokeClientInvitation") == refused
    assert await does(RESEND, "resendClientInvitation") == refused
    assert await standing("REVOKED") == ["bo@example.org"]


async def test_who_wants_no_mail_is_not_reminded(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite
) -> None:
    """Also when they said so after they were invited."""
    payload = await invite("bo@example.org")
    await mails.settled()
    await api(SUPPRESS, {"email": "bo@example.org"}, token=salon.token)

    mine = {"id": payload["emails"][0]["clientInvitation"]["id"]}
    answer = await api(RESEND, mine, token=salon.token)

    assert answer["data"]["resendClientInvitation"] == {
        "clientInvitation": None,
        "problems": [{"code": "WANTS_NO_MAIL", "field": ["input", "id"]}],
    }
    assert len(await mails.to("bo@example.org")) == 1
    assert await fetchval("SELECT times_sent FROM client_invitations") == 1


async def test_a_list_is_read_whole_or_refused(salon: Salon, invite: Invite) -> None:
    """R33: one or more; 1,000 at most, in one go of the same size as any other."""
    for to, code in (
        ([""], "EMAILS_MISSING"),
        ([], "EMAILS_MISSING"),
        ([",".join(f"p{n}@example.org" for n in range(1001))], "EMAILS_TOO_MANY"),
        (["x" * 300_001], "EMAILS_TOO_MANY"),
    ):
        payload = await invite(*to)
        assert payload["problems"] == [{"code": code, "field": ["input", "emails"]}]
        assert payload["emails"] is None
    assert await fetchval("SELECT count(*) FROM client_invitations") == 0

    payload = await invite(",".join(f"p{n}@example.org" for n in range(1000)))

    assert (payload["mailed"], len(payload["emails"])) == (1000, 1000)
    assert await fetchval("SELECT count(*) FROM client_invitations") == 1000


async def test_a_business_invites_so_many_a_day(
    salon: Salon, invite: Invite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a dry run tells of addresses counts as well: nobody reads accounts off by trying."""
    monkeypatch.setattr(inviting, "PER_DAY", (3, timedelta(days=1)))
    assert (await invite("a@example.org,b@example.org", dry=True))["problems"] == []
    assert (await invite("a@example.org,nonsense", dry=True))["problems"] == []

    payload = await invite("one@example.org")

    assert [each["code"] for each in payload["problems"]] == ["TOO_MANY_ATTEMPTS"]
    assert await fetchval("SELECT count(*) FROM client_invitations") == 0


async def test_a_dry_run_says_who_would_be_mailed(salon: Salon, invite: Invite) -> None:
    """And invites nobody."""
    payload = await invite("bo@example.org,nonsense", dry=True)

    assert outcomes(payload) == [("INVITED", "bo@example.org"), ("INVALID", None)]
    assert payload["messages"] == [{"kind": "CLIENT_INVITATION", "recipient": "bo@example.org"}]
    assert await fetchval("SELECT count(*) FROM client_invitations") == 0


async def test_a_dry_run_tells_nothing_of_accounts(api: Ask, salon: Salon, invite: Invite) -> None:
    """Who has an account elsewhere, or works here, looks like who was never heard of."""
    await furnish(api, email="otto@elsewhere.example")
    people = ["otto@elsewhere.example", "olga@salon.example", "nobody@x.example"]

    payload = await invite(*people, dry=True)

    told = [dict(each, email=None, typed=None) for each in payload["emails"]]
    assert [each["email"] for each in payload["emails"]] == people
    for each in told:
        each.update(entry=0, start=0, end=0)
        each["clientInvitation"] = dict(each["clientInvitation"] or {}, id="", email="")
    assert told == [told[0]] * 3
    assert told[0]["outcome"] == "INVITED"
    assert {message["kind"] for message in payload["messages"]} == {"CLIENT_INVITATION"}
    assert [message["recipient"] for message in payload["messages"]] == people
    assert await fetchval("SELECT count(*) FROM client_invitations") == 0


async def test_a_repeated_request_is_answered_again(salon: Salon, invite: Invite) -> None:
    """With the same addresses, and without another mail."""
    first = await invite("bo@example.org", key="once")
    again = await invite("bo@example.org", key="once")

    assert again == first | {"replayed": True}
    assert await fetchval("SELECT times_sent FROM client_invitations") == 1


async def test_two_businesses_know_nothing_of_each_others_invitations(
    api: Ask, salon: Salon, invite: Invite
) -> None:
    """The same address at both is invited by both."""
    other = await furnish(api, email="otto@elsewhere.example")
    payload = await invite("bo@example.org")

    theirs = await api(INVITE, {"to": ["bo@example.org"]}, token=other.token)
    mine = {"id": payload["emails"][0]["clientInvitation"]["id"]}
    refused = (await api(REVOKE, mine, token=other.token))["data"]["revokeClientInvitation"]

    assert outcomes(theirs["data"]["inviteClients"]) == [("INVITED", "bo@example.org")]
    assert refused["problems"] == [{"code": "NOT_FOUND", "field": ["input", "id"]}]
    assert (await api(OPEN, {"status": "PENDING"}, token=salon.token))["data"]["viewer"][
        "business"
    ]["clientInvitations"]["totalCount"] == 1
