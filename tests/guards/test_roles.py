"""Who may ask for what: every field, asked by every role, gets what its declaration says."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson
import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
)
from strawberry.types.base import StrawberryOptional

from modules.viewer import EVERYONE, PUBLIC, Audience, Role, Viewer
from schema.api import Asked, RequestRefused
from schema.composed import ComposedSchema
from schema.tables import table_of
from tests.guards.building import Builder
from tests.guards.conftest import World, codes

REFUSED = {Role.PUBLIC: "UNAUTHENTICATED"}
"""What a role is told; every other one is FORBIDDEN."""


@dataclass(frozen=True)
class Asking:
    """One field, the way to it from a root, and who gets through all of it."""

    what: str
    query: str
    audience: Audience


@pytest.fixture(params=list(Role))
def role(request: pytest.FixtureRequest) -> Role:
    """Every role in turn."""
    return Role(request.param)


async def test_every_root_field_is_for_whom_it_says(world: World, role: Role) -> None:
    """Queries, mutations and subscriptions; nobody else gets as far as the first statement."""
    core = world.builder.schema.core
    viewer = await _viewer(world, role)
    wrong = []
    for operation in ("query", "mutation", "subscription"):
        kind = getattr(core, f"{operation}_type")
        for name in kind.fields:
            spec = world.builder.schema.field(kind, name)[1]
            assert spec.audience is not None, f"{kind.name}.{name} does not say who it is for"
            given = world.builder.written(kind, name, lambda _, p: world.ours.ids[p or "biz"])
            if operation == "mutation":
                given = given.replace("dryRun: false", "dryRun: true")
            inner = _smallest(kind.fields[name].type)
            found = await _codes(world, f"{operation} {{ {name}{given} {inner} }}", viewer)
            if not _as_declared(found, role, spec.audience):
                wrong.append((name, found))

    assert wrong == []


async def test_every_field_is_for_whom_it_says(world: World, role: Role) -> None:
    """Fields and types with an audience of their own, by the shortest way from the root."""
    viewer = await _viewer(world, role)
    asked = list(_fields(world))
    wrong = [
        (one.what, found)
        for one in asked
        if not _as_declared(found := await _codes(world, one.query, viewer), role, one.audience)
    ]

    assert wrong == []
    declared = {one.what for one in asked}
    assert {"Business.teamInvitations", "Business.team", "Viewer.memberships"} <= declared


async def test_the_public_learns_that_it_is_nobody(world: World) -> None:
    """What a page asks when it opens works for whoever is not signed in."""
    query = "{ viewer { role account { name } business { id name } } }"
    answer = await world.ask(query, {}, PUBLIC)

    assert orjson.loads(answer) == {
        "data": {"viewer": {"role": "PUBLIC", "account": None, "business": None}},
        "errors": [
            {
                "message": "Sign in to read Viewer.business.",
                "locations": [{"line": 1, "column": 34}],
                "path": ["viewer", "business"],
                "extensions": {
                    "code": "UNAUTHENTICATED",
                    "coordinate": "Viewer.business",
                    "roles": ["CLIENT", "STAFF", "OWNER"],
                },
            }
        ],
    }


async def test_a_screen_is_answered_but_for_what_one_may_not_see(world: World) -> None:
    """The field is null, an error says where, what it is and who may; nothing is read for it."""
    staff = await world.viewer(world.ours, Role.STAFF)
    client = await world.viewer(world.ours, Role.CLIENT)
    team = """{ viewer { business { name teamInvitations(first: 101) { nodes { email } }
      clients(first: 0) { totalCount } } } teamInvitation(id: "%s") { email } }"""
    own = "{ viewer { client { mine: appointments { nodes { status note } } tags } } }"
    shared = '{ nodes(ids: ["%s", "%s"]) { id ... on TeamInvitation { email } } }'

    first = orjson.loads(await world.ask(team % world.ours.ids["inv"], {}, staff))
    second = orjson.loads(await world.ask(own, {}, client))
    ids = world.ours.ids["cli"], world.ours.ids["inv"]
    third = orjson.loads(await world.ask(shared % ids, {}, staff))

    invitations = {"coordinate": "Business.teamInvitations", "roles": ["OWNER"]}
    assert first == {
        "data": {
            "viewer": {
                "business": {
                    "name": f"{world.ours.word} Salon",
                    "teamInvitations": None,
                    "clients": {"totalCount": 2},
                }
            },
            "teamInvitation": None,
        },
        "errors": [
            {
                "message": f"{what['coordinate']} is not for the role STAFF, but for OWNER.",
                "locations": [{"line": line, "column": column}],
                "path": path,
                "extensions": {"code": "FORBIDDEN", **what},
            }
            for what, path, line, column in (
                (invitations, ["viewer", "business", "teamInvitations"], 1, 28),
                ({**invitations, "coordinate": "Query.teamInvitation"}, ["teamInvitation"], 2, 44),
            )
        ],
    }
    assert second["data"] == {
        "viewer": {
            "client": {"mine": {"nodes": [{"status": "BOOKED", "note": None}]}, "tags": None}
        }
    }
    assert [(error["path"], error["extensions"]) for error in second["errors"]] == [
        (
            ["viewer", "client", *path],
            {"code": "FORBIDDEN", "coordinate": what, "roles": ["STAFF", "OWNER"]},
        )
        for path, what in (
            (["mine", "nodes", 0, "note"], "Appointment.note"),
            (["tags"], "Client.tags"),
        )
    ]
    assert third["data"] == {"nodes": [{"id": ids[0]}, None]}
    assert [(error["path"], error["extensions"]["roles"]) for error in third["errors"]] == [
        (["nodes", 1], ["OWNER"])
    ]


async def test_a_payload_is_read_by_the_same_rules(world: World) -> None:
    """What a role may not read, it cannot read from the answer to its own change either."""
    staff = await world.viewer(world.ours, Role.STAFF)
    query = """mutation($id: ID!) { updateClient(input: {id: $id, note: "seen"}, dryRun: true) {
      client { id } problems { code } } }"""
    member = """mutation($id: ID!) { removeTeamMember(input: {id: $id}) { problems { code } } }"""
    told = """mutation { signOut(dryRun: true) { endedSessions problems { code } } }"""

    assert await _codes(world, query, staff, id=world.ours.ids["cli"]) == set()
    assert await _codes(world, member, staff, id=world.ours.ids["mem"]) == {"FORBIDDEN"}
    assert await _codes(world, told, staff) == set()


async def test_a_change_is_done_and_answered_but_for_what_one_may_not_see(world: World) -> None:
    """A selection that owners and staff share breaks no button of the staff's."""
    staff = await world.viewer(world.ours, Role.STAFF)
    switch = """mutation($id: ID!) { there: switchBusiness(input: {businessId: $id}) {
      viewer { role business { teamInvitations { nodes { email } } } } problems { code } } }"""

    body = await world.ask(switch, {"id": world.ours.ids["biz"]}, staff)

    answer = orjson.loads(body)
    assert answer["data"] == {
        "there": {
            "viewer": {"role": "STAFF", "business": {"teamInvitations": None}},
            "problems": [],
        }
    }
    assert [error["path"] for error in answer["errors"]] == [
        ["there", "viewer", "business", "teamInvitations"]
    ]


