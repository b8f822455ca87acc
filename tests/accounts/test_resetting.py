"""A forgotten password, and whom it must not help."""

from __future__ import annotations

import pytest

from modules.accounts import models, rules
from modules.accounts.events import PasswordResetRequested
from modules.accounts.rules import links
from modules.accounts.rules.links import LinkKind
from modules.errors import TooManyAttempts
from modules.viewer import Role, Viewer
from storage import database as db

PASSWORD = "correct horse battery"
NEW = "a whole new password"


async def found(do):
    """The accounts a mail goes to after the job has run."""
    event = next(e for e in do.events if e.kind == "accounts.PasswordResetRequested")
    before = await db.fetchval("SELECT count(*) FROM event")
    asked = PasswordResetRequested(business_id=event.business_id, subject=event.subject)
    await rules.find_accounts(asked)
    await rules.find_accounts(asked)
    rows = await db.fetch(
        "SELECT kind, business_id, subject FROM event ORDER BY seq OFFSET $1", before
    )
    assert {row["kind"] for row in rows} <= {"accounts.PasswordResetFound"}
    return [(row["business_id"], row["subject"]) for row in rows]


async def test_asking_is_the_same_for_known_and_unknown_addresses(do, salon):
    """The answer, what is written and what is left to do: nothing is looked up until it is gone."""
    seen = []
    for email in ("Mia@example.com", "nobody@example.com"):
        answer = await do(rules.request_password_reset, email=email)
        seen.append((answer == email.lower(), do.kinds, [e.business_id for e in do.events]))
        assert len(await found(do)) == (email == "Mia@example.com")

    assert seen[0] == seen[1]
    assert await models.ResetRequest.all().count() == 0


async def test_the_link_sets_a_password_and_ends_every_session(do, salon):
    """Whoever was signed in with the old password is out."""
    await do(rules.request_password_reset, email="mia@example.com")
    assert await found(do) == [(salon.business_id, salon.account_id)]
    token = await links.make(LinkKind.RESET, account_id=salon.account_id)
    spare = await links.make(LinkKind.RESET, account_id=salon.account_id)

    assert await do(rules.reset_password, token=token, password=NEW) == 1

    assert do.kinds == ["PasswordChanged", "SessionsEnded"]
    assert await rules.authenticate(salon.token) is None
    assert (await do(rules.sign_in, email="mia@example.com", password=NEW)).token
    for used in (token, spare):
        with pytest.raises(rules.LinkExpired):
            await do(rules.reset_password, token=used, password="yet another password")
    assert (await do(rules.sign_in, email="mia@example.com", password=NEW)).token


async def test_a_refused_password_does_not_use_up_the_link(do, salon):
    """One may try a better one."""
    token = await links.make(LinkKind.RESET, account_id=salon.account_id)

    with pytest.raises(rules.PasswordWeak):
        await do(rules.reset_password, token=token, password="password123")

    assert await rules.authenticate(salon.token) == salon.viewer
    assert await do(rules.reset_password, token=token, password=NEW) == 1


async def test_a_reset_proves_the_address_and_takes_it_from_who_only_claimed_it(do):
    """A stranger was there first; the owner gets that account, and the stranger is out."""
    stranger = await do(
        rules.sign_up_business,
        business_name="Not Mia",
        zone="UTC",
        currency="EUR",
        name="Not Mia",
        email="mia@example.com",
        password="strangers password",
    )
    token = await links.make(LinkKind.RESET, account_id=stranger.account_id)

    await do(rules.reset_password, token=token, password=NEW)

    assert await rules.authenticate(stranger.token) is None
    with pytest.raises(rules.InvalidCredentials):
        await do(rules.sign_in, email="mia@example.com", password="strangers password")
    assert (await models.Account.get(id=stranger.account_id)).confirmed_at is not None


async def test_a_stranger_who_claims_an_address_gets_no_reset_of_its_owners_account(do, salon):
    """Mails are about whoever proved the address; and a claim's link gives only the claim."""
    given = {"name": "X", "email": "mia@example.com", "password": "strangers password"}
    stranger = await do(
        rules.sign_up_business, business_name="X", zone="UTC", currency="EUR", **given
    )
    await do(rules.request_password_reset, email="mia@example.com")
    assert await found(do) == [(salon.business_id, salon.account_id)]

    token = await links.make(LinkKind.RESET, account_id=stranger.account_id)
    with pytest.raises(rules.LinkExpired):
        await do(rules.reset_password, token=token, password=NEW)

    assert (await do(rules.sign_in, email="mia@example.com", password=PASSWORD)).token


async def test_whoever_has_no_business_left_gets_no_mail(do, salon):
    """There is nothing to sign in to."""
    place = await do(
        rules.add_team_member,
        salon.viewer,
        email="lea@example.com",
        name="Lea",
        password=PASSWORD,
        role=Role.STAFF,
    )
    await do(rules.remove_team_member, salon.viewer, membership_id=place.id)

    await do(rules.request_password_reset, email="lea@example.com")

    assert await found(do) == []


async def test_nobodys_mailbox_is_flooded_with_resets(do, salon):
    """Five an hour, known or not; even the refusal does not tell. Elsewhere there are five more."""
    for email in ("mia@example.com", "nobody@example.com"):
        for _ in range(5):
            await do(rules.request_password_reset, email=email)
        with pytest.raises(TooManyAttempts):
            await do(rules.request_password_reset, email=email)
        for network in range(1, 4):
            elsewhere = Viewer(address=f"203.0.113.{network}")
            for _ in range(5):
                await do(rules.request_password_reset, elsewhere, email=email)
        with pytest.raises(TooManyAttempts):
            await do(rules.request_password_reset, Viewer(address="203.0.113.9"), email=email)
