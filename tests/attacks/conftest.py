"""A real server with a furnished salon behind it, and a look at whether an attack did anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest

from storage.database import fetch
from tests.promises.conftest import Ask, Salon, furnish

INSIDES = (
    b"Traceback",
    b"asyncpg",
    b"psycopg",
    b"File \\",
    b"SELECT ",
    b"INSERT ",
    b"site-packages",
)
"""What no answer may ever hold."""
UNCOUNTED = ("attempts", "job", "job_log", "job_statistics", "job_schedule")
"""Tables that change by themselves, or that are meant to count attacks."""
CLIENTS = "{ viewer { business { clients { totalCount } } } }"


@dataclass(frozen=True)
class Target:
    """A salon's server, as whoever attacks it finds it."""

    url: str
    http: httpx.AsyncClient
    salon: Salon
    written: dict[str, int]
    """How many rows each table had before anything was tried."""

    async def post(self, body: Any, *, token: str | None = None, **headers: str) -> httpx.Response:
        """POST JSON, or bytes as they are; as the owner; with an empty token as nobody."""
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        token = self.salon.token if token is None else token
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        sent = {"content-type": "application/json", **bearer, **named}
        return await self.http.post("/graphql", content=content, headers=sent)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask as the owner; whatever comes back is told in GraphQL."""
        response = await self.post({"query": query, "variables": variables})
        unhurt(response)
        return dict(response.json())

    async def code(self, query: str, **variables: Any) -> str:
        """Ask for what is refused, and give the one code it is refused with."""
        answer = await self.ask(query, **variables)
        found = {error["extensions"]["code"] for error in answer.get("errors", ())}
        for payload in (answer.get("data") or {}).values():
            if isinstance(payload, dict):
                found |= {problem["code"] for problem in payload.get("problems", ())}
        [code] = found
        return str(code)

    async def is_unhurt(self) -> None:
        """Find nothing written, and the next request answered."""
        assert await rows() == self.written
        response = await self.post({"query": CLIENTS})
        assert response.status_code == 200
        assert response.json() == {"data": {"viewer": {"business": {"clients": {"totalCount": 1}}}}}


def unhurt(response: httpx.Response) -> None:
    """Find an answer that is no bug and tells nothing of our insides."""
    assert response.status_code < 500, response.text[:500]
    assert b"INTERNAL_SERVER_ERROR" not in response.content, response.text[:500]
    assert not [word for word in INSIDES if word in response.content], response.text[:500]
    assert len(response.content) < 10_000, response.text[:500]


async def rows() -> dict[str, int]:
    """Count the rows of every table."""
    tables = await fetch(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
        " AND table_type = 'BASE TABLE'"
    )
    names = [row["name"] for row in tables if row["name"] not in UNCOUNTED]
    union = " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) AS n FROM {name}" for name in names
    )
    return {row["name"]: row["n"] for row in await fetch(union)}


@pytest.fixture
async def target(server: str) -> AsyncIterator[Target]:
    """The salon, over HTTP."""
    async with httpx.AsyncClient(base_url=server, timeout=30) as http:

        async def ask(query: str, variables: Any = None, *, token: str | None = None) -> Any:
            headers = {"authorization": f"Bearer {token}"} if token else {}
            body = {"query": query, "variables": variables or {}}
            return (await http.post("/graphql", json=body, headers=headers)).json()

        salon = await furnish(ask)
        yield Target(server, http, salon, await rows())


@pytest.fixture
async def salon(api: Ask) -> Salon:
    """A furnished salon, without HTTP."""
    return await furnish(api)
