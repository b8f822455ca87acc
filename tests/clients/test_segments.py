"""Saved filters: who is meant is found anew every time, in no more statements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from modules.clients import rules
from schema.api import Asked
from schema.engine import Engine
from storage import database as db
from storage.read_connections import ReadConnections

CREATE = """mutation($input: CreateClientSegmentInput!) {
  createClientSegment(input: $input) {
    clientSegment { id name description filter version } problems { code field }
  }
}"""
UPDATE = """mutation($input: UpdateClientSegmentInput!) {
  updateClientSegment(input: $input) { clientSegment { name filter version } problems { code } }
}"""
DELETE = """mutation($input: DeleteClientSegmentInput!) {
  deleteClientSegment(input: $input) { deletedId problems { code } }
}"""
LIST = """query($id: ID!, $segment: ID, $filter: ClientFilter) {
  business: node(id: $id) { ... on Business { clients(segmentId: $segment, filter: $filter) {
    totalCount nodes { firstName }
  } } }
}"""
SEGMENTS = """query($id: ID!) {
  business: node(id: $id) { ... on Business { clientSegments { nodes { name filter } } } }
}"""
LAPSED = {
    "lastVisitAt": {"before": "2026-01-01T00:00:00Z"},
    "or": [{"tags": ["vip"]}, {"visitCount": {"atLeast": 3}}, {"source": ["IMPORT"]}],
    "preferredStaffIds": None,
}


@pytest.fixture
def enabled() -> list[str]:
    """What clients need, and what counts their visits."""
    return ["accounts", "clients", "services", "appointments"]


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks one question as a viewer, and gives the one thing it was about."""

    async def asking(by: Any, query: str, **variables: Any) -> Any:
        return orjson.loads((await engine.answer(Asked(query, variables), by)).body)

    return asking


async def test_a_segment_is_a_filter_with_a_name(by: Any, do: Any, ask: Any, stranger: Any) -> None:
    """R7: kept as it was sent, used, changed and thrown away; nobody else's."""
    people = [{"first_name": n, "last_name": "Lee", "phone": "+31612345678"} for n in "ABC"]
    a, b, _ = await do(rules.create_clients, by, people)
    await db.execute("UPDATE clients SET tags = '{vip}' WHERE id = $1", a)
    await db.execute("UPDATE client_figures SET visit_count = 3 WHERE id = $1", b)
    await db.execute("UPDATE client_figures SET last_visit_at = '2025-05-01'")

    answer = await ask(by, CREATE, input={"name": " Lapsed ", "filter": LAPSED})
    made = answer["data"]["createClientSegment"]["clientSegment"]
    stored = {**LAPSED, "lastVisitAt": {"before": "2026-01-01T00:00:00.000Z"}}
    assert made.pop("id").startswith("seg_")
    assert made == {"name": "Lapsed", "description": None, "filter": stored, "version": 1}
    business = f"biz_{by.business_id.hex}"
    answer = await ask(by, SEGMENTS, id=business)
    nodes = answer["data"]["business"]["clientSegments"]["nodes"]
    assert nodes == [{"name": "Lapsed", "filter": stored}]
    segment = "seg_" + (await db.fetchval("SELECT id FROM client_segments")).hex

    async def names(who: Any = by, **more: Any) -> Any:
        answer = await ask(who, LIST, id=f"biz_{who.business_id.hex}", segment=segment, **more)
        if "errors" in answer:
            return answer["errors"][0]["extensions"]["problem"]
        found = answer["data"]["business"]["clients"]
        assert found["totalCount"] == len(found["nodes"])
        return sorted(each["firstName"] for each in found["nodes"])

    assert await names() == ["A", "B"]
    assert await names(filter={"visitCount": {"atLeast": 1}}) == ["B"]
    assert await names(stranger) == "NOT_FOUND"
    assert (await ask(stranger, DELETE, input={"id": segment}))["data"]["deleteClientSegment"][
        "problems"
    ] == [{"code": "NOT_FOUND"}]

    change = {"id": segment, "version": 1, "filter": {"not": {"tags": ["vip"]}}}
    answer = await ask(by, UPDATE, input=change)
    assert answer["data"]["updateClientSegment"]["clientSegment"] == {
        "name": "Lapsed",
        "filter": change["filter"],
        "version": 2,
    }
    assert await names() == ["B", "C"]

    answer = await ask(by, DELETE, input={"id": segment})
    assert answer["data"]["deleteClientSegment"] == {"deletedId": segment, "problems": []}
    assert await names() == "NOT_FOUND"


