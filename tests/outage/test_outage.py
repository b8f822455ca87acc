"""PostgreSQL goes away, comes back, is full or does not answer: requests and probes meanwhile."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from websockets.asyncio.client import connect

from storage.outage import outage
from storage.settings import Settings
from tests.outage.conftest import Killable

COMPARING = "compare time zones"
"""What a server does for a while when it has started."""
SIGN_IN = {
    "query": 'mutation { signIn(input: {email: "a@b.test", password: "none"}) { token } }',
}
AWAY = {
    "message": "The database cannot be used right now: try again in a few seconds."
    " Repeat it with the same idempotencyKey, or look first what came of it.",
    "extensions": {"code": "UNAVAILABLE"},
}


@pytest.fixture
def enabled() -> list[str]:
    """The least that asks the database."""
    return ["accounts"]


async def _ready(http: httpx.AsyncClient, *, within: float = 20) -> httpx.Response:
    deadline = time.monotonic() + within
    while (answer := await http.get("/readyz")).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.05)
    return answer


async def test_a_server_serves_after_every_restart_of_postgresql(
    running: str, killable: Killable
) -> None:
    """No connection is lost count of: after five crashes, pools of four answer as before."""
    async with httpx.AsyncClient(base_url=running, timeout=20) as http:
        for _ in range(5):
            asking = [asyncio.create_task(http.post("/graphql", json=SIGN_IN)) for _ in range(20)]
            await asyncio.sleep(0.02)
            killable.kill()
            answers = [await each for each in asking]
            assert {each.status_code for each in answers} <= {200, 503}
            killable.start()
            await _ready(http)
        after = [await http.post("/graphql", json=SIGN_IN) for _ in range(20)]

    assert {each.status_code for each in after} == {200}


async def test_while_postgresql_is_away_clients_are_told_to_try_again(
    running: str,
    killable: Killable,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """503 with Retry-After, an error on a socket that stays, and two lines in the log in all."""
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(outage, "_quiet_until", 0.0)  # whatever other tests went through
    socket = running.replace("http", "ws") + "/graphql"
    async with (
        httpx.AsyncClient(base_url=running, timeout=20) as http,
        connect(socket, subprotocols=["graphql-transport-ws"]) as ws,  # type: ignore[list-item]
    ):
        await ws.send('{"type":"connection_init"}')
        await ws.recv()
        while any(task.get_name() == COMPARING for task in asyncio.all_tasks()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        caplog.clear()  # of what a start has to say
        killable.kill()
        answers = [await http.post("/graphql", json=SIGN_IN) for _ in range(50)]
        ready = await http.get("/readyz")
        await ws.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": SIGN_IN}).decode())
        said = orjson.loads(await ws.recv())
        killable.start()
        await _ready(http)
        await ws.send(orjson.dumps({"id": "2", "type": "subscribe", "payload": SIGN_IN}).decode())
        later = orjson.loads(await ws.recv())

    assert {each.status_code for each in answers} == {503}
    assert answers[-1].json() == {"errors": [AWAY]}
    assert answers[-1].headers["retry-after"] == "2"
    assert ready.status_code == 503
    assert said == {"id": "1", "type": "error", "payload": [AWAY]}
    assert later["type"] == "next"
    lines = [f"{record.name}: {record.getMessage()}" for record in caplog.records]
    assert [line.partition(":")[0] for line in lines] == ["storage.outage"] * 2, lines


async def test_a_frozen_postgresql_is_not_ready_and_recovers(
    running: str, killable: Killable
) -> None:
    """The probe answers within two seconds although nothing answers it."""
    async with httpx.AsyncClient(base_url=running, timeout=20) as http:
        killable.signal(signal.SIGSTOP)
        began = time.monotonic()
        frozen = await http.get("/readyz")
        took = time.monotonic() - began
        killable.signal(signal.SIGCONT)
        thawed = await _ready(http)

    assert (frozen.status_code, thawed.status_code) == (503, 200)
    assert frozen.json() == {"ready": False, "reason": "The database does not answer."}
    assert took < 2


async def test_a_full_disk_of_postgresql_is_not_ready(running: str, killable: Killable) -> None:
    """Whoever changes something is told to try again, and probes fail until there is room."""
    owner = await asyncpg.connect(killable.dsn)
    await owner.execute(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;"
        "CREATE TRIGGER full_disk BEFORE INSERT ON attempts EXECUTE FUNCTION full_disk()"
    )
    async with httpx.AsyncClient(base_url=running, timeout=20) as http:
        refused = await http.post("/graphql", json=SIGN_IN)
        noticed = outage.disk_full
        again = await http.get("/readyz")  # what the probe writes fits
    await owner.close()

    assert (refused.status_code, refused.json()) == (503, {"errors": [AWAY]})
    assert noticed
    assert again.status_code == 200
    assert not outage.disk_full


class TestWithoutRoom:
    """The folder of the files is on a disk with less room than is wanted."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """More room than any disk has."""
        return settings.model_copy(update={"disk_floor": 10**18})

    async def test_it_is_not_ready(self, running: str, settings: Settings) -> None:
        """In a sentence that names the setting."""
        async with httpx.AsyncClient(base_url=running) as http:
            answer = await http.get("/readyz")
        said: dict[str, Any] = answer.json()

        assert answer.status_code == 503
        assert said["reason"].startswith(f"The disk of {settings.data_dir} is full: ")
        assert said["reason"].endswith("DISK_FLOOR is 1,000,000,000,000,000,000.")
