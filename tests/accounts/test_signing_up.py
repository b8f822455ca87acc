"""Signing up a business, and proving that an address is one's own."""

from __future__ import annotations

import pytest

from modules.accounts import models, rules
from modules.accounts.events import AddressClaimed
from modules.accounts.notices import EMAILS
from modules.accounts.rules import links
from modules.accounts.rules.links import LinkKind
from modules.errors import TooManyAttempts
from modules.viewer import PUBLIC, Role, Viewer
from storage import database as db

PASSWORD = "correct horse battery"
SALON = {
    "business_name": "Studio Nord",
    "zone": "Europe/Berlin",
    "currency": "EUR",
    "name": "Mia Berg",
    "email": "mia@example.com",
    "password": PASSWORD,
}
STRANGERS = SALON | {
    "business_name": "Not Mia",
    "name": "Not Mia",
    "password": "strangers password",
}


async def token_for(account_id):
    """The secret of the link in the mail that a sign-up causes."""
    return await links.make(LinkKind.CONFIRMATION, account_id=account_id)


async def counts():
    """How many rows there are of everything a sign-up makes."""
    tables = ("businesses", "accounts", "memberships", "sessions", "event")
    return {table: await db.fetchval(f"SELECT count(*) FROM {table}") for table in tables}


async def test_signing_up_opens_a_business_with_its_owner_signed_in(do):
    """R1: a provider has an account and a business, from one request."""
    signed = await do(rules.sign_up_business, **SALON | {"name": "  Mia\t Berg "})

    assert do.kinds == ["AddressClaimed", "TeamMemberJoined", "BusinessOpened"]
    business = await signed.viewer.rows(models.Business).get()
    account = await signed.viewer.rows(models.Account).get()
    assert (business.name, business.zone, business.currency, business.locale, business.version) == (
        "Studio Nord",
        "Europe/Berlin",
        "EUR",
        "en",
        1,
    )
    assert (account.name, account.email, account.confirmed_at) == (
        "Mia Berg",
        "mia@example.com",
        None,
    )
    assert await rules.authenticate(signed.token) == signed.viewer
    assert signed.role is Role.OWNER
    assert (await do(rules.sign_in, email="MIA@example.com", password=PASSWORD)).token


@pytest.mark.parametrize("email", ["İ@example.com", "ΑΣ@example.com", "ẞ@example.com", "Ǆ@x.com"])
async def test_letters_whose_capitals_are_odd_make_addresses_too(do, email):
    """Python and PostgreSQL may disagree on capitals; nobody is kept out by that."""
    await do(rules.sign_up_business, **SALON | {"email": email})

    assert (await do(rules.sign_in, email=email, password=PASSWORD)).token


async def test_signing_up_with_a_known_address_is_the_same_in_every_respect(do, salon):
    """Answer, rows, events, mails, and whether one can sign in afterwards: nothing tells."""
    seen = {}
    for email in ("mia@example.com", "unknown@example.com"):
        before = await counts()
        signed = await do(rules.sign_up_business, **STRANGERS | {"email": email})
        kinds = do.kinds
        after = await counts()
        claim = AddressClaimed(business_id=signed.business_id, subject=signed.account_id)
        mails = [(e.kind, e.listed, len(await e.recipients(claim))) for e in EMAILS[AddressClaimed]]
        again = await do(rules.sign_in, email=email, password="strangers password")
        seen[email] = (
            kinds,
            {table: after[table] - before[table] for table in after},
            mails,
            again.account_id == signed.account_id,
            again.business_id == signed.business_id,
        )

    assert seen["mia@example.com"] == seen["unknown@example.com"]
    assert seen["mia@example.com"][3:] == (True, True)
    mine = await do(rules.sign_in, email="mia@example.com", password=PASSWORD)
    assert (mine.account_id, mine.business_id) == (salon.account_id, salon.business_id)


async def test_repeated_sign_ups_do_not_tell_either(do, salon):
    """The older of two claims cannot sign in any more, whoever proved the address."""
    for email in ("mia@example.com", "unknown@example.com"):
        for n in (1, 2):
            given = STRANGERS | {"email": email, "password": f"strangers password {n}"}
            await do(rules.sign_up_business, **given)
        with pytest.raises(rules.InvalidCredentials):
            await do(rules.sign_in, email=email, password="strangers password 1")
        assert await do(rules.sign_in, email=email, password="strangers password 2")


async def test_following_the_link_confirms_the_address(do):
    """From then on the address is this account's, whoever else claims it."""
    signed = await do(rules.sign_up_business, **SALON)
    token = await token_for(signed.account_id)

    await do(rules.verify_email, token=token, password=PASSWORD)

    assert do.kinds == ["AddressConfirmed"]
    assert (await models.Account.get(id=signed.account_id)).confirmed_at is not None
    await do(rules.sign_up_business, **STRANGERS)
    assert (await do(rules.sign_in, email=SALON["email"], password=PASSWORD)).token


async def test_a_curious_owner_does_not_prove_their_address_for_a_stranger(do):
    """Whoever follows the link must also know the password the account was made with."""
    signed = await do(rules.sign_up_business, **STRANGERS)
    token = await token_for(signed.account_id)

    with pytest.raises(rules.InvalidCredentials):
        await do(rules.verify_email, token=token, password=PASSWORD)

    assert (await models.Account.get(id=signed.account_id)).confirmed_at is None


