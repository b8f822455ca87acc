"""A session that ends in one process ends in all of them."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import httpx

SIGN_UP = """mutation { signUpBusiness(input: {businessName: "Studio Nord", zone: "Europe/Berlin",
  currency: "EUR", name: "Mia", email: "mia@example.com", password: "correct horse battery"}) {
  token } }"""


async def test_what_another_process_ended_is_over_here_as_well(server: str, database_url: str):
    """It is heard of through the log, long before anybody would look again."""
    async with httpx.AsyncClient(base_url=server, timeout=20) as client:
        signed = await client.post("/graphql", json={"query": SIGN_UP})
        token = signed.json()["data"]["signUpBusiness"]["token"]

        async def status() -> int:
            answer = await client.post(
                "/graphql",
                json={"query": "{ viewer { role } }"},
                headers={"Authorization": f"Bearer {token}"},
            )
            return answer.status_code

        assert await status() == 200
        await end_all_sessions(database_url)
        start = time.monotonic()
        while await status() == 200:
            assert time.monotonic() - start < 5
            await asyncio.sleep(0.01)

    assert await status_of_nobody(server) == 200


async def end_all_sessions(url: str) -> None:
    """Do what another process's rule does: the change, its event, and the wake-up."""
    elsewhere = await asyncpg.connect(url)
    async with elsewhere.transaction():
        gone = await elsewhere.fetchrow("DELETE FROM sessions RETURNING *")
        await elsewhere.execute(
            "INSERT INTO event (business_id, kind, subject, data)"
            " VALUES ($1, 'accounts.SessionsEnded', $2,"
            " jsonb_build_object('sessions', $3::uuid[]))",
            gone["business_id"],
            gone["account_id"],
            [gone["id"]],
        )
    await elsewhere.execute("SELECT pg_notify('regulars_event', $1)", str(gone["business_id"]))
    await elsewhere.close()


async def status_of_nobody(server: str) -> int:
    """Ask as the public, which is never signed out."""
    async with httpx.AsyncClient(base_url=server, timeout=20) as client:
        return (await client.post("/graphql", json={"query": "{ viewer { role } }"})).status_code
