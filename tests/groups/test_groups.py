"""Groups over GraphQL: made, named, filled, emptied, watched."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any
from uuid import UUID

import orjson

from schema.api import Asked
from storage import database as db
from tests.groups.conftest import ADD, DELETE, GROUP, REMOVE, Studio

LIST = """query($id: ID!, $search: String) {
  business: node(id: $id) { ... on Business {
    groups(search: $search) { totalCount nodes { name clientCount } } } }
}"""
RENAME = """mutation($input: UpdateGroupInput!) {
  updateGroup(input: $input) { group { name description version } problems { code field } }
}"""
MINE = "query($id: ID!) { node(id: $id) { ... on Client { groups { nodes { name } } } } }"
CHANGES = """subscription($after: String) { groupChanges(after: $after) {
  kind subjectId group { name } added removed
} }"""
NOBODY = "cli_" + "0" * 32
SAVE = """mutation($input: UpdateGroupInput!) { updateGroup(input: $input) {
  group { name description clientCount clients { totalCount nodes { fullName } } }
  added removed duplicatesIgnored appointmentsLeftStanding { id } problems { code field }
} }"""
NAME = ["input", "name"]


async def test_a_group_is_made_of_clients_named_twice(studio: Studio) -> None:
    """R22, R23, R24, C7: the draft may hold duplicates; the group is a set, and says how many."""
    ann, zoe = await studio.client("Ann"), await studio.client("Zoe", "Aa")
    asked = {"name": " Yoga  studio ", "description": "Wednesdays", "clientIds": [ann, zoe, ann]}

    made = await studio.ask(GROUP, input=asked)

    assert made == {
        "group": {
            "id": made["group"]["id"],
            "name": "Yoga studio",
            "description": "Wednesdays",
            "clientCount": 2,
            "clients": {
                "totalCount": 2,
                "nodes": [{"fullName": "Zoe Aa"}, {"fullName": "Ann Jansen"}],
            },
        },
        "duplicatesIgnored": 1,
        "problems": [],
    }


async def test_nothing_is_kept_until_a_draft_is_saved(studio: Studio) -> None:
    """R25: trying it out shows the group and leaves nothing behind."""
    ann = await studio.client("Ann")
    before = await studio.state()

    shown = await studio.ask(GROUP, input={"name": "Yoga", "clientIds": [ann, ann]}, dry=True)

    assert (shown["group"]["clientCount"], shown["duplicatesIgnored"]) == (1, 1)
    assert await studio.state() == before


async def test_a_group_may_be_empty(studio: Studio) -> None:
    """R29: even where there is no client at all."""
    made = await studio.ask(GROUP, input={"name": "Yoga"})

    assert made["problems"] == []
    assert made["group"]["clientCount"] == 0
    assert made["group"]["clients"] == {"totalCount": 0, "nodes": []}


async def test_a_group_needs_a_name_of_its_own(studio: Studio, other: Studio) -> None:
    """R22: whatever capitals; another business has names of its own."""
    yoga, other_name = await studio.group("Yöga"), await studio.group("Pilates")
    before = await studio.state()

    for name, code in (
        ("  ", "NAME_REQUIRED"),
        ("YÖGA", "GROUP_NAME_TAKEN"),
        ("x" * 201, "TEXT_TOO_LONG"),
    ):
        made = await studio.ask(GROUP, input={"name": name})
        assert [(p["code"], p["field"]) for p in made["problems"]] == [(code, ["input", "name"])]
        assert made["group"] is None
    renamed = await studio.ask(RENAME, input={"id": other_name, "name": "yöga"})
    assert renamed["problems"] == [{"code": "GROUP_NAME_TAKEN", "field": ["input", "name"]}]
    assert await studio.state() == before
    assert await studio.codes(RENAME, input={"id": yoga, "name": "YÖGA"}) == []
    await studio.group("Yoga")
    await other.group("Yöga")


async def test_a_group_is_renamed_and_described(studio: Studio) -> None:
    """R22: with a version, so that nobody overwrites what they have not read."""
    yoga = await studio.group("Yoga")
    changes = {"id": yoga, "version": 1, "name": "Pilates", "description": "Fridays"}

    renamed = await studio.ask(RENAME, input=changes)
    again = await studio.ask(RENAME, input=changes)

    assert renamed == {
        "group": {"name": "Pilates", "description": "Fridays", "version": 2},
        "problems": [],
    }
    assert again == {
        "group": None,
        "problems": [{"code": "STALE_VERSION", "field": ["input", "version"]}],
    }


async def test_the_editor_of_a_group_is_saved_at_once(studio: Studio) -> None:
    """R30: name, description and who is in it, exactly these; all of that or nothing."""
    ann, bea, cyd = [await studio.client(name) for name in ("Ann", "Bea", "Cyd")]
    yoga = await studio.group("Yoga", [ann, bea])
    await studio.group("Gym")

    saved = await studio.ask(
        SAVE, input={"id": yoga, "version": 2, "name": "Pilates", "clientIds": [cyd, bea, cyd]}
    )
    taken = await studio.ask(SAVE, input={"id": yoga, "name": "gym", "clientIds": [ann]})
    nobody = await studio.ask(SAVE, input={"id": yoga, "name": "Run", "clientIds": [NOBODY]})
    named = await studio.ask(SAVE, input={"id": yoga, "clientIds": None, "description": "Late"})

    people = {"totalCount": 2, "nodes": [{"fullName": "Bea Jansen"}, {"fullName": "Cyd Jansen"}]}
    group = {"name": "Pilates", "description": None, "clientCount": 2, "clients": people}
    assert saved == {
        "group": group,
        "added": 1,
        "removed": 1,
        "duplicatesIgnored": 1,
        "appointmentsLeftStanding": [],
        "problems": [],
    }
    refused = dict.fromkeys(saved) | {"problems": [{"code": "GROUP_NAME_TAKEN", "field": NAME}]}
    assert taken == refused
    missing = ["input", "clientIds", "0"]
    assert nobody == refused | {"problems": [{"code": "NOT_FOUND", "field": missing}]}
    assert named["group"] == {**group, "description": "Late"}
    assert (named["added"], named["removed"]) == (0, 0)


async def test_clients_join_and_leave_at_any_time(studio: Studio) -> None:
    """R30, C7: a second time changes nothing; each is counted as what it was."""
    ann, bea, cyd = [await studio.client(name) for name in ("Ann", "Bea", "Cyd")]
    yoga = await studio.group("Yoga", [ann])

    joined = await studio.ask(ADD, input={"groupId": yoga, "clientIds": [bea, ann, bea, cyd]})
    left = await studio.ask(REMOVE, input={"groupId": yoga, "clientIds": [ann, ann, bea]})
    again = await studio.ask(REMOVE, input={"groupId": yoga, "clientIds": [ann]})

    assert joined == {
        "group": {"clientCount": 3},
        "added": 2,
        "alreadyMembers": 1,
        "duplicatesIgnored": 1,
        "problems": [],
        "replayed": False,
    }
    assert left == {
        "group": {"clientCount": 1},
        "removed": 2,
        "notMembers": 0,
        "duplicatesIgnored": 1,
        "appointmentsLeftStanding": [],
        "problems": [],
    }
    assert (again["removed"], again["notMembers"]) == (0, 1)
    assert await db.fetchval("SELECT version FROM client_groups") == 4


async def test_a_client_may_be_in_several_groups(studio: Studio) -> None:
    """R32: and each tells of the other."""
    ann = await studio.client("Ann")
    await studio.group("Yoga", [ann])
    await studio.group("Éclair", [ann])
    await studio.group("Empty")

    named = [{"name": "Éclair"}, {"name": "Yoga"}]
    assert await studio.ask(MINE, id=ann) == {"groups": {"nodes": named}}


async def test_who_is_not_a_client_is_refused_by_place(studio: Studio, other: Studio) -> None:
    """C7: unknown ids, and those of another business, with their index; and nobody is added."""
    ann, stranger = await studio.client("Ann"), await other.client("Eve")
    yoga, theirs = await studio.group("Yoga", [ann]), await other.group("Theirs")
    before = await studio.state()

    for wrong in (NOBODY, stranger):
        for query in (ADD, REMOVE):
            told = await studio.ask(query, input={"groupId": yoga, "clientIds": [ann, ann, wrong]})
            assert told["problems"] == [{"code": "NOT_FOUND", "field": ["input", "clientIds", "2"]}]
        told = await studio.ask(GROUP, input={"name": "New", "clientIds": [wrong]})
        assert told["problems"][0]["field"] == ["input", "clientIds", "0"]
    for query in (ADD, REMOVE):
        told = await studio.ask(query, input={"groupId": theirs, "clientIds": [ann]})
        assert told["problems"] == [{"code": "NOT_FOUND", "field": ["input", "groupId"]}]
    assert await studio.codes(DELETE, input={"id": theirs}) == ["NOT_FOUND"]
    assert await studio.codes(RENAME, input={"id": theirs, "name": "Mine"}) == ["NOT_FOUND"]
    many = await studio.ask(ADD, input={"groupId": yoga, "clientIds": [ann] * 5_001})
    assert many["problems"] == [{"code": "TOO_MANY_AT_ONCE", "field": ["input", "clientIds"]}]

    assert await studio.state() == before


async def test_thousands_join_at_once(studio: Studio) -> None:
    """R30: in as many statements as one."""
    await db.execute(
        "INSERT INTO clients (business_id, first_name, last_name, email, sort_name, search_text)"
        " SELECT $1, 'N', n::text, n || '@example.org', n::text, n::text"
        " FROM generate_series(1, 5000) n",
        studio.by.business_id,
    )
    rows = await db.fetch("SELECT id FROM clients ORDER BY random() LIMIT 5000")
    yoga = await studio.group("Yoga")

    joined = await studio.ask(
        ADD, input={"groupId": yoga, "clientIds": [f"cli_{row['id'].hex}" for row in rows]}
    )

    assert (joined["added"], joined["group"]["clientCount"]) == (5_000, 5_000)


async def test_three_hundred_at_once_have_one_effect_each(studio: Studio) -> None:
    """R24, C7: of three hundred that add the same clients, one adds each, the others find them."""
    people = [await studio.client(name) for name in ("Ann", "Bea", "Cyd")]
    yoga = await studio.group("Yoga")

    async def add(n: int) -> Any:
        turned = people[n % 3 :] + people[: n % 3]
        return await studio.ask(ADD, input={"groupId": yoga, "clientIds": turned})

    answers = await asyncio.gather(*(add(n) for n in range(300)))

    assert sum(each["added"] for each in answers) == 3
    assert sum(each["alreadyMembers"] for each in answers) == 897
    assert await db.fetchval("SELECT count(*) FROM group_members") == 3
    told = await db.fetch("SELECT data FROM event WHERE kind = 'groups.GroupMembersChanged'")
    assert sum(orjson.loads(row["data"])["added"] for row in told) == 3


async def test_adds_with_one_key_happen_once(studio: Studio) -> None:
    """C7: retries of the same change get the same answer."""
    ann, yoga = await studio.client("Ann"), await studio.group("Yoga")
    asked = {"input": {"groupId": yoga, "clientIds": [ann]}, "key": "once"}

    answers = await asyncio.gather(*(studio.ask(ADD, **asked) for _ in range(20)))

    assert {each["added"] for each in answers} == {1}
    assert sum(not each["replayed"] for each in answers) == 1


async def test_groups_are_listed_and_found(studio: Studio, other: Studio) -> None:
    """R26: by name, or any part of one; nobody sees another's."""
    for name in ("Yoga", "éclair", "100% Ann"):
        await studio.group(name)
    await other.group("Theirs")
    place = f"biz_{studio.by.business_id.hex}"  # type: ignore[union-attr]

    listed = await studio.ask(LIST, id=place)
    found = await studio.ask(LIST, id=place, search="ECL")
    escaped = await studio.ask(LIST, id=place, search="%")

    assert [node["name"] for node in listed["groups"]["nodes"]] == ["100% Ann", "éclair", "Yoga"]
    assert found["groups"] == {"totalCount": 1, "nodes": [{"name": "éclair", "clientCount": 0}]}
    assert escaped["groups"]["totalCount"] == 1
    assert await other.ask(LIST, id=place) is None


