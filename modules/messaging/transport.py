"""The ways a finished message leaves: a mail server, or a folder to look into."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any, Protocol, cast

import aiosmtplib

from modules.messaging.conversations import Conversations
from modules.messaging.failures import NoSuchMailbox, NotSent, Refused, Unsure, said
from modules.messaging.headers import Lines
from storage.handlers import PLACES, Queue
from storage.settings import Settings

PATIENCE = 300.0
"""Seconds a mail server may take for each of its answers (RFC 5321, 4.5.3.2)."""
PATIENCE_AT_END = 600.0
"""Seconds it may take for the last one, when it has got the message (RFC 5321, 4.5.3.2.6): to give
up earlier would mean not to know whether it was taken."""
LISTENING = 0.05
"""Seconds we wait, the text said, for a server to be gone or to object before we end it."""
PERMANENT = 500
"""SMTP's replies from here on say no for good; those below, not now."""
TEMPORARY = 400
SEVEN_BITS = Lines(linesep="\r\n", cte_type="7bit")
UTF8 = Lines(linesep="\r\n", utf8=True)
LEADING_DOT = re.compile(rb"(?m)^\.")
UNKNOWN = re.compile(
    r"\b5\.1\.(0|1|2|3|6|10)\b|\b5\.2\.1\b"
    r"|no such|unknown|not exist|not found|no mailbox|mailbox unavailable"
    r"|invalid (user|recipient|mail)",
    re.IGNORECASE,
)
"""How mail servers say that there is nobody of this name; any other no may be about us."""


Claim = Callable[[], Awaitable[None]]
"""Awaited when all is ready, before the message counts as said; what it raises stops it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A finished message, and where it goes."""

    message: EmailMessage
    sender: str
    recipient: str
    """A bare address, as mail servers know it."""
    name: str
    """Unique."""
    urgent: bool = False
    """Whether somebody waits for it at this moment: others never hold it up."""


class Transport(Protocol):
    """A way for messages to leave."""

    async def send(self, letter: Letter, claim: Claim) -> None:
        """Hand a message over. Raises NotSent, Refused or Unsure, or what the claim raises."""

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
        patience_at_end: float = PATIENCE_AT_END,
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
        places = {False: PLACES[Queue.MAIL], True: PLACES[Queue.URGENT_MAIL]}
        self._conversations = {
            urgent: Conversations(client, **{"most": most, **conversations})
            for urgent, most in places.items()
        }
        self._patience, self._patience_at_end = patience, patience_at_end

    async def send(self, letter: Letter, claim: Claim) -> None:
        """Hand a message over to the server, claimed when only its end has still to be said."""
        async with self._conversations[letter.urgent].one() as server:
            try:
                await _address(server, letter.sender, letter.recipient)
                asked = await server.execute_command(b"DATA")
                if asked.code != aiosmtplib.SMTPStatus.start_input:
                    raise aiosmtplib.SMTPDataError(asked.code, asked.message)
                await _say(server, written(letter.message, letter.recipient), self._patience)
            except aiosmtplib.SMTPResponseException as error:
                raise _no(error) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                raise NotSent(said(error)) from error
            await claim()
            try:
                said_at_end = await server.execute_command(b".", timeout=self._patience_at_end)
            except (aiosmtplib.SMTPException, OSError) as error:
                raise Unsure(said(error)) from error
            _check(said_at_end)

    async def close(self) -> None:
        """Say good-bye."""
        for each in self._conversations.values():
            await each.close()


class Mailbox:
    """A folder of `.eml` files, for machines without a mail server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, letter: Letter, claim: Claim) -> None:
        """Write the message to the folder, whole or not at all, readable by us alone."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
            part = self._folder / f".{letter.name}.part"
            part.touch(mode=0o600)
            part.write_bytes(written(letter.message, letter.recipient))
            await claim()
            part.rename(self._folder / f"{moment}-{letter.name}.eml")
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
    return message.as_bytes(policy=SEVEN_BITS if recipient.isascii() else UTF8)


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


async def _say(server: aiosmtplib.SMTP, message: bytes, patience: float) -> None:
    """Say the text of a message, without its end: until that is said, nobody may deliver it.

    Then listen for a moment. Who hangs up or objects instead of waiting for the end has not got
    the message. The library knows DATA, text and end as one step only.
    """
    protocol = server.protocol
    if protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    protocol.write(LEADING_DOT.sub(b"..", message))
    async with asyncio.timeout(patience):
        while True:
            try:
                answer = await protocol.read_response(timeout=LISTENING)
            except aiosmtplib.SMTPReadTimeoutError:
                way = cast(asyncio.WriteTransport, protocol.transport)
                if not way.get_write_buffer_size():
                    return
            else:
                server.close()  # what it hears next would be a part of the text to it
                raise aiosmtplib.SMTPDataError(answer.code, answer.message)


def _check(answer: aiosmtplib.SMTPResponse) -> None:
    """Tell a yes from a no, and both from what is neither: then it may have been taken."""
    if answer.code == aiosmtplib.SMTPStatus.completed:
        return
    error = aiosmtplib.SMTPDataError(answer.code, answer.message)
    if answer.code < TEMPORARY:
        raise Unsure(said(error)) from error
    raise _no(error) from error


def _no(error: aiosmtplib.SMTPResponseException) -> NotSent | Refused:
    kind = Refused if error.code >= PERMANENT else NotSent
    return kind(f"{error.code} {error.message}")
