"""Nobody crosses from one business to another: every operation, every id, tried from outside."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLObjectType

from modules.viewer import PUBLIC, Role, Viewer
from schema.api import Asked, RequestRefused
from storage.database import execute, fetchval
from tests.guards.building import Builder, Give, Path, noon
from tests.guards.conftest import Salon, World, codes
from tests.promises.conftest import BOOK, CLIENT

NAMED = {"NOT_FOUND", "FORBIDDEN", "UNAUTHENTICATED"}
"""How somebody is told that a thing is not theirs, or that it is not there: the same way."""
NOT_UNDERSTOOD = {
    *NAMED, "INTERNAL_SERVER_ERROR", "BAD_USER_INPUT", "INVALID_ID", "INVALID_INPUT",
}  # fmt: skip
"""What is never said to an owner who asks for what is theirs."""
GUESSES = {"signIn": "INVALID_CREDENTIALS", "signInWithCode": "CODE_WRONG"}
"""What is said before anybody looks at an id: the password or code sent is nobody's."""
ALL_THE_SAME = {"requestSignInCode"}
"""What answers every id alike, there or not: a job looks at it later."""
ECHOES = {"createClientSegment", "updateClientSegment", "jobChanges"}
"""What says an id again as it was typed; of those of others it finds nothing."""
ID = re.compile("[a-z]{3}_[0-9a-f]{32}")
KINDS = {"jobChanges": ("exp", "imp", "ers")}
"""Whose ids a field takes that takes those of several types, but not of all."""


Root = tuple[str, GraphQLObjectType, str]
"""The kind of an operation, its root type, and one of its fields."""


@dataclass(frozen=True)
class Try:
    """One operation, with an id of theirs in one place and ours everywhere else."""

    name: str
    place: str
    query: str
    variables: dict[str, Any]
    root: str


def _roots(builder: Builder) -> Iterator[Root]:
    core = builder.schema.core
    kinds = (core.query_type, core.mutation_type, core.subscription_type)
    for operation, kind in zip(("query", "mutation", "subscription"), kinds, strict=True):
        for name in kind.fields if kind else ():
            assert kind is not None
            yield operation, kind, name


def _tries(
    builder: Builder, mine: Salon, other: Salon, role: Role, *, dry: bool = False
) -> Iterator[Try]:
    """Build every root field: with ids of `mine` only, then each id in turn of `other`'s."""
    for root in _roots(builder):
        places = builder.places_of(*root[1:])
        for place in (None, *(path for path, _ in places)):
            wanted = next((prefix for path, prefix in places if path == place), None)
            any_kind = any(prefix is None for _, prefix in places)
            for prefix in KINDS.get(root[2], mine.ids) if any_kind else (wanted,):

                def give(path: Path, want: str | None) -> str:
                    salon = other if path == place else mine  # noqa: B023 - used at once
                    if want == "cli" and str(path[-1]).startswith("other"):
                        return salon.twin
                    return salon.ids[want or prefix or ""]  # noqa: B023

                made = _built(builder, root, place, prefix, give, role)
                if "dryRun" in made.variables:
                    made.variables["dryRun"] = dry
                yield made


def _built(  # noqa: PLR0917 - all of them say what to ask for
    builder: Builder, root: Root, place: Path | None, prefix: str | None, give: Give, role: Role
) -> Try:
    operation, kind, name = root
    definition = kind.fields[name]
    values = builder.arguments(kind, name, give)
    declared = ", ".join(f"${each}: {definition.args[each].type}" for each in values)
    passed = ", ".join(f"{each}: ${each}" for each in values)
    only = builder.schema.tables.get(prefix or "")
    selection = builder.selection(definition.type, role, only.__name__ if only else None)
    head, given = (f"({declared})", f"({passed})") if values else ("", "")
    return Try(
        name,
        ".".join(map(str, place)) if place else "nothing",
        f"{operation}{head} {{ {name}{given} {selection} }}",
        orjson.loads(orjson.dumps(values)),
        operation,
    )


async def _answer(world: World, one: Try, viewer: Viewer) -> bytes:
    """Ask; of a subscription, what it says in its first moment."""
    asked = Asked(one.query, one.variables)
    if one.root != "subscription":
        return (await world.engine.answer(asked, viewer)).body
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            try:
                async for answer in world.engine.watch(asked, viewer):
                    return answer.body
            except RequestRefused as refused:
                return refused.answer.body
    return b'{"data":null}'


def _leaks(body: bytes, salon: Salon) -> list[str]:
    low = body.lower()
    return [secret.decode() for secret in salon.secrets() if secret in low]


