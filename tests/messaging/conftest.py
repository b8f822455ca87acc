"""What tests of messages stand on: a salon that invites somebody, and a real mail server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTPUTF8
from functools import partial
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from modules.accounts import models, rules
from modules.accounts.events import TeamMemberInvited
from modules.contract import Module
from modules.messaging.rules import Mailer, open_mailer
from modules.viewer import PUBLIC, Role
from storage.database import Database
from storage.log import Log
from storage.process import here
from storage.settings import Settings

PASSWORD = "correct horse battery"


@dataclass
class MailServer:
    """A mail server as bad as a test needs it."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    recipient_says: list[str] = field(default_factory=list)
    data_says: list[str] = field(default_factory=list)
    hangs_up: bool = False
    thinks: float = 0.0
    thinks_at_recipient: float = 0.0
    asked_for: list[str] = field(default_factory=list)
    """Every recipient somebody wanted to write to."""
    hangs_up_midway: bool = False
    """After it has asked for the message, before it has heard its end."""
    objects_midway: str = ""
    """What it says then instead of listening."""
    knows_utf8: bool = True
    conversations: list[SMTP] = field(default_factory=list)
    """All there have been so far."""
    commands: list[str] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def hang_up(self) -> None:
        """End every conversation, as servers do with those who say nothing."""
        for each in self.conversations:
            each.transport.close()

    async def handle_RCPT(  # noqa: D102, N802 - called by this name
        self, server, session, envelope, address, options
    ) -> str:
        self.asked_for.append(address)
        await asyncio.sleep(self.thinks_at_recipient)
        if self.recipient_says:
            return self.recipient_says.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: D102, N802 - called by this name
        self, server, session, envelope
    ) -> str:
        self.reached.set()
        await asyncio.sleep(self.thinks)
        if self.hangs_up:
            server.transport.abort()
        if self.data_says:
            return self.data_says.pop(0)
        self.envelopes.append(envelope)
        self.mails.append(BytesParser(policy=SMTPUTF8).parsebytes(envelope.content))
        return "250 OK"


class Conversation(SMTP):
    """One of its conversations."""

    def __init__(self, here: MailServer, **options: Any) -> None:
        super().__init__(here, enable_SMTPUTF8=here.knows_utf8, **options)
        self.here = here
        here.conversations.append(self)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - called by this name
        """Take a message, or be gone in the middle of it."""
        self.here.commands.append("DATA")
        if self.here.hangs_up_midway:
            await self.push("354 Go on")
            self.transport.abort()
        elif self.here.objects_midway:
            await self.push("354 Go on")
            await self.push(self.here.objects_midway)
        else:
            await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg: str) -> None:  # noqa: N802 - called by this name
        """Start anew."""
        self.here.commands.append("RSET")
        await super().smtp_RSET(arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 - called by this name
        """Hear that somebody leaves."""
        self.here.commands.append("QUIT")
        await super().smtp_QUIT(arg)


@pytest.fixture
def enabled() -> list[str]:
    """Only what these tests are about."""
    return ["accounts", "messaging"]


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    """A real SMTP conversation, on a port of its own."""
    here = MailServer()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Conversation(here, loop=loop), "127.0.0.1", 0)
    here.port = listening.sockets[0].getsockname()[1]
    yield here
    listening.close()
    await listening.wait_closed()


@pytest.fixture
async def mailer(
    loaded: list[Module], settings: Settings, mail_server: MailServer
) -> AsyncIterator[Mailer]:
    """The post mailer, sending to the test's mail server."""
    opened = open_mailer(loaded, _by_smtp(settings, mail_server.port))
    here.log = Log(beside={event.name: entry for event, entry in opened.entries().items()})
    yield opened
    await opened.close()


@pytest.fixture
async def invited(invite: Any) -> TeamMemberInvited:
    """A salon invites somebody to its team."""
    return await invite("Lea Au", "lea@example.com")


@pytest.fixture
def invite(database: Database) -> Any:
    """What opens a salon that invites somebody."""
    return _invite


async def _invite(name: str, address: str, business_name: str = "Studio Nord") -> TeamMemberInvited:
    """Open a salon that invites somebody; gives the event."""
    async with Log().change(actor=None):
        salon = await rules.sign_up_business(
            PUBLIC,
            business_name=business_name,
            zone="Europe/Berlin",
            currency="EUR",
            name="Mia Berg",
            email="mia@example.com",
            password=PASSWORD,
            confirmed=True,
        )
        offer: models.Invitation = await rules.invite_team_member(
            salon.viewer, email=address, name=name, role=Role.STAFF
        )
    return TeamMemberInvited(business_id=salon.business_id, subject=offer.id)


@pytest.fixture
def by_smtp(settings: Settings) -> Any:
    """What sets a mail server."""
    return partial(_by_smtp, settings)


def _by_smtp(settings: Settings, port: int, **more: Any) -> Settings:
    """Set a mail server."""
    server = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
    site = {"public_url": "https://app.example.com/", "mail_from": "Regulars <mail@example.com>"}
    return settings.model_copy(update=server | site | more)
