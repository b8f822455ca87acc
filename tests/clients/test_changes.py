"""Changes of the client list, watched through the engine from the cursor of the list."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import orjson

from modules.clients import rules
from schema.api import Asked
from schema.engine import Engine

WATCH = """subscription($after: String, $clients: [ID!]) {
  clientChanges(after: $after, clientIds: $clients) {
    kind subjectId client { firstName } changed count cursor
  }
}"""
LIST = """query($id: ID!) {
  business: node(id: $id) { ... on Business { cursor clients { totalCount nodes { id } } } }
}"""


async def test_the_list_and_then_every_change_of_it(by: Any, do: Any, engine: Engine) -> None:
    """R7: what happened since the list was read, once and in order; then what happens."""
    jo = {"first_name": "Jo", "last_name": "Lee", "phone": "+31612345678"}
    first = await do(rules.create_client, by, **jo)
    answer = await engine.answer(Asked(LIST, {"id": f"biz_{by.business_id.hex}"}), by)
    business = orjson.loads(answer.body)["data"]["business"]
    assert business["clients"] == {"totalCount": 1, "nodes": [{"id": f"cli_{first.hex}"}]}

    await do(rules.update_client, by, client_id=first, first_name="Jos", address={"city": "Ede"})
    second = await do(rules.create_client, by, **jo)
    await do(rules.create_clients, by, [jo, jo, jo])
    told = await _told(engine, by, 3, after=business["cursor"])

    file = {"client": {"firstName": "Jos"}, "subjectId": f"cli_{first.hex}", "count": 1}
    many = {"client": None, "subjectId": None, "changed": [], "count": 3, "kind": "IMPORTED"}
    changed = told[0].pop("changed")
    assert {"firstName", "address"} <= set(changed)
    assert told == [
        {**file, "kind": "UPDATED"},
        {
            "client": {"firstName": "Jo"},
            "subjectId": f"cli_{second.hex}",
            "count": 1,
            "kind": "CREATED",
            "changed": [],
        },
        many,
    ]
    ids = [f"cli_{second.hex}"]
    only = await _told(engine, by, 2, after=business["cursor"], clients=ids)
    assert [(each["kind"], each["subjectId"]) for each in only] == [
        ("CREATED", ids[0]),
        ("IMPORTED", None),
    ]


async def _told(engine: Engine, by: Any, count: int, **asked: Any) -> list[dict[str, Any]]:
    """Take so many changes."""
    told = []
    async with asyncio.timeout(10), aclosing(engine.watch(Asked(WATCH, asked), by)) as stream:
        while len(told) < count:
            change = orjson.loads((await anext(stream)).body)["data"]["clientChanges"]
            assert change.pop("cursor")
            told.append(change)
    return told