async def test_the_refusal_of_a_mutation_changes_nothing(world: World) -> None:
    """Who may not change something is refused as a whole, before anything of it is done."""
    before = await world.state(world.ours)
    client = await world.viewer(world.ours, Role.CLIENT)
    create = """mutation {
      createClient(input: {firstName: "A", lastName: "B", phone: "+31201234567"}) {
        client { id } problems { code } } }"""

    assert await _codes(world, create, client) == {"FORBIDDEN"}
    after = await world.state(world.ours)
    assert {name for name in after if after[name] != before[name]} == set()


def _fields(world: World) -> Iterator[Asking]:
    """Find every field below the roots whose audience, or whose type's, is not everybody."""
    schema, builder = world.builder.schema, world.builder
    for kind, way, audience in _reached(schema, builder):
        for name in kind.fields:
            field, spec = schema.field(kind, name)
            own = spec.audience if spec.audience is not None else EVERYONE
            inner = get_named_type(kind.fields[name].type)
            # A field declared for more people than its type answers the others null.
            null = spec.audience is not None and isinstance(field.type, StrawberryOptional)
            needs = own if null else own & _of_type(schema, inner)
            given = builder.written(kind, name, lambda _, p: world.ours.ids[p or "biz"])
            yield Asking(
                f"{kind.name}.{name}",
                way(f"{name}{given} {_smallest(kind.fields[name].type)}", world),
                audience & needs,
            )


