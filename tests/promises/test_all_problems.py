"""All that is wrong with an input is told at once, and nothing of it is written."""

from __future__ import annotations

from typing import Any

import httpx

from storage.database import fetchval
from tests.promises.conftest import Ask, Salon

NOBODY = "0" * 32
PAST = "2001-01-01T10:00:00Z"
WRITTEN = """SELECT count(*) || coalesce(md5(string_agg(t.all_of_it, ',' ORDER BY t.all_of_it)), '')
FROM (SELECT c::text FROM clients c UNION ALL SELECT s::text FROM services s
  UNION ALL SELECT s::text FROM staff s UNION ALL SELECT h::text FROM working_hours h
  UNION ALL SELECT o::text FROM time_off o UNION ALL SELECT a::text FROM appointments a
  UNION ALL SELECT b::text FROM businesses b UNION ALL SELECT m::text FROM memberships m
  UNION ALL SELECT i::text FROM invitations i UNION ALL SELECT g::text FROM client_groups g
  UNION ALL SELECT f::text FROM client_fields f UNION ALL SELECT e.seq::text FROM event e
) t (all_of_it)"""


def _wrong(salon: Salon) -> list[tuple[str, dict[str, Any], dict[str, str]]]:
    """List mutations, inputs in which several things are wrong, and what is told of which field."""
    person = {
        "firstName": " ",
        "lastName": "x" * 201,
        "email": "nobody",
        "phone": "12",
        "birthday": "2999-01-01",
        "address": {"country": "Nowhere", "city": "x" * 2000},
        "notes": [{"text": "fine"}, {"text": " "}],
        "consents": [{"channel": "SMS", "granted": True}, {"channel": "SMS", "granted": False}],
    }
    of_person = {
        "firstName": "NAME_REQUIRED",
        "lastName": "TEXT_TOO_LONG",
        "email": "EMAIL_INVALID",
        "phone": "PHONE_INVALID",
        "birthday": "BIRTHDAY_INVALID",
        "address.country": "COUNTRY_INVALID",
        "address.city": "TEXT_TOO_LONG",
        "notes.1.text": "NOTE_EMPTY",
        "consents.1.channel": "CHANNEL_TWICE",
    }
    service = {
        "name": "",
        "durationMinutes": 0,
        "price": {"amountMinor": -1, "currency": "USD"},
        "bufferAfterMinutes": 481,
        "colour": "red",
    }
    of_service = {
        "name": "NAME_REQUIRED",
        "durationMinutes": "OUT_OF_RANGE",
        "price.amountMinor": "OUT_OF_RANGE",
        "price.currency": "CURRENCY_DIFFERS",
        "bufferAfterMinutes": "OUT_OF_RANGE",
        "colour": "COLOUR_INVALID",
    }
    unclear = {"audience": {"everyone": True, "groupIds": [f"grp_{NOBODY}"], "clientIds": ["?"]}}
    of_unclear = {
        "audience": "AUDIENCE_UNCLEAR",
        "audience.groupIds.0": "NOT_FOUND",
        "audience.clientIds.0": "INVALID_ID",
    }
    place = {"zone": "Mars/Base", "currency": "XYZ", "locale": "?"}
    of_place = {
        "zone": "ZONE_INVALID",
        "currency": "CURRENCY_INVALID",
        "locale": "LOCALE_INVALID",
    }
    return [
        ("createClient", person, of_person),
        (
            "updateClient",
            {
                "id": salon.client,
                **{name: said for name, said in person.items() if name != "notes"},
            },
            {field: code for field, code in of_person.items() if field != "notes.1.text"},
        ),
        (
            "createClient",
            {"phoneRegion": "Nowhere", "firstName": "Ann", "lastName": ""},
            {
                "phoneRegion": "PHONE_REGION_INVALID",
                "lastName": "NAME_REQUIRED",
                "email": "EMAIL_OR_PHONE_REQUIRED",
            },
        ),
        ("createService", service, of_service),
        ("updateService", {"id": salon.service, **service}, of_service),
        (
            "createStaff",
            {"name": "", "colour": "red", "accountId": f"acc_{NOBODY}"},
            {"name": "NAME_REQUIRED", "colour": "COLOUR_INVALID", "accountId": "NOT_FOUND"},
        ),
        (
            "setWorkingHours",
            {
                "id": salon.staff,
                "hours": [
                    {"weekday": 8, "starts": "09:00", "ends": "10:00"},
                    {"weekday": 1, "starts": "12:00", "ends": "11:00"},
                    {"weekday": 2, "starts": "09:00", "ends": "11:00"},
                    {"weekday": 2, "starts": "10:00", "ends": "12:00"},
                    {"weekday": 3, "starts": "09:00:30", "ends": "12:00"},
                ],
            },
            {
                "hours.0.weekday": "OUT_OF_RANGE",
                "hours.1.ends": "ENDS_BEFORE_START",
                "hours.3": "HOURS_OVERLAP",
                "hours.4": "INVALID_INPUT",
            },
        ),
        (
            "addTimeOff",
            {"staffId": salon.staff, "startsAt": PAST, "endsAt": PAST, "reason": "x" * 201},
            {"endsAt": "ENDS_BEFORE_START", "startsAt": "OUT_OF_RANGE", "reason": "TEXT_TOO_LONG"},
        ),
        (
            "bookAppointment",
            {
                "clientId": f"cli_{NOBODY}",
                "serviceId": f"srv_{NOBODY}",
                "staffId": f"stf_{NOBODY}",
                "startsAt": PAST,
                "note": "x" * 5001,
            },
            {
                "startsAt": "STARTS_IN_PAST",
                "note": "TEXT_TOO_LONG",
                "clientId": "NOT_FOUND",
                "serviceId": "NOT_FOUND",
                "staffId": "NOT_FOUND",
            },
        ),
        (
            "bookAppointment",
            {**salon.slot(), "clientId": f"cli_{NOBODY}", "staffId": f"stf_{NOBODY}"},
            {"clientId": "NOT_FOUND", "staffId": "NOT_FOUND"},
        ),
        (
            "bookAppointment",
            {**salon.slot(), "clientId": salon.staff, "staffId": "?"},
            {"clientId": "INVALID_ID", "staffId": "INVALID_ID"},
        ),
        (
            "bookAppointment",
            {
                "clientId": "cli_1",
                "serviceId": f"srv_{NOBODY}",
                "staffId": salon.staff,
                "startsAt": PAST,
                "note": "x" * 5001,
            },
            {
                "clientId": "INVALID_ID",
                "serviceId": "NOT_FOUND",
                "startsAt": "STARTS_IN_PAST",
                "note": "TEXT_TOO_LONG",
            },
        ),
        ("createService", {**service, **unclear}, {**of_service, **of_unclear}),
        (
            "updateService",
            {"id": salon.service, **service, **unclear},
            {**of_service, **of_unclear},
        ),
        (
            "createService",
            {
                "name": "",
                "durationMinutes": 30,
                "price": {"amountMinor": 1},
                "staffIds": ["?"],
                "audience": {"groupIds": [f"grp_{NOBODY}", "grp_1"]},
            },
            {
                "name": "NAME_REQUIRED",
                "staffIds.0": "INVALID_ID",
                "audience.groupIds.0": "NOT_FOUND",
                "audience.groupIds.1": "INVALID_ID",
            },
        ),
        *(
            (name, {"id": "?", **wrong}, {"id": "INVALID_ID", **of_wrong})
            for name, wrong, of_wrong in (
                (
                    "updateClient",
                    {k: v for k, v in person.items() if k != "notes"},
                    {k: v for k, v in of_person.items() if k != "notes.1.text"},
                ),
                ("updateService", service, of_service),
                (
                    "updateStaff",
                    {"name": "", "colour": "red"},
                    {"name": "NAME_REQUIRED", "colour": "COLOUR_INVALID"},
                ),
                (
                    "updateGroup",
                    {"name": "", "description": "x" * 5001},
                    {"name": "NAME_REQUIRED", "description": "TEXT_TOO_LONG"},
                ),
                (
                    "updateClientSegment",
                    {"name": "", "description": "x" * 2001},
                    {"name": "NAME_REQUIRED", "description": "TEXT_TOO_LONG"},
                ),
                ("updateClientNote", {"text": " ", "version": 1}, {"text": "NOTE_EMPTY"}),
                (
                    "setWorkingHours",
                    {"hours": [{"weekday": 8, "starts": "09:00", "ends": "10:00"}]},
                    {"hours.0.weekday": "OUT_OF_RANGE"},
                ),
                ("blockClient", {"reason": "x" * 10_001}, {"reason": "TEXT_TOO_LONG"}),
                ("cancelAppointment", {"reason": "x" * 10_001}, {"reason": "TEXT_TOO_LONG"}),
                (
                    "rescheduleAppointment",
                    {"startsAt": PAST, "staffId": "?"},
                    {"startsAt": "STARTS_IN_PAST", "staffId": "INVALID_ID"},
                ),
                ("changeTeamMemberRole", {"role": "CLIENT"}, {"role": "INVALID_INPUT"}),
                ("updateClientField", {"name": ""}, {"name": "NAME_REQUIRED"}),
            )
        ),
        (
            "addTimeOff",
            {"staffId": "?", "startsAt": PAST, "endsAt": PAST, "reason": "x" * 201},
            {
                "staffId": "INVALID_ID",
                "endsAt": "ENDS_BEFORE_START",
                "startsAt": "OUT_OF_RANGE",
                "reason": "TEXT_TOO_LONG",
            },
        ),
        (
            "addClientNote",
            {"clientId": "?", "text": " "},
            {"clientId": "INVALID_ID", "text": "NOTE_EMPTY"},
        ),
        (
            "addClientTags",
            {"clientIds": ["?", salon.client], "tags": ["x" * 201]},
            {"clientIds.0": "INVALID_ID", "tags.0": "TEXT_TOO_LONG"},
        ),
        ("updateBusiness", {"name": "", **place}, {"name": "NAME_REQUIRED", **of_place}),
        (
            "inviteTeamMember",
            {"email": "nobody", "name": "", "role": "CLIENT"},
            {"email": "EMAIL_INVALID", "name": "NAME_REQUIRED", "role": "INVALID_INPUT"},
        ),
        (
            "addTeamMember",
            {"email": "nobody", "name": "", "role": "CLIENT", "password": "short"},
            {
                "email": "EMAIL_INVALID",
                "name": "NAME_REQUIRED",
                "role": "INVALID_INPUT",
                "password": "PASSWORD_TOO_SHORT",
            },
        ),
        (
            "createGroup",
            {"name": "", "description": "x" * 5001},
            {"name": "NAME_REQUIRED", "description": "TEXT_TOO_LONG"},
        ),
        (
            "createClientField",
            {"name": "", "kind": "CHOICE", "options": []},
            {"name": "NAME_REQUIRED", "options": "CUSTOM_FIELD_OPTIONS_INVALID"},
        ),
        (
            "createClientSegment",
            {
                "name": "",
                "description": "x" * 2001,
                "filter": {
                    "birthdayMonth": [12, 13],
                    "preferredStaffIds": [salon.staff, f"stf_{NOBODY}"],
                    "lifetimeValue": {"atMost": {"amountMinor": 1, "currency": "USD"}},
                    "or": [{"not": {"groupIds": [f"grp_{NOBODY}"]}}, {"birthdayMonth": [0]}],
                },
            },
            {
                "name": "NAME_REQUIRED",
                "description": "TEXT_TOO_LONG",
                "filter.birthdayMonth.1": "OUT_OF_RANGE",
                "filter.preferredStaffIds.1": "NOT_FOUND",
                "filter.lifetimeValue.atMost.currency": "CURRENCY_DIFFERS",
                "filter.or.0.not.groupIds.0": "NOT_FOUND",
                "filter.or.1.birthdayMonth.0": "OUT_OF_RANGE",
            },
        ),
        (
            "requestClientImport",
            {
                "contactEmail": "nobody",
                "contactPhone": "12",
                "note": "x" * 5001,
                "clientImportId": f"imp_{NOBODY}",
            },
            {
                "clientImportId": "NOT_FOUND",
                "contactEmail": "EMAIL_INVALID",
                "contactPhone": "PHONE_INVALID",
                "note": "TEXT_TOO_LONG",
            },
        ),
        (
            "signUpBusiness",
            {"businessName": "", "name": "", "email": "nobody", "password": "short", **place},
            {
                "businessName": "NAME_REQUIRED",
                "name": "NAME_REQUIRED",
                "email": "EMAIL_INVALID",
                "password": "PASSWORD_TOO_SHORT",
                **of_place,
            },
        ),
    ]


