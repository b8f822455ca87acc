"""What a server says about itself: health, readiness, figures, request ids."""

from __future__ import annotations

import asyncio
import re

import asyncpg
import httpx
import pytest

from schema.serving import lifetime
from server import create_app
from storage import worker
from storage.database import Database
from storage.settings import Settings
from tests.conftest import serving

FOR_WHOM = "Figures are for this machine; from elsewhere send METRICS_TOKEN as a bearer token."


@pytest.fixture
def enabled() -> list[str]:
    """No module: none of this depends on one."""
    return []


async def test_a_server_is_alive_and_ready(server: str) -> None:
    """The process answers, and so does its database."""
    async with httpx.AsyncClient(base_url=server) as http:
        alive, ready = await http.get("/healthz"), await http.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"alive": True})
    assert (ready.status_code, ready.json()) == (200, {"ready": True})
    assert ready.headers["cache-control"] == "no-store"


async def test_a_lost_database_is_a_reason_not_to_be_ready(database: Database, server: str) -> None:
    """Nothing is sent to this server then; the process is alive all the same."""
    await database.pool.close()

    async with httpx.AsyncClient(base_url=server) as http:
        alive, ready = await http.get("/healthz"), await http.get("/readyz")

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert ready.json() == {
        "ready": False,
        "reason": "The database is of no use: the pool is closed",
    }


async def test_a_worker_that_takes_no_jobs_is_a_reason_not_to_be_ready(
    settings: Settings, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ready means that what is promised is done too: jobs are, as soon as the queue is reached."""
    monkeypatch.setattr(lifetime, "COMING_UP", 0.2)
    elsewhere = await asyncpg.connect(database_url)
    held = elsewhere.transaction()
    await held.start()
    await elsewhere.execute("LOCK TABLE job IN ACCESS EXCLUSIVE MODE")
    app = create_app(settings.model_copy(update={"worker": True}), database=database)
    reason = "The worker takes no jobs (general): it starts, or cannot reach its queue."
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        waits = await http.get("/readyz")
        assert app.state.lifetime.reason == reason
        await held.rollback()
        async with asyncio.timeout(20):
            while (ready := await http.get("/readyz")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        monkeypatch.setattr(worker, "SILENCE", 0.0)  # as after half a minute without a look
        idle = await http.get("/readyz")
    await elsewhere.close()

    assert (waits.status_code, waits.json()) == (503, {"ready": False, "reason": reason})
    assert ready.json() == {"ready": True}
    assert (idle.status_code, idle.json()) == (503, {"ready": False, "reason": reason})


async def test_a_server_that_says_it_is_ready_takes_jobs(
    settings: Settings, database: Database
) -> None:
    """Before its first request: the worker has looked into the queue."""
    app = create_app(settings.model_copy(update={"worker": True}), database=database)
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        assert app.state.lifetime.reason is None
        assert (await http.get("/readyz")).json() == {"ready": True}


async def test_every_response_carries_its_requests_id(server: str) -> None:
    """A proxy's id is kept, an unfit one replaced, and no two are alike."""
    async with httpx.AsyncClient(base_url=server) as http:
        made = [(await http.get("/healthz")).headers["x-request-id"] for _ in range(2)]
        kept = await http.get("/nowhere", headers={"X-Request-Id": "proxy-17"})
        unfit = await http.get("/healthz", headers={"X-Request-Id": "a b\tc"})

    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in (*made, unfit.headers["x-request-id"]))
    assert made[0] != made[1]
    assert (kept.status_code, kept.headers["x-request-id"]) == (404, "proxy-17")


async def test_figures_tell_what_was_answered(server: str) -> None:
    """By route and status; paths nobody serves are one figure, whatever they are called."""
    async with httpx.AsyncClient(base_url=server) as http:
        for path in ("/healthz", "/healthz", "/nowhere", "/else/where"):
            await http.get(path)
        text = (await http.get("/metrics")).text

    lines = [line for line in text.splitlines() if line.startswith("regulars_")]
    assert 'regulars_requests_total{route="/healthz",status="200"} 2.0' in lines
    assert 'regulars_requests_total{route="other",status="404"} 2.0' in lines
    assert 'regulars_request_seconds_count{route="/healthz"} 2.0' in lines
    assert "regulars_requests_in_flight 1.0" in lines
    assert 'regulars_connections{pool="reads",state="busy"} 0.0' in lines
    assert 'regulars_connections{pool="changes",state="busy"} 0.0' in lines
    assert "regulars_subscriptions 0.0" in lines


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "salon.example"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
    ],
)
async def test_figures_are_for_this_machine(
    settings: Settings, database: Database, headers: dict[str, str]
) -> None:
    """Nobody reads them through a proxy, whatever it passes on, nor with a wrong token."""
    given = settings.model_copy(update={"metrics_token": "right"})
    async with (
        serving(create_app(given, database=database)) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        refused = await http.get("/metrics", headers=headers)
        token = {**headers, "Authorization": "Bearer right"}
        with_token = await http.get("/metrics", headers=token)
        from_here = await http.get("/metrics")

    assert (refused.status_code, refused.json()) == (
        403,
        {"error": FOR_WHOM},
    )
    assert (with_token.status_code, from_here.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("proxies", "status"),
    [([], 403), (["127.0.0.1"], 200)],
)
async def test_figures_are_not_for_a_silent_proxy_on_this_machine(
    settings: Settings, database: Database, proxies: list[str], status: int
) -> None:
    """Behind a public address somebody passes requests on; who that is, has to be declared."""
    given = settings.model_copy(
        update={"public_url": "https://salon.example", "trusted_proxies": proxies}
    )
    async with (
        serving(create_app(given, database=database)) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        assert (await http.get("/metrics")).status_code == status
