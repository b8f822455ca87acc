"""Getting in over GraphQL: what a frontend sees, and what it must never see."""

from __future__ import annotations

import asyncio
import time

import pytest

from modules.accounts.rules import links
from modules.accounts.rules.links import LinkKind
from storage import database as db

PASSWORD = "correct horse battery"
SIGN_UP = """
mutation (
  $email: String!, $business: String! = "Studio Nord", $dry: Boolean! = false, $key: String
) {
  signUpBusiness(dryRun: $dry, idempotencyKey: $key, input: {
    businessName: $business, zone: "Europe/Berlin", currency: "EUR",
    name: "Mia Berg", email: $email, password: "correct horse battery"
  }) {
    token expiresAt replayed
    viewer { role account { name email } business { id name zone currency locale version } }
    messages { kind recipient }
    problems { code message field retryable remedy }
  }
}
"""
SIGN_IN = """
mutation (
  $email: String!, $password: String!, $business: ID, $dry: Boolean! = false, $key: String
) {
  signIn(input: {email: $email, password: $password, businessId: $business}
         dryRun: $dry, idempotencyKey: $key) {
    token replayed viewer { role business { name } memberships { role business { name } } }
    problems { code field }
  }
}
"""
VIEWER = "{ viewer { role account { name } business { name } memberships { role } } }"


async def sign_up(api, email="mia@example.com", **given):
    """Sign up over the API; gives the payload."""
    answer = await api(SIGN_UP, {"email": email, **given})
    assert "errors" not in answer
    return answer["data"]["signUpBusiness"]


async def test_a_business_signs_up_and_its_owner_is_whoever_asks_next(do, api):
    """R1: from nothing to a signed-in provider in one request."""
    payload = await sign_up(api)

    token = payload.pop("token")
    assert payload.pop("expiresAt")
    business_id = payload["viewer"]["business"].pop("id")
    assert business_id.startswith("biz_")
    assert payload == {
        "replayed": False,
        "viewer": {
            "role": "OWNER",
            "account": {"name": "Mia Berg", "email": "mia@example.com"},
            "business": {
                "name": "Studio Nord",
                "zone": "Europe/Berlin",
                "currency": "EUR",
                "locale": "en",
                "version": 1,
            },
        },
        "messages": [],
        "problems": [],
    }
    assert await api(VIEWER, token=token) == {
        "data": {
            "viewer": {
                "role": "OWNER",
                "account": {"name": "Mia Berg"},
                "business": {"name": "Studio Nord"},
                "memberships": [{"role": "OWNER"}],
            }
        }
    }
    team = """query ($id: ID!) { business: node(id: $id) { ... on Business {
      team { totalCount nodes { account { email } } } } } }"""
    assert await api(team, {"id": business_id}, token=token) == {
        "data": {
            "business": {
                "team": {"totalCount": 1, "nodes": [{"account": {"email": "mia@example.com"}}]}
            }
        }
    }


async def test_the_public_is_nobody_and_sees_nobody(do, api):
    """Its viewer has a role and no more."""
    assert await api("{ viewer { role } }") == {"data": {"viewer": {"role": "PUBLIC"}}}
    answer = await api("{ viewer { memberships { id } } }")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_dry_run_of_a_sign_up_tells_the_same_for_known_and_unknown(do, api):
    """It lists the one mail either way, and lets nobody in."""
    await sign_up(api)

    known = await sign_up(api, dry=True)
    unknown = await sign_up(api, "new@example.com", dry=True)

    assert known["messages"] == [{"kind": "CONFIRM_ADDRESS", "recipient": "mia@example.com"}]
    assert unknown["messages"] == [{"kind": "CONFIRM_ADDRESS", "recipient": "new@example.com"}]
    assert await db.fetchval("SELECT count(*) FROM accounts") == 1
    assert (known["token"], unknown["token"]) == (None, None)


