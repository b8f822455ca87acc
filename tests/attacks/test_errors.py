"""When something breaks on our side: the client learns that it did, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

import server as server_module
from storage.database import Database, execute, fetch, fetchval
from storage.settings import Settings
from tests.attacks.conftest import CLIENTS, INSIDES, Target
from tests.conftest import serving
from tests.promises.conftest import CLIENT

RUNNING = """SELECT query FROM pg_stat_activity WHERE datname = current_database()
  AND state <> 'idle' AND pid <> pg_backend_pid() AND query ILIKE '%clients%'"""
SLOW = """CREATE FUNCTION slowly(text) RETURNS text LANGUAGE plpgsql VOLATILE AS
  $$ BEGIN PERFORM pg_sleep(60); RETURN $1; END $$"""


def _is_masked(response: httpx.Response) -> None:
    """Find one sentence that says nothing of tables, statements, files or libraries."""
    assert response.status_code in (200, 500)
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    assert error["message"] == "Something went wrong on our side. It has been noted."
    for word in (*INSIDES, b"clients_", b"relation", b"sort_name", b"boom", b"column"):
        assert word not in response.content, response.text


async def test_a_lost_table_is_not_told(target: Target) -> None:
    """A query and a change that run into it; the next request is answered."""
    await execute("ALTER TABLE clients RENAME TO clients_gone")
    _is_masked(await target.post({"query": CLIENTS}))
    person = {"firstName": "A", "lastName": "B", "phone": "+31201234567"}
    _is_masked(await target.post({"query": CLIENT, "variables": {"input": person}}))
    await execute("ALTER TABLE clients_gone RENAME TO clients")

    await target.is_unhurt()


async def test_a_broken_constraint_is_not_told(target: Target) -> None:
    """A change that breaks a rule of the database nobody declared is a bug, and undone."""
    await execute("ALTER TABLE clients ADD CONSTRAINT boom CHECK (last_name <> 'B')")
    person = {"firstName": "A", "lastName": "B", "phone": "+31201234567"}
    for dry in (False, True):
        sent = {"input": person, "dry": dry, "key": "once"}
        _is_masked(await target.post({"query": CLIENT, "variables": sent}))

    await target.is_unhurt()


async def test_a_broken_row_is_not_told(target: Target, caplog: pytest.LogCaptureFixture) -> None:
    """A zone nobody knows, which some field trips over; other fields are answered."""
    assert (await target.salon.book())["problems"] == []
    await execute("UPDATE businesses SET zone = 'Nowhere/boom'")
    query = """{ viewer { business { clients { nodes { id appointments { nodes { localStart } } } }
      } } }"""

    response = await target.post({"query": query})
    assert len(response.json()["errors"]) == 1
    assert not [word for word in (*INSIDES, b"boom") if word in response.content]
    assert "an operation failed at viewer" in caplog.text  # whoever looks after it is told more
    whole = await target.post({"query": "{ viewer { role } }"})
    assert whole.json() == {"data": {"viewer": {"role": "OWNER"}}}


@pytest.fixture
async def impatient(database: Database, settings: Settings) -> AsyncIterator[str]:
    """A server that gives every request a second."""
    quick = settings.model_copy(update={"request_timeout": 1.0})
    async with serving(server_module.create_app(quick, database=database)) as url:
        yield url


async def test_a_slow_query_is_cancelled_with_its_sql(target: Target, impatient: str) -> None:
    """After its time the client is told, and PostgreSQL works for nobody."""
    await execute(SLOW)
    await execute("ALTER TABLE clients RENAME TO clients_kept")
    await execute(
        "CREATE VIEW clients AS SELECT k.* FROM clients_kept k WHERE slowly(last_name) IS NOT NULL"
    )
    bearer = {"authorization": f"Bearer {target.salon.token}"}
    async with httpx.AsyncClient(base_url=impatient, timeout=20, headers=bearer) as http:
        began = time.perf_counter()
        asking = asyncio.create_task(http.post("/graphql", json={"query": CLIENTS}))
        await asyncio.sleep(0.5)
        assert len(await fetch(RUNNING)) == 1
        response = await asking
        took = time.perf_counter() - began

        assert response.json()["errors"][0]["extensions"] == {"code": "TIMEOUT"}
        assert took < 5
        assert await _idle()

        asking = asyncio.create_task(http.post("/graphql", json={"query": CLIENTS}))
        await asyncio.sleep(0.5)
        asking.cancel()  # and so is one whose client has left
        assert await _idle()
    await execute("DROP VIEW clients")
    await execute("ALTER TABLE clients_kept RENAME TO clients")
    await target.is_unhurt()


async def _idle() -> bool:
    """Wait a little for PostgreSQL to have nothing to do."""
    for _ in range(40):
        if not await fetch(RUNNING):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_many_slow_queries_hold_up_nobody_for_long(target: Target, impatient: str) -> None:
    """More of them than there are connections: after their time everybody is answered."""
    await execute(SLOW)
    await execute("ALTER TABLE services RENAME TO services_kept")
    await execute(
        "CREATE VIEW services AS SELECT k.* FROM services_kept k WHERE slowly(name) IS NOT NULL"
    )
    slow = {"query": "{ viewer { business { services { nodes { id } } } } }"}
    bearer = {"authorization": f"Bearer {target.salon.token}"}
    async with httpx.AsyncClient(base_url=impatient, timeout=20, headers=bearer) as http:
        answers = await asyncio.gather(*(http.post("/graphql", json=slow) for _ in range(25)))
        quick = await http.post("/graphql", json={"query": CLIENTS})

    assert {a.json()["errors"][0]["extensions"]["code"] for a in answers} == {"TIMEOUT"}
    assert quick.json()["data"]["viewer"]["business"]["clients"] == {"totalCount": 1}
    assert await fetchval("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%slowly%'"
                          " AND state = 'active' AND pid <> pg_backend_pid()") == 0  # fmt: skip
