"""Getting in, and owners with their business and team."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from strawberry import ID

from modules.accounts import models, rules
from modules.accounts.types import (
    TEAM_COLUMNS,
    AcceptInvitationInput,
    Account,
    AddTeamMemberInput,
    Business,
    ChangePasswordInput,
    ChangeTeamMemberRoleInput,
    CodeRequested,
    InviteTeamMemberInput,
    JobChange,
    Me,
    RemoveTeamMemberInput,
    RequestPasswordResetInput,
    RequestSignInCodeInput,
    ResetPasswordInput,
    ResetRequested,
    RevokeTeamInvitationInput,
    SignedIn,
    SignedOut,
    SignInInput,
    SignInWithCodeInput,
    SignOutEverywhereInput,
    SignOutInput,
    SignUpBusinessInput,
    SwitchBusinessInput,
    TeamFilter,
    TeamInvitation,
    TeamMember,
    TeamOrder,
    UpdateAccountInput,
    UpdateBusinessInput,
    VerifyEmailInput,
    me,
    signed_in,
    told,
)
from modules.errors import Forbidden, InvalidInput, NotFound, StaleVersion, TooManyAttempts
from modules.jobs import JobChanged, JobChangeKind
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from modules.viewer import EVERYONE, OWNERS, SIGNED_IN, TEAM, Viewer
from schema import (
    Connection,
    Event,
    Happened,
    Job,
    Mutation,
    Parent,
    Payload,
    Prepared,
    Query,
    Subscription,
    answer,
    encode,
    extend,
    getters,
    given,
    in_order,
    job_of,
    mutation,
    rows,
    sent_version,
    subscription,
)

PASSWORD = (rules.PasswordTooShort, rules.PasswordTooLong, rules.PasswordWeak)
NAME = (NameRequired, TextTooLong, TextNotAllowed)
PLACE = (rules.ZoneInvalid, rules.CurrencyInvalid, rules.LocaleInvalid)


async def _hash_password(by: Viewer, input: SignUpBusinessInput) -> str | None:
    return await rules.hash_password(by, email=input.email, password=input.password)


async def _prove(by: Viewer, input: SignInInput) -> rules.Proof:
    return await rules.prove(by, email=input.email, password=input.password)


GETTERS = getters(Business, TeamMember, TeamInvitation)


@extend(Query)
class AccountQueries:
    """Who one is, and where."""

    @answer(audience=EVERYONE)
    @staticmethod
    async def viewer(viewer: Viewer) -> Me:
        """Whoever asks: as what, and where."""
        return me(viewer)


@extend(Business)
class BusinessTeam:
    """A business has a team."""

    @rows(audience=TEAM)
    @staticmethod
    def team(
        business: Parent[Business],
        viewer: Viewer,
        filter: TeamFilter | None = None,
        order_by: TeamOrder | None = None,
    ) -> Connection[TeamMember]:
        """The members of the team.

        Args:
            filter: Only such members.
            order_by: How to sort them; the longest there first, when nothing is said.
        """
        found = viewer.rows(models.Membership).filter(business_id=business.id)
        if filter and filter.role:
            found = found.filter(role__in=filter.role)
        return in_order(found, order_by, TEAM_COLUMNS, "created_at")

    @rows(audience=OWNERS)
    @staticmethod
    def team_invitations(business: Parent[Business], viewer: Viewer) -> Connection[TeamInvitation]:
        """Places in the team that are offered and not taken yet, the latest first."""
        found = viewer.rows(models.Invitation).filter(business_id=business.id)
        return found.filter(models.Invitation.OPEN).order_by("-created_at")


@extend(Mutation)
class SigningInMutations:
    """Getting in, and out again."""

    @mutation(
        audience=EVERYONE,
        secret=True,
        before=_hash_password,
        refuses=(
            rules.SignUpClosed,
            rules.EmailInvalid,
            *NAME,
            *PLACE,
            *PASSWORD,
            TooManyAttempts,
        ),
    )
    @staticmethod
    async def sign_up_business(
        by: Viewer, input: SignUpBusinessInput, password_hash: Prepared[str | None]
    ) -> Payload[SignedIn]:
        """Open a business with its first owner, and sign in.

        The owner gets a mail to confirm the address. Whether the address is known already makes no
        difference to the answer.
        """
        return signed_in(
            await rules.sign_up_business(by, **given(input), password_hash=password_hash)
        )

    @mutation(
        audience=EVERYONE,
        secret=True,
        before=_prove,
        refuses=(
            rules.EmailInvalid,
            rules.InvalidCredentials,
            TooManyAttempts,
            NotFound,
            rules.NoBusiness,
        ),
    )
    @staticmethod
    async def sign_in(
        by: Viewer, input: SignInInput, proof: Prepared[rules.Proof]
    ) -> Payload[SignedIn]:
        """Get a token that acts in one business."""
        return signed_in(await rules.sign_in(by, **given(input), proof=proof))

    @mutation(audience=EVERYONE, refuses=(rules.EmailInvalid, TooManyAttempts))
    @staticmethod
    async def request_sign_in_code(
        by: Viewer, input: RequestSignInCodeInput
    ) -> Payload[CodeRequested]:
        """Have a code mailed that signs a client in; the answer is the same for any address."""
        return CodeRequested(email=await rules.request_sign_in_code(by, **given(input)))

    @mutation(
        audience=EVERYONE,
        secret=True,
        refuses=(rules.EmailInvalid, rules.CodeWrong, TooManyAttempts),
    )
    @staticmethod
    async def sign_in_with_code(by: Viewer, input: SignInWithCodeInput) -> Payload[SignedIn]:
        """Get a token that acts as a client of one business, with the code from the mail."""
        return signed_in(await rules.sign_in_with_code(by, **given(input)))

    @mutation(audience=SIGNED_IN, secret=True, refuses=(NotFound, Forbidden))
    @staticmethod
    async def switch_business(by: Viewer, input: SwitchBusinessInput) -> Payload[SignedIn]:
        """Get a token that acts in another of one's businesses; the one at hand goes on."""
        return signed_in(await rules.switch_business(by, business_id=input.business_id))

    @mutation(audience=SIGNED_IN, refuses=(NotFound,))
    @staticmethod
    async def sign_out(by: Viewer, input: SignOutInput | None = None) -> Payload[SignedOut]:
        """End the session at hand, or another of one's own."""
        chosen = (input.id or None) if input else None
        return SignedOut(ended_sessions=await rules.sign_out(by, session_id=chosen))

    @mutation(audience=SIGNED_IN)
    @staticmethod
    async def sign_out_everywhere(
        by: Viewer, input: SignOutEverywhereInput | None = None
    ) -> Payload[SignedOut]:
        """End every session of one's account, in all its businesses."""
        stay = input is not None and input.stay_here
        return SignedOut(ended_sessions=await rules.sign_out_everywhere(by, stay_here=stay))


