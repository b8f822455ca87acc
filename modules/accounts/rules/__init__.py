"""What people may do to get in, and owners with their team: the rules of accounts."""

from __future__ import annotations

from modules.accounts.hooks import Accepted
from modules.accounts.rules.business import Card, card, update_business
from modules.accounts.rules.clients import (
    admit_client,
    begin_as_client,
    dismiss_client,
    has_account,
    person,
    with_account,
)
from modules.accounts.rules.codes import (
    CodeWrong,
    find_client,
    request_sign_in_code,
    sign_in_with_code,
)
from modules.accounts.rules.links import LinkExpired
from modules.accounts.rules.own import update_account
from modules.accounts.rules.passwords import (
    PasswordTooLong,
    PasswordTooShort,
    PasswordWeak,
)
from modules.accounts.rules.resetting import find_accounts, request_password_reset, reset_password
from modules.accounts.rules.sessions import (
    SignedIn,
    authenticate,
    sign_out,
    sign_out_everywhere,
)
from modules.accounts.rules.signing_in import (
    InvalidCredentials,
    NoBusiness,
    Proof,
    change_password,
    prove,
    sign_in,
    switch_business,
)
from modules.accounts.rules.signing_up import (
    SignUpClosed,
    hash_password,
    sign_up_business,
    verify_email,
)
from modules.accounts.rules.strangers import OwnerNotVerified, check_mail, held
from modules.accounts.rules.team import (
    AlreadyInTeam,
    LastOwner,
    PasswordMissing,
    accept_invitation,
    add_team_member,
    change_team_member_role,
    invite_team_member,
    remove_team_member,
    revoke_team_invitation,
)
from modules.accounts.rules.trust import forget, forget_everything, settle
from modules.accounts.rules.words import (
    CurrencyInvalid,
    LocaleInvalid,
    ZoneInvalid,
)
from modules.mail_address import EmailInvalid

__all__ = [
    "Accepted",
    "AlreadyInTeam",
    "Card",
    "CodeWrong",
    "CurrencyInvalid",
    "EmailInvalid",
    "InvalidCredentials",
    "LastOwner",
    "LinkExpired",
    "LocaleInvalid",
    "NoBusiness",
    "OwnerNotVerified",
    "PasswordMissing",
    "PasswordTooLong",
    "PasswordTooShort",
    "PasswordWeak",
    "Proof",
    "SignUpClosed",
    "SignedIn",
    "ZoneInvalid",
    "accept_invitation",
    "add_team_member",
    "admit_client",
    "authenticate",
    "begin_as_client",
    "card",
    "change_password",
    "change_team_member_role",
    "check_mail",
    "dismiss_client",
    "find_accounts",
    "find_client",
    "forget",
    "forget_everything",
    "has_account",
    "hash_password",
    "held",
    "invite_team_member",
    "person",
    "prove",
    "remove_team_member",
    "request_password_reset",
    "request_sign_in_code",
    "reset_password",
    "revoke_team_invitation",
    "settle",
    "sign_in",
    "sign_in_with_code",
    "sign_out",
    "sign_out_everywhere",
    "sign_up_business",
    "switch_business",
    "update_account",
    "update_business",
    "verify_email",
    "with_account",
]