async def test_groups_are_watched(studio: Studio) -> None:
    """R30: made, renamed, joined, left, deleted; who reads is told how many, never who."""
    ann = await studio.client("Ann")
    heard: list[Any] = []

    async def listen() -> None:
        async with aclosing(studio.engine.watch(Asked(CHANGES, {}), studio.by)) as stream:
            async for answer in stream:
                heard.append(orjson.loads(answer.body)["data"]["groupChanges"])
                if len(heard) == 5:
                    return

    task = asyncio.create_task(listen())
    await asyncio.sleep(0.2)
    yoga = await studio.group("Yoga", [ann])
    await studio.ask(RENAME, input={"id": yoga, "name": "Pilates"})
    await studio.ask(REMOVE, input={"groupId": yoga, "clientIds": [ann]})
    await studio.ask(ADD, input={"groupId": yoga, "clientIds": [ann, ann]})
    await studio.ask(ADD, input={"groupId": yoga, "clientIds": [ann]})
    await studio.ask(DELETE, input={"id": yoga})
    await asyncio.wait_for(task, 10)

    assert [(c["kind"], c["added"], c["removed"]) for c in heard] == [
        ("CREATED", 1, 0),
        ("UPDATED", 0, 0),
        ("MEMBERS_CHANGED", 0, 1),
        ("MEMBERS_CHANGED", 1, 0),
        ("DELETED", 0, 1),
    ]
    assert {c["subjectId"] for c in heard} == {yoga}
    assert heard[-1]["group"] is None