@extend(Mutation)
class PasswordMutations:
    """Passwords, and what helps who forgot one."""

    @mutation(
        audience=SIGNED_IN,
        secret=True,
        refuses=(rules.InvalidCredentials, *PASSWORD, TooManyAttempts, Forbidden),
    )
    @staticmethod
    async def change_password(by: Viewer, input: ChangePasswordInput) -> Payload[SignedOut]:
        """Change one's password; every other session of the account ends."""
        ended = await rules.change_password(by, current=input.current, new=input.new)
        return SignedOut(ended_sessions=ended)

    @mutation(audience=EVERYONE, refuses=(rules.EmailInvalid, TooManyAttempts))
    @staticmethod
    async def request_password_reset(
        by: Viewer, input: RequestPasswordResetInput
    ) -> Payload[ResetRequested]:
        """Have a link mailed that sets a new password; the answer is the same for any address."""
        return ResetRequested(email=await rules.request_password_reset(by, email=input.email))

    @mutation(audience=EVERYONE, secret=True, refuses=(rules.LinkExpired, *PASSWORD))
    @staticmethod
    async def reset_password(by: Viewer, input: ResetPasswordInput) -> Payload[SignedOut]:
        """Set a new password with the link from the mail; every session of the account ends."""
        ended = await rules.reset_password(by, token=input.token, password=input.password)
        return SignedOut(ended_sessions=ended)

    @mutation(
        audience=EVERYONE,
        secret=True,
        refuses=(rules.LinkExpired, rules.InvalidCredentials, TooManyAttempts),
    )
    @staticmethod
    async def verify_email(by: Viewer, input: VerifyEmailInput) -> Payload[SignedOut]:
        """Prove to read an address's mail, with the link sent there.

        When the address has an account that proved it before, the one the mail is about becomes
        part of that, and its sessions end.
        """
        ended = await rules.verify_email(by, token=input.token, password=input.password)
        return SignedOut(ended_sessions=ended)