async def test_filters_that_are_kept_are_renamed_along(by: Any, ask: Any) -> None:
    """R7: however deep, what one of an earlier version asks is what it asks now."""
    was = {
        "spent": {"atLeast": 5, "atMost": None},
        "or": [{"visits": {"atLeast": 3}}, {"not": {"noShows": {"atMost": 1}, "and": []}}, None],
        "tags": ["spent", "groups"],
        "lastVisit": None,
        "created": {"never": False},
    }
    await db.execute(
        "INSERT INTO client_segments (business_id, name, conditions) VALUES ($1, 'Old', $2)",
        by.business_id, orjson.dumps(was).decode(),
    )  # fmt: skip
    migration = Path(rules.__file__).parents[1] / "migrations" / "0009_names_of_conditions.sql"
    await db.execute(migration.read_text(encoding="utf-8"))

    answer = await ask(by, SEGMENTS, id=f"biz_{by.business_id.hex}")

    [kept] = answer["data"]["business"]["clientSegments"]["nodes"]
    assert kept["filter"] == {
        "lifetimeValue": {"atLeast": {"amountMinor": 5}, "atMost": None},
        "or": [
            {"visitCount": {"atLeast": 3}},
            {"not": {"noShowCount": {"atMost": 1}, "and": []}},
            None,
        ],
        "tags": ["spent", "groups"],
        "lastVisitAt": None,
        "createdAt": {"never": False},
    }


