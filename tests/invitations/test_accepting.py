"""Accepting an invitation: one effect, whoever follows the link and however often."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from schema.api import Asked
from schema.engine import Engine
from storage.database import execute, fetchval
from tests.invitations.conftest import ACCEPT, CLIENTS, OPEN, Invite
from tests.invitations.test_inviting import known
from tests.merging.conftest import everything
from tests.portal.conftest import Ask, Mailbox
from tests.promises.conftest import CLIENT, Salon

CHANGES = "subscription { clientInvitationChanges { kind clientInvitation { email status } } }"

BO = {"first": "Bo", "last": "Berg"}


async def accept(api: Ask, token: str, **more: Any) -> dict[str, Any]:
    """Follow a link, and give the payload."""
    payload: dict[str, Any] = (await api(ACCEPT, {"token": token, **more}))["data"][
        "acceptInvitation"
    ]
    return payload


async def test_whoever_has_no_account_appears_when_they_accept(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite, listed: Any
) -> None:
    """R38, R39: and gets one, signed in as a client; what they call themselves stands."""
    await invite("Bo Berg <bo@example.org>")
    assert await listed() == []

    payload = await accept(api, await mails.token("bo@example.org"), first="Bo", last="van Berg")

    assert payload["problems"] == []
    assert payload["viewer"] == {"role": "CLIENT", "business": {"name": "Salon"}}
    assert await listed() == [("Bo van Berg", "VERIFIED")]
    answer = await api(OPEN, {}, token=salon.token)
    assert answer["data"]["viewer"]["business"]["clientInvitations"] == {
        "totalCount": 1,
        "nodes": [
            {"email": "bo@example.org", "status": "ACCEPTED", "client": {"fullName": "Bo van Berg"}}
        ],
    }


async def test_whoever_has_an_account_accepts_with_it(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite, listed: Any
) -> None:
    """R12, R37, C2: on the list at once; accepting settles it, and only then tells their name."""
    await known(api, mails, "kim@example.org")
    accounts = await fetchval("SELECT count(*) FROM accounts")
    await invite("kim@example.org")
    assert await listed() == [("kim example.org", "INVITED")]

    payload = await accept(api, await mails.token("kim@example.org"))

    assert payload["problems"] == []
    assert await listed() == [("Secret Name", "VERIFIED")]
    assert await fetchval("SELECT count(*) FROM accounts") == accounts


async def test_a_file_that_was_there_is_the_one_they_get(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite, listed: Any
) -> None:
    """Opened before or after the invitation was sent: nobody gets a second one."""
    await invite("bo@example.org")
    token = await mails.token("bo@example.org")
    bo = {"firstName": "Robert", "lastName": "Berg", "email": "Bo@Example.org"}
    await salon.does(CLIENT, "createClient", {"input": bo})

    payload = await accept(api, token)

    assert payload["problems"] == []
    assert await listed() == [("Robert Berg", "VERIFIED")]


async def test_three_hundred_acceptances_at_once_are_one(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite, listed: Any
) -> None:
    """One is signed in, the others are told that the link was used; one file, one account."""
    await invite("bo@example.org")
    token = await mails.token("bo@example.org")
    accounts = await fetchval("SELECT count(*) FROM accounts")

    answers = await asyncio.gather(*(accept(api, token, **BO) for _ in range(300)))

    codes = [[each["code"] for each in answer["problems"]] for answer in answers]
    assert (codes.count([]), codes.count(["LINK_EXPIRED"])) == (1, 299)
    assert await listed() == [("Bo Berg", "VERIFIED")]
    assert await fetchval("SELECT count(*) FROM accounts") == accounts + 1
    kinds = "SELECT count(*) FROM event WHERE kind = 'invitations.ClientInvitationAccepted'"
    assert await fetchval(kinds) == 1


@pytest.mark.parametrize(
    "ended",
    [
        "UPDATE client_invitations SET expires_at = now() - interval '1 second'",
        "UPDATE client_invitations SET revoked_at = now()",
    ],
)
async def test_a_link_that_no_longer_counts_changes_nothing(
    api: Ask, mails: Mailbox, invite: Invite, listed: Any, ended: str
) -> None:
    """Expired, taken back, or never one of ours: the same answer."""
    await invite("bo@example.org")
    token = await mails.token("bo@example.org")
    accounts = await fetchval("SELECT count(*) FROM accounts")
    await execute(ended)

    for tried in (token, "nonsense", ""):
        payload = await accept(api, tried)
        assert payload == {
            "token": None,
            "viewer": None,
            "problems": [{"code": "LINK_EXPIRED", "field": ["input", "token"]}],
        }
    assert await listed() == []
    assert await fetchval("SELECT count(*) FROM accounts") == accounts


async def test_both_mails_of_a_renewed_invitation_work_and_one_counts(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite, listed: Any
) -> None:
    """Whichever of them somebody finds first."""
    await invite("bo@example.org")
    first = await mails.token("bo@example.org")
    await invite("bo@example.org")
    second = await mails.token("bo@example.org")

    assert first != second
    assert (await accept(api, first, **BO))["problems"] == []
    assert [p["code"] for p in (await accept(api, second))["problems"]] == ["LINK_EXPIRED"]
    assert await listed() == [("Bo Berg", "VERIFIED")]


async def test_acceptance_is_seen_as_it_happens(
    api: Ask, engine: Engine, salon: Salon, mails: Mailbox, invite: Invite
) -> None:
    """R39: the team watches who comes onto the list."""
    watching = engine.watch(Asked(CHANGES), await engine.viewer(salon.token))
    first = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0.1)
    await invite("bo@example.org")
    told = [orjson.loads((await first).body)["data"]["clientInvitationChanges"]]
    await accept(api, await mails.token("bo@example.org"), **BO)
    told.append(orjson.loads((await anext(watching)).body)["data"]["clientInvitationChanges"])
    await watching.aclose()  # type: ignore[attr-defined]

    assert [each["kind"] for each in told] == ["INVITED", "ACCEPTED"]
    assert told[1]["clientInvitation"] == {"email": "bo@example.org", "status": "ACCEPTED"}
    assert (await api(CLIENTS, token=salon.token))["data"] is not None


async def test_a_password_that_is_too_short_takes_nothing(
    api: Ask, salon: Salon, mails: Mailbox, invite: Invite, listed: Any
) -> None:
    """A refused acceptance leaves the link as it was."""
    await invite("bo@example.org")
    token = await mails.token("bo@example.org")

    refused = await accept(api, token, password="short")

    assert [each["code"] for each in refused["problems"]] == ["PASSWORD_TOO_SHORT"]
    assert await listed() == []
    taken = await accept(api, token, password="a long enough sentence", **BO)
    assert taken["problems"] == []
    assert await listed() == [("Bo Berg", "VERIFIED")]


@pytest.mark.parametrize(
    "case",
    [
        ("bo@example.org", {}, "firstName"),
        ("bo@example.org", {"first": "Bo"}, "lastName"),
        ("bo@example.org", {"last": "Berg"}, "firstName"),
        ("bo@example.org", {"first": " ", "last": "Berg"}, "firstName"),
        ("Bo <bo@example.org>", {}, "lastName"),
    ],
)
async def test_no_name_is_made_up_of_an_address(
    api: Ask, mails: Mailbox, invite: Invite, case: tuple[str, dict[str, str], str]
) -> None:
    """Without the names nothing changes, and the same link works with them."""
    typed, names, missing = case
    await invite(typed)
    token = await mails.token("bo@example.org")
    await mails.settled()
    before = await everything()

    refused = await accept(api, token, **names)

    assert refused == {
        "token": None,
        "viewer": None,
        "problems": [{"code": "NAME_REQUIRED", "field": ["input", missing]}],
    }
    assert await everything() == before
    assert (await accept(api, token, **BO))["problems"] == []
    assert await fetchval("SELECT last_name FROM clients WHERE email = 'bo@example.org'") == "Berg"


async def test_a_name_that_was_typed_with_the_invitation_need_not_be_said_again(
    api: Ask, mails: Mailbox, invite: Invite, listed: Any
) -> None:
    """The first time, or when the address was invited once more."""
    await invite("bo@example.org")
    await invite("Bo Berg <bo@example.org>")

    assert (await accept(api, await mails.token("bo@example.org")))["problems"] == []
    assert await listed() == [("Bo Berg", "VERIFIED")]