async def test_the_guard_knows_how_to_ask_for_everything(world: World) -> None:
    """The owner's own ids work in every operation: else the other guards would prove nothing."""
    viewer = await world.viewer(world.ours, Role.OWNER)
    wrong = []
    for one in _tries(world.builder, world.ours, world.ours, Role.OWNER, dry=True):
        body = await _answer(world, one, viewer)
        found = set(codes(body))
        if b'"data"' not in body or found & NOT_UNDERSTOOD:
            wrong.append((one.name, one.place, body[:300]))
        elif one.root == "mutation":  # a dry run: nothing of it may pass for what is there
            wrong += [(one.name, one.place, id_) for id_ in _ids(orjson.loads(body)["data"])]

    assert wrong == []


def _ids(value: Any) -> Iterator[str]:
    """Find what a cache would take for the ids of rows in an answer, except in its problems."""
    if isinstance(value, list):
        for each in value:
            yield from _ids(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in ("id", "deletedId") and ID.fullmatch(each or ""):
                yield each
            elif name != "problems":
                yield from _ids(each)


async def test_ids_of_another_business_name_nothing(world: World) -> None:
    """Whoever sends one, in whatever place: nothing is read, nothing is changed, NOT_FOUND."""
    wrong = []
    before = await world.state(world.theirs)
    ours = await world.state(world.ours)
    for role in (Role.OWNER, Role.STAFF, Role.CLIENT):
        viewer = await world.viewer(world.ours, role)
        for one in _tries(world.builder, world.ours, world.theirs, role):
            if one.place == "nothing":
                continue
            body = await _answer(world, one, viewer)
            found = set(codes(body))
            if one.name in ECHOES and not found:
                typed = orjson.dumps(one.variables)
                if strange := [s for s in _leaks(body, world.theirs) if s.encode() not in typed]:
                    wrong.append((role, one.name, one.place, strange, body[:300]))
                ours = await world.state(world.ours)
                continue
            if one.root == "mutation":
                known = {*NAMED, GUESSES.get(one.name, "NOT_FOUND")}
                expected = found <= known and (bool(found) or one.name in ALL_THE_SAME)
            else:
                expected = not found - NAMED
            if not expected or _leaks(body, world.theirs) or await world.state(world.ours) != ours:
                wrong.append((role, one.name, one.place, _leaks(body, world.theirs), body[:300]))
                ours = await world.state(world.ours)

    assert wrong == []
    assert await world.state(world.theirs) == before


async def test_a_version_tells_nothing_of_another_business(world: World) -> None:
    """The right version of their row is answered like a wrong one: NOT_FOUND."""
    viewer = await world.viewer(world.ours, Role.OWNER)
    tried = 0
    for one in _tries(world.builder, world.ours, world.theirs, Role.OWNER):
        given = one.variables.get("input") or {}
        if one.place != "input.id" or "version" not in given:
            continue
        tried += 1
        for version in (1, 2, 3, 99):
            given["version"] = version

            assert codes(await _answer(world, one, viewer)) == ["NOT_FOUND"], one.name
    assert tried > 0


async def test_what_one_does_at_home_stays_at_home(world: World) -> None:
    """Every change, made for real with one's own ids, leaves the other business as it was."""
    wrong = []
    for role in (Role.CLIENT, Role.STAFF, Role.OWNER):
        viewer = await world.viewer(world.ours, role)
        for one in _tries(world.builder, world.ours, world.ours, role):
            before = await world.state(world.theirs)
            body = await _answer(world, one, viewer)
            same = await world.state(world.theirs) == before
            if not same or _leaks(body, world.theirs) or "INTERNAL_SERVER_ERROR" in codes(body):
                wrong.append((role, one.name, body[:300]))

    assert wrong == []


async def test_the_public_reads_and_changes_nothing(world: World) -> None:
    """Without a token every id names nothing, and every field that is not public says so."""
    wrong = []
    before = await world.state(world.theirs)
    for role in (Role.OWNER, Role.PUBLIC):  # with a selection for owners, and one for the public
        for one in _tries(world.builder, world.theirs, world.theirs, role):
            body = await _answer(world, one, PUBLIC)
            found = set(codes(body))
            if _leaks(body, world.theirs) or "INTERNAL_SERVER_ERROR" in found:
                wrong.append((one.name, one.place, body[:300]))

    assert wrong == []
    assert await world.state(world.theirs) == before


async def test_staff_change_nothing_that_is_for_owners(world: World) -> None:
    """Of their own business neither: the field says FORBIDDEN and every row is what it was."""
    viewer = await world.viewer(world.ours, Role.STAFF)
    before = await world.state(world.ours)
    wrong, tried = [], 0
    for one in _tries(world.builder, world.ours, world.ours, Role.STAFF):
        operation = {"query": "Query", "mutation": "Mutation"}.get(one.root, "Subscription")
        kind: Any = world.builder.schema.core.type_map[operation]
        audience = world.builder.schema.field(kind, one.name)[1].audience
        if audience is None or Role.STAFF in audience:
            continue
        tried += 1
        body = await _answer(world, one, viewer)
        done = one.root == "mutation" and b'"data"' in body
        if set(codes(body)) != {"FORBIDDEN"} or done:
            wrong.append((one.name, body[:300]))

    assert wrong == []
    assert tried > 0
    assert await world.state(world.ours) == before


async def test_arguments_below_the_root_name_nothing_either(world: World) -> None:
    """Every field of every type that takes an id, asked on a row of ours with an id of theirs."""
    viewer = await world.viewer(world.ours, Role.OWNER)
    builder, core = world.builder, world.builder.schema.core
    tried = 0
    for kind in core.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        if kind in (core.query_type, core.mutation_type, core.subscription_type):
            continue
        for name in kind.fields:
            if not builder.places_of(kind, name):
                continue
            prefix = next(
                (p for p, t in builder.schema.tables.items() if t is builder.schema.class_of(kind)),
                None,
            )
            assert prefix is not None, (
                f"{kind.name}.{name} takes ids and is on no row: teach this guard how to reach it"
            )
            given = builder.written(kind, name, lambda _, p: world.theirs.ids[p or "cli"])
            selected = builder.selection(kind.fields[name].type, Role.OWNER)
            inner = f"... on {kind.name} {{ {name}{given} {selected} }}"
            query = f"query($id: ID!) {{ node(id: $id) {{ {inner} }} }}"
            body = await world.ask(query, {"id": world.ours.ids[prefix]}, viewer)
            tried += 1

            assert _leaks(body, world.theirs) == [], query
            assert set(codes(body)) <= NAMED, (query, body)
            assert f'"{name}"'.encode() in body or codes(body), (query, body)
    assert tried > 0


async def test_counts_and_searches_stay_at_home(world: World) -> None:
    """Every list and every count of ours is the same with and without the other business."""
    viewer = await world.viewer(world.ours, Role.OWNER)
    query = """query($word: String!) { viewer { business {
      found: clients(search: $word) { totalCount nodes { id } edges { cursor } }
      all: clients { totalCount nodes { id visitCount appointments { totalCount } } }
      team { totalCount } teamInvitations { totalCount }
      staff { totalCount } services { totalCount }
    } } }"""
    answer = orjson.loads(await world.ask(query, {"word": world.theirs.word}, viewer))

    business = answer["data"]["viewer"]["business"]
    assert business["found"] == {"totalCount": 0, "nodes": [], "edges": []}
    assert business["all"]["totalCount"] == 2
    assert business["all"]["nodes"][0]["appointments"] == {"totalCount": 1}
    assert (business["team"], business["teamInvitations"]) == ({"totalCount": 2}, {"totalCount": 1})
    assert (business["staff"], business["services"]) == ({"totalCount": 1},) * 2


async def test_a_cursor_of_another_business_pages_only_through_ones_own(world: World) -> None:
    """It holds a place in an order, and no right to anything."""
    theirs = await world.viewer(world.theirs, Role.OWNER)
    ours = await world.viewer(world.ours, Role.OWNER)
    page = """query($after: String, $before: String) { viewer { business {
      clients(after: $after, before: $before) { nodes { id lastName } totalCount } } } }"""
    first = "{ viewer { business { clients { edges { cursor } } } } }"
    own = "SELECT count(*) FROM clients WHERE business_id = $1"
    told = orjson.loads(await world.ask(first, {}, theirs))
    cursor = told["data"]["viewer"]["business"]["clients"]["edges"][0]["cursor"]

    for place in ("after", "before"):
        body = await world.ask(page, {place: cursor}, ours)

        assert _leaks(body, world.theirs) == []
        found = orjson.loads(body)["data"]["viewer"]["business"]["clients"]
        assert found["totalCount"] == await fetchval(own, world.ours.business_id)


async def test_an_idempotency_key_of_another_business_is_free(world: World) -> None:
    """Neither its answer comes back nor is it refused: nobody learns that it was used."""
    person = {"firstName": "Zoë", "lastName": "Key", "email": "zoe@key.example"}
    given = {"input": person, "key": "one key for all"}
    theirs = await world.viewer(world.theirs, Role.OWNER)
    first = orjson.loads(await world.ask(CLIENT, given, theirs))["data"]["createClient"]
    before = await world.state(world.theirs)

    ours = await world.viewer(world.ours, Role.OWNER)
    mine = orjson.loads(await world.ask(CLIENT, given, ours))["data"]["createClient"]
    person["firstName"] = "Zoe"
    staff = await world.viewer(world.ours, Role.STAFF)
    other = orjson.loads(await world.ask(CLIENT, given, staff))["data"]["createClient"]

    assert (mine["replayed"], mine["problems"]) == (False, [])
    assert (other["replayed"], other["problems"]) == (False, [])
    assert len({first["client"]["id"], mine["client"]["id"], other["client"]["id"]}) == 3
    assert await world.state(world.theirs) == before


async def test_one_account_in_two_businesses_is_two_askers(world: World) -> None:
    """The same key and input, sent in each: each is done, and neither answers for the other."""
    theirs = await world.viewer(world.theirs, Role.OWNER)
    ours = await world.viewer(world.ours, Role.OWNER)
    await execute(
        "INSERT INTO memberships (id, account_id, business_id, role)"
        " VALUES (uuidv7(), $1, $2, 'OWNER')",
        ours.account_id, theirs.business_id,
    )  # fmt: skip
    away = Viewer(role=Role.OWNER, account_id=ours.account_id, business_id=theirs.business_id)
    given = {
        "input": {"firstName": "Zoë", "lastName": "Key", "email": "zoe@key.example"},
        "key": "one key",
    }
    payloads = [
        orjson.loads(await world.ask(CLIENT, given, viewer))["data"]["createClient"]
        for viewer in (ours, away)
    ]

    assert [p["replayed"] for p in payloads] == [False, False]
    assert payloads[0]["client"]["id"] != payloads[1]["client"]["id"]


async def test_nobody_hears_of_another_business(world: World) -> None:
    """Every subscription, with every cursor: theirs happens unheard, ours is heard."""
    ours = await world.viewer(world.ours, Role.OWNER)
    theirs = await world.viewer(world.theirs, Role.OWNER)
    told = orjson.loads(await world.ask("{ viewer { business { cursor } } }", {}, theirs))
    cursor = told["data"]["viewer"]["business"]["cursor"]
    heard: dict[str, list[bytes]] = {"live": [], "after": []}
    ears = {name: asyncio.Event() for name in heard}

    async def listen(name: str, after: str | None) -> None:
        query = """subscription($after: String) { appointmentChanges(after: $after) {
          kind actor { id name email }
          appointment { id note client { id fullName email } staff { name } }
        } }"""
        async for answer in world.engine.watch(Asked(query, {"after": after}), ours):
            heard[name].append(answer.body)
            ears[name].set()

    tasks = [
        asyncio.create_task(listen("live", None)),
        asyncio.create_task(listen("after", cursor)),
    ]
    await asyncio.sleep(0.1)
    for hour, (salon, viewer) in enumerate(((world.theirs, theirs), (world.ours, ours)), 13):
        slot = {
            "clientId": salon.ids["cli"],
            "serviceId": salon.ids["srv"],
            "staffId": salon.ids["stf"],
            "startsAt": noon().replace(hour=hour).isoformat(),
            "note": salon.word,
        }
        assert codes(await world.ask(BOOK, {"input": slot}, viewer)) == []
    async with asyncio.timeout(5):
        await asyncio.gather(*(ear.wait() for ear in ears.values()))
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert [len(said) for said in heard.values()] == [1, 1]
    for body in (*heard["live"], *heard["after"]):
        assert _leaks(body, world.theirs) == []
        assert world.ours.word.encode() in body


async def test_plans_are_shared_and_viewers_are_not(world: World) -> None:
    """The same document, first asked by one business, answers the next with its own rows only."""
    everything = world.builder.selection(world.builder.schema.object_type("Viewer"), Role.OWNER)
    query = f"{{ viewer {everything} }}"
    answers: dict[str, list[bytes]] = {}
    for salon in (world.theirs, world.ours, world.theirs, world.ours):
        viewer = await world.viewer(salon, Role.OWNER)
        answers.setdefault(salon.word, []).append(await world.ask(query, {}, viewer))

    for salon, other in ((world.ours, world.theirs), (world.theirs, world.ours)):
        first, again = answers[salon.word]
        assert first == again
        assert salon.word.encode() in first
        assert _leaks(first, other) == []


async def test_whoever_left_the_team_is_not_read_any_more(world: World) -> None:
    """Their account is theirs: the link from staff goes with their place in the team."""
    viewer = await world.viewer(world.ours, Role.OWNER)
    account = f"SELECT account_id FROM staff WHERE business_id = '{viewer.business_id}'"
    sam = await fetchval(account)
    place = await fetchval("SELECT id FROM memberships WHERE account_id = $1", sam)
    remove = "mutation($id: ID!) { removeTeamMember(input: {id: $id}) { problems { code } } }"

    assert codes(await world.ask(remove, {"id": f"mem_{place.hex}"}, viewer)) == []
    await execute("UPDATE accounts SET name = 'A new life' WHERE id = $1", sam)

    body = await world.ask(
        "{ viewer { business { staff { nodes { name account { name } } } } } }", {}, viewer
    )
    assert orjson.loads(body) == {
        "data": {
            "viewer": {"business": {"staff": {"nodes": [{"name": "qqours Sam", "account": None}]}}}
        }
    }
    assert await fetchval(account) is None
