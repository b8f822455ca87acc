"""What one signs up, in and out with."""

from __future__ import annotations

from strawberry import UNSET

from modules.accounts.types.account import Session
from modules.accounts.types.business import Business
from schema import IdOf, input


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
    """The business that the code is for."""
    code: str
    """The six digits of the code from the mail."""


@input
class SwitchBusinessInput:
    """The business to act in from now on."""

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