Way = Callable[[str, World], str]
"""Writes the whole document around a field of some type."""


def _reached(
    schema: ComposedSchema, builder: Builder
) -> Iterator[tuple[GraphQLObjectType, Way, Audience]]:
    """Walk from the roots to every object type: rows by `node`, plain objects field by field."""
    seen: set[str] = set()
    waiting: deque[tuple[GraphQLObjectType, Way, Audience]] = deque()
    for prefix, cls in schema.tables.items():
        kind = schema.object_type(cls.__name__)
        bound = table_of(cls)
        assert bound is not None

        def by_node(inner: str, world: World, prefix: str = prefix, name: str = kind.name) -> str:
            return f'{{ node(id: "{world.ours.ids[prefix]}") {{ ... on {name} {{ {inner} }} }} }}'

        audience = bound.audience & (schema.field(_query(schema), "node")[1].audience or EVERYONE)
        waiting.append((kind, by_node, audience))
    waiting.append((_query(schema), lambda inner, _: f"{{ {inner} }}", EVERYONE))
    while waiting:
        kind, way, audience = waiting.popleft()
        if kind.name in seen:
            continue
        seen.add(kind.name)
        if kind is not _query(schema):
            yield kind, way, audience
        for name, definition in kind.fields.items():
            inner = get_named_type(definition.type)
            if not isinstance(inner, GraphQLObjectType):
                continue
            spec = schema.field(kind, name)[1]

            def onward(
                deeper: str,
                world: World,
                way: Way = way,
                kind: GraphQLObjectType = kind,
                name: str = name,
            ) -> str:
                given = builder.written(kind, name, lambda _, p: world.ours.ids[p or "biz"])
                return way(f"{name}{given} {{ {deeper} }}", world)

            own = spec.audience if spec.audience is not None else EVERYONE
            waiting.append((inner, onward, audience & own & _of_type(schema, inner)))


def _query(schema: ComposedSchema) -> GraphQLObjectType:
    return schema.object_type("Query")


def _of_type(schema: ComposedSchema, named: object) -> Audience:
    """Tell who may see a type's rows; a connection's are those in it."""
    if not isinstance(named, GraphQLObjectType):
        return EVERYONE
    bound = table_of(schema.class_of(named))
    return bound.audience if bound else EVERYONE


def _smallest(wanted: GraphQLOutputType) -> str:
    return "" if is_leaf_type(get_named_type(wanted)) else "{ __typename }"


def _as_declared(found: set[str], role: Role, audience: Audience) -> bool:
    refusals = {"UNAUTHENTICATED", "FORBIDDEN"}
    if role in audience:
        return not found & {*refusals, "INTERNAL_SERVER_ERROR"}
    return found == {REFUSED.get(role, "FORBIDDEN")}


async def _viewer(world: World, role: Role) -> Viewer:
    if role is Role.PUBLIC:
        return PUBLIC
    return await world.viewer(world.ours, role)


async def _codes(world: World, query: str, viewer: Viewer, **variables: str) -> set[str]:
    asked = Asked(query, variables)
    try:
        if await world.engine.kind(asked, viewer) == "subscription":
            return await _first(world, asked, viewer)
    except RequestRefused as refused:
        raise AssertionError(f"{query}: {refused.answer.body!r}") from refused
    body = await world.ask(query, variables, viewer)
    assert b"GRAPHQL_VALIDATION_FAILED" not in body, (query, body)
    return set(codes(body))


async def _first(world: World, asked: Asked, viewer: Viewer) -> set[str]:
    """Open a subscription and leave; give what it was refused with."""
    watching = world.engine.watch(asked, viewer)
    try:
        async with asyncio.timeout(0.05):
            await anext(watching)
    except RequestRefused as refused:
        answer = orjson.loads(refused.answer.body)
        return {error["extensions"]["code"] for error in answer["errors"]}
    except TimeoutError:
        pass
    return set()