async def do_not_know(api, token):
    """Say whether a token stands for nobody."""
    try:
        await api(VIEWER, token=token)
    except Exception as error:  # noqa: BLE001 - its name is what is asked for
        return type(error).__name__ == "Unauthenticated"
    return False


async def test_a_dry_run_of_a_reset_tells_nothing(do, api):
    """Not even whether a mail would be sent."""
    await sign_up(api)
    ask = """mutation ($email: String!) {
      requestPasswordReset(dryRun: true, input: {email: $email}) {
        messages { kind recipient } problems { code } } }"""

    answers = [await api(ask, {"email": e}) for e in ("mia@example.com", "new@example.com")]

    nothing = {"data": {"requestPasswordReset": {"messages": [], "problems": []}}}
    assert answers == [nothing, nothing]


async def test_wrong_and_unknown_get_the_same_problem(do, api):
    """No answer reveals whether an address is known; nor does a dry run."""
    await sign_up(api)
    answers = []
    for email in ("mia@example.com", "new@example.com"):
        for dry in (False, True):
            given = {"email": email, "password": "wrong horse battery", "dry": dry}
            answers.append(await api(SIGN_IN, given))

    refused = {"token": None, "replayed": False, "viewer": None}
    problem = {"code": "INVALID_CREDENTIALS", "field": None}
    assert answers == [{"data": {"signIn": {**refused, "problems": [problem]}}}] * 4


async def test_a_repeated_sign_in_gets_the_same_token_and_leaves_none_behind(do, api):
    """With an idempotency key; what is remembered is sealed with the key."""
    await sign_up(api)
    given = {"email": "mia@example.com", "password": PASSWORD, "key": "my own key"}

    first = (await api(SIGN_IN, given))["data"]["signIn"]
    again = (await api(SIGN_IN, given))["data"]["signIn"]

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert {**first, "replayed": True} == again
    rows = await db.fetch("SELECT answer, t::text FROM idempotency t")
    kept = b"".join(row["answer"] for row in rows).decode("latin-1") + str(rows)
    assert first["token"] not in kept
    assert PASSWORD not in kept


async def test_a_guess_is_no_cheaper_with_a_key(do, api):
    """Repeating a wrong sign-in is another guess."""
    await sign_up(api)
    given = {"email": "mia@example.com", "password": "wrong horse battery", "key": "my own key"}
    for _ in range(10):
        await api(SIGN_IN, given)

    answer = await api(SIGN_IN, given)

    assert answer["data"]["signIn"]["problems"] == [{"code": "TOO_MANY_ATTEMPTS", "field": None}]


async def test_changes_do_not_wait_for_whoever_signs_in(do, api):
    """Forty people at the door hold no connection while they wait to be hashed."""
    token = (await sign_up(api))["token"]
    given = {"email": "mia@example.com", "password": PASSWORD}
    rename = 'mutation { updateBusiness(input: {name: "Studio Ost"}) { business { version } } }'
    at_the_door = [asyncio.create_task(api(SIGN_IN, given)) for _ in range(40)]
    await asyncio.sleep(0.2)

    start = time.perf_counter()
    renamed = await api(rename, token=token)
    took = time.perf_counter() - start

    assert not all(task.done() for task in at_the_door)
    assert renamed["data"]["updateBusiness"] == {"business": {"version": 2}}
    assert took < 1
    answers = await asyncio.gather(*at_the_door)
    assert len({answer["data"]["signIn"]["token"] for answer in answers}) == 40


async def test_another_business_looks_like_none(do, api):
    """By query, by node and by signing in."""
    mine = await sign_up(api)
    theirs = await sign_up(api, "tom@example.com", business="Studio Süd")
    id_ = theirs["viewer"]["business"]["id"]

    query = """query ($id: ID!) {
      business: node(id: $id) { ... on Business { name } } node(id: $id) { id } }"""
    assert await api(query, {"id": id_}, token=mine["token"]) == {
        "data": {"business": None, "node": None}
    }
    given = {"email": "mia@example.com", "password": PASSWORD, "business": id_}
    assert (await api(SIGN_IN, given))["data"]["signIn"]["problems"] == [
        {"code": "NOT_FOUND", "field": ["input", "businessId"]}
    ]


