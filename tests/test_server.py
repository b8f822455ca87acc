"""What a server says about itself: health, readiness, figures, request ids."""

from __future__ import annotations

import re

import httpx
import pytest

from storage.database import Database


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
        "reason": "The database is of no use: pool is closed",
    }


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
