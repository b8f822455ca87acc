"""Businesses, people and their ways in, as the API shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid5

import strawberry
from pypika_tortoise.terms import Term
from strawberry import UNSET
from tortoise.expressions import RawSQL

from modules import jobs
from modules import viewer as who
from modules.accounts import models, rules
from modules.errors import IdempotencyConflict
from modules.events import Happened
from modules.viewer import OWNERS, SIGNED_IN, TEAM, Role, Viewer
from schema import (
    Expression,
    IdOf,
    Job,
    Many,
    Node,
    One,
    Parent,
    VersionedInput,
    encode,
    enum,
    expression,
    id_of,
    input,
    interface,
    object,
    payload,
    ref,
    rows,
    table,
    visible,
)
from storage.log import NOW

enum(Role)


@table(models.Business, prefix="biz", audience=SIGNED_IN)
class Business(Node):
    """A salon, a studio, a practice: whoever keeps appointments."""

    name: str
    """What the business is called."""
    zone: str
    """The IANA time zone its clock shows: `Europe/Berlin`."""
    currency: str
    """The ISO 4217 code of its prices: `EUR`."""
    locale: str
    """The language its messages are in: `en`."""
    created_at: datetime
    """When the business signed up."""
    version: int
    """Grows with every change: send it along with an update."""

    @expression(audience=TEAM, snapshot=True)
    @staticmethod
    def cursor() -> Expression[str]:
        """Pass it as `after` to any subscription; all of the operation is read at that moment."""
        return RawSQL(NOW)


@table(models.Account, prefix="acc", audience=SIGNED_IN)
class Account(Node):
    """A person who can sign in."""

    name: str
    """What they are called."""
    email: str | None
    """The mail address they sign in with."""
    email_verified_at: datetime | None = visible(column="confirmed_at")
    """When they proved to read the mail sent there; null until then."""
    version: int
    """Grows with every change: send it along with an update."""


@table(models.Membership, prefix="mem", audience=SIGNED_IN)
class TeamMember(Node):
    """A person's place in a business."""

    account: Account
    """The account of the person."""
    business: Business = visible(SIGNED_IN, followed=True)
    """The business they work for."""
    role: Role
    """What they are in the team."""
    created_at: datetime
    """Since when they are of the team."""
    version: int
    """Grows with every change: send it along with an update."""


@table(models.Invitation, prefix="inv", audience=OWNERS)
class TeamInvitation(Node):
    """A place in the team, offered by mail."""

    email: str
    """The address it was sent to."""
    name: str
    """The name of the person invited."""
    role: Role
    """What they will be in the team."""
    created_at: datetime
    """When it was first made."""
    expires_at: datetime
    """Until when it can be accepted."""
    accepted_at: datetime | None
    """When it was; null while it is open."""
    revoked_at: datetime | None
    """When somebody took it back; null as long as nobody did."""


@table(models.Session, prefix="ses", audience=SIGNED_IN)
class Session(Node):
    """A device one is signed in on, acting in one business."""

    created_at: datetime
    """When one signed in there."""
    last_used_at: datetime
    """When it was last of use, give or take five minutes."""
    expires_at: datetime
    """When it ends by itself, unless it is used before."""

    @expression
    @staticmethod
    def current(session: Parent[Session], viewer: Viewer) -> Expression[bool]:
        """Whether it is the one this request came with."""
        this: Any = viewer.session_id
        here: Any = session
        return cast(Term, here.id == this)


@interface
class Change:
    """Something that happened, as a subscription tells of it, with a `kind` of its own."""

    subject_id: strawberry.ID | None
    """The id of what it is about; null when that is many at once, or forgotten since."""
    at: datetime
    """When the change happened."""
    actor: Account | None
    """Who did it; null when nobody did."""
    cursor: str
    """Pass it as `after` to go on from here."""


@object
class JobChange(Change):
    """Something that happened to a job of any kind."""

    kind: jobs.JobChangeKind
    """What happened to the job."""
    job: Job | None
    """The job as it is now; null when there is none, or it is not yours to see."""


