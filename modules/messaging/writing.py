"""Writing a message: template and facts become text, HTML and headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import mrml
from email_validator import EmailNotValidError, validate_email
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from modules.accounts.rules import Card
from modules.emails import Email, Recipient

OWN = "modules.messaging"
WHOLE = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())  # noqa: SIM905
"""Currencies without a smaller unit."""
THOUSANDTHS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905
SUBJECT = "Subject: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every message of this server says about it."""

    sender: str
    """The mail address messages come from."""
    public_url: str
    """Where links lead, without a slash at the end."""

    @classmethod
    def of(cls, mail_from: str, public_url: str) -> Letterhead:
        """Take the address out of `Regulars <mail@example.com>`."""
        return cls(sender=parseaddr(mail_from)[1], public_url=public_url.rstrip("/"))


def write(
    email: Email[Any],
    recipient: Recipient,
    business: Card,
    context: Mapping[str, Any],
    *,
    head: Letterhead,
    id_: UUID,
) -> EmailMessage:
    """Fill in a template for one recipient, telling time in the business's zone."""
    desk = _desk(email.package)
    facts = {
        **context,
        "recipient": recipient,
        "business": business,
        "public_url": head.public_url,
        "zone": ZoneInfo(business.zone),
    }
    subject, _, text = desk.get_template(f"{email.template}.txt").render(facts).partition("\n")
    if not subject.startswith(SUBJECT):
        raise ValueError(
            f"{email.package}'s template {email.template}.txt must begin with a subject"
        )
    html = mrml.to_html(desk.get_template(f"{email.template}.mjml").render(facts)).content

    message = EmailMessage()
    message["Subject"] = subject.removeprefix(SUBJECT)
    message["From"] = Address(business.name, addr_spec=head.sender)
    message["To"] = _address(recipient)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{id_}@{head.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.strip() + "\n")
    message.add_alternative(html, subtype="html")
    return message


def envelope(address: str) -> str:
    """Give an address as mail servers know it: its domain in ASCII."""
    try:
        found = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return address
    return f"{found.local_part}@{found.ascii_domain}"


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Tell an instant on a zone's clock: `Tuesday, 24 November 2026, 14:30`."""
    there = moment.astimezone(zone)
    return f"{there:%A}, {there.day} {there:%B %Y, %H:%M}"


def money(minor: int, currency: str) -> str:
    """Tell an amount of minor units: `45.00 EUR`, `4500 JPY`."""
    digits = 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
    return f"{minor / 10**digits:,.{digits}f} {currency}"


def _address(recipient: Recipient) -> Address:
    user, _, domain = envelope(recipient.address).rpartition("@")
    return Address(recipient.name, user, domain)


@cache
def _desk(package: str) -> Environment:
    folders = [Path(str(files(p))) / "emails" for p in (package, OWN)]
    desk = Environment(
        loader=FileSystemLoader(folders),
        autoescape=select_autoescape(["mjml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    desk.filters |= {"local": local, "money": money}
    return desk
