"""A dry run checks everything, shows the result, and changes nothing."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest

from storage.database import fetchval
from tests.promises.conftest import CLIENT, Salon


async def counts() -> list[int]:
    """Count what a change could leave behind."""
    tables = ("appointments", "clients", "event", "job", "idempotency")
    return [await fetchval(f"SELECT count(*) FROM {table}") for table in tables]


async def test_a_dry_run_shows_the_booking_and_leaves_nothing(salon: Salon) -> None:
    """The payload is that of a real booking; no row, event, job or key stays."""
    before = await counts()
    payload = await salon.book(dry=True, key="dry")

    assert payload["problems"] == []
    assert payload["replayed"] is False
    assert payload["appointment"]["status"] == "BOOKED"
    assert payload["appointment"]["client"] == {"fullName": "Ann Lee"}
    assert await counts() == before


async def test_a_dry_run_is_refused_for_what_the_booking_would_be(salon: Salon) -> None:
    """Full validation: a taken slot is taken in a dry run too."""
    await salon.book()
    before = await counts()
    payload = await salon.book(dry=True)

    assert [p["code"] for p in payload["problems"]] == ["SLOT_TAKEN"]
    assert payload["appointment"] is None
    assert await counts() == before


async def test_a_key_used_in_a_dry_run_is_still_free(salon: Salon) -> None:
    """Trying first and then doing it takes one key."""
    person = {"firstName": "Dry", "lastName": "Run", "email": "dry@salon.example"}
    tried = await salon.does(CLIENT, "createClient", {"input": person, "key": "both", "dry": True})
    done = await salon.does(CLIENT, "createClient", {"input": person, "key": "both"})

    assert tried["client"]["fullName"] == done["client"]["fullName"] == "Dry Run"
    assert tried["client"]["id"] != done["client"]["id"]
    assert done["replayed"] is False


Cache = dict[str, dict[str, Any]]
"""What a client keeps: the fields of every object, by its id."""


def keep(answer: Any, cache: Cache) -> Any:
    """Write an answer down as Relay and Apollo do: every object with an id under that id."""
    if isinstance(answer, list):
        return [keep(each, cache) for each in answer]
    if not isinstance(answer, dict):
        return answer
    fields = {name: keep(value, cache) for name, value in answer.items()}
    if "id" not in fields:
        return fields
    cache.setdefault(fields["id"], {}).update(fields)
    return {"__ref": fields["id"]}


WEEK = """query($id: ID!, $from: DateTime!, $to: DateTime!) { viewer { id role business { id name
  calendar(from: $from, to: $to) { id appointments {
    __typename id startsAt status version note client { id fullName version }
    staff { id name } service { id name } } } clients { nodes { id fullName phone version } } } }
  node(id: $id) { id } }"""
SHOWN = """appointment { __typename id startsAt status version note client { id fullName version }
  staff { ...Who } service { id name } } problems { code } replayed messages { kind }"""
WHO = "fragment Who on Staff { __typename id name appointments(first: 3) { nodes { id status } } }"
DRY: dict[str, str] = {
    "rescheduleAppointment": SHOWN,
    "cancelAppointment": SHOWN,
    "cancelAppointments": """appointments { ... on Node { id }
      ... on Appointment { it: id status } } problems { code }""",
    "updateClient": "client { id fullName phone version } problems { code }",
    "deleteClient": "deletedId cancelled { appointmentId } receipt { id } problems { code }",
    "createGroup": "group { id name clients { nodes { id fullName groups { nodes { id } } } } }",
    "signIn": "viewer { id business { id clients { nodes { id fullName } } } } problems { code }",
}


async def test_a_dry_run_leaves_a_cache_by_ids_as_it_was(salon: Salon) -> None:
    """Whatever a client keeps of its answer, and however deep: no object that is there changes."""
    booked = (await salon.book())["appointment"]["id"]
    week = {"id": booked, "from": salon.slot()["startsAt"], "to": salon.slot(5)["startsAt"]}
    preview = await salon.ask(
        "query($id: ID!) { clientDeletionPreview(clientId: $id) { token } }",
        {"id": salon.client},
        token=salon.token,
    )
    token = preview["data"]["clientDeletionPreview"]["token"]
    inputs: dict[str, dict[str, Any]] = {
        "rescheduleAppointment": {"id": booked, "startsAt": salon.slot(3)["startsAt"]},
        "cancelAppointment": {"id": booked, "reason": "rain"},
        "cancelAppointments": {"ids": [booked]},
        "updateClient": {"id": salon.client, "firstName": "Somebody", "phone": "+31612345699"},
        "deleteClient": {"id": salon.client, "token": token},
        "createGroup": {"name": "Dry", "clientIds": [salon.client]},
        "signIn": {"email": "olga@salon.example", "password": "correct horse battery"},
    }
    assert inputs.keys() == DRY.keys()
    read = await salon.ask(WEEK, week, token=salon.token)
    cache: Cache = {}
    keep(read["data"], cache)
    assert {booked, salon.client} <= cache.keys()
    first = deepcopy(cache)

    for name, shown in DRY.items():
        kind = name[0].upper() + name[1:]
        fragment = WHO if "...Who" in shown else ""
        query = f"""mutation($input: {kind}Input!, $dry: Boolean! = true) {{
          {name}(input: $input, dryRun: $dry) {{ {shown} }} }} {fragment}"""
        for _ in range(2):  # another dry run has other ids
            before = deepcopy(cache)
            answer = await salon.ask(query, {"input": inputs[name]}, token=salon.token)
            payload = answer["data"][name]
            assert payload.get("problems", []) == [], answer
            keep(answer["data"], cache)
            new = cache.keys() - before.keys()
            assert new, name
            assert all(re.fullmatch(r"dry_[0-9a-f]{8}_[a-z]{3}_[0-9a-f]{32}", id_) for id_ in new)
            assert {id_: cache[id_] for id_ in before} == before, name
            assert payload.get("deletedId", "dry_").startswith("dry_")

    again: Cache = {}
    keep((await salon.ask(WEEK, week, token=salon.token))["data"], again)
    assert again == first


async def test_in_one_dry_run_a_row_has_one_id_which_is_refused_anywhere_else(
    salon: Salon,
) -> None:
    """A client that puts the answer together gets one picture; what it sends back is refused."""
    booked = (await salon.book())["appointment"]["id"]
    query = """mutation($input: CancelAppointmentInput!) {
      cancelAppointment(input: $input, dryRun: true) { appointment { id client { id
        appointments { nodes { id client { id } } } } } } }"""
    answer = await salon.ask(query, {"input": {"id": booked}}, token=salon.token)
    found = answer["data"]["cancelAppointment"]["appointment"]
    [listed] = found["client"]["appointments"]["nodes"]
    refused = await salon.ask(
        "query($id: ID!) { node(id: $id) { id } }", {"id": found["id"]}, token=salon.token
    )

    assert found["id"].endswith(f"_{booked}")
    assert listed == {"id": found["id"], "client": {"id": found["client"]["id"]}}
    [error] = refused["errors"]
    assert error["extensions"]["problem"] == "INVALID_ID"
    assert error["message"] == "That id is of a dry run's answer: it means nothing anywhere else."


async def test_what_a_refused_dry_run_says_of_others_is_as_it_is(salon: Salon) -> None:
    """Nothing changed, so the rows in its problems are real: an alternative can be booked."""
    await salon.book()
    query = """mutation($input: BookAppointmentInput!) {
      bookAppointment(input: $input, dryRun: true) { appointment { id } problems { code
        ... on SlotTaken { alternatives { startsAt staff { id } } } } } }"""
    answer = await salon.ask(query, {"input": salon.slot()}, token=salon.token)
    [problem] = answer["data"]["bookAppointment"]["problems"]

    assert answer["data"]["bookAppointment"]["appointment"] is None
    assert {each["staff"]["id"] for each in problem["alternatives"]} == {salon.slot()["staffId"]}


async def test_nothing_that_a_dry_run_answers_opens_anything(salon: Salon) -> None:
    """No token that lets in, and no place to send a file to: neither would be there."""
    signs = """mutation($input: SignInInput!) {
      signIn(input: $input, dryRun: true) { token problems { code } } }"""
    me = {"email": "olga@salon.example", "password": "correct horse battery"}
    signed = await salon.ask(signs, {"input": me})

    assert signed["data"]["signIn"] == {"token": None, "problems": []}


async def test_ids_of_a_large_answer_to_a_dry_run_are_its_own_too(
    salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that are written as JSON while the answer is built are gone through as well."""
    monkeypatch.setattr("schema.reading.query.LARGE", 0)
    query = """mutation($input: CreateGroupInput!) {
      createGroup(input: $input, dryRun: true) { group { clients { nodes { id } } } } }"""
    given = {"name": "Large", "clientIds": [salon.client]}
    answer = await salon.ask(query, {"input": given}, token=salon.token)

    [client] = answer["data"]["createGroup"]["group"]["clients"]["nodes"]
    assert re.fullmatch(rf"dry_[0-9a-f]{{8}}_{salon.client}", client["id"])
