"""Passwords that are changed and forgotten, and addresses that are proved."""

from __future__ import annotations

from schema import input, payload


@payload
class ResetRequested:
    """What is said to everybody who forgot a password, known or not."""

    email: str
    """Where a link was sent, if anybody has an account with this address."""


@input
class ChangePasswordInput:
    """A new password for the account."""

    current: str
    """The password that was good until now."""
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
    """The secret from the link in the mail."""
    password: str
    """10 to 256 characters, none of the commonest."""


@input
class VerifyEmailInput:
    """Proof of a mail address, by the link from the mail."""

    token: str
    """The secret from the link in the mail."""
    password: str
    """The password of the account the mail is about."""