async def test_a_second_business_moves_to_the_account_that_proved_the_address(do, salon):
    """Somebody who forgot they had an account ends up with one account and two businesses."""
    second = await do(rules.sign_up_business, **SALON | {"business_name": "Studio West"})
    token = await token_for(second.account_id)

    assert await do(rules.verify_email, token=token, password=PASSWORD) == 1

    assert do.kinds == ["SessionsEnded", "AccountMerged"]
    assert await rules.authenticate(second.token) is None
    signed = await do(
        rules.sign_in, email=SALON["email"], password=PASSWORD, business_id=second.business_id
    )
    assert (signed.account_id, signed.role) == (salon.account_id, Role.OWNER)
    left = await models.Account.get(id=second.account_id)
    assert (left.email, left.password_hash) == (None, None)


async def test_two_confirmed_accounts_never_share_an_address(do, salon):
    """The database itself forbids it."""
    await do(rules.sign_up_business, **STRANGERS)

    with pytest.raises(db.asyncpg.UniqueViolationError):
        await db.execute("UPDATE accounts SET confirmed_at = now()")


@pytest.mark.parametrize("spoil", ["used", "old", "wrong kind", "invented"])
async def test_a_link_works_once_for_a_while_and_for_one_thing(do, spoil):
    """Anything else is refused in the same words, and changes nothing."""
    signed = await do(rules.sign_up_business, **SALON)
    token = await token_for(signed.account_id)
    if spoil == "used":
        await do(rules.verify_email, token=token, password=PASSWORD)
        await db.execute("UPDATE accounts SET confirmed_at = NULL")
    elif spoil == "old":
        await db.execute("UPDATE links SET expires_at = now()")
    elif spoil == "wrong kind":
        token = await links.make(LinkKind.RESET, account_id=signed.account_id)
    else:
        token = "\ud800" + token

    with pytest.raises(rules.LinkExpired) as refused:
        await do(rules.verify_email, token=token, password=PASSWORD)

    assert refused.value.message == (
        "This link was used already, or is too old, or never was one of ours."
    )
    assert (await models.Account.get(id=signed.account_id)).confirmed_at is None


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"email": "mia"}, "EMAIL_INVALID", ("email",)),
        ({"email": "Mia <mia@example.com>"}, "EMAIL_INVALID", ("email",)),
        ({"email": "mia@example.com\nBcc: x@example.com"}, "EMAIL_INVALID", ("email",)),
        ({"email": "\x00@example.com"}, "EMAIL_INVALID", ("email",)),
        ({"email": "x" * 10_000_000}, "EMAIL_INVALID", ("email",)),
        ({"name": " \u2003 "}, "NAME_REQUIRED", ("name",)),
        ({"name": "Mia\x00"}, "TEXT_NOT_ALLOWED", ("name",)),
        ({"business_name": "x" * 201}, "TEXT_TOO_LONG", ("business_name",)),
        ({"zone": "Mars/Olympus"}, "ZONE_INVALID", ("zone",)),
        ({"zone": "../../etc/passwd"}, "ZONE_INVALID", ("zone",)),
        ({"zone": "localtime"}, "ZONE_INVALID", ("zone",)),
        ({"currency": "eur"}, "CURRENCY_INVALID", ("currency",)),
        ({"currency": "XXX"}, "CURRENCY_INVALID", ("currency",)),
        ({"locale": "english please"}, "LOCALE_INVALID", ("locale",)),
        ({"password": "123456789"}, "PASSWORD_TOO_SHORT", ("password",)),
        ({"password": "x1" * 200}, "PASSWORD_TOO_LONG", ("password",)),
        ({"password": "Password2026!"}, "PASSWORD_WEAK", ("password",)),
        ({"password": "qwertyuiop"}, "PASSWORD_WEAK", ("password",)),
        ({"password": "aaaaaaaaaaaa"}, "PASSWORD_WEAK", ("password",)),
        ({"password": "abcdefghijkl"}, "PASSWORD_WEAK", ("password",)),
        ({"password": "MIA@example.com"}, "PASSWORD_WEAK", ("password",)),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_is_made(do, given, code, field):
    """Each with its code and the field it is about."""
    with pytest.raises(Exception) as refused:  # noqa: PT011 - its code is compared
        await do(rules.sign_up_business, **SALON | given)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert set((await counts()).values()) == {0}


async def test_nobodys_mailbox_is_flooded(do):
    """A sign-up sends mail to an address nobody proved yet, so there are only so many."""
    for _ in range(5):
        await do(rules.sign_up_business, **SALON)

    with pytest.raises(TooManyAttempts):
        await do(rules.sign_up_business, **SALON)

    assert await models.Business.all().count() == 5


async def test_a_network_signs_up_only_so_many(do):
    """Whatever addresses it types."""
    by = Viewer(address="203.0.113.7")
    await do(rules.sign_up_business, by, **SALON)
    await db.execute("UPDATE attempts SET count = 100")

    with pytest.raises(TooManyAttempts):
        await do(rules.sign_up_business, by, **SALON | {"email": "new@example.com"})
    assert await do(rules.sign_up_business, PUBLIC, **SALON | {"email": "new@example.com"})
