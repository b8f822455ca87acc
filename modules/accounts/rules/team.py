"""The team: who works in a business, how they get in, and how they leave."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from modules import mail_address, text
from modules.accounts import models
from modules.accounts.events import MembershipChanged, TeamMemberInvited, TeamMemberRemoved
from modules.accounts.hooks import ACCEPT_INVITATION
from modules.accounts.rules import (
    attempts,
    clients,
    links,
    passwords,
    sessions,
    signing_up,
    strangers,
    trust,
)
from modules.accounts.rules.links import LASTS, LinkExpired, LinkKind
from modules.accounts.rules.sessions import SignedIn
from modules.errors import Checks, InvalidInput, NotFound, Refusal
from modules.events import record
from modules.viewer import TEAM, Role, Viewer
from storage.database import execute

OPEN = models.Invitation.OPEN


class AlreadyInTeam(Refusal):
    """Somebody with this address is in the team already."""

    code = "ALREADY_IN_TEAM"
    remedy = "Change their role instead."


class LastOwner(Refusal):
    """A business keeps at least one owner."""

    code = "LAST_OWNER"
    remedy = "Make somebody else an owner first."


class PasswordMissing(InvalidInput):
    """You have no account yet, so choose a password."""

    code = "PASSWORD_MISSING"
    remedy = "Send a password along with the token."


async def invite_team_member(by: Viewer, *, email: str, name: str, role: Role) -> models.Invitation:
    """Offer somebody a place in the team by mail; inviting them again renews the offer.

    Whether they have an account somewhere makes no difference.
    """
    business_id = by.of_business()
    checks = Checks()
    with checks:
        email = mail_address.normalise(email)
    with checks:
        name = text.name(name, "name")
    with checks:
        role = _team_role(role)
    checks.done()
    await _refuse_member(by, email)
    await strangers.check_mail(business_id, [email])
    limit = attempts.INVITATIONS_PER_BUSINESS
    await attempts.spend([attempts.Limit("invite", str(business_id), limit)])
    await execute(signing_up.TAKE_TURNS, f"invite {business_id} {email}")
    offer = await models.Invitation.get_or_none(OPEN, business_id=business_id, email=email)
    offer = offer or models.Invitation(business_id=business_id, email=email)
    offer.name, offer.role, offer.invited_by = name, role, by.account_id
    offer.expires_at = datetime.now(UTC) + LASTS[LinkKind.INVITATION]
    await offer.save()
    await links.withdraw(invitation_id=offer.id)
    record(TeamMemberInvited(business_id=business_id, subject=offer.id))
    return offer


async def revoke_team_invitation(by: Viewer, *, invitation_id: UUID) -> UUID:
    """Take an offer back before it is accepted; its link stops working."""
    found = by.rows(models.Invitation).filter(OPEN, id=invitation_id)
    if not await found.update(revoked_at=datetime.now(UTC)):
        raise NotFound(field="id")
    await links.withdraw(invitation_id=invitation_id)
    return invitation_id


async def accept_invitation(
    by: Viewer, *, token: str, password: str | None = None, user_agent: str = ""
) -> SignedIn | None:
    """Take the offered place with the link from the mail, and sign in.

    Whoever has proved the address joins with the account they have; anybody else gets one, and
    must send a password for it. Other modules may have sent the link, to a client: then nobody
    needs a password, and None is for somebody of the team, who signs in as such.
    """
    try:
        invitation_id = await links.use(LinkKind.INVITATION, token)
    except LinkExpired:
        for accepted in filter(None, await ACCEPT_INVITATION.call(token)):
            return await clients.welcome(by, accepted, password=password, user_agent=user_agent)
        raise
    offer = await models.Invitation.get_or_none(OPEN, id=invitation_id)
    if offer is None or offer.expires_at <= datetime.now(UTC):
        raise LinkExpired
    account = await models.Account.filter(email=offer.email, confirmed_at__isnull=False).first()
    if account is None:
        if password is None:
            raise PasswordMissing(field="password")
        account = await signing_up.make_account(
            by,
            offer.business_id,
            email=offer.email,
            name=offer.name,
            spelt_password=passwords.check(password, offer.name, offer.email),
            confirmed=True,
        )
    offer.accepted_at = datetime.now(UTC)
    await offer.save(update_fields=["accepted_at"])
    place = await models.Membership.get_or_none(
        account_id=account.id, business_id=offer.business_id
    )
    if place is not None and place.role is Role.CLIENT:  # from now on they work there
        await sessions.end(account.id, business_id=offer.business_id)
        await place.delete()
        place = None
    place = place or await signing_up.join(account.id, offer.business_id, offer.role)
    return await sessions.begin(place, user_agent=user_agent)


async def add_team_member(
    by: Viewer, *, email: str, name: str, password: str, role: Role, confirmed: bool = False
) -> models.Membership:
    """Make an account with a password for somebody in the team, who may change it later.

    The account only claims its address until its owner follows the link in their mail; `confirmed`
    is for whoever sets up the server.
    """
    business_id = by.of_business()
    checks = Checks()
    with checks:
        email = mail_address.normalise(email)
    with checks:
        name = text.name(name, "name")
    with checks:
        spelt = passwords.check(password, name, email)
    with checks:
        role = _team_role(role)
    checks.done()
    await _refuse_member(by, email)
    if not confirmed:
        await strangers.check_mail(business_id, [email])
        limit = attempts.INVITATIONS_PER_BUSINESS
        await attempts.spend([attempts.Limit("invite", str(business_id), limit)])
    account = await signing_up.make_account(
        by, business_id, email=email, name=name, spelt_password=spelt, confirmed=confirmed
    )
    return await signing_up.join(account.id, business_id, role)


async def change_team_member_role(
    by: Viewer, *, membership_id: UUID, role: Role
) -> models.Membership:
    """Make somebody owner or staff."""
    role = _team_role(role)
    place = await _locked(by, membership_id)
    if place.role is role:
        return place
    if place.role is Role.OWNER:
        await _refuse_last_owner(place)
    trust.withdraw(place.account_id)
    place.role = role
    await place.save(update_fields=["role"])
    here = models.Session.filter(account_id=place.account_id, business_id=place.business_id)
    record(
        MembershipChanged(
            business_id=place.business_id,
            subject=place.id,
            account_id=place.account_id,
            role=role,
            sessions=[session.id for session in await here],
        )
    )
    return place


async def remove_team_member(by: Viewer, *, membership_id: UUID) -> int:
    """End somebody's place in the team, and their sessions in this business at once.

    Says how many sessions that were. Their account stays theirs.
    """
    place = await _locked(by, membership_id)
    if place.role is Role.OWNER:
        await _refuse_last_owner(place)
    ended = await sessions.end(place.account_id, business_id=place.business_id)
    await place.delete()
    record(
        TeamMemberRemoved(
            business_id=place.business_id, subject=place.id, account_id=place.account_id
        )
    )
    return ended


async def _locked(by: Viewer, membership_id: UUID) -> models.Membership:
    # One lock for the whole team: owners who demote each other at once take turns.
    await execute("SELECT 1 FROM businesses WHERE id = $1 FOR NO KEY UPDATE", by.of_business())
    team = by.rows(models.Membership)
    place: models.Membership | None = await team.get_or_none(id=membership_id)
    if place is None:
        raise NotFound(field="id")
    return place


async def _refuse_last_owner(place: models.Membership) -> None:
    owners = models.Membership.filter(business_id=place.business_id, role=Role.OWNER)
    if not await owners.exclude(id=place.id).exists():
        raise LastOwner(field="id")


async def _refuse_member(by: Viewer, email: str) -> None:
    if await by.rows(models.Account).filter(email=email).exists():
        raise AlreadyInTeam(field="email")


def _team_role(role: Role) -> Role:
    if role not in TEAM:
        raise InvalidInput("A team has owners and staff.", field="role")
    return role