async def test_every_wrong_field_is_told(salon: Salon, api: Ask) -> None:
    """R31: four wrong fields are four problems, each with its path; nothing changes."""
    before = await fetchval(WRITTEN)
    for name, given, expected in _wrong(salon):
        kind = name[0].upper() + name[1:]
        query = f"""mutation($i: {kind}Input!) {{
          {name}(input: $i) {{ problems {{ code field message remedy }} }} }}"""
        token = None if name == "signUpBusiness" else salon.token
        answer = await api(query, {"i": given}, token=token)

        assert "errors" not in answer, answer
        problems = answer["data"][name]["problems"]
        assert {".".join(each["field"]): each["code"] for each in problems} == {
            f"input.{field}": code for field, code in expected.items()
        }, name
        assert len(problems) == len(expected)
        assert all(each["message"] and each["remedy"] for each in problems)
    assert await fetchval(WRITTEN) == before


async def test_ids_and_fields_of_extensions_are_told_over_http(salon: Salon, server: str) -> None:
    """R31: an id that is none, an unclear audience, a name and a currency: four problems."""
    before = await fetchval(WRITTEN)
    given = {
        "name": " ",
        "durationMinutes": 30,
        "price": {"amountMinor": 1, "currency": "USD"},
        "staffIds": ["stf_1"],
        "audience": {"everyone": True, "clientIds": [salon.client]},
    }
    query = """mutation($i: CreateServiceInput!) {
      createService(input: $i) { service { id } problems { code field } } }"""

    async with httpx.AsyncClient(base_url=server, timeout=30) as http:
        body = {"query": query, "variables": {"i": given}}
        headers = {"authorization": f"Bearer {salon.token}"}
        answer = (await http.post("/graphql", json=body, headers=headers)).json()

    payload = answer["data"]["createService"]
    assert payload["service"] is None
    assert sorted(payload["problems"], key=lambda each: each["code"]) == [
        {"code": "AUDIENCE_UNCLEAR", "field": ["input", "audience"]},
        {"code": "CURRENCY_DIFFERS", "field": ["input", "price", "currency"]},
        {"code": "INVALID_ID", "field": ["input", "staffIds", "0"]},
        {"code": "NAME_REQUIRED", "field": ["input", "name"]},
    ]
    assert await fetchval(WRITTEN) == before