async def test_an_owner_runs_the_team_and_staff_do_not(do, api):
    """Add, promote, stale versions, remove; every owner's mutation is refused to staff."""
    owner = (await sign_up(api))["token"]
    add = """mutation { addTeamMember(input: {
        email: "lea@example.com", name: "Lea", password: "correct horse battery"}) {
        teamMember { id role version account { name } } problems { code } } }"""
    member = (await api(add, token=owner))["data"]["addTeamMember"]["teamMember"]
    assert (member["role"], member["version"], member["account"]) == ("STAFF", 1, {"name": "Lea"})
    given = {"email": "lea@example.com", "password": PASSWORD}
    staff = (await api(SIGN_IN, given))["data"]["signIn"]["token"]

    for mutation in (
        add,
        'mutation { updateBusiness(input: {name: "X"}) { problems { code } } }',
        'mutation { inviteTeamMember(input: {email: "x@example.com", name: "X"}) { replayed } }',
    ):
        answer = await api(mutation, token=staff)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    change = """mutation ($id: ID!, $version: Int) {
      changeTeamMemberRole(input: {id: $id, role: OWNER, version: $version}) {
        teamMember { role version } problems { code } } }"""
    stale = await api(change, {"id": member["id"], "version": 7}, token=owner)
    assert stale["data"]["changeTeamMemberRole"]["problems"] == [{"code": "STALE_VERSION"}]
    changed = await api(change, {"id": member["id"], "version": 1}, token=owner)
    assert changed["data"]["changeTeamMemberRole"] == {
        "teamMember": {"role": "OWNER", "version": 2},
        "problems": [],
    }
    remove = """mutation ($id: ID!) { removeTeamMember(input: {id: $id}) {
        endedSessions problems { code } } }"""
    removed = await api(remove, {"id": member["id"]}, token=owner)
    assert removed["data"]["removeTeamMember"] == {"endedSessions": 1, "problems": []}
    assert await do_not_know(api, staff)


async def test_an_owner_renames_the_business(do, api):
    """Under the same promise: a stale version is refused."""
    token = (await sign_up(api))["token"]
    rename = """mutation ($version: Int) {
      updateBusiness(input: {name: "Studio Ost", version: $version}) {
        business { name zone version } problems { code field } } }"""

    changed = await api(rename, {"version": 1}, token=token)
    stale = await api(rename, {"version": 1}, token=token)

    assert changed["data"]["updateBusiness"] == {
        "business": {"name": "Studio Ost", "zone": "Europe/Berlin", "version": 2},
        "problems": [],
    }
    assert stale["data"]["updateBusiness"] == {
        "business": None,
        "problems": [{"code": "STALE_VERSION", "field": ["input", "version"]}],
    }


async def test_one_changes_what_one_is_called(do, api):
    """In every business; a name is needed, and nothing is written without one."""
    token = (await sign_up(api))["token"]
    rename = """mutation ($name: String!, $version: Int) {
      updateAccount(input: {name: $name, version: $version}) {
        account { name } problems { code field } } }"""

    done = await api(rename, {"name": " Olga  B. "}, token=token)
    refused = await api(rename, {"name": " "}, token=token)
    shown = await api("{ viewer { account { name version } } }", token=token)

    assert done["data"]["updateAccount"] == {"account": {"name": "Olga B."}, "problems": []}
    assert refused["data"]["updateAccount"] == {
        "account": None,
        "problems": [{"code": "NAME_REQUIRED", "field": ["input", "name"]}],
    }
    account = shown["data"]["viewer"]["account"]
    assert account["name"] == "Olga B."
    stale = {"name": "Olga", "version": account["version"] - 1}
    answer = await api(rename, stale, token=token)
    assert answer["data"]["updateAccount"] == {
        "account": None,
        "problems": [{"code": "STALE_VERSION", "field": ["input", "version"]}],
    }
    answer = await api(rename, stale | {"version": account["version"]}, token=token)
    assert answer["data"]["updateAccount"]["account"] == {"name": "Olga"}


