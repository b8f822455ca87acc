"""Clients sign in by mailed codes: R6, and that nobody learns or guesses anything by it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from modules.accounts.rules import codes
from modules.viewer import Role, Viewer
from storage import database as db
from storage.log import Log
from tests.portal.conftest import ASK_CODE, USE_CODE, Ask, Mailbox, text
from tests.promises.conftest import Salon, furnish

ANN = "ann@example.com"
WHO = "{ viewer { role } }"
SWITCH = """mutation($id: ID!) {
  switchBusiness(input: {businessId: $id}) { token problems { code } }
}"""
INVITE = """mutation($email: String!) {
  inviteTeamMember(input: {email: $email, name: "Ann Lee"}) { problems { code } }
}"""
ACCEPT = """mutation($token: String!, $password: String) {
  acceptInvitation(input: {token: $token, password: $password}) {
    token viewer { role } problems { code }
  }
}"""
TEAM = "{ viewer { business { team { totalCount nodes { role account { email } } } } } }"


async def ask(api: Ask, salon: Salon, email: str = ANN) -> dict[str, Any]:
    """Ask for a code; gives the payload."""
    answer = await api(ASK_CODE, {"email": email, "business": salon.business})
    return dict(answer["data"]["requestSignInCode"])


async def use(api: Ask, salon: Salon, code: str, email: str = ANN, **more: Any) -> dict[str, Any]:
    """Sign in with a code; gives the payload."""
    given = {"email": email, "business": salon.business, "code": code, **more}
    return dict((await api(USE_CODE, given))["data"]["signInWithCode"])


def wrong(code: str) -> str:
    """Give other digits."""
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_a_verified_client_signs_in_with_a_code(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R6: the digits are mailed, work once, and are nowhere else."""
    assert await ask(api, salon, "Ann@Example.com") == {
        "email": ANN,
        "problems": [],
        "messages": [],
    }
    mail = await mails.last(ANN)
    code = await mails.code(ANN)
    assert code in text(mail)
    kept = await db.fetch("SELECT to_jsonb(t)::text AS row FROM sign_in_codes t")
    assert len(kept) == 1
    assert code not in kept[0]["row"]
    assert await db.fetchval("SELECT count(*) FROM sign_in_requests") == 0

    signed = await use(api, salon, f" {code} ")

    assert (signed["problems"], signed["viewer"]) == ([], {"role": "CLIENT"})
    assert (await api(WHO, token=signed["token"]))["data"]["viewer"]["role"] == "CLIENT"
    again = await use(api, salon, code)
    assert again["problems"] == [{"code": "CODE_WRONG", "field": ["input", "code"]}]