async def test_a_code_is_not_called_wrong_because_of_an_id_that_is_none(api: Ask) -> None:
    """It may be right in the business that was meant; what makes no sense anywhere is told."""
    query = """mutation($i: SignInWithCodeInput!) {
      signInWithCode(input: $i) { problems { code field } } }"""
    given = {"email": "ann@example.com", "businessId": "?", "code": "123456"}
    none = {"code": "INVALID_ID", "field": ["input", "businessId"]}

    plain = await api(query, {"i": given})
    wrong = await api(query, {"i": {**given, "email": "nobody"}})

    assert plain["data"]["signInWithCode"]["problems"] == [none]
    assert wrong["data"]["signInWithCode"]["problems"] == [
        none,
        {"code": "EMAIL_INVALID", "field": ["input", "email"]},
    ]


async def test_no_more_is_told_than_anybody_reads(salon: Salon) -> None:
    """A hundred wrong spans of hours are fifty problems."""
    wrong = [{"weekday": 0, "starts": "09:00", "ends": "10:00"}] * 100
    query = """mutation($i: SetWorkingHoursInput!) {
      setWorkingHours(input: $i) { problems { code } } }"""

    payload = await salon.does(query, "setWorkingHours", {"i": {"id": salon.staff, "hours": wrong}})

    assert len(payload["problems"]) == 50