def told(happened: Happened, about: type | None) -> dict[str, Any]:
    """Give what every change says of an event; its subject is an `about`, or many at once."""
    subject = happened.event.subject
    return {
        "subject_id": id_of(about, subject) if about is not None and subject.int else None,
        "at": happened.at,
        "actor": ref(Account, happened.actor) if happened.actor else None,
        "cursor": happened.cursor,
    }


@object(name="Viewer")
class Me:
    """Whoever asks: one account, in one role, in one business; the public has neither."""

    id: strawberry.ID
    """The same for the same account in the same business: for caches, not for `node(id:)`."""
    role: Role
    """What the asker may do here."""

    @rows(audience=who.EVERYONE)
    @staticmethod
    def account(viewer: Viewer) -> One[Account]:
        """The person; null for the public."""
        return viewer.own(models.Account)

    @rows(audience=SIGNED_IN)
    @staticmethod
    def business(viewer: Viewer) -> One[Business]:
        """The business being acted in."""
        return viewer.rows(models.Business)

    @rows(audience=SIGNED_IN)
    @staticmethod
    def memberships(viewer: Viewer) -> Many[TeamMember]:
        """Every business one has a place in, the oldest first; act there with `switchBusiness`."""
        return viewer.own(models.Membership).order_by("created_at", "id")

    @rows(audience=SIGNED_IN)
    @staticmethod
    def sessions(viewer: Viewer) -> Many[Session]:
        """Where the person is signed in, the latest first; end one with `signOut`."""
        return viewer.rows(models.Session).order_by("-created_at", "-id")


def me(viewer: Viewer) -> Me:
    """Say who asks."""
    nobody = UUID(int=0)
    key = uuid5(viewer.account_id or nobody, str(viewer.business_id or nobody))
    return Me(id=strawberry.ID(encode("viw", key)), role=viewer.role)


async def whoever_signed_in(result: Any) -> Viewer | None:
    """Say who reads the answer of a sign-in: whoever has the token now, not whoever asked.

    A remembered answer only has the token, whose session may have ended since.
    Refuses: IdempotencyConflict.
    """
    if result.token is None:
        return None
    acting: Viewer | None = getattr(result, "acting", None)
    if acting is None and (acting := await rules.authenticate(result.token)) is None:
        raise IdempotencyConflict("The session this key opened has ended.")
    return acting


