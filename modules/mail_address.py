"""Mail addresses: the one form under which they are kept, compared, written to and proved."""

from __future__ import annotations

import unicodedata
from email.utils import parseaddr

from email_validator import EmailNotValidError, validate_email

from modules import invisible
from modules.errors import InvalidInput

LONGEST = 254
"""Characters an address has at most (RFC 5321)."""
_TYPED = 1_000
"""Characters of what is typed that are looked at: white space and what nobody sees besides."""


class EmailInvalid(InvalidInput):
    """That is not a mail address."""

    code = "EMAIL_INVALID"
    remedy = "Send one bare address, such as mia@example.com."


def normalise(typed: str, *, field: str = "email") -> str:
    """Check an address and give its one form: small letters, a domain in letters, nothing hidden.

    Letters that are another way to write one (full-width ones) become the usual one here, before
    anybody is written to: who proves an address proves this form and no other. Dots and `+tags`
    stay. Whether mail arrives there is for a mail to find out. Refuses: EmailInvalid.
    """
    if len(typed) > _TYPED:
        raise EmailInvalid("A mail address has at most 254 characters.", field=field)
    try:
        found = validate_email(
            folded(typed),
            check_deliverability=False,
            allow_quoted_local=True,
            test_environment=True,  # `.test` is for trying things out: the demo's own addresses
        ).normalized
    except (EmailNotValidError, UnicodeError) as error:
        raise _wrong(typed, field) from error
    address = _folded(found)
    if len(address) > LONGEST or "\x00" in address:
        raise EmailInvalid("A mail address has at most 254 characters.", field=field)
    return address


def optional(typed: str | None, *, field: str = "email") -> str | None:
    """Normalise an address that may be missing; blank is None. Refuses: EmailInvalid."""
    if typed is None or (len(typed) <= _TYPED and not invisible.without(typed).strip()):
        return None
    return normalise(typed, field=field)


def is_normal(address: str) -> bool:
    """Tell whether an address is in its one form already."""
    try:
        return normalise(address) == address
    except EmailInvalid:
        return False


def envelope(address: str) -> str:
    """Give a normal address as mail servers know it: its domain in ASCII."""
    user, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    checked = validate_email(address, check_deliverability=False, allow_quoted_local=True,
                             test_environment=True)  # fmt: skip
    return f"{user}@{checked.ascii_domain}"


def bare(written: str) -> str:
    """Take the address out of `Regulars <mail@example.com>`. Refuses: EmailInvalid."""
    address = parseaddr(written)[1]
    user, _, domain = address.rpartition("@")
    if domain == "localhost" and user:
        return f"{normalise(f'{user}@localhost.test').removesuffix('.test')}"
    return normalise(address)


def folded(address: str) -> str:
    """Fold what is typed as an address, without asking whether it is one."""
    return _folded(invisible.without(address).strip())


def _folded(address: str) -> str:
    # Once more after the letters became small: some become two, of which one is a mark.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address).lower())


def _wrong(typed: str, field: str) -> EmailInvalid:
    """Say what is wrong with an address: what the library says is for programmers, in English."""
    user, sign, domain = folded(typed).rpartition("@")
    if not sign:
        return EmailInvalid("A mail address has an @ in it.", field=field)
    if not user:
        return EmailInvalid("Something is missing before the @.", field=field)
    if not domain:
        return EmailInvalid("Something is missing after the @.", field=field)
    if "." not in domain:
        return EmailInvalid("What follows the @ has a dot in it, as in example.com.", field=field)
    return EmailInvalid(field=field)
