"""Clients see their own file only: a neighbour is as far away as another business."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

import orjson
import pytest
from graphql import GraphQLObjectType

from modules.viewer import Role, Viewer
from schema.tables import table_of
from storage.database import execute, fetch
from tests.guards.building import noon
from tests.guards.conftest import Salon, World, codes
from tests.guards.test_tenants import ALL_THE_SAME, GUESSES, NAMED, _answer, _leaks, _tries

MAY_SEE = {
    "Account": "email emailVerifiedAt id name version",
    "Appointment": "answerBy cancelReason cancelledAt cancelledBy client clientNote createdAt"
    " endsAt history id localEnd localStart price proposedWith segments service staff startsAt"
    " status utcOffset version",
    "AppointmentSegment": "endsAt position price service staff startsAt",
    "AppointmentStep": "at endsAt kind staff startsAt status",
    "Business": "appointment client closing closings createdAt currency explainSlot id locale"
    " name service serviceCategories serviceCategory services slots staff staffMember teamMember"
    " version zone",
    "Closing": "firstDay id lastDay name",
    "Client": "accountStatus address appointments birthday consents createdAt email emailVerifiedAt"
    " firstName fullName id lastName phone preferredStaff version",
    "Service": "active bookingTerms category colour description durationMinutes id name price"
    " staff",
    "ServiceCategory": "description id name position services",
    "Session": "createdAt current expiresAt id lastUsedAt",
    "Staff": "active colour id name services",
    "TeamMember": "account business createdAt id role version",
    "Viewer": "account business client id memberships role sessions",
}
"""All a client may ask of every type with rows; whoever adds to it says so here."""
MAY_DO = """acceptInvitation acceptProposal bookAppointment cancelAppointment changePassword
declineAppointment holdSlot releaseSlot requestAppointment verifyEmail
requestPasswordReset requestSignInCode rescheduleAppointment resetPassword signIn signInWithCode
signOut signOutEverywhere signUpBusiness switchBusiness updateAccount updateAppointment
updateMyClientFile
verifyClientEmail"""
"""All a client may change, or anybody."""
MAY_WATCH = ["appointmentChanges", "slotChanges"]
"""All a client may watch."""
NEIGHBOUR, TEAMS = "bbneighbour", "hhushed"


@dataclass(frozen=True)
class House:
    """A business with two clients; one of them asks, and must not find the other."""

    world: World
    ann: Viewer
    mine: Salon
    others: Salon


@pytest.fixture
async def house(world: World) -> House:
    """Ann of our business, and her neighbour with a file, an appointment and a group."""
    owner = await world.viewer(world.ours, Role.OWNER)
    bo = {"firstName": "Bo", "lastName": NEIGHBOUR, "email": f"bo@{NEIGHBOUR}.example"}
    more = {"note": NEIGHBOUR, "notes": [{"text": NEIGHBOUR}], "tags": [NEIGHBOUR]}
    made = await _do(world, owner, "createClient", "client { id }", {**bo, **more})
    slot = {
        "clientId": made["client"]["id"],
        "serviceId": world.ours.ids["srv"],
        "staffId": world.ours.ids["stf"],
        "startsAt": noon().replace(hour=15).isoformat(),
        "note": NEIGHBOUR,
    }
    booked = await _do(world, owner, "bookAppointment", "appointment { id }", slot)
    hushed = {"id": world.ours.ids["cli"], "note": TEAMS, "tags": [TEAMS]}
    await _do(world, owner, "updateClient", "client { id }", hushed)
    await execute("UPDATE appointments SET note = $1", TEAMS)
    await execute("UPDATE time_off SET reason = $1", TEAMS)

    ids = {"cli": made["client"]["id"], "apt": booked["appointment"]["id"]}
    team = await fetch(
        "SELECT account_id AS id FROM memberships WHERE business_id = $1 AND role <> 'CLIENT'"
        " UNION ALL SELECT id FROM memberships WHERE business_id = $1 AND role <> 'CLIENT'",
        world.ours.business_id,
    )
    keys = {UUID(each.partition("_")[2]) for each in ids.values()} | {row["id"] for row in team}
    others = replace(
        world.ours, word=NEIGHBOUR, ids={**world.ours.ids, **ids}, keys=frozenset(keys)
    )
    return House(world, await world.viewer(world.ours, Role.CLIENT), world.ours, others)


async def _do(world: World, by: Viewer, what: str, wanted: str, given: object) -> dict:
    kind = what[0].upper() + what[1:]
    query = f"mutation($i: {kind}Input!) {{ {what}(input: $i) {{ {wanted} problems {{ code }} }} }}"
    answer = orjson.loads(await world.ask(query, {"i": given}, by))
    assert answer["data"][what]["problems"] == [], answer
    return dict(answer["data"][what])


def test_all_a_client_may_see_is_listed_here(world: World) -> None:
    """R6, R18: a new column, or a field another module adds, is not theirs by accident."""
    schema, found = world.builder.schema, {}
    for kind in schema.core.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        bound = table_of(schema.class_of(kind))
        if kind.name != "Viewer" and (bound is None or Role.CLIENT not in bound.audience):
            continue
        names = [n for n in sorted(kind.fields) if world.builder.shown(kind, n, Role.CLIENT)]
        found[kind.name] = " ".join(names)

    assert found == MAY_SEE


def test_all_a_client_may_do_is_listed_here(world: World) -> None:
    """R5, R6: a mutation is for the team unless it says otherwise."""
    core = world.builder.schema.core
    assert core.mutation_type is not None
    assert core.subscription_type is not None
    may = {
        kind.name: sorted(
            name
            for name in kind.fields
            if Role.CLIENT in (world.builder.schema.field(kind, name)[1].audience or ())
        )
        for kind in (core.mutation_type, core.subscription_type)
    }

    assert may == {"Mutation": sorted(MAY_DO.split()), "Subscription": MAY_WATCH}


async def test_ids_of_a_neighbour_name_nothing(house: House) -> None:
    """R6: in whatever place: nothing is read, nothing is changed, NOT_FOUND."""
    world, wrong, tried = house.world, [], 0
    before = await world.state(world.ours)
    for one in _tries(world.builder, house.mine, house.others, Role.CLIENT):
        if not _differs(one.variables, house):
            continue
        tried += 1
        body = await _answer(world, one, house.ann)
        found = set(codes(body))
        allowed = {*NAMED, GUESSES.get(one.name, "NOT_FOUND")}
        refused = found <= allowed and (bool(found) or one.root != "mutation")
        if not (refused or one.name in ALL_THE_SAME) or _told(body, house):
            wrong.append((one.name, one.place, found, body[:300]))

    assert wrong == []
    assert tried > 10
    assert await world.state(world.ours) == before


async def test_a_version_tells_nothing_of_a_neighbour(house: House) -> None:
    """R6: the right version of their appointment is answered like a wrong one."""
    for one in _tries(house.world.builder, house.mine, house.others, Role.CLIENT):
        given = one.variables.get("input") or {}
        if one.place != "input.id" or "version" not in given or one.name not in MAY_DO.split():
            continue
        for version in (1, 2, 99):
            given["version"] = version

            assert codes(await _answer(house.world, one, house.ann)) == ["NOT_FOUND"], one.name


async def test_whatever_a_client_selects_shows_nobody_else(house: House) -> None:
    """R6: everything they may ask, as deep as it goes, from themselves and from every id."""
    world, builder = house.world, house.world.builder
    everything = builder.selection(builder.schema.object_type("Viewer"), Role.CLIENT)
    bodies = [await world.ask(f"{{ viewer {everything} }}", {}, house.ann)]
    for prefix, cls in builder.schema.tables.items():
        bound = table_of(cls)
        if bound is None or Role.CLIENT not in bound.audience:
            continue
        kind = builder.schema.object_type(cls.__name__)
        inner = f"... on {kind.name} {builder.selection(kind, Role.CLIENT)}"
        both = {house.mine.ids[prefix], house.others.ids[prefix]}
        bodies += [
            await world.ask(f'{{ node(id: "{given}") {{ {inner} }} }}', {}, house.ann)
            for given in both
        ]

    assert [codes(body) for body in bodies] == [[]] * len(bodies)
    assert [_told(body, house) for body in bodies] == [[]] * len(bodies)
    assert b"Ann" in bodies[0]
    assert house.mine.ids["apt"].encode() in bodies[0]


async def test_a_client_books_for_nobody_else(house: House) -> None:
    """R5: and changes no appointment but their own; their own they do."""
    slot = {
        "serviceId": house.mine.ids["srv"],
        "staffId": house.mine.ids["stf"],
        "startsAt": noon().replace(hour=18).isoformat(),
    }
    query = """mutation($i: BookAppointmentInput!) {
      bookAppointment(input: $i) {
        appointment { client { fullName } } problems { code field } } }"""
    answers = [
        orjson.loads(await house.world.ask(query, {"i": {**slot, "clientId": client}}, house.ann))
        for client in (house.others.ids["cli"], house.mine.ids["cli"])
    ]

    assert [answer["data"]["bookAppointment"] for answer in answers] == [
        {
            "appointment": None,
            "problems": [{"code": "NOT_FOUND", "field": ["input", "clientId"]}],
        },
        {"appointment": {"client": {"fullName": f"Ann {house.mine.word}"}}, "problems": []},
    ]


def _differs(variables: object, house: House) -> bool:
    """Tell whether an id of the neighbour is among what is sent."""
    sent = orjson.dumps(variables)
    return any(house.others.ids[each].encode() in sent for each in ("cli", "apt"))


def _told(body: bytes, house: House) -> list[str]:
    """List what an answer says of the neighbour, the team's accounts, and the team's own words."""
    return _leaks(body, house.others) + ([TEAMS] if TEAMS.encode() in body else [])
