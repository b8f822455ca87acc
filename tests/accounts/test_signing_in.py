"""Signing in, and the people who should not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from modules.accounts import models, rules
from modules.accounts.rules import attempts, passwords
from modules.accounts.rules.attempts import Limit
from modules.errors import NotFound, TooManyAttempts
from modules.viewer import Role, Viewer
from storage import database as db
from storage.database import Database
from storage.log import Log
from storage.process import here

PASSWORD = "correct horse battery"
ME = {"email": "mia@example.com", "password": PASSWORD}


async def test_a_token_stands_for_its_account_in_one_business(do, salon):
    """R1: everything a provider does is done signed in, in one business."""
    signed = await do(rules.sign_in, **ME)

    assert signed.token.startswith("rgl_")
    assert await rules.authenticate(signed.token) == Viewer(
        role=Role.OWNER,
        account_id=salon.account_id,
        business_id=salon.business_id,
        session_id=signed.session_id,
        expires_at=signed.expires_at,
        zone="Europe/Berlin",
    )


async def test_nothing_in_the_database_is_a_token_or_a_password(do, salon, database: Database):
    """Who reads the database can neither sign in nor go on as somebody."""
    everything = ""
    for table in ("accounts", "sessions", "links", "attempts", "event", "job"):
        everything += str(await db.fetch(f"SELECT t::text FROM {table} t"))

    assert salon.token not in everything
    assert salon.token.encode().hex() not in everything
    assert PASSWORD not in everything


async def test_a_wrong_password_and_an_unknown_address_are_refused_alike(do, salon):
    """No answer tells whether an address is known."""
    answers = []
    for email in ("mia@example.com", "nobody@example.com"):
        with pytest.raises(rules.InvalidCredentials) as refused:
            await do(rules.sign_in, email=email, password="wrong horse battery")
        answers.append((refused.value.code, refused.value.message, refused.value.field))

    assert answers[0] == answers[1]
    assert await models.Session.all().count() == 1


async def test_a_wrong_password_takes_as_long_as_an_unknown_address(do, salon):
    """No time tells whether an address is known, either."""

    async def effort(email: str) -> float:
        # The processor's time, of all threads: what else the machine is doing does not count.
        start = time.process_time()
        with pytest.raises(rules.InvalidCredentials):
            await do(rules.sign_in, email=email, password="wrong horse battery")
        return time.process_time() - start

    emails = ("mia@example.com", "nobody@example.com")
    efforts = [[await effort(email) for email in emails] for _ in range(6)]
    known, unknown = (min(column) for column in zip(*efforts[1:], strict=True))

    assert 0.75 < known / unknown < 1.33


@pytest.mark.parametrize("email", ["MIA@Example.COM", "  mia@example.com ", "mia@example。com"])
async def test_an_address_is_the_same_however_it_is_typed(do, salon, email):
    """Capitals, spaces and an ideographic full stop make no other person."""
    signed = await do(rules.sign_in, email=email, password=PASSWORD)

    assert signed.account_id == salon.account_id


async def test_addresses_and_passwords_are_the_same_however_they_are_composed(do):
    """One keyboard sends é as one character, another as two."""
    one, two = "ren\u00e9@example.com", "rene\u0301@example.com"
    await do(
        rules.sign_up_business,
        business_name="René",
        zone="Europe/Paris",
        currency="EUR",
        name="René",
        email=one,
        password="tr\u00e8s secr\u00e8te",
    )

    assert (await do(rules.sign_in, email=two, password="tre\u0300s secre\u0300te")).token


@pytest.mark.parametrize("password", ["", "x" * 100_000, "\x00" * 20, "\ud800" * 20, "💇" * 300])
async def test_odd_passwords_are_only_wrong(do, salon, password):
    """Whatever is sent as a password, the answer is the same and comes soon."""
    with pytest.raises(rules.InvalidCredentials):
        await do(rules.sign_in, email="mia@example.com", password=password)


async def test_ten_wrong_passwords_shut_the_door_even_for_the_right_one(do, salon, database_url):
    """Guessing is limited per account, in every process and over restarts."""
    for _ in range(10):
        with pytest.raises(rules.InvalidCredentials):
            await do(rules.sign_in, email="mia@example.com", password="wrong horse battery")

    with pytest.raises(TooManyAttempts) as refused:
        await do(rules.sign_in, **ME)
    assert refused.value.message == "Too many attempts; try again in 15 min."
    assert (await db.fetchrow("SELECT max(count) AS count FROM attempts"))["count"] == 10

    await db.execute("UPDATE attempts SET resets_at = now()")
    assert (await do(rules.sign_in, **ME)).token


async def test_the_right_password_forgives_the_wrong_ones(do, salon):
    """Whoever mistypes now and then is never locked out."""
    for _ in range(2):
        for _ in range(6):
            with pytest.raises(rules.InvalidCredentials):
                await do(rules.sign_in, email="mia@example.com", password="wrong horse battery")
        assert (await do(rules.sign_in, **ME)).token


async def test_a_network_that_guesses_around_is_shut_out_whoever_it_tries(do, salon):
    """Guessing is limited per address it comes from; an IPv6 customer has a whole network."""
    for address in ("2001:db8::1", "203.0.113.7"):
        await attempts.count(attempts.sign_in("x@example.com", address))
    await db.execute("UPDATE attempts SET count = 100")

    for address in ("2001:db8::ffff", "203.0.113.7", "::ffff:203.0.113.7"):
        with pytest.raises(TooManyAttempts):
            await do(rules.sign_in, Viewer(address=address), **ME)
    for address in ("2001:db8:0:1::1", "203.0.113.8", ""):
        assert (await do(rules.sign_in, Viewer(address=address), **ME)).token


async def test_guesses_at_the_same_time_are_counted_like_guesses_one_by_one(do, salon):
    """Forty guesses at once get no further than ten, give or take those under way."""

    async def guess(i: int) -> str:
        try:
            async with Log().change(actor=None):
                await rules.sign_in(Viewer(), email="mia@example.com", password=f"wrong horse {i}")
        except (TooManyAttempts, rules.InvalidCredentials) as refused:
            return refused.code
        return "signed in"

    codes = await asyncio.gather(*(guess(i) for i in range(40)))

    assert set(codes) == {"INVALID_CREDENTIALS", "TOO_MANY_ATTEMPTS"}
    assert codes.count("INVALID_CREDENTIALS") <= 10 + passwords.AT_ONCE


async def test_who_tries_many_passwords_keeps_nobody_elsewhere_waiting(do, salon, monkeypatch):
    """A network has its turn by turn: of sixty guesses few are hashed before somebody's sign-in."""
    monkeypatch.setattr(passwords, "WAITING", 60)
    passwords._turns.clear()
    hostile, ended = Viewer(address="203.0.113.7"), []

    async def guess(i: int) -> None:
        try:
            await rules.prove(hostile, email=f"x{i}@example.com", password="wrong horse")
        except (TooManyAttempts, rules.InvalidCredentials) as refused:
            ended.append(refused.code)

    guesses = [asyncio.create_task(guess(i)) for i in range(70)]
    await asyncio.sleep(0)
    assert 9 <= len(ended) <= 9 + passwords.AT_ONCE
    assert set(ended) == {"TOO_MANY_ATTEMPTS"}

    assert (await do(rules.sign_in, Viewer(address="203.0.113.8"), **ME)).token

    assert ended.count("INVALID_CREDENTIALS") < 10
    await asyncio.gather(*guesses)
    assert ended.count("INVALID_CREDENTIALS") == 70 - ended.count("TOO_MANY_ATTEMPTS")
    passwords._turns.clear()


