"""The price list and the team over GraphQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from modules.viewer import Role
from schema.api import Asked
from schema.engine import Engine

STAFF = "mutation($input: CreateStaffInput!) { createStaff(input: $input) { staff { id } } }"
SERVICE = """
mutation($input: CreateServiceInput!) {
  createService(input: $input) { service { id } problems { code field } }
}"""
HOURS = """
mutation($input: SetWorkingHoursInput!) {
  setWorkingHours(input: $input) {
    staff { version workingHours { weekday starts ends } }
    problems { code field }
  }
}"""
OFF = """
mutation($input: AddTimeOffInput!) {
  addTimeOff(input: $input) { timeOff { id reason } problems { code field } }
}"""
BACK = """
mutation($input: RemoveTimeOffInput!) {
  removeTimeOff(input: $input) { staff { timeOff { totalCount } } problems { code } }
}"""
PLACE = """
query($id: ID!, $services: ServiceFilter, $staff: StaffFilter) {
  business: node(id: $id) { ... on Business {
    services(filter: $services) { nodes {
      name durationMinutes price { amountMinor currency } staff { name }
    } }
    staff(filter: $staff) { nodes { name active services { name } timeOff { totalCount } } }
  } }
}"""


async def test_the_price_list_and_the_team_are_read_as_they_were_written(by: Any, ask: Any) -> None:
    """R47: services with a rate, and who performs them; those not offered only when asked for."""
    ann, bob = [
        (await ask(by, STAFF, input={"name": name}))["staff"]["id"] for name in ("Ann", "Bob")
    ]
    cut = {
        "name": "Cut",
        "durationMinutes": 30,
        "price": {"amountMinor": 3_500},
        "staffIds": [ann, bob],
    }
    await ask(by, SERVICE, input=cut)
    await ask(by, SERVICE, input={**cut, "name": "Perm", "active": False, "staffIds": [bob]})
    retire = "mutation($id: ID!) { updateStaff(input: {id: $id, active: false}) { staff { id } } }"
    await ask(by, retire, id=bob)

    shown = {
        "name": "Cut",
        "durationMinutes": 30,
        "price": {"amountMinor": 3_500, "currency": "EUR"},
        "staff": [{"name": "Ann"}],
    }
    person = {
        "name": "Ann",
        "active": True,
        "services": [{"name": "Cut"}],
        "timeOff": {"totalCount": 0},
    }
    place = f"biz_{by.business_id.hex}"
    assert await ask(by, PLACE, id=place) == {
        "services": {"nodes": [shown]},
        "staff": {"nodes": [person]},
    }
    others = {**shown, "name": "Perm", "staff": []}, {**person, "name": "Bob", "active": False}
    for active, services, staff in (
        (None, [shown, others[0]], [person, others[1]]),
        (True, [shown], [person]),
        (False, [others[0]], [others[1]]),
    ):
        only = {"active": active}
        assert await ask(by, PLACE, id=place, services=only, staff=only) == {
            "services": {"nodes": services},
            "staff": {"nodes": staff},
        }


async def test_the_price_list_and_the_team_are_sorted_and_cut_down(by: Any, ask: Any) -> None:
    """By price and duration, by who performs what; either way, in pages."""
    ann, bob = [
        (await ask(by, STAFF, input={"name": name}))["staff"]["id"] for name in ("Ann", "Bob")
    ]
    for name, minutes, price, staff in (("Cut", 30, 50, [ann]), ("Dye", 90, 20, [ann, bob])):
        service = {"name": name, "durationMinutes": minutes, "price": {"amountMinor": price}}
        await ask(by, SERVICE, input=service | {"staffIds": staff})
    place = f"biz_{by.business_id.hex}"

    async def listed(what: str, given: str) -> list[str]:
        query = (
            f"query($id: ID!) {{ business: node(id: $id) {{ ... on Business {{ {what}({given}) {{"
        )
        found = (await ask(by, query + " totalCount nodes { name } } } } }", id=place))[what]
        assert found["totalCount"] == len(found["nodes"])
        return [each["name"] for each in found["nodes"]]

    for field, direction, names in (
        ("PRICE", "ASC", ["Dye", "Cut"]),
        ("PRICE", "DESC", ["Cut", "Dye"]),
        ("DURATION", "ASC", ["Cut", "Dye"]),
        ("NAME", "DESC", ["Dye", "Cut"]),
    ):
        order = f"orderBy: {{ field: {field}, direction: {direction} }}"
        assert await listed("services", order) == names
    assert await listed("services", f'filter: {{ staffId: "{bob}" }}') == ["Dye"]
    assert await listed("staff", "orderBy: { field: CREATED_AT, direction: DESC }") == [
        "Bob",
        "Ann",
    ]
    assert await listed("staff", "orderBy: { field: NAME }") == ["Ann", "Bob"]


async def test_hours_and_time_off_are_set(by: Any, ask: Any) -> None:
    """Wall times as HH:MM; problems point into the list."""
    ann = (await ask(by, STAFF, input={"name": "Ann"}))["staff"]["id"]
    day = {"weekday": 1, "starts": "09:00", "ends": "17:30"}

    answer = await ask(by, HOURS, input={"id": ann, "version": 1, "hours": [day]})
    assert answer == {"staff": {"version": 2, "workingHours": [day]}, "problems": []}
    answer = await ask(by, HOURS, input={"id": ann, "hours": [day, day]})
    assert answer == {
        "staff": None,
        "problems": [{"code": "HOURS_OVERLAP", "field": ["input", "hours", "1"]}],
    }

    start = datetime.now(UTC) + timedelta(days=30)
    away = {"staffId": ann, "startsAt": start.isoformat(), "reason": "Holidays"}
    answer = await ask(by, OFF, input={**away, "endsAt": start.isoformat()})
    assert answer["problems"] == [{"code": "ENDS_BEFORE_START", "field": ["input", "endsAt"]}]
    answer = await ask(by, OFF, input={**away, "endsAt": (start + timedelta(days=3)).isoformat()})
    assert answer["timeOff"]["reason"] == "Holidays"
    back = await ask(by, BACK, input={"id": answer["timeOff"]["id"]})
    assert back == {"staff": {"timeOff": {"totalCount": 0}}, "problems": []}


async def test_the_price_list_is_the_owner_s(by: Any, engine: Engine) -> None:
    """Staff see it; they do not change it."""
    staff = replace(by, role=Role.STAFF)
    asked = {"input": {"name": "Cut", "durationMinutes": 30, "price": {"amountMinor": 0}}}

    answer = orjson.loads((await engine.answer(Asked(SERVICE, asked), staff)).body)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


async def test_who_performs_what_is_a_change_of_both_sides(by: Any, ask: Any) -> None:
    """Whoever saves one of them with an old list does not undo it: it is another version."""
    ann, bob = [
        (await ask(by, STAFF, input={"name": name}))["staff"]["id"] for name in ("Ann", "Bob")
    ]
    cut = {"name": "Cut", "durationMinutes": 30, "price": {"amountMinor": 1}, "staffIds": [ann]}
    service = (await ask(by, SERVICE, input=cut))["service"]["id"]
    version = (
        "query($id: ID!) { node(id: $id) { ... on Service { version } ... on Staff { version } } }"
    )
    change = """mutation($staff: UpdateStaffInput!) {
      updateStaff(input: $staff) { problems { code field } } }"""
    sell = """mutation($service: UpdateServiceInput!) {
      updateService(input: $service) { problems { code field } } }"""
    read = {each: (await ask(by, version, id=each))["version"] for each in (service, ann, bob)}

    joined = {"id": bob, "version": read[bob], "serviceIds": [service]}
    assert (await ask(by, change, staff=joined))["problems"] == []
    old = {"id": service, "version": read[service], "staffIds": [ann]}
    stale = [{"code": "STALE_VERSION", "field": ["input", "version"]}]
    assert (await ask(by, sell, service=old))["problems"] == stale

    now = (await ask(by, version, id=service))["version"]
    left = {"id": service, "version": now, "staffIds": [bob]}
    assert (await ask(by, sell, service=left))["problems"] == []
    again = {"id": ann, "version": read[ann], "serviceIds": [service]}
    assert (await ask(by, change, staff=again))["problems"] == stale
    performed = "query($id: ID!) { node(id: $id) { ... on Service { staff { name } } } }"
    assert await ask(by, performed, id=service) == {"staff": [{"name": "Bob"}]}
