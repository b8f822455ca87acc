"""The team of a business: in by mail or with a password, out at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tortoise.exceptions import IntegrityError

from modules.accounts import models, rules
from modules.accounts.rules import links
from modules.accounts.rules.links import LinkKind
from modules.errors import InvalidInput, NotFound, StaleVersion, TooManyAttempts
from modules.viewer import Role
from storage import database as db
from storage.log import Log

PASSWORD = "correct horse battery"
LEA = {"email": "lea@example.com", "name": "Lea Au", "role": Role.STAFF}


async def link_of(offer):
    """The secret of the link in the invitation's mail."""
    return await links.make(LinkKind.INVITATION, invitation_id=offer.id)


async def test_who_is_invited_joins_with_a_password_and_is_signed_in(do, salon):
    """R35: the invitation is a mail; following it proves the address."""
    offer = await do(rules.invite_team_member, salon.viewer, **LEA)
    assert do.kinds == ["TeamMemberInvited"]

    signed = await do(rules.accept_invitation, token=await link_of(offer), password=PASSWORD)

    assert do.kinds == ["TeamMemberJoined"]
    assert (signed.business_id, signed.role) == (salon.business_id, Role.STAFF)
    account = await models.Account.get(id=signed.account_id)
    assert (account.name, account.email, account.confirmed_at is not None) == (
        "Lea Au",
        "lea@example.com",
        True,
    )
    assert await rules.authenticate(signed.token) == signed.viewer


async def test_who_has_an_account_joins_with_it(do, salon, other):
    """The password stays as it is, and both businesses are theirs."""
    offer = await do(rules.invite_team_member, salon.viewer, **LEA | {"email": "Tom@example.com"})

    signed = await do(rules.accept_invitation, token=await link_of(offer), password="ignored pass")

    assert (signed.account_id, signed.business_id) == (other.account_id, salon.business_id)
    again = await do(rules.sign_in, email="tom@example.com", password=PASSWORD)
    assert again.business_id == other.business_id


async def test_inviting_does_not_tell_whether_an_address_is_known(do, salon, other):
    """The same answer, the same event, for somebody else's owner and for nobody."""
    seen = []
    for email in ("tom@example.com", "nobody@example.com"):
        offer = await do(rules.invite_team_member, salon.viewer, **LEA | {"email": email})
        seen.append((offer.name, offer.role, offer.accepted_at, do.kinds))

    assert seen[0] == seen[1]


async def test_whoever_only_claimed_the_address_does_not_get_the_place(do, salon):
    """A stranger who signed up with the invited address is not the person invited."""
    given = {"business_name": "X", "zone": "UTC", "currency": "EUR", "name": "X"}
    stranger = await do(
        rules.sign_up_business, **given, email=LEA["email"], password="strangers password"
    )
    offer = await do(rules.invite_team_member, salon.viewer, **LEA)
    token = await link_of(offer)

    with pytest.raises(rules.PasswordMissing):
        await do(rules.accept_invitation, token=token)
    signed = await do(rules.accept_invitation, token=token, password=PASSWORD)

    assert signed.account_id != stranger.account_id


@pytest.mark.parametrize("spoil", ["used", "revoked", "renewed", "old", "business gone"])
async def test_an_invitation_works_once_and_only_while_it_stands(do, salon, spoil):
    """Refused in the same words whatever is wrong with it."""
    offer = await do(rules.invite_team_member, salon.viewer, **LEA)
    token = await link_of(offer)
    if spoil == "used":
        await do(rules.accept_invitation, token=token, password=PASSWORD)
    elif spoil == "revoked":
        await do(rules.revoke_team_invitation, salon.viewer, invitation_id=offer.id)
        with pytest.raises(NotFound):
            await do(rules.revoke_team_invitation, salon.viewer, invitation_id=offer.id)
    elif spoil == "renewed":
        again = await do(rules.invite_team_member, salon.viewer, **LEA)
        assert again.id == offer.id
    elif spoil == "old":
        await models.Invitation.all().update(expires_at=offer.created_at + timedelta(seconds=0))
    else:
        await db.execute("DELETE FROM businesses")
    before = await models.Membership.all().count()

    with pytest.raises(rules.LinkExpired):
        await do(rules.accept_invitation, token=token, password=PASSWORD)

    assert await models.Membership.all().count() == before


async def test_a_member_made_with_a_password_signs_in_at_once(do, salon):
    """For the demo, and for teams that sit in one room."""
    place = await do(rules.add_team_member, salon.viewer, **LEA, password=PASSWORD)

    assert do.kinds == ["AddressClaimed", "TeamMemberJoined"]
    signed = await do(rules.sign_in, email="lea@example.com", password=PASSWORD)
    assert (signed.account_id, signed.role) == (place.account_id, Role.STAFF)


async def test_making_a_member_gives_no_power_over_an_account_with_that_address(do, salon, other):
    """The address is only claimed; its owner's account, password and sessions are untouched."""
    place = await do(
        rules.add_team_member,
        salon.viewer,
        **LEA | {"email": "tom@example.com"},
        password="chosen by somebody else",
    )

    assert place.account_id != other.account_id
    assert await rules.authenticate(other.token) == other.viewer
    assert (await do(rules.sign_in, email="tom@example.com", password=PASSWORD)).account_id == (
        other.account_id
    )


