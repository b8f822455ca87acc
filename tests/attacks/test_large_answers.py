"""What a change or a subscription answers is bounded in bytes as what a query answers is."""

from __future__ import annotations

import orjson
import pytest
from websockets.asyncio.client import connect

from storage import database as db
from tests.attacks.conftest import Target, unhurt

LARGE = f"notes(first: 100) {{ nodes {{ {' '.join(f'a{i}: text' for i in range(90))} }} }}"
"""Of a client with a hundred long notes: some 45 MB."""
UPDATE = f"""mutation($input: UpdateClientInput!, $dry: Boolean! = false) {{
  updateClient(input: $input, dryRun: $dry) {{ client {{ {LARGE} }} problems {{ code }} }} }}"""
SMALL = """mutation($input: UpdateClientInput!) {
  updateClient(input: $input) { client { version } problems { code } } }"""
WATCH = f"""subscription($after: String) {{ clientChanges(after: $after) {{
  kind cursor client {{ {LARGE} }} }} }}"""
BRIEF = "subscription($after: String) { clientChanges(after: $after) { kind cursor } }"
CURSOR = "{ viewer { business { cursor } } }"
STATE = "SELECT to_jsonb(c)::text FROM clients c"


@pytest.fixture
async def notes(target: Target) -> None:
    """The salon's client has a hundred notes of five thousand letters."""
    await db.execute(
        "INSERT INTO client_notes (business_id, client_id, kind, text)"
        " SELECT business_id, id, 'GENERAL', repeat('x', 5000)"
        " FROM clients, generate_series(1, 100)"
    )


@pytest.mark.parametrize("dry", [False, True])
async def test_a_change_whose_payload_is_too_large_is_undone(
    target: Target, notes: None, dry: bool
) -> None:
    """Nobody has changed what they cannot be told of."""
    before = await db.fetchval(STATE)
    given = {"input": {"id": target.salon.client, "note": "new"}, "dry": dry}

    response = await target.post({"query": UPDATE, "variables": given})

    unhurt(response)
    answer = response.json()
    assert answer["data"] is None
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["updateClient"], "TOO_COMPLEX")
    assert await db.fetchval(STATE) == before
    assert await db.fetchval("SELECT count(*) FROM event WHERE kind LIKE '%Updated'") == 0


async def test_a_subscription_whose_change_is_too_large_is_told_so(
    target: Target, notes: None
) -> None:
    """Its operation says why, and others on the socket go on."""
    told = await target.ask(CURSOR)
    after = {"after": told["data"]["viewer"]["business"]["cursor"]}
    change = {"input": {"id": target.salon.client, "note": "new"}}
    assert (await target.ask(SMALL, **change))["data"]["updateClient"]["problems"] == []
    url = f"{target.url.replace('http', 'ws')}/graphql"
    async with connect(url, subprotocols=["graphql-transport-ws"], max_size=None) as socket:
        payload = {"token": target.salon.token}
        await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        heard = {}
        for id_, query in (("large", WATCH), ("small", BRIEF)):
            asked = {"query": query, "variables": after}
            said = {"id": id_, "type": "subscribe", "payload": asked}
            await socket.send(orjson.dumps(said).decode())
            answer = await socket.recv()
            assert len(answer) < 10_000
            heard[id_] = orjson.loads(answer)

    large = heard["large"]["payload"]
    [error] = large if isinstance(large, list) else large["errors"]
    assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert heard["small"]["payload"]["data"]["clientChanges"]["kind"] == "UPDATED"