async def test_segments_cost_one_statement_however_many(
    by: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R7: one for all filters, one for the totals, one for each list; literals and variables."""
    ids = []
    for filter in ({"blocked": True}, {"hasEmail": True}, {"or": [{"blocked": True}, {}]}):
        answer = await ask(by, CREATE, input={"name": "S", "filter": filter})
        ids.append(answer["data"]["createClientSegment"]["clientSegment"]["id"])
    seen: list[str] = []
    fetch, read = ReadConnections.fetch, db.fetch

    async def noted(self: ReadConnections, query: str, *args: Any) -> Any:
        seen.append(query)
        return await fetch(self, query, *args)

    async def noted_too(query: str, *args: Any) -> Any:
        seen.append(query)
        return await read(query, *args)

    monkeypatch.setattr(ReadConnections, "fetch", noted)
    monkeypatch.setattr(db, "fetch", noted_too)
    parts = [f's{n}: clients(segmentId: "{each}") {{ totalCount }}' for n, each in enumerate(ids)]
    of = f"{{ ... on Business {{ {' '.join(parts)} }} }}"
    query = f"query($id: ID!) {{ business: node(id: $id) {of} }}"
    answer = await ask(by, query, id=f"biz_{by.business_id.hex}")

    assert answer["data"]["business"] == {f"s{n}": {"totalCount": 0} for n in range(3)}
    assert len(seen) == 2


async def test_what_no_longer_fits_or_never_did_is_named(by: Any, ask: Any) -> None:
    """R7: a filter of a module that is off, one that is too large, an id of something else."""
    business = f"biz_{by.business_id.hex}"
    await db.execute(
        "INSERT INTO client_segments (business_id, name, conditions) VALUES ($1, 'Old', $2)",
        by.business_id, '{"ofAModuleThatIsOff": true}',
    )  # fmt: skip
    old = "seg_" + (await db.fetchval("SELECT id FROM client_segments")).hex
    for segment, problem in ((old, "SEGMENT_OUTDATED"), ("cli_" + "0" * 32, "INVALID_ID")):
        answer = await ask(by, LIST, id=business, segment=segment)
        (error,) = answer["errors"]
        assert error["extensions"]["problem"] == problem
        assert error["extensions"]["field"] == ["segmentId"]

    for wrong, problem in (
        ({"name": " ", "filter": {}}, "NAME_REQUIRED"),
        ({"name": "S", "filter": {"or": [{"blocked": True}] * 60}}, "FILTER_TOO_COMPLEX"),
    ):
        payload = (await ask(by, CREATE, input=wrong))["data"]["createClientSegment"]
        assert [each["code"] for each in payload["problems"]] == [problem]
    assert await db.fetchval("SELECT count(*) FROM client_segments") == 1


MEMBERS = """query($id: ID!, $direction: OrderDirection! = ASC) {
  business: node(id: $id) { ... on Business { clientSegments { nodes {
    name clientCount
    clients(first: 2, orderBy: { field: NAME, direction: $direction }) {
      totalCount nodes { firstName } pageInfo { hasNextPage }
    }
  } } } }
}"""
OF_ONE = """query($id: ID!, $after: String) { clientSegment(id: $id) {
  clientCount clients(first: 1, after: $after) { nodes { firstName } pageInfo { endCursor } }
} }"""


async def test_a_segment_knows_who_is_in_it(by: Any, do: Any, ask: Any, stranger: Any) -> None:
    """R7: found anew every time, with the idioms of the client list; of one's own business only."""
    one = {"last_name": "Z", "phone": "+31612345678"}
    for name, tags in (("Ann", ["vip"]), ("Bo", ["vip", "new"]), ("Cy", ["vip"]), ("Di", [])):
        await do(rules.create_client, by, first_name=name, tags=tags, **one)
    await do(rules.create_client, stranger, first_name="Eve", tags=["vip"], **one)
    ids = {}
    for name, filter in (
        ("All", {}),
        ("New", {"tags": ["new"]}),
        ("Not", {"not": {"tags": ["vip"]}}),
        ("Vip", {"or": [{"tags": ["vip"]}, {"and": [{"tags": ["vip"]}, {"hasEmail": True}]}]}),
    ):
        made = await ask(by, CREATE, input={"name": name, "filter": filter})
        ids[name] = made["data"]["createClientSegment"]["clientSegment"]["id"]
    business = f"biz_{by.business_id.hex}"

    def shown(name: str, count: int, *first: str) -> dict[str, Any]:
        return {
            "name": name,
            "clientCount": count,
            "clients": {
                "totalCount": count,
                "nodes": [{"firstName": each} for each in first],
                "pageInfo": {"hasNextPage": count > len(first)},
            },
        }

    answer = await ask(by, MEMBERS, id=business)
    assert answer["data"]["business"]["clientSegments"]["nodes"] == [
        shown("All", 4, "Ann", "Bo"),
        shown("New", 1, "Bo"),
        shown("Not", 1, "Di"),
        shown("Vip", 3, "Ann", "Bo"),
    ]
    answer = await ask(by, MEMBERS, id=business, direction="DESC")
    vip = answer["data"]["business"]["clientSegments"]["nodes"][3]
    assert vip == shown("Vip", 3, "Cy", "Bo")

    first = (await ask(by, OF_ONE, id=ids["Vip"]))["data"]["clientSegment"]
    after = first["clients"]["pageInfo"]["endCursor"]
    second = (await ask(by, OF_ONE, id=ids["Vip"], after=after))["data"]["clientSegment"]
    assert (first["clientCount"], first["clients"]["nodes"]) == (3, [{"firstName": "Ann"}])
    assert second["clients"]["nodes"] == [{"firstName": "Bo"}]
    assert (await ask(stranger, OF_ONE, id=ids["Vip"]))["data"] == {"clientSegment": None}


async def test_a_segment_that_is_outdated_means_nobody(by: Any, do: Any, ask: Any) -> None:
    """Its count is null; and nothing is said of a segment in the answer of its own change."""
    await do(rules.create_client, by, first_name="Ann", last_name="Z", phone="+31612345678")
    await db.execute(
        "INSERT INTO client_segments (business_id, name, conditions) VALUES ($1, 'Old', $2)",
        by.business_id, '{"ofAModuleThatIsOff": true}',
    )  # fmt: skip
    answer = await ask(by, MEMBERS, id=f"biz_{by.business_id.hex}")
    [old] = answer["data"]["business"]["clientSegments"]["nodes"]
    assert (old["clientCount"], old["clients"]["totalCount"], old["clients"]["nodes"]) == (
        None, 0, [],
    )  # fmt: skip

    create = """mutation($input: CreateClientSegmentInput!) { createClientSegment(input: $input) {
      clientSegment { name clientCount clients { totalCount } } problems { code } } }"""
    made = await ask(by, create, input={"name": "All", "filter": {}})
    assert made["data"]["createClientSegment"] == {
        "clientSegment": {"name": "All", "clientCount": None, "clients": None},
        "problems": [],
    }


async def test_who_is_in_segments_costs_the_same_however_many_there_are(
    by: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One statement for the filters, and one for each list of the document."""
    seen: list[str] = []
    fetch, read = ReadConnections.fetch, db.fetch

    async def noted(self: ReadConnections, query: str, *args: Any) -> Any:
        seen.append(query)
        return await fetch(self, query, *args)

    async def noted_too(query: str, *args: Any) -> Any:
        seen.append(query)
        return await read(query, *args)

    counts = []
    for _ in range(3):
        await ask(by, CREATE, input={"name": "S", "filter": {"blocked": True}})
        with monkeypatch.context() as patched:
            patched.setattr(ReadConnections, "fetch", noted)
            patched.setattr(db, "fetch", noted_too)
            answer = await ask(by, MEMBERS, id=f"biz_{by.business_id.hex}")
        assert "errors" not in answer
        counts.append(len(seen))
        seen.clear()

    assert counts == [4, 4, 4]
