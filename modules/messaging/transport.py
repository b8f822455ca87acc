"""The ways a finished message leaves: a mail server, or a folder to look into."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from functools import partial
from pathlib import Path
from typing import Protocol

import aiosmtplib

from storage.settings import Settings

PATIENCE = 20.0
"""Seconds a mail server may take for each of its answers."""
PERMANENT = 500
"""SMTP's replies from here on say no for good; those below, not now."""


class NotSent(Exception):
    """The message did not leave; trying again later is safe."""


class Refused(Exception):
    """The mail server will not take this message, now or later."""


class Unsure(Exception):
    """The message was handed over, but nobody said whether it was taken."""


class Transport(Protocol):
    """A way for messages to leave."""

    async def send(self, message: EmailMessage, sender: str, recipient: str, name: str) -> None:
        """Hand a message, named uniquely, over. Raises NotSent, Refused or Unsure."""

    async def close(self) -> None:
        """Hang up, when nothing more is to be sent."""


class MailServer:
    """An SMTP server; one conversation per message."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        user: str | None = None,
        password: str | None = None,
        security: str = "starttls",
        patience: float = PATIENCE,
    ) -> None:
        self._client: Callable[[], aiosmtplib.SMTP] = partial(
            aiosmtplib.SMTP,
            hostname=host,
            port=port,
            username=user,
            password=password,
            use_tls=security == "tls",
            start_tls=security == "starttls",
            timeout=patience,
        )

    async def send(self, message: EmailMessage, sender: str, recipient: str, name: str) -> None:
        """Hand a message over to the server."""
        async with self._conversation() as server:
            try:
                await _address(server, sender, recipient)
            except aiosmtplib.SMTPResponseException as error:
                raise _no(error) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                raise NotSent(_said(error)) from error
            try:
                await server.data(written(message, recipient))
            except aiosmtplib.SMTPResponseException as error:
                raise _no(error) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                raise Unsure(_said(error)) from error

    async def close(self) -> None:
        """Hang up."""

    @asynccontextmanager
    async def _conversation(self) -> AsyncIterator[aiosmtplib.SMTP]:
        server = self._client()
        try:
            # Being turned away at the door, or not let in with our password, is about us and not
            # about the message: somebody will mend it.
            await server.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            server.close()
            raise NotSent(_said(error)) from error
        try:
            yield server
        finally:
            # No good-bye: the message is out of our hands, and a slow server may not hold us up.
            server.close()


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
            raise NotSent(_said(error)) from error

    async def close(self) -> None:
        """Leave the folder as it is."""


def of(settings: Settings) -> Transport:
    """Choose the mail server when there is one, else the folder `mailbox` beside the data."""
    if settings.smtp_host is None:
        return Mailbox(settings.data_dir / "mailbox")
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password,
        security=settings.smtp_security,
    )


def written(message: EmailMessage, recipient: str) -> bytes:
    """Write a message down as mail servers want it: seven bits, unless the address needs more."""
    return message.as_bytes(policy=SMTP.clone(cte_type="7bit") if recipient.isascii() else SMTPUTF8)


async def _address(server: aiosmtplib.SMTP, sender: str, recipient: str) -> None:
    if recipient.isascii():
        await server.mail(sender)
        await server.rcpt(recipient)
        return
    if server.is_ehlo_or_helo_needed:
        await server.ehlo()
    if not server.supports_extension("smtputf8"):
        raise Refused("the mail server only takes addresses in ASCII")
    await server.mail(sender, options=["SMTPUTF8"], encoding="utf-8")
    await server.rcpt(recipient, encoding="utf-8")


def _no(error: aiosmtplib.SMTPResponseException) -> NotSent | Refused:
    kind = Refused if error.code >= PERMANENT else NotSent
    return kind(f"{error.code} {error.message}")


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
