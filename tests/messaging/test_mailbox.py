"""From a forgotten password to a new one, through a real server, its worker and its mailbox."""

from __future__ import annotations

import asyncio
from email.parser import BytesParser
from email.policy import SMTP
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage.settings import Settings

SIGN_UP = """mutation { signUpBusiness(input: {businessName: "Studio Nord", zone: "Europe/Berlin",
  currency: "EUR", name: "Mia", email: "mia@example.com", password: "correct horse battery"}) {
  token problems { code } } }"""
FORGOTTEN = """mutation { requestPasswordReset(input: {email: "mia@example.com"}) {
  email problems { code } } }"""
RESET = """mutation ($token: String!) { resetPassword(input: {token: $token,
  password: "a whole new password"}) { endedSessions problems { code } } }"""
SIGN_IN = """mutation ($password: String!) { signIn(input: {email: "mia@example.com",
  password: $password}) { token problems { code } } }"""


@pytest.fixture
def settings(database_url: str, enabled: list[str], tmp_path: Path) -> Settings:
    """A server that does its own jobs."""
    return Settings.load(
        _env_file=None,
        database_url=database_url,
        modules=enabled,
        data_dir=tmp_path,
        port=0,
        worker=True,
        public_url="https://app.example.com",
    )


async def test_a_forgotten_password_is_replaced_by_mail(server: str, tmp_path: Path):
    """The whole way, as a person goes it."""
    async with httpx.AsyncClient(base_url=server, timeout=20) as client:

        async def ask(query: str, **variables: Any) -> Any:
            answer = await client.post("/graphql", json={"query": query, "variables": variables})
            return answer.json()["data"]

        token = (await ask(SIGN_UP))["signUpBusiness"]["token"]
        asked = await ask(FORGOTTEN)
        link = await link_in(tmp_path / "mailbox", "A new password for Studio Nord")
        reset = await ask(RESET, token=link.partition("#token=")[2])
        old = await ask(SIGN_IN, password="correct horse battery")
        new = await ask(SIGN_IN, password="a whole new password")
        signed_out = await client.post(
            "/graphql",
            json={"query": "{ viewer { role } }"},
            headers={"Authorization": f"Bearer {token}"},
        )

    assert asked["requestPasswordReset"] == {"email": "mia@example.com", "problems": []}
    assert link.startswith("https://app.example.com/reset-password#token=")
    assert reset["resetPassword"] == {"endedSessions": 1, "problems": []}
    assert old["signIn"] == {"token": None, "problems": [{"code": "INVALID_CREDENTIALS"}]}
    assert new["signIn"]["token"].startswith("rgl_")
    assert signed_out.status_code == 401


async def link_in(mailbox: Path, subject: str) -> str:
    """Wait for a mail and give the link in it."""
    async with asyncio.timeout(20):
        while True:
            for file in mailbox.glob("*.eml"):
                mail = BytesParser(policy=SMTP).parsebytes(file.read_bytes())
                if mail["Subject"] == subject:
                    text = mail.get_body(("plain",)).get_content()
                    return next(each for each in text.splitlines() if each.startswith("https://"))
            await asyncio.sleep(0.05)