@payload(reads_as=whoever_signed_in)
class SignedIn:
    """Somebody who is signed in from now on."""

    token: str
    """Send it with every request as `Authorization: Bearer …`. It is told this once."""
    expires_at: datetime
    """When it stops working, unless it is used before: then it lasts longer."""
    viewer: Me
    """The viewer as who one is signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignedIn:
    """A `SignedIn`, and whoever has the token now."""

    token: str | None
    expires_at: datetime | None
    viewer: Me | None
    acting: Viewer | None


def signed_in(signed: rules.SignedIn | None) -> _SignedIn:
    """Say who was signed in; None for whoever has to sign in another way."""
    if signed is None:
        return _SignedIn(token=None, expires_at=None, viewer=None, acting=None)
    return _SignedIn(
        token=signed.token,
        expires_at=signed.expires_at,
        viewer=me(signed.viewer),
        acting=signed.viewer,
    )


@payload
class SignedOut:
    """Sessions that ended."""

    ended_sessions: int
    """How many sessions ended."""


@payload
class ResetRequested:
    """What is said to everybody who forgot a password, known or not."""

    email: str
    """Where a link was sent, if anybody has an account with this address."""


@payload
class CodeRequested:
    """What is said to everybody who asks for a code, known or not."""

    email: str
    """Where a code was sent, if a client of the business confirmed this address."""


@input
class SignUpBusinessInput:
    """A new business and its first owner."""

    business_name: str
    """What it is called, up to 200 characters."""
    zone: str
    """Its IANA time zone: `Europe/Berlin`."""
    currency: str
    """The ISO 4217 code of its prices: `EUR`."""
    locale: str = "en"
    """The language of its messages."""
    name: str
    """What the owner is called, up to 200 characters."""
    email: str
    """The mail address the owner signs in with."""
    password: str
    """10 to 256 characters, none of the commonest."""


@input
class SignInInput:
    """The address and password of an account."""

    email: str
    """The mail address of the account."""
    password: str
    """The password of the account."""
    business_id: IdOf[Business] | None = UNSET
    """Where to act; by default the business one has been in longest."""


@input
class RequestSignInCodeInput:
    """Who wants to sign in as a client."""

    email: str
    """The mail address they confirmed at the business."""
    business_id: IdOf[Business]
    """The business to sign in to."""


@input
class SignInWithCodeInput:
    """A code from a sign-in mail."""

    email: str
    """The address it was sent to."""
    business_id: IdOf[Business]
    """Where it was asked for."""
    code: str
    """The six digits of the code from the mail."""


@input
class SwitchBusinessInput:
    """Where to act instead."""

    business_id: IdOf[Business]
    """A business of `viewer.memberships`."""


@input
class SignOutInput:
    """A session to end: by default the one this request came with."""

    id: IdOf[Session] | None = UNSET
    """One of `viewer.sessions`; by default the one this request came with."""


@input
class SignOutEverywhereInput:
    """All sessions to end, by default also the one this request came with."""

    stay_here: bool = False
    """Keep the session this request came with."""


@input
class ChangePasswordInput:
    """A new password for the account."""

    current: str
    """The password until now."""
    new: str
    """10 to 256 characters, none of the commonest."""


@input
class RequestPasswordResetInput:
    """Whose password was forgotten."""

    email: str
    """The mail address of the account."""


@input
class ResetPasswordInput:
    """A new password, by the link from the mail."""

    token: str
    """The secret of the link."""
    password: str
    """10 to 256 characters, none of the commonest."""


@input
class VerifyEmailInput:
    """Proof of a mail address, by the link from the mail."""

    token: str
    """The secret of the link."""
    password: str
    """The password of the account the mail is about."""


@input
class UpdateAccountInput(VersionedInput):
    """What to change about one's own account."""

    name: str
    """What one is called, up to 200 characters."""


@input
class UpdateBusinessInput(VersionedInput):
    """What to change about the business; what is left out stays."""

    name: str | None = UNSET
    """What it is called, up to 200 characters."""
    zone: str | None = UNSET
    """Its IANA time zone; appointments stay the same instants."""
    currency: str | None = UNSET
    """The ISO 4217 code of its prices; no amount is converted."""
    locale: str | None = UNSET
    """The language of its messages."""


@input
class AddTeamMemberInput:
    """Somebody in the team, with a password they may change later."""

    email: str
    """The mail address they will sign in with."""
    name: str
    """What they are called, up to 200 characters."""
    password: str
    """10 to 256 characters, none of the commonest."""
    role: Role = Role.STAFF
    """What they may do: `STAFF` or `OWNER`."""


@input
class InviteTeamMemberInput:
    """Somebody who shall join the team."""

    email: str
    """Where the invitation goes."""
    name: str
    """What they are called, up to 200 characters."""
    role: Role = Role.STAFF
    """What they will be: `STAFF` or `OWNER`."""


@input
class RevokeTeamInvitationInput:
    """An offer that no longer stands."""

    id: IdOf[TeamInvitation]
    """The invitation to revoke."""


@input
class AcceptInvitationInput:
    """A place in the team or among the clients, by the link from the mail."""

    token: str
    """The secret of the link."""
    password: str | None = UNSET
    """For whoever joins the team and has no account with that address yet, and for clients who
    would rather not sign in by mailed codes: 10 to 256 characters."""


@input
class ChangeTeamMemberRoleInput(VersionedInput):
    """Somebody's new role."""

    id: IdOf[TeamMember]
    """The team member whose role to change."""
    role: Role
    """What they may do from now on: `STAFF` or `OWNER`."""


@input
class RemoveTeamMemberInput(VersionedInput):
    """Somebody who leaves the team."""

    id: IdOf[TeamMember]
    """The team member to remove."""