async def test_nobody_is_in_a_team_twice(do, salon):
    """Neither by invitation nor with a password."""
    for rule, given in (
        (rules.invite_team_member, {}),
        (rules.add_team_member, {"password": PASSWORD}),
    ):
        with pytest.raises(rules.AlreadyInTeam):
            await do(rule, salon.viewer, **LEA | {"email": "MIA@example.com"}, **given)

    assert await models.Membership.all().count() == 1


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.CLIENT])
async def test_a_team_has_owners_and_staff_only(do, salon, role):
    """Any other role is refused."""
    with pytest.raises(InvalidInput):
        await do(rules.invite_team_member, salon.viewer, **LEA | {"role": role})


async def test_invitations_are_limited(do, salon):
    """A business cannot be used to send mail to the world."""
    await do(rules.invite_team_member, salon.viewer, **LEA)
    await db.execute("UPDATE attempts SET count = 200")

    with pytest.raises(TooManyAttempts):
        await do(rules.invite_team_member, salon.viewer, **LEA | {"email": "new@example.com"})


async def test_who_is_removed_is_out_at_once_but_keeps_their_account(do, salon, other):
    """Their sessions in this business end; those elsewhere go on."""
    await models.Membership.create(
        account_id=other.account_id, business_id=salon.business_id, role=Role.STAFF
    )
    here = await do(rules.switch_business, other.viewer, business_id=salon.business_id)
    place = await models.Membership.get(account_id=other.account_id, business_id=salon.business_id)
    assert await rules.authenticate(here.token) == here.viewer

    await do(rules.remove_team_member, salon.viewer, membership_id=place.id)

    assert do.kinds == ["SessionsEnded", "TeamMemberRemoved"]
    assert await rules.authenticate(here.token) is None
    assert await rules.authenticate(other.token) == other.viewer


async def test_the_last_owner_stays(do, salon):
    """Neither removed nor demoted, not even by themselves."""
    mine = await models.Membership.get()

    with pytest.raises(rules.LastOwner):
        await do(rules.remove_team_member, salon.viewer, membership_id=mine.id)
    with pytest.raises(rules.LastOwner):
        await do(
            rules.change_team_member_role, salon.viewer, membership_id=mine.id, role=Role.STAFF
        )

    assert (await models.Membership.get()).role is Role.OWNER
    assert await rules.authenticate(salon.token) == salon.viewer


async def test_two_owners_who_demote_each_other_at_once_leave_one(do, salon):
    """Whoever comes second is refused."""
    lea = await do(
        rules.add_team_member, salon.viewer, **LEA | {"role": Role.OWNER}, password=PASSWORD
    )
    mine = await models.Membership.get(account_id=salon.account_id)

    async def demote(place) -> str:
        try:
            async with Log().change(actor=None, business_id=salon.business_id):
                await rules.change_team_member_role(
                    salon.viewer, membership_id=place.id, role=Role.STAFF
                )
        except rules.LastOwner as refused:
            return refused.code
        return "done"

    assert sorted(await asyncio.gather(demote(lea), demote(mine))) == ["LAST_OWNER", "done"]
    assert await models.Membership.filter(role=Role.OWNER).count() == 1


async def test_the_database_itself_keeps_an_owner(do, salon):
    """Even a bug cannot leave a business without one; deleting the business is another matter."""
    for statement in (
        "DELETE FROM memberships",
        "UPDATE memberships SET role = 'STAFF'",
        "DELETE FROM accounts",
    ):
        with pytest.raises((IntegrityError, db.asyncpg.CheckViolationError)):
            await db.execute(statement)

    await db.execute("DELETE FROM businesses")
    assert await models.Membership.all().count() == 0


async def test_nobody_touches_another_business_team(do, salon, other):
    """Another's member or invitation looks like one that does not exist."""
    theirs = await models.Membership.get(business_id=other.business_id)
    offer = await do(rules.invite_team_member, other.viewer, **LEA)

    for rule, given in (
        (rules.change_team_member_role, {"membership_id": theirs.id, "role": Role.STAFF}),
        (rules.remove_team_member, {"membership_id": theirs.id}),
        (rules.revoke_team_invitation, {"invitation_id": offer.id}),
    ):
        with pytest.raises(NotFound):
            await do(rule, salon.viewer, **given)

    assert await salon.viewer.rows(models.Membership).count() == 1
    assert await salon.viewer.rows(models.Account).values_list("email", flat=True) == [
        "mia@example.com"
    ]
    assert await salon.viewer.rows(models.Invitation).count() == 0
    assert (await models.Membership.get(id=theirs.id)).role is Role.OWNER


async def test_an_owner_changes_what_the_business_is_called(do, salon):
    """Only what is given changes, and an empty change is none."""
    changed = await do(rules.update_business, salon.viewer, name=" Studio  Ost ", zone="UTC")
    assert [e.data for e in do.events] == [{"changed": ["name", "zone"]}]
    stored = await models.Business.get(id=changed.id)
    assert (stored.name, stored.zone, stored.currency, stored.version) == (
        "Studio Ost",
        "UTC",
        "EUR",
        2,
    )

    await do(rules.update_business, salon.viewer, name="Studio Ost")
    assert do.events == []
    with pytest.raises(rules.ZoneInvalid):
        await do(rules.update_business, salon.viewer, name="X", zone="Nowhere")
    with pytest.raises(StaleVersion):
        await do(rules.update_business, salon.viewer, expected=1, name="Studio West")
    assert (await models.Business.get(id=changed.id)).name == "Studio Ost"


async def test_only_lower_case_addresses_are_kept(do, salon):
    """The database refuses what would make two spellings of one address."""
    with pytest.raises(db.asyncpg.CheckViolationError):
        await db.execute("UPDATE accounts SET email = 'Mia@example.com'")
