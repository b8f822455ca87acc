"""Sessions end when they should, everywhere and at once."""

from __future__ import annotations

import asyncio
from contextvars import Context
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from modules.accounts import models, rules
from modules.accounts.events import SessionsEnded
from modules.accounts.rules import links, trust
from modules.accounts.rules.links import LinkKind
from modules.accounts.rules.sessions import hash_of, sweep
from modules.viewer import PUBLIC, Role
from storage import database as db
from storage.log import Log

ME = {"email": "mia@example.com", "password": "correct horse battery"}


@pytest.mark.parametrize(
    "token", ["", "rgl_", "rgl_" + "x" * 43, "rgl_" + "x" * 9999, "Bearer rgl_x", "\x00", "\ud800"]
)
async def test_what_is_no_token_stands_for_nobody(do, salon, token):
    """Garbage is not an error; it is nobody."""
    assert await rules.authenticate(token) is None


async def test_signing_out_ends_this_session_only(do, salon):
    """The other device stays signed in."""
    elsewhere = await do(rules.sign_in, **ME)
    assert await rules.authenticate(salon.token) == salon.viewer

    assert await do(rules.sign_out, salon.viewer) == 1

    assert do.kinds == ["SessionsEnded"]
    assert await rules.authenticate(salon.token) is None
    assert await rules.authenticate(elsewhere.token) == elsewhere.viewer
    assert await do(rules.sign_out, PUBLIC) == 0


async def test_signing_out_everywhere_ends_the_sessions_in_all_businesses(do, salon, other):
    """One event per business, so that each business's log tells its own."""
    await models.Membership.create(
        account_id=salon.account_id, business_id=other.business_id, role=Role.STAFF
    )
    there = await do(rules.switch_business, salon.viewer, business_id=other.business_id)

    assert await do(rules.sign_out_everywhere, salon.viewer) == 2

    assert {(e.business_id, *e.data["sessions"]) for e in do.events} == {
        (salon.business_id, salon.session_id),
        (other.business_id, there.session_id),
    }
    assert await rules.authenticate(there.token) is None
    assert await rules.authenticate(other.token) == other.viewer


async def test_a_session_ends_by_itself(do, salon):
    """After its time a token stands for nobody, remembered or not."""
    assert await rules.authenticate(salon.token) == salon.viewer
    known = trust._known[hash_of(salon.token)]
    known.viewer = replace(known.viewer, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    await db.execute(
        "UPDATE sessions SET created_at = now() - interval '40 days',"
        " expires_at = now() - interval '1 s'"
    )

    assert await rules.authenticate(salon.token) is None


async def test_no_request_gets_through_between_a_commit_and_the_news_of_it(do, salon):
    """From inside the transaction on, the account's sessions are looked up each time."""
    assert await rules.authenticate(salon.token) == salon.viewer

    async with Log().change(actor=salon.account_id):
        await rules.sign_out_everywhere(salon.viewer)
        another_request = rules.authenticate(salon.token)
        during = await asyncio.create_task(another_request, context=Context())
    after = await rules.authenticate(salon.token)

    assert (during, after) == (salon.viewer, None)


async def test_other_processes_hear_of_it_through_the_log(do, salon):
    """What another process ended is forgotten here when its event arrives."""
    assert await rules.authenticate(salon.token) == salon.viewer
    await db.execute("DELETE FROM sessions")
    assert await rules.authenticate(salon.token) == salon.viewer

    rules.forget(
        SessionsEnded(
            business_id=salon.business_id, subject=salon.account_id, sessions=[salon.session_id]
        )
    )

    assert await rules.authenticate(salon.token) is None


async def test_memory_is_not_trusted_for_long_even_when_no_news_came(do, salon):
    """Half a minute is the longest a lost event can cost."""
    assert await rules.authenticate(salon.token) == salon.viewer
    await db.execute("DELETE FROM sessions")
    trust._known[hash_of(salon.token)].until -= trust.SECONDS

    assert await rules.authenticate(salon.token) is None


async def test_a_look_up_that_was_overtaken_by_a_change_is_not_remembered(do, salon):
    """Read before the change, finished after it: good for this request, not for the next."""
    seen = trust.now()
    rules.forget(
        SessionsEnded(business_id=salon.business_id, subject=salon.account_id, sessions=[])
    )

    trust.remember(hash_of(salon.token), salon.viewer, seen, last_used_at=datetime.now(UTC))

    assert trust.recall(hash_of(salon.token)) is None


async def test_memory_is_bounded(do, salon, monkeypatch):
    """However many sessions there are, only so many are remembered."""
    monkeypatch.setattr(trust, "MOST", 3)
    signed = [await do(rules.sign_in, **ME) for _ in range(5)]
    for each in signed:
        assert await rules.authenticate(each.token) == each.viewer

    assert len(trust._known) == 3
    assert sum(map(len, trust._of_account.values())) == 3


async def test_use_keeps_a_session_alive_but_not_for_ever(do, salon):
    """Noted in the background, every five minutes at most: 30 days of silence end a session."""
    await db.execute(
        "UPDATE sessions SET created_at = now() - interval '350 days',"
        " last_used_at = now() - interval '20 days', expires_at = now() + interval '10 days'"
    )

    assert await rules.authenticate(salon.token) is not None
    assert await rules.authenticate(salon.token) is not None
    await rules.settle()

    row = await db.fetchrow(
        "SELECT now() - last_used_at < interval '1 min' AS noted,"
        " expires_at = created_at + interval '365 days' AS capped FROM sessions"
    )
    assert dict(row) == {"noted": True, "capped": True}


async def test_what_ended_by_itself_is_swept_up_in_time(do, salon):
    """A week later nothing is left of it; what still works stays."""
    old = await do(rules.sign_in, **ME)
    await links.make(LinkKind.RESET, account_id=salon.account_id)
    await db.execute(
        "UPDATE sessions SET created_at = now() - interval '40 days',"
        " expires_at = now() - interval '8 days' WHERE id = $1",
        old.session_id,
    )
    await db.execute("UPDATE links SET expires_at = now() - interval '8 days'")

    await sweep()

    assert [row["id"] for row in await db.fetch("SELECT id FROM sessions")] == [salon.session_id]
    assert await db.fetchval("SELECT count(*) FROM links") == 0


async def test_a_role_is_never_older_than_the_change_of_it(do, salon):
    """A demoted owner is staff with the next request."""
    await do(
        rules.add_team_member,
        salon.viewer,
        email="lea@example.com",
        name="Lea",
        password=ME["password"],
        role=Role.OWNER,
    )
    lea = await do(rules.sign_in, email="lea@example.com", password=ME["password"])
    assert (await rules.authenticate(lea.token)).role is Role.OWNER
    place = await models.Membership.get(account_id=lea.account_id)

    await do(rules.change_team_member_role, salon.viewer, membership_id=place.id, role=Role.STAFF)

    assert (await rules.authenticate(lea.token)).role is Role.STAFF


async def test_the_database_keeps_no_session_without_a_membership(do, salon, other):
    """Even a bug cannot sign somebody in where they have no place."""
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await db.execute("UPDATE sessions SET business_id = $1", other.business_id)
