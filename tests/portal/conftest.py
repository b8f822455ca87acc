"""A salon whose clients look after themselves, and the mails they really get."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTPUTF8
from pathlib import Path
from typing import Any

import pytest

from modules.accounts import rules as accounts
from modules.contract import Module
from modules.reactions import Reactions
from schema.engine import Engine
from storage.database import fetchval
from storage.handlers import Patience
from storage.settings import Settings
from storage.worker import Worker
from tests.promises.conftest import Salon, furnish

Ask = Callable[..., Awaitable[dict[str, Any]]]

VERIFY = """mutation($token: String!, $key: String, $dry: Boolean! = false) {
  verifyClientEmail(input: {token: $token}, idempotencyKey: $key, dryRun: $dry) {
    token viewer { role business { name } } problems { code } replayed messages { kind }
  }
}"""
ASK_CODE = """mutation($email: String!, $business: ID!) {
  requestSignInCode(input: {email: $email, businessId: $business}) {
    email problems { code } messages { kind recipient }
  }
}"""
USE_CODE = """mutation($email: String!, $business: ID!, $code: String!, $dry: Boolean! = false) {
  signInWithCode(input: {email: $email, businessId: $business, code: $code}, dryRun: $dry) {
    token viewer { role } problems { code field }
  }
}"""
CLIENT = """query($id: ID!) { node(id: $id) { ... on Client {
  email accountStatus emailVerifiedAt version } } }"""


@dataclass(frozen=True)
class Mailbox:
    """What the server sent, each mail a file."""

    folder: Path

    async def to(self, address: str) -> list[EmailMessage]:
        """Wait until nothing is left to do; give all mails to this address, the oldest first."""
        await self.settled()
        parse = BytesParser(policy=SMTPUTF8).parsebytes
        files = sorted(self.folder.rglob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        mails = [parse(file.read_bytes()) for file in files]
        return [mail for mail in mails if mail["To"].addresses[0].addr_spec == address]

    async def settled(self) -> None:
        """Wait until every job is done."""
        for _ in range(2000):
            if not await fetchval("SELECT EXISTS (SELECT FROM job)"):
                return
            await asyncio.sleep(0.01)
        raise TimeoutError("jobs are left")

    async def token(self, address: str, page: str = "") -> str:
        """Give the secret of the last link, to a page if one is named, mailed to this address."""
        links = re.compile(rf"{re.escape(page)}#token=(\S+)")
        found = [links.findall(text(mail)) for mail in await self.to(address)]
        return str([secrets for secrets in found if secrets][-1][0])

    async def code(self, address: str) -> str:
        """Give the last code mailed to this address."""
        return str((await self.last(address))["Subject"])[:6]

    async def last(self, address: str) -> EmailMessage:
        """Give the last mail to this address."""
        return (await self.to(address))[-1]


def text(mail: EmailMessage) -> str:
    """Give what a mail says."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.fixture
def enabled() -> list[str]:
    """Only what these tests are about."""
    return ["accounts", "appointments", "clients", "messaging", "services"]


@pytest.fixture
async def mails(
    engine: Engine, loaded: list[Module], settings: Settings, database_url: str, tmp_path: Path
) -> AsyncIterator[Mailbox]:
    """What is mailed, by a real worker, into a folder."""
    handlers = Reactions(loaded, settings).handlers()
    worker = Worker(database_url, handlers, patience=Patience(first_pause=0.05))
    running = asyncio.create_task(worker.run())
    yield Mailbox(tmp_path)
    await asyncio.wait_for(worker.stop(), 10)
    await running


@pytest.fixture
async def salon(api: Ask) -> AsyncIterator[Salon]:
    """A furnished salon with one client, Ann Lee, ann@example.com in any spelling."""
    accounts.forget_everything()
    yield await furnish(api)
    await accounts.settle()


@pytest.fixture
async def ann(api: Ask, salon: Salon, mails: Mailbox) -> str:
    """Ann's token: she followed the link from her mail."""
    answer = await api(VERIFY, {"token": await mails.token("ann@example.com")})
    payload = answer["data"]["verifyClientEmail"]
    assert payload["problems"] == []
    return str(payload["token"])