async def test_the_answer_is_the_same_whoever_asks(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R6: a client, an owner, nobody at all, a client of elsewhere: only one of them gets mail."""
    other = await furnish(api, "otto@salon.example")
    await db.execute("UPDATE accounts SET confirmed_at = now()")
    asked = [(salon, ANN), (salon, "olga@salon.example"), (salon, "no@body.example"), (other, ANN)]

    answers = [await ask(api, where, email) for where, email in asked]

    assert [answer.pop("email") for answer in answers] == [email for _, email in asked]
    assert answers == [{"problems": [], "messages": []}] * 4
    await mails.settled()
    assert await db.fetchval("SELECT count(*) FROM sign_in_codes") == 1
    for where, email in asked[1:]:
        refused = await use(api, where, "123456", email)
        assert refused["problems"] == [{"code": "CODE_WRONG", "field": ["input", "code"]}]


async def test_a_code_bears_five_tries_however_many_come_at_once(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R6: forty guesses in the same moment are five, and the right one comes too late."""
    await ask(api, salon)
    code = await mails.code(ANN)

    refused = await asyncio.gather(*(use(api, salon, wrong(code)) for _ in range(40)))

    assert all(answer["token"] is None for answer in refused)
    assert await db.fetchval("SELECT tries FROM sign_in_codes") == 5
    await db.execute("DELETE FROM attempts WHERE count > 5")
    assert (await use(api, salon, code))["problems"][0]["code"] == "CODE_WRONG"
    await ask(api, salon)
    assert (await use(api, salon, await mails.code(ANN)))["problems"] == []


async def guess(salon: Salon, network: str, code: str) -> bool:
    """Try a code from some network; says whether it let somebody in."""
    given = {"email": ANN, "business_id": UUID(hex=salon.business[4:])}
    try:
        async with Log().change(actor=None):
            await codes.sign_in_with_code(Viewer(address=network), code=code, **given)
    except codes.CodeWrong:
        return False
    return True


async def test_strangers_of_many_networks_use_up_no_clients_code(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R6: twenty tries are all that strangers have; whoever asked for the code has their own."""
    await ask(api, salon)
    code = await mails.code(ANN)

    for n in range(6):
        for _ in range(5):
            assert not await guess(salon, f"203.0.113.{n}", wrong(code))
    assert await db.fetchval("SELECT tries FROM sign_in_codes") == 20
    assert not await guess(salon, "203.0.113.77", code)
    assert (await use(api, salon, code))["problems"] == []


async def test_a_code_a_stranger_asks_for_takes_nobodys_away(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R6: what was asked for here works here, and once somebody is in, no older one does."""
    await ask(api, salon)
    code = await mails.code(ANN)
    await ask(api, salon)
    later = await mails.code(ANN)
    await db.execute(
        "UPDATE sign_in_codes SET asked_from = $1 WHERE created_at ="
        " (SELECT max(created_at) FROM sign_in_codes)",
        bytes(32),
    )
    assert later != code

    assert not await guess(salon, "203.0.113.50", code)
    assert (await use(api, salon, code))["problems"] == []
    assert not await guess(salon, "203.0.113.9", later)


async def test_guesses_from_elsewhere_leave_a_client_tries_of_their_own(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R6: two networks get five tries each and no more; the client's own code still works."""
    await ask(api, salon)
    code = await mails.code(ANN)
    given = {"email": ANN, "business_id": UUID(hex=salon.business[4:])}

    for address in ("203.0.113.9", "2001:db8::1"):
        for _ in range(7):
            with pytest.raises(codes.CodeWrong):
                async with Log().change(actor=None):
                    by = Viewer(address=address)
                    await codes.sign_in_with_code(by, code=wrong(code), **given)

    assert await db.fetchval("SELECT tries FROM sign_in_codes") == 10
    with pytest.raises(codes.CodeWrong):
        async with Log().change(actor=None):
            await codes.sign_in_with_code(Viewer(address="203.0.113.9"), code=code, **given)
    assert (await use(api, salon, code))["problems"] == []


async def test_guessing_is_limited_and_so_are_the_mails(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R6: ten codes in a quarter of an hour, right or wrong; five mails an hour to one address."""
    tried = [await use(api, salon, "000000") for _ in range(11)]
    asked = [await ask(api, salon) for _ in range(6)]

    refused = [answer["problems"][0]["code"] for answer in tried]
    assert refused == ["CODE_WRONG"] * 10 + ["TOO_MANY_ATTEMPTS"]
    assert [len(answer["problems"]) for answer in asked] == [0] * 5 + [1]
    assert asked[5]["problems"] == [{"code": "TOO_MANY_ATTEMPTS"}]


async def test_a_code_lasts_ten_minutes_and_only_the_latest_counts(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R6: an older mail's digits are worth nothing."""
    await ask(api, salon)
    first = await mails.code(ANN)
    await ask(api, salon)
    second = await mails.code(ANN)
    if first != second:
        assert (await use(api, salon, first))["token"] is None
    await db.execute("UPDATE sign_in_codes SET expires_at = now() WHERE code_hash IS NOT NULL")

    assert (await use(api, salon, second))["problems"][0]["code"] == "CODE_WRONG"


async def test_a_dry_run_signs_nobody_in_and_counts_as_a_try(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R6: the right digits are not used up by it."""
    await ask(api, salon)
    code = await mails.code(ANN)
    sessions = await db.fetchval("SELECT count(*) FROM sessions")

    assert (await use(api, salon, code, dry=True))["problems"] == []

    assert await db.fetchval("SELECT count(*) FROM sessions") == sessions
    assert await db.fetchval("SELECT tries FROM sign_in_codes") == 1
    assert (await use(api, salon, code))["problems"] == []


async def test_a_mail_opens_no_door_to_a_team(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R6: a client here who is an owner elsewhere gets there by password only."""
    other = await furnish(api, "otto@salon.example")
    ann_id = await db.fetchval("SELECT id FROM accounts WHERE email = $1", ANN)
    await db.execute(
        "INSERT INTO memberships (id, account_id, business_id, role)"
        " SELECT uuidv7(), $1, id, 'OWNER' FROM businesses WHERE id::text = $2",
        ann_id, str(UUID(other.business[4:])),
    )  # fmt: skip

    answer = await api(SWITCH, {"id": other.business}, token=ann)

    assert answer["data"]["switchBusiness"] == {
        "token": None,
        "problems": [{"code": "FORBIDDEN"}],
    }
    again = (await api(SWITCH, {"id": salon.business}, token=ann))["data"]["switchBusiness"]
    assert again["problems"] == []
    assert await db.fetchval("SELECT count(*) FROM sessions WHERE NOT only_as_client") == 2


async def test_a_client_is_not_in_the_team(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R3: lists, counts and changes of the team do not know them; nor are they the last owner."""
    place = await db.fetchval("SELECT id FROM memberships WHERE role = $1", Role.CLIENT)
    change = "changeTeamMemberRole(input: {id: $id, role: OWNER}) { problems { code } }"
    remove = "removeTeamMember(input: {id: $id}) { problems { code } }"

    team = await api(TEAM, token=salon.token)
    answers = [
        await api(f"mutation($id: ID!) {{ {what} }}", {"id": f"mem_{place.hex}"}, token=salon.token)
        for what in (change, remove)
    ]

    assert team["data"]["viewer"]["business"]["team"] == {
        "totalCount": 1,
        "nodes": [{"role": "OWNER", "account": {"email": "olga@salon.example"}}],
    }
    assert [next(iter(a["data"].values())) for a in answers] == [
        {"problems": [{"code": "NOT_FOUND"}]}
    ] * 2


async def test_a_client_who_joins_the_team_works_there_and_may_leave_it_again(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R3: the sessions a mail opened end; after the team, they are a client as before."""
    assert (await api(INVITE, {"email": ANN}, token=salon.token))["data"]["inviteTeamMember"] == {
        "problems": []
    }
    joined = (await api(ACCEPT, {"token": await mails.token(ANN)}))["data"]["acceptInvitation"]
    assert (joined["problems"], joined["viewer"]) == ([], {"role": "STAFF"})
    assert await db.fetchval("SELECT count(*) FROM sessions WHERE only_as_client") == 0
    assert (await ask(api, salon))["problems"] == []
    await mails.settled()
    assert await db.fetchval("SELECT count(*) FROM sign_in_codes") == 0

    place = await db.fetchval("SELECT id FROM memberships WHERE role = 'STAFF'")
    remove = "mutation($id: ID!) { removeTeamMember(input: {id: $id}) { problems { code } } }"
    await api(remove, {"id": f"mem_{place.hex}"}, token=salon.token)
    await mails.settled()

    await ask(api, salon)
    assert (await use(api, salon, await mails.code(ANN)))["viewer"] == {"role": "CLIENT"}


async def test_a_claim_to_the_address_stays_a_claim(
    api: Ask, salon: Salon, mails: Mailbox, ann: str
) -> None:
    """R3: whoever signs up with a client's address gets neither their file nor their place."""
    other = await furnish(api, ANN)

    who = await api("{ viewer { memberships { role business { id } } } }", token=other.token)

    assert who["data"]["viewer"]["memberships"] == [
        {"role": "OWNER", "business": {"id": other.business}}
    ]
    assert await db.fetchval("SELECT count(*) FROM accounts WHERE email = $1", ANN) == 2