async def test_members_are_listed_by_the_names_they_have_now(studio: Studio) -> None:
    """R30: whoever is renamed moves in the list; who is deleted leaves, and is not counted."""
    ann, bea, cyd = [await studio.client("X", name) for name in ("Ann", "Bea", "Cyd")]
    yoga = await studio.group("Yoga", [ann, bea, cyd])
    page = """query($id: ID!, $after: String) { node(id: $id) { ... on Group {
      version clientCount clients(first: 2, after: $after) {
        totalCount nodes { lastName } pageInfo { endCursor }
      }
    } } }"""
    rename = """mutation($id: ID!) {
      updateClient(input: {id: $id, lastName: "Zed"}) { problems { code } }
    }"""

    await studio.ask(rename, id=ann)
    first = await studio.ask(page, id=yoga)
    cursor = first["clients"]["pageInfo"]["endCursor"]
    second = await studio.ask(page, id=yoga, after=cursor)
    await db.execute("DELETE FROM clients WHERE id = $1", UUID(bea[4:]))
    left = await studio.ask(page, id=yoga)

    assert (first["clientCount"], first["version"], first["clients"]["totalCount"]) == (3, 2, 3)
    assert [each["lastName"] for each in first["clients"]["nodes"]] == ["Bea", "Cyd"]
    assert [each["lastName"] for each in second["clients"]["nodes"]] == ["Zed"]
    assert (left["clientCount"], left["version"]) == (2, 3)
    assert [each["lastName"] for each in left["clients"]["nodes"]] == ["Cyd", "Zed"]


