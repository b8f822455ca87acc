"""What happens to people, their ways in and the businesses they run."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from modules.events import Event
from modules.viewer import Role

NOBODYS = UUID(int=0)
"""Stands where an event has no business: somebody typed an address, and we do not say whose."""


@dataclass(frozen=True, kw_only=True)
class BusinessOpened(Event):
    """A business signed up; the subject is the business."""

    account_id: UUID
    """Its first owner."""


@dataclass(frozen=True, kw_only=True)
class BusinessUpdated(Event):
    """A business changed its name, zone, currency or language; the subject is the business."""

    changed: list[str]
    """The columns that changed."""


@dataclass(frozen=True, kw_only=True)
class AddressClaimed(Event):
    """An account (the subject) was made with an address its owner has yet to confirm."""


@dataclass(frozen=True, kw_only=True)
class AddressConfirmed(Event):
    """The owner of an account (the subject) proved to read mail at its address."""


@dataclass(frozen=True, kw_only=True)
class AccountMerged(Event):
    """Two accounts turned out to be one person; the subject is the account that stays."""

    merged_id: UUID
    """The account that nobody can sign in to any more."""


@dataclass(frozen=True, kw_only=True)
class SessionsEnded(Event):
    """Somebody (the subject, an account) was signed out in this business."""

    sessions: list[UUID]
    """The sessions whose tokens no longer work."""


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    """An account (the subject) has a new password."""


@dataclass(frozen=True, kw_only=True)
class PasswordResetRequested(Event):
    """Somebody typed an address into "I forgot my password"; the subject is the request.

    Recorded whether or not the address is known, so that neither the answer nor its time tells.
    """


@dataclass(frozen=True, kw_only=True)
class PasswordResetFound(Event):
    """A requested reset turned out to be about an account (the subject)."""


@dataclass(frozen=True, kw_only=True)
class TeamMemberInvited(Event):
    """Somebody was offered a place in the team; the subject is the invitation."""


@dataclass(frozen=True, kw_only=True)
class TeamMemberJoined(Event):
    """Somebody has a place in the team; the subject is the membership."""

    account_id: UUID
    role: Role


@dataclass(frozen=True, kw_only=True)
class MembershipChanged(Event):
    """Somebody's role in the team changed; the subject is the membership."""

    account_id: UUID
    role: Role
    """The new one."""
    sessions: list[UUID]
    """The sessions that go on with it; what they watched with the old one ends."""


@dataclass(frozen=True, kw_only=True)
class TeamMemberRemoved(Event):
    """Somebody left the team; the subject is the membership that was."""

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class SignInCodeRequested(Event):
    """Somebody typed an address to sign in as a client; the subject is the request.

    Recorded whether or not the address is known, so that neither the answer nor its time tells.
    """


@dataclass(frozen=True, kw_only=True)
class SignInCodeFound(Event):
    """A requested code turned out to be for a client of the business; the subject is the code."""


@dataclass(frozen=True, kw_only=True)
class ClientAdmitted(Event):
    """A person has a place at the business as its client; the subject is their account."""


@dataclass(frozen=True, kw_only=True)
class ClientWithdrawn(Event):
    """A person is no longer a client of the business; the subject is their account."""


EVENTS: tuple[type[Event], ...] = (
    BusinessOpened,
    BusinessUpdated,
    AddressClaimed,
    AddressConfirmed,
    AccountMerged,
    SessionsEnded,
    PasswordChanged,
    PasswordResetRequested,
    PasswordResetFound,
    TeamMemberInvited,
    TeamMemberJoined,
    MembershipChanged,
    TeamMemberRemoved,
    SignInCodeRequested,
    SignInCodeFound,
    ClientAdmitted,
    ClientWithdrawn,
)