@extend(Mutation)
class AccountMutations:
    """What people say of themselves."""

    @mutation(audience=SIGNED_IN, refuses=(*NAME, StaleVersion, NotFound, Forbidden))
    @staticmethod
    async def update_account(by: Viewer, input: UpdateAccountInput) -> Payload[Account]:
        """Change what one is called, in all one's businesses."""
        return await rules.update_account(by, expected=sent_version(input), **given(input))


@extend(Mutation)
class BusinessMutations:
    """An owner's business and team."""

    @mutation(audience=OWNERS, refuses=(*NAME, *PLACE, StaleVersion, NotFound))
    @staticmethod
    async def update_business(by: Viewer, input: UpdateBusinessInput) -> Payload[Business]:
        """Change the business's name, zone, currency or language."""
        return await rules.update_business(by, expected=sent_version(input), **given(input))

    @mutation(
        audience=OWNERS,
        secret=True,
        refuses=(
            rules.EmailInvalid,
            *NAME,
            *PASSWORD,
            InvalidInput,
            rules.AlreadyInTeam,
            rules.OwnerNotVerified,
            TooManyAttempts,
        ),
    )
    @staticmethod
    async def add_team_member(by: Viewer, input: AddTeamMemberInput) -> Payload[TeamMember]:
        """Make an account with a password for somebody in the team; they get a mail to confirm."""
        return await rules.add_team_member(by, **given(input))

    @mutation(
        audience=OWNERS,
        refuses=(
            rules.EmailInvalid,
            *NAME,
            InvalidInput,
            rules.AlreadyInTeam,
            rules.OwnerNotVerified,
            TooManyAttempts,
        ),
    )
    @staticmethod
    async def invite_team_member(
        by: Viewer, input: InviteTeamMemberInput
    ) -> Payload[TeamInvitation]:
        """Offer somebody a place in the team by mail; inviting them again renews the offer."""
        return await rules.invite_team_member(by, **given(input))

    @mutation(audience=OWNERS, refuses=(NotFound,))
    @staticmethod
    async def revoke_team_invitation(
        by: Viewer, input: RevokeTeamInvitationInput
    ) -> Payload[TeamInvitation]:
        """Take an offer back that was not accepted yet; its link stops working."""
        return await rules.revoke_team_invitation(by, invitation_id=input.id)

    @mutation(
        audience=EVERYONE,
        secret=True,
        refuses=(rules.LinkExpired, rules.PasswordMissing, *PASSWORD),
    )
    @staticmethod
    async def accept_invitation(by: Viewer, input: AcceptInvitationInput) -> Payload[SignedIn]:
        """Take the offered place with the link from the mail, and sign in.

        Whoever works at a business that invited them as a client signs in with their password: they
        get no token here.
        """
        return signed_in(await rules.accept_invitation(by, **given(input)))

    @mutation(audience=OWNERS, updates=TeamMember, refuses=(InvalidInput, rules.LastOwner))
    @staticmethod
    async def change_team_member_role(
        by: Viewer, input: ChangeTeamMemberRoleInput
    ) -> Payload[TeamMember]:
        """Make somebody owner or staff; their subscriptions end and can be opened again."""
        return await rules.change_team_member_role(by, membership_id=input.id, role=input.role)

    @mutation(audience=OWNERS, updates=TeamMember, deletes=TeamMember, refuses=(rules.LastOwner,))
    @staticmethod
    async def remove_team_member(by: Viewer, input: RemoveTeamMemberInput) -> Payload[SignedOut]:
        """End somebody's place in the team, and their sessions in this business."""
        ended = await rules.remove_team_member(by, membership_id=input.id)
        return SignedOut(ended_sessions=ended)


def _current(business_id: UUID, id: str) -> Event:
    """Give what a subscription to a job begins with. Refuses: InvalidId."""
    job = job_of(id)
    return JobChanged(business_id=business_id, subject=job.key, kind=JobChangeKind.CURRENT)


@extend(Subscription)
class JobSubscriptions:
    """Watching jobs, of whatever kind."""

    @subscription(JobChanged, opens=_current)
    @staticmethod
    def job_changes(happened: Happened, id: ID) -> JobChange | None:
        """How a job is now, then what happened to it since `after`, and whatever still happens.

        Args:
            id: The id of an export, an import, the receipt of a deletion: of any `Job`.
        """
        event, job = happened.event, job_of(id)
        if not isinstance(event, JobChanged) or event.subject != job.key:
            return None
        return JobChange(
            kind=event.kind,
            **told(happened, None) | {"subject_id": ID(encode(str(job.type), job.key))},
            job=cast(Job, job),
        )
