"""What is remembered of a change answers its own sender again, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from modules.accounts.rules import passwords, trust
from storage.database import execute, fetch, fetchval
from tests.promises.conftest import CLIENT, SIGN_UP, Ask, Salon

EMAIL, PASSWORD, OTHER = "olga@salon.example", "correct horse battery", "another horse battery"
SIGN_IN = """mutation($input: SignInInput!, $key: String, $dry: Boolean! = false) {
  signIn(input: $input, idempotencyKey: $key, dryRun: $dry) { token replayed problems { code }
    viewer { role business { name clients { nodes { fullName email } } } } } }"""
OUT = "mutation { signOutEverywhere { endedSessions } }"
CHANGE = """mutation($input: ChangePasswordInput!) {
  changePassword(input: $input) { endedSessions problems { code } } }"""
ENDED = {
    "token": None,
    "replayed": False,
    "problems": [{"code": "IDEMPOTENCY_CONFLICT"}],
    "viewer": None,
}


async def _sign_in(ask: Ask, **more: Any) -> dict[str, Any]:
    given = {"email": EMAIL, "password": PASSWORD}
    answer = await ask(SIGN_IN, {"input": given, "key": "my key", **more})
    return dict(answer["data"]["signIn"])


@pytest.mark.parametrize("how", ["signed out", "password changed", "left the team", "expired"])
async def test_a_remembered_sign_in_ends_with_its_session(api: Ask, salon: Salon, how: str) -> None:
    """Whoever repeats it after that reads nothing, whatever they select."""
    first = await _sign_in(api)
    assert (await _sign_in(api)) == {**first, "replayed": True}

    match how:
        case "signed out":
            await api(OUT, token=first["token"])
        case "password changed":
            given = {"input": {"current": PASSWORD, "new": OTHER}}
            assert await salon.does(CHANGE, "changePassword", given)
        case "left the team":
            await execute("ALTER TABLE memberships DISABLE TRIGGER memberships_owner")
            await execute("DELETE FROM memberships")
            _forget()
        case _:
            await execute(
                "UPDATE sessions SET created_at = '2020-01-01', expires_at = '2020-01-02'"
            )
            _forget()

    assert await _sign_in(api) == ENDED


def _forget() -> None:
    """Look every session up again, as all do after half a minute."""
    trust.forget_everything()


async def test_a_role_that_was_lost_is_not_read_with_again(api: Ask, salon: Salon) -> None:
    """A repeated sign-in acts in the role one has now, not in the one it was made with."""
    query = """mutation($input: SignInInput!) { signIn(input: $input, idempotencyKey: "my key") {
      viewer { business { teamInvitations { totalCount } } } problems { code } } }"""
    given = {"input": {"email": EMAIL, "password": PASSWORD}}
    first = await api(query, given)
    await execute("ALTER TABLE memberships DISABLE TRIGGER memberships_owner")
    await execute("UPDATE memberships SET role = 'STAFF'")
    _forget()

    again = await api(query, given)

    business = {"business": {"teamInvitations": {"totalCount": 0}}}
    assert first == {"data": {"signIn": {"viewer": business, "problems": []}}}
    lost = {"business": {"teamInvitations": None}}
    assert again["data"] == {"signIn": {"viewer": lost, "problems": []}}
    assert [error["extensions"]["code"] for error in again["errors"]] == ["FORBIDDEN"]


async def test_what_is_remembered_tells_nobody_anything(api: Ask, salon: Salon) -> None:
    """Neither keys nor tokens, passwords or what was typed can be read in the table."""
    token = (await _sign_in(api))["token"]
    person = {"firstName": "Zoë", "lastName": "Secret", "email": "zoe@secret.example"}
    await salon.does(CLIENT, "createClient", {"input": person, "key": "their key"})

    kept = str([dict(row) for row in await fetch("SELECT *, t::text FROM idempotency t")])
    for secret in (
        token,
        token[4:],
        PASSWORD,
        "my key",
        "their key",
        "zoe@secret.example",
        "Secret",
    ):
        assert secret not in kept


async def test_a_key_of_a_stranger_meets_nobody(api: Ask, salon: Salon) -> None:
    """Two people without a token who make up the same key do not hear of each other."""
    await _sign_in(api)
    wrong = {"email": "other@salon.example", "password": PASSWORD}
    answer = await api(SIGN_IN, {"input": wrong, "key": "my key"})

    assert answer["data"]["signIn"]["problems"] == [{"code": "INVALID_CREDENTIALS"}]


async def test_a_dry_run_leaves_nothing_and_opens_nothing(api: Ask, salon: Salon) -> None:
    """It has no token, its key stays free, no mail goes out, and guesses are counted."""
    before = await _counts()
    assert (await _sign_in(api, dry=True))["token"] is None
    reset = """mutation { requestPasswordReset(input: {email: "olga@salon.example"}, dryRun: true) {
      email messages { kind recipient } problems { code } } }"""
    answer = await api(reset)
    assert answer["data"]["requestPasswordReset"]["messages"] == []
    assert await _counts() == before

    wrong = {"email": EMAIL, "password": "wrong horse battery"}
    for _ in range(11):
        answer = await api(SIGN_IN, {"input": wrong, "dry": True})
    assert answer["data"]["signIn"]["problems"] == [{"code": "TOO_MANY_ATTEMPTS"}]


async def _counts() -> list[int]:
    tables = ("sessions", "idempotency", "event", "job", "messages", "links", "reset_requests")
    return [await fetchval(f"SELECT count(*) FROM {table}") for table in tables]


async def test_whoever_had_their_share_of_sign_ups_is_not_hashed_for(
    api: Ask, salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood of them at once costs a few hashes, and leaves sign-ins their turn."""
    hashed = []
    in_thread = passwords._in_thread

    async def counting(work: Callable[[], Any]) -> Any:
        hashed.append(work)
        return await in_thread(work)

    monkeypatch.setattr(passwords, "_in_thread", counting)
    given = {
        "businessName": "Flood", "zone": "Europe/Amsterdam", "currency": "EUR",
        "name": "Noah", "email": "noah@flood.example", "password": PASSWORD,
    }  # fmt: skip
    answers = await asyncio.gather(*(api(SIGN_UP, {"input": given}) for _ in range(60)))

    refused = [answer["data"]["signUpBusiness"]["problems"] for answer in answers]
    assert refused.count([{"code": "TOO_MANY_ATTEMPTS", "field": None}]) >= 40
    assert len(hashed) <= 20


async def test_sessions_are_made_by_the_server_only(api: Ask, salon: Salon) -> None:
    """Every sign-in makes a new token of 256 bits; nobody can bring one of their own."""
    tokens = {(await _sign_in(api, key=None))["token"] for _ in range(3)}
    hashes = await fetch("SELECT token_hash FROM sessions")

    assert len(tokens) == 3
    assert all(token.startswith("rgl_") and len(token) == 47 for token in tokens)
    assert not any(token.encode() in bytes(row["token_hash"]) for token in tokens for row in hashes)
