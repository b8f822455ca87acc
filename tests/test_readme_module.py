"""The module README shows works as it stands there."""

from __future__ import annotations

import asyncio
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

import modules
import server as server_module
from modules import registry
from modules.accounts import rules as accounts
from modules.clients import rules as clients
from modules.viewer import Role, Viewer
from schema.api import Asked
from schema.runtime import Runtime
from storage import log
from storage.database import Database
from storage.migrate import migrate
from storage.settings import Settings
from tests import pages
from tests.promises.conftest import Salon, furnish


async def test_the_module_of_thirty_lines_works(
    settings: Settings, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written to a folder as README has it: its table is made, its job runs, its field answers."""
    shown = [text for _, text in pages.blocks(pages.README) if "modules/reliability/" in text]
    for text in shown:
        file = tmp_path / str(re.search(r"modules/(\S+)", text)[1])  # type: ignore[index]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(modules, "__path__", [*modules.__path__, str(tmp_path)])
    prose = " ".join(pages.prose(pages.README).split())
    [query] = re.findall(r"`(\{ viewer [^`]*lateCancellations[^`]*\})`", prose)
    manifest = next(text for text in shown if "module = Module(" in text)
    assert len([line for line in manifest.splitlines() if line.strip()]) <= 30

    enabled = settings.model_copy(update={"modules": registry.built_in()})
    loaded = server_module.enabled(enabled)
    await migrate(database_url, registry.migrations(loaded))
    async with Runtime.open(settings, loaded) as runtime:
        await runtime.follow()
        engine = runtime.engine

        async def ask(text: str, variables: dict[str, Any], *, token: str | None = None) -> Any:
            answer = await engine.answer(Asked(text, variables), await engine.viewer(token))
            return orjson.loads(answer.body)

        salon = await furnish(ask)
        soon, later = datetime.now(UTC) + timedelta(hours=2), salon.start
        async with runtime.working():
            client = await _client(salon)
            for start, token in ((soon, client), (later, client), (soon, salon.token)):
                hour = start.replace(minute=0, second=0, microsecond=0)
                await _booked_and_cancelled(salon, hour, token)
            await _idle(runtime.database)
        read = await ask(query, {}, token=salon.token)
    for name in [name for name in sys.modules if name.startswith("modules.reliability")]:
        del sys.modules[name]

    assert "reliability" in enabled.modules  # type: ignore[operator]
    [client] = read["data"]["viewer"]["business"]["clients"]["nodes"]
    assert client == {"fullName": "Ann Lee", "lateCancellations": 1}


async def _client(salon: Salon) -> str:
    """Give the token of the client, signed in to see their file."""
    who = UUID(salon.client.partition("_")[2])
    business_id = UUID(salon.business.partition("_")[2])
    by = Viewer(role=Role.OWNER, business_id=business_id)
    async with log.change(actor=None, business_id=business_id):
        account = await clients.prove(by, client_id=who, email="ann@example.org")
        signed = await accounts.begin_as_client(account, business_id)
    assert signed is not None
    return signed.token


async def _booked_and_cancelled(salon: Salon, start: datetime, token: str) -> None:
    query = """mutation($input: CancelAppointmentInput!) {
      cancelAppointment(input: $input) { appointment { status } problems { code } }
    }"""
    hours = (start - salon.start) / timedelta(hours=1)
    booked = await salon.book(hours)
    assert booked["problems"] == [], booked
    which = {"input": {"id": booked["appointment"]["id"]}}
    cancelled = (await salon.ask(query, which, token=token))["data"]["cancelAppointment"]
    assert cancelled["appointment"] == {"status": "CANCELLED"}


async def _idle(opened: Database) -> None:
    """Wait until no job is left to do."""
    async with asyncio.timeout(10):
        while True:
            if not await opened.pool.fetchval("SELECT count(*) FROM job WHERE status <> 'failed'"):
                return
            await asyncio.sleep(0.02)