async def test_one_sees_and_ends_ones_own_sessions(do, api):
    """Another's session looks like none."""
    first = (await sign_up(api))["token"]
    other = (await sign_up(api, "tom@example.com"))["token"]
    given = {"email": "mia@example.com", "password": PASSWORD}
    second = (await api(SIGN_IN, given))["data"]["signIn"]["token"]
    mine = (await api("{ viewer { sessions { id current } } }", token=first))["data"]["viewer"][
        "sessions"
    ]
    end = """mutation ($id: ID) { signOut(input: {id: $id}) {
        endedSessions problems { code } } }"""

    refused = await api(end, {"id": mine[0]["id"]}, token=other)
    ended = await api(end, {"id": mine[0]["id"]}, token=first)

    assert [each["current"] for each in mine] == [False, True]
    assert refused["data"]["signOut"] == {
        "endedSessions": None,
        "problems": [{"code": "NOT_FOUND"}],
    }
    assert ended["data"]["signOut"] == {"endedSessions": 1, "problems": []}
    assert await do_not_know(api, second)
    await api("mutation { signOutEverywhere { endedSessions } }", token=first)
    assert await do_not_know(api, first)


async def test_a_password_is_reset_over_the_api(do, api):
    """With the secret of the mail's link; a second use is refused."""
    await sign_up(api)
    account = await db.fetchval("SELECT id FROM accounts")
    token = await links.make(LinkKind.RESET, account_id=account)
    reset = """mutation ($token: String!) {
      resetPassword(input: {token: $token, password: "a whole new password"}) {
        endedSessions problems { code field remedy } } }"""

    done = await api(reset, {"token": token})
    again = await api(reset, {"token": token})

    assert done["data"]["resetPassword"] == {"endedSessions": 1, "problems": []}
    assert again["data"]["resetPassword"] == {
        "endedSessions": None,
        "problems": [
            {"code": "LINK_EXPIRED", "field": ["input", "token"], "remedy": "Ask for a new one."}
        ],
    }


async def test_an_invitation_is_accepted_over_the_api(do, api):
    """The invited person is signed in, as staff of that business."""
    token = (await sign_up(api))["token"]
    invite = """mutation { inviteTeamMember(input: {email: "lea@example.com", name: "Lea"}) {
        teamInvitation { id email role acceptedAt } problems { code } } }"""
    offer = (await api(invite, token=token))["data"]["inviteTeamMember"]["teamInvitation"]
    assert (offer["email"], offer["role"], offer["acceptedAt"]) == (
        "lea@example.com",
        "STAFF",
        None,
    )
    secret = await links.make(
        LinkKind.INVITATION, invitation_id=await db.fetchval("SELECT id FROM invitations")
    )
    accept = """mutation ($token: String!, $password: String) {
      acceptInvitation(input: {token: $token, password: $password}) {
        viewer { role account { name } business { name } } problems { code field } } }"""

    missing = await api(accept, {"token": secret})
    joined = await api(accept, {"token": secret, "password": PASSWORD})

    assert missing["data"]["acceptInvitation"]["problems"] == [
        {"code": "PASSWORD_MISSING", "field": ["input", "password"]}
    ]
    assert joined["data"]["acceptInvitation"] == {
        "viewer": {
            "role": "STAFF",
            "account": {"name": "Lea"},
            "business": {"name": "Studio Nord"},
        },
        "problems": [],
    }


@pytest.mark.parametrize("token", ["rgl_nonsense", "", "\x00"])
async def test_a_wrong_token_is_said_to_be_wrong(do, api, token):
    """It is not taken for the public."""
    assert await do_not_know(api, token)
