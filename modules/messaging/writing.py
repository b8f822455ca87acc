"""Writing a message: template and facts become text, HTML and headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, unquote
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from modules.accounts.rules import Card
from modules.emails import Email, Recipient
from modules.mail_address import EmailInvalid, bare, envelope
from modules.messaging import languages
from modules.zones import ZoneInfo
from storage.settings import SettingsError

OWN = "modules.messaging"
SUBJECT = "Subject: "


class Link(str):
    """A link of ours, which stays one."""

    __slots__ = ()


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
    desk = _desk(email.package)
    language = languages.choose(business.locale, spoken(email.package, email.template))
    facts = {
        **context,
        "recipient": recipient,
        "business": business,
        "public_url": Link(head.public_url),
        "unsubscribe_url": unsubscribe and Link(unsubscribe),
        "zone": ZoneInfo(business.zone),
        "language": language,
        "customs": languages.customs(business.locale, language),
    }
    written = desk.get_template(named(email.template, language, "txt")).render(facts)
    subject, _, text = written.partition("\n")
    if not subject.startswith(SUBJECT):
        raise ValueError(
            f"{email.package}'s template {email.template}.txt must begin with a subject"
        )
    looks = desk.get_template(named(email.template, language, "mjml")).render(facts)

    message = EmailMessage()
    message["Subject"] = subject.removeprefix(SUBJECT)
    message["From"] = Address(languages.unlinked(business.name), addr_spec=head.sender)
    message["To"] = _address(recipient)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{id_}@{head.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        text += "\n" + desk.get_template(_footer(language)).render(facts)
    message.set_content(text.strip() + "\n")
    message.add_alternative(mrml.to_html(looks).content, subtype="html")
    message["Content-Language"] = language  # last: content that is set takes such headers along
    return message


@cache
def spoken(package: str, template: str) -> frozenset[str]:
    """Name the languages a template is in, beside the base language."""
    found = _folder(package).glob(f"{template}.*.txt")
    return frozenset(file.name.removeprefix(f"{template}.").removesuffix(".txt") for file in found)


def named(template: str, language: str, ending: str) -> str:
    """Name the file of a template in a language: the base language needs none."""
    tag = "" if language == languages.BASE else f".{language}"
    return f"{template}{tag}.{ending}"


def _footer(language: str) -> str:
    return named("footer", languages.choose(language, spoken(OWN, "footer")), "txt")


def _address(recipient: Recipient) -> Address:
    user, _, domain = envelope(recipient.address).rpartition("@")
    return Address(recipient.name, unquote(user), domain)


def _folder(package: str) -> Path:
    return Path(str(files(package))) / "emails"


@cache
def _desk(package: str) -> Environment:
    desk = Environment(
        loader=FileSystemLoader([_folder(package), _folder(OWN)]),
        autoescape=select_autoescape(["mjml"]),
        undefined=StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    desk.filters |= {"local": _local, "day": _day, "money": _money}
    return desk


def _finished(value: Any) -> Any:
    """See to what a template puts into its text: values keep their direction and are no links.

    Only our own links are: those are of another type than text.
    """
    return languages.apart(languages.unlinked(value)) if type(value) is str else value


@pass_context
def _local(context: Context, moment: datetime, zone: ZoneInfo | None = None) -> str:
    return languages.local(moment, zone or context["zone"], context["customs"])


@pass_context
def _day(context: Context, date: date) -> str:
    return languages.day(date, context["customs"])


@pass_context
def _money(context: Context, minor: int, currency: str) -> str:
    return languages.money(minor, currency, context["customs"])