async def test_the_client_list_is_filtered_by_groups(studio: Studio, other: Studio) -> None:
    """R27: who is in one of them, in none of them, with other filters; another's is nobody's."""
    ann, bea, cyd = [await studio.client(name) for name in ("Ann", "Bea", "Cyd")]
    yoga, gym = await studio.group("Yoga", [ann, bea]), await studio.group("Gym", [bea, cyd])
    empty = await studio.group("Empty")
    theirs = await other.group("Theirs", [await other.client("Eve")])
    query = """query($id: ID!, $filter: ClientFilter) { business: node(id: $id) { ... on Business {
      clients(filter: $filter) { totalCount nodes { firstName } }
    } } }"""

    async def named(filter: dict[str, Any]) -> str:
        place = f"biz_{studio.by.of_business().hex}"
        found = (await studio.ask(query, id=place, filter=filter))["clients"]
        assert found["totalCount"] == len(found["nodes"])
        return " ".join(each["firstName"] for each in found["nodes"])

    assert await named({"groupIds": [yoga]}) == "Ann Bea"
    assert await named({"groupIds": [yoga, gym]}) == "Ann Bea Cyd"
    assert await named({"and": [{"groupIds": [yoga]}, {"groupIds": [gym]}]}) == "Bea"
    assert await named({"not": {"groupIds": [yoga]}}) == "Cyd Zoë"
    assert await named({"groupIds": None}) == "Ann Bea Cyd Zoë"
    assert await named({"groupIds": [yoga], "hasPhone": True}) == ""
    for nobody in ([], [empty], [theirs]):
        assert await named({"groupIds": nobody}) == ""


