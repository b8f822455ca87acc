"""The ways a finished message leaves: a mail server, or a folder to look into."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import aiosmtplib

from modules.messaging.conversations import Conversations
from modules.messaging.failures import NoSuchMailbox, NotSent, Refused, Unsure, said
from storage.settings import Settings

PATIENCE = 20.0
"""Seconds a mail server may take for each of its answers."""
PERMANENT = 500
"""SMTP's replies from here on say no for good; those below, not now."""
TEMPORARY = 400
UNKNOWN = re.compile(
    r"\b5\.1\.(0|1|2|3|6|10)\b|\b5\.2\.1\b"
    r"|no such|unknown|not exist|not found|no mailbox|mailbox unavailable"
    r"|invalid (user|recipient|mail)",
    re.IGNORECASE,
)
"""How mail servers say that there is nobody of this name; any other no may be about us."""


class Transport(Protocol):
    """A way for messages to leave."""

    async def send(self, message: EmailMessage, sender: str, recipient: str, name: str) -> None:
        """Hand a message, named uniquely, over. Raises NotSent, Refused or Unsure."""

    async def close(self) -> None:
        """Hang up, when nothing more is to be sent."""


class MailServer:
    """An SMTP server, and the conversations with it."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        user: str | None = None,
        password: str | None = None,
        security: str = "starttls",
        patience: float = PATIENCE,
        **conversations: Any,
    ) -> None:
        client = partial(
            aiosmtplib.SMTP,
            hostname=host,
            port=port,
            username=user,
            password=password,
            use_tls=security == "tls",
            start_tls=security == "starttls",
            timeout=patience,
        )
        self._conversations = Conversations(client, **conversations)

    async def send(self, message: EmailMessage, sender: str, recipient: str, name: str) -> None:
        """Hand a message over to the server."""
        async with self._conversations.one() as server:
            try:
                await _address(server, sender, recipient)
            except aiosmtplib.SMTPResponseException as error:
                raise _no(error) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                raise NotSent(said(error)) from error
            try:
                await server.data(written(message, recipient))
            except aiosmtplib.SMTPResponseException as error:
                if error.code < TEMPORARY:  # neither yes nor no: it may have been taken
                    raise Unsure(said(error)) from error
                raise _no(error) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                raise Unsure(said(error)) from error

    async def close(self) -> None:
        """Say good-bye."""
        await self._conversations.close()


class Mailbox:
    """A folder of `.eml` files, for machines without a mail server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage, sender: str, recipient: str, name: str) -> None:
        """Write the message to the folder, whole or not at all, readable by us alone."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
            part = self._folder / f".{name}.part"
            part.touch(mode=0o600)
            part.write_bytes(written(message, recipient))
            part.rename(self._folder / f"{moment}-{name}.eml")
        except OSError as error:
            raise NotSent(said(error)) from error

    async def close(self) -> None:
        """Leave the folder as it is."""


def of(settings: Settings) -> Transport:
    """Choose the mail server when there is one, else the folder `mailbox` beside the data."""
    if settings.smtp_host is None:
        return Mailbox(folder(settings))
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password,
        security=settings.smtp_security,
    )


def folder(settings: Settings) -> Path:
    """Say where mail lies where there is no mail server."""
    return settings.data_dir / "mailbox"


def written(message: EmailMessage, recipient: str) -> bytes:
    """Write a message down as mail servers want it: seven bits, unless the address needs more."""
    return message.as_bytes(policy=SMTP.clone(cte_type="7bit") if recipient.isascii() else SMTPUTF8)


async def _address(server: aiosmtplib.SMTP, sender: str, recipient: str) -> None:
    if recipient.isascii():
        await server.mail(sender)
    else:
        if server.is_ehlo_or_helo_needed:
            await server.ehlo()
        if not server.supports_extension("smtputf8"):
            raise Refused("the mail server only takes addresses in ASCII")
        await server.mail(sender, options=["SMTPUTF8"], encoding="utf-8")
    try:
        await server.rcpt(recipient, encoding="ascii" if recipient.isascii() else "utf-8")
    except aiosmtplib.SMTPResponseException as error:
        if error.code >= PERMANENT and UNKNOWN.search(error.message):
            raise NoSuchMailbox(f"{error.code} {error.message}") from error
        raise


def _no(error: aiosmtplib.SMTPResponseException) -> NotSent | Refused:
    kind = Refused if error.code >= PERMANENT else NotSent
    return kind(f"{error.code} {error.message}")