async def test_all_that_is_hashed_for_a_network_has_one_turn(do, salon):
    """Members who are added cost what guesses cost, and nobody has two turns by doing both."""
    passwords._turns.clear()
    owner = replace(await rules.authenticate(salon.token), address="203.0.113.7")
    member = {"name": "Kim", "password": PASSWORD, "role": Role.STAFF, "confirmed": True}
    work = [
        *(do(rules.add_team_member, owner, email=f"k{i}@x.example", **member) for i in range(2)),
        *(rules.prove(owner, email=f"x{i}@x.example", password="wrong horse") for i in range(2)),
    ]
    tasks = [asyncio.create_task(each) for each in work]
    seen: set[Hashable] = set()
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        seen |= {key for shares in passwords._turns.values() for key in shares._tenants}

    assert seen == {"203.0.113.7"}
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(task.exception()) for task in tasks[:2]] == [type(None)] * 2


async def test_a_dry_run_of_a_guess_counts(do, salon):
    """Undoing everything else does not undo the attempt."""
    with pytest.raises(rules.InvalidCredentials):
        async with Log().change(actor=None) as change:
            change.rollback()
            await rules.sign_in(Viewer(), email="mia@example.com", password="wrong horse battery")

    assert (await db.fetchrow("SELECT max(count) AS count FROM attempts"))["count"] == 1