SEGMENT = """mutation($input: CreateClientSegmentInput!) {
  createClientSegment(input: $input) { clientSegment { id } problems { code } } }"""
CHANGE_SEGMENT = """mutation($input: UpdateClientSegmentInput!) {
  updateClientSegment(input: $input) { clientSegment { id } problems { code } } }"""
MEANT = """query($segment: ID) {
  viewer { business { clients(segmentId: $segment) { nodes { firstName } } } } }"""


async def test_a_segment_over_a_group_that_is_gone_says_so(studio: Studio) -> None:
    """R7: all but its members is not everybody; whoever deletes the group is told before."""
    ann, _ = await studio.client("Ann"), await studio.client("Bo")
    yoga, gym = await studio.group("Yoga", [ann]), await studio.group("Gym", [ann])
    segments = {}
    for name, filter in {
        "Nested": {"and": [{"or": [{"not": {"groupIds": [gym, yoga]}}]}]},
        "Others": {"not": {"groupIds": [gym]}},
        "Within": {"groupIds": [yoga]},
    }.items():
        made = await studio.ask(SEGMENT, input={"name": name, "filter": filter})
        segments[name] = made["clientSegment"]["id"]

    async def meant(name: str) -> Any:
        sent = Asked(MEANT, {"segment": segments[name]})
        answer = orjson.loads((await studio.engine.answer(sent, studio.by)).body)
        if "errors" in answer:
            return answer["errors"][0]["extensions"]["problem"]
        return [n["firstName"] for n in answer["data"]["viewer"]["business"]["clients"]["nodes"]]

    assert [await meant(name) for name in segments] == [["Bo", "Zoë"], ["Bo", "Zoë"], ["Ann"]]
    before = await studio.state()
    (refused,) = (await studio.ask(DELETE, input={"id": yoga}))["problems"]
    assert (refused["code"], refused["services"], refused["segments"]) == (
        "GROUP_IN_USE",
        [],
        [{"name": "Nested"}, {"name": "Within"}],
    )
    assert await studio.state() == before

    gone = await studio.ask(DELETE, input={"id": yoga, "confirm": True})

    assert gone["outdatedSegments"] == [{"name": "Nested"}, {"name": "Within"}]
    assert [await meant(name) for name in segments] == [
        "SEGMENT_OUTDATED", ["Bo", "Zoë"], "SEGMENT_OUTDATED",
    ]  # fmt: skip
    changed = {"id": segments["Nested"], "filter": {"not": {"groupIds": [gym]}}}
    await studio.ask(CHANGE_SEGMENT, input=changed)
    assert await meant("Nested") == ["Bo", "Zoë"]


async def test_an_editor_with_an_old_list_undoes_nobody_s_change(studio: Studio) -> None:
    """A group that got or lost members is another version."""
    ann, bob = await studio.client("Ann"), await studio.client("Bob")
    group = await studio.group("Yoga", [ann])
    version = "query($id: ID!) { node(id: $id) { ... on Group { version clientCount } } }"
    read = (await studio.ask(version, id=group))["version"]
    await studio.ask(ADD, input={"groupId": group, "clientIds": [bob]})

    saved = await studio.ask(SAVE, input={"id": group, "version": read, "clientIds": [ann]})

    assert saved["problems"] == [{"code": "STALE_VERSION", "field": ["input", "version"]}]
    assert (await studio.ask(version, id=group))["clientCount"] == 2
    await studio.ask(ADD, input={"groupId": group, "clientIds": [bob]})  # who is in it already
    assert (await studio.ask(version, id=group))["version"] == read + 1
