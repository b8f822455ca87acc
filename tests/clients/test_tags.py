"""Tags of clients: one by one, many at once, counted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from modules.clients import rules
from storage import database as db
from tests.clients.conftest import everything, told

ADD, REMOVE = (
    f"""mutation($input: {verb.capitalize()}ClientTagsInput!) {{
      {verb}ClientTags(input: $input) {{
        clients {{ fullName tags }} changed problems {{ code field }} }} }}"""
    for verb in ("add", "remove")
)
TAGS = """query($id: ID!, $first: Int, $after: String) { business: node(id: $id) { ... on Business {
  clientTags(first: $first, after: $after) {
    totalCount nodes { tag count } pageInfo { endCursor hasNextPage }
  } } } }"""


@pytest.fixture
async def three(by: Any, do: Any) -> list[str]:
    """Three clients: tagged vip, vip and bride, and not at all."""
    made = await do(
        rules.create_clients,
        by,
        [
            {"first_name": name, "last_name": "A", "phone": "+31612345678", "tags": tags}
            for name, tags in (("Ann", ["vip"]), ("Bob", ["vip", "bride"]), ("Cy", None))
        ],
    )
    return [f"cli_{each.hex}" for each in made]


async def test_many_are_tagged_at_once(by: Any, does: Any, three: list[str]) -> None:
    """Who had the tags already is not changed, and does not count."""
    added = await does(by, ADD, clientIds=[*reversed(three), three[0]], tags=["Bride", " new  one"])
    again = await does(by, ADD, clientIds=three, tags=["bride"])
    removed = await does(by, REMOVE, clientIds=three, tags=["VIP", "unknown"])
    nothing = await does(by, REMOVE, clientIds=three, tags=[" "])

    cy, bob, ann = (
        {"fullName": f"{name} A", "tags": tags}
        for name, tags in (
            ("Cy", ["bride", "new one"]),
            ("Bob", ["bride", "new one", "vip"]),
            ("Ann", ["bride", "new one", "vip"]),
        )
    )
    assert added == {"clients": [cy, bob, ann, ann], "changed": 3, "problems": []}
    assert again == {"clients": [ann, bob, cy], "changed": 0, "problems": []}
    assert removed["changed"] == 2
    assert [each["tags"] for each in removed["clients"]] == [["bride", "new one"]] * 3
    assert nothing["changed"] == 0
    assert await told() == [("clients.ClientUpdated", ["tags"])] * 5


async def test_what_cannot_be_tagged_changes_nobody(
    by: Any, stranger: Any, does: Any, do: Any, three: list[str]
) -> None:
    """One unknown or full client among many, or too many of them: none is tagged."""
    full = await do(
        rules.create_client, by, first_name="Di", last_name="A", phone="+31612345678",
        tags=[f"tag {n}" for n in range(50)],
    )  # fmt: skip
    before = await everything()

    for who, ids, tags, problem in (
        (by, [*three, f"cli_{0:032x}"], ["x"], ("NOT_FOUND", ["input", "clientIds", "3"])),
        (stranger, three, ["x"], ("NOT_FOUND", ["input", "clientIds", "0"])),
        (by, [*three, f"cli_{full.hex}"], ["x"], ("TAGS_TOO_MANY", ["input", "tags"])),
        (by, three * 334, ["x"], ("CLIENTS_TOO_MANY", ["input", "clientIds"])),
        (by, three, ["a", "x" * 51], ("TEXT_TOO_LONG", ["input", "tags", "1"])),
    ):
        payload = await does(who, ADD, clientIds=ids, tags=tags)
        assert payload == {
            "clients": None,
            "changed": None,
            "problems": [{"code": problem[0], "field": problem[1]}],
        }

    assert await everything() == before


async def test_two_who_tag_the_same_clients_lose_nothing(
    by: Any, does: Any, three: list[str]
) -> None:
    """Each adds to what the other did, in whatever order they name them."""
    await asyncio.gather(
        *(
            does(by, ADD, clientIds=three if n % 2 else three[::-1], tags=[f"tag {n}"])
            for n in range(8)
        )
    )

    kept = await db.fetch("SELECT tags FROM clients")
    assert all({f"tag {n}" for n in range(8)} <= set(row["tags"]) for row in kept)


async def test_a_business_counts_its_own_tags(
    by: Any, stranger: Any, ask: Any, do: Any, three: list[str]
) -> None:
    """In pages, and nobody else's."""
    await do(
        rules.create_client, stranger, first_name="X", last_name="A", phone="+12125550123",
        tags=["vip", "theirs"],
    )  # fmt: skip

    async def page(**asked: Any) -> Any:
        answer = await ask(by, TAGS, id=f"biz_{by.business_id.hex}", **asked)
        return answer["data"]["business"]["clientTags"]

    first = await page(first=1)
    second = await page(first=5, after=first["pageInfo"]["endCursor"])

    assert first["totalCount"] == 2
    assert first["nodes"] == [{"tag": "bride", "count": 1}]
    assert second["nodes"] == [{"tag": "vip", "count": 2}]
    assert second["pageInfo"]["hasNextPage"] is False