async def test_two_hundred_sign_ins_at_once_leave_the_loop_to_others(do, salon, database):
    """Hashing happens in a few threads: whoever is signed in does not feel it."""
    latest = 0.0
    reads: list[float] = []

    async def watch() -> None:
        nonlocal latest
        while True:
            start = time.perf_counter()
            await asyncio.sleep(0.01)
            latest = max(latest, time.perf_counter() - start - 0.01)
            start = time.perf_counter()
            await database.pool.fetchval("SELECT 1")
            reads.append(time.perf_counter() - start)

    async def sign_in() -> str:
        async with Log().change(actor=None):
            return (await rules.sign_in(Viewer(), **ME)).token

    watching = asyncio.create_task(watch())
    tokens = await asyncio.gather(*(sign_in() for _ in range(200)))
    watching.cancel()

    assert len(set(tokens)) == 200
    assert latest < 0.5
    assert sorted(reads)[len(reads) // 2] < 0.05


async def test_a_hash_with_old_parameters_is_replaced(do, salon):
    """What was good enough once is brought up to date when the password is at hand."""
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    await models.Account.filter(id=salon.account_id).update(password_hash=weak)

    await do(rules.sign_in, **ME)

    account = await models.Account.get(id=salon.account_id)
    assert "m=19456,t=2,p=1" in account.password_hash
    assert (await do(rules.sign_in, **ME)).token


async def test_nobody_signs_in_to_a_business_they_are_not_in(do, salon, other):
    """Another's business looks like one that does not exist."""
    with pytest.raises(NotFound):
        await do(rules.sign_in, **ME, business_id=other.business_id)
    with pytest.raises(NotFound):
        await do(rules.switch_business, salon.viewer, business_id=other.business_id)

    assert await models.Session.filter(account_id=salon.account_id).count() == 1


async def test_one_account_works_in_several_businesses_one_session_each(do, salon, other):
    """The oldest business comes first; another can be named, or switched to."""
    await models.Membership.create(
        account_id=salon.account_id, business_id=other.business_id, role=Role.STAFF
    )

    first = await do(rules.sign_in, **ME)
    named = await do(rules.sign_in, **ME, business_id=other.business_id)
    switched = await do(rules.switch_business, first.viewer, business_id=other.business_id)

    assert [(s.business_id, s.role) for s in (first, named, switched)] == [
        (salon.business_id, Role.OWNER),
        (other.business_id, Role.STAFF),
        (other.business_id, Role.STAFF),
    ]


async def test_who_belongs_to_no_business_cannot_sign_in(do, salon, other):
    """The password is right, but there is nothing to sign in to."""
    member = await do(
        rules.add_team_member,
        salon.viewer,
        email="lea@example.com",
        name="Lea",
        password=PASSWORD,
        role=Role.STAFF,
    )
    await do(rules.remove_team_member, salon.viewer, membership_id=member.id)

    with pytest.raises(rules.NoBusiness):
        await do(rules.sign_in, email="lea@example.com", password=PASSWORD)


async def test_a_new_password_ends_every_other_session(do, salon):
    """Whoever else was signed in must know the new one."""
    elsewhere = await do(rules.sign_in, **ME)

    ended = await do(
        rules.change_password, salon.viewer, current=PASSWORD, new="a whole new password"
    )

    assert ended == 1
    assert do.kinds == ["PasswordChanged", "SessionsEnded"]
    assert await rules.authenticate(elsewhere.token) is None
    assert await rules.authenticate(salon.token) == salon.viewer
    with pytest.raises(rules.InvalidCredentials):
        await do(rules.sign_in, **ME)
    assert (await do(rules.sign_in, email=ME["email"], password="a whole new password")).token


async def test_a_stolen_session_cannot_guess_the_password(do, salon):
    """The current password is asked for, and guessing it is limited."""
    account = await models.Account.get(id=salon.account_id)
    limit = Limit("change password", str(salon.account_id), (10, timedelta(minutes=15)))

    with pytest.raises(rules.InvalidCredentials):
        await do(rules.change_password, salon.viewer, current="guess guess", new="a new password 1")
    for _ in range(9):
        await attempts.count([limit])
    with pytest.raises(TooManyAttempts):
        await do(rules.change_password, salon.viewer, current=PASSWORD, new="a new password 1")

    assert (await models.Account.get(id=salon.account_id)).password_hash == account.password_hash


async def test_guesses_of_strangers_elsewhere_lock_nobody_out(do, salon):
    """Their network is shut; a network somebody signed in from stays open to them."""
    home, stranger = Viewer(address="198.51.100.7"), Viewer(address="203.0.113.7")
    assert (await do(rules.sign_in, home, **ME)).token
    for _ in range(10):
        with pytest.raises(rules.InvalidCredentials):
            await do(rules.sign_in, stranger, email=ME["email"], password="wrong horse battery")
    with pytest.raises(TooManyAttempts):
        await do(rules.sign_in, stranger, **ME)

    assert (await do(rules.sign_in, home, **ME)).token
    await db.execute("UPDATE attempts SET count = 100 WHERE count = 10")
    assert (await do(rules.sign_in, home, **ME)).token
    with pytest.raises(TooManyAttempts):
        await do(rules.sign_in, Viewer(address="192.0.2.1"), **ME)


async def test_sign_up_can_be_closed(do, salon, settings, monkeypatch):
    """Nobody opens a business then; those that are there sign in."""
    monkeypatch.setattr(here, "settings", settings.model_copy(update={"sign_up": "closed"}))
    place = {"zone": "Europe/Berlin", "currency": "EUR", "business_name": "New", "name": "New"}
    new = {"email": "new@example.com", "password": "a fair password"}

    with pytest.raises(rules.SignUpClosed):
        await do(rules.sign_up_business, **place, **new)

    assert await db.fetchval("SELECT count(*) FROM businesses") == 1
    assert (await do(rules.sign_in, **ME)).token
