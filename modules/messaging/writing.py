"""Writing a message: template and facts become text, HTML and headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, unquote
from typing import Any
from uuid import UUID

from modules import languages
from modules.accounts.rules import Card
from modules.emails import Email, Recipient
from modules.mail_address import EmailInvalid, bare, envelope
from modules.messaging import templates
from modules.messaging.templates import Ready
from modules.zones import ZoneInfo
from storage.settings import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every message of this server says about it."""

    sender: str
    """The mail address messages come from."""
    public_url: str
    """Where links lead, without a slash at the end."""

    @classmethod
    def of(cls, mail_from: str, public_url: str) -> Letterhead:
        """Take the address out of `Regulars <mail@example.com>`; raises SettingsError."""
        try:
            sender = envelope(bare(mail_from))
        except EmailInvalid as error:
            raise SettingsError(f"MAIL_FROM is wrong: {mail_from!r} is no mail address") from error
        return cls(sender=sender, public_url=public_url.rstrip("/"))


def write(
    email: Email[Any],
    recipient: Recipient,
    business: Card,
    context: Mapping[str, Any],
    *,
    head: Letterhead,
    id_: UUID,
    unsubscribe: str | None = None,
) -> EmailMessage:
    """Fill in a template for one recipient, in the business's language and zone.

    `unsubscribe` is the link by which they may have no more of such.
    """
    language = languages.choose(business.locale, templates.spoken(email.package, email.template))
    written = templates.write(
        email.package,
        email.template,
        language,
        {
            **context,
            "recipient": recipient,
            "business": business,
            "public_url": head.public_url,
            "unsubscribe_url": unsubscribe and Ready(unsubscribe),
            "zone": ZoneInfo(business.zone),
            "language": language,
            "customs": languages.customs(business.locale, language),
        },
    )

    message = EmailMessage()
    message["Subject"] = written.subject
    message["From"] = Address(languages.unlinked(business.name), addr_spec=head.sender)
    message["To"] = _address(recipient)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{id_}@{head.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(written.text)
    message.add_alternative(written.html, subtype="html")
    message["Content-Language"] = language  # last: content that is set takes such headers along
    return message


def _address(recipient: Recipient) -> Address:
    user, _, domain = envelope(recipient.address).rpartition("@")
    return Address(recipient.name, unquote(user), domain)
