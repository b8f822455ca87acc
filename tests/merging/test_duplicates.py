"""Finding files that may be of the same person."""

from __future__ import annotations

from typing import Any

import pytest

from modules.clients import rules as clients
from modules.clients.events import ClientUpdated
from modules.merging import rules
from modules.viewer import Role, Viewer
from storage import log
from storage.database import execute, fetch, fetchval
from tests.merging.conftest import CHANGE, DUPLICATES, key, open_file
from tests.promises.conftest import Salon

DISMISS = """mutation($input: DismissDuplicateInput!) { dismissDuplicate(input: $input) {
  clientDuplicate { dismissedAt } problems { code field } } }"""


async def compared(salon: Salon) -> None:
    """Compare all files, as the job does."""
    await rules.compare({"business_id": str(key(salon.business))})


async def pairs(salon: Salon, least: int = 1) -> list[Any]:
    """List the pairs as the API does: who, how likely, and why."""
    answer = await salon.ask(DUPLICATES, {"min": least}, token=salon.token)
    found = answer["data"]["viewer"]["business"]["duplicateClients"]
    assert found["totalCount"] == len(found["nodes"])
    return [
        (
            {each["client"]["fullName"], each["otherClient"]["fullName"]},
            each["score"],
            each["reasons"],
        )
        for each in found["nodes"]
    ]


@pytest.mark.parametrize(
    ("person", "score", "reasons"),
    [
        ({"firstName": "Bo", "lastName": "Ek", "email": "ANN@example.com"}, 70, ["SAME_EMAIL"]),
        ({"firstName": "ann", "lastName": "LÉE"}, 50, ["SAME_NAME"]),
        ({"firstName": "Anne", "lastName": "Lee"}, 30, ["SIMILAR_NAME"]),
        (
            {"firstName": "Ann", "lastName": "Lee", "email": "ann@example.com"},
            85,
            ["SAME_EMAIL", "SAME_NAME"],
        ),
        ({"firstName": "Bo", "lastName": "Ek"}, None, []),
    ],
)
async def test_what_two_files_have_in_common_makes_a_score(
    salon: Salon, person: dict[str, Any], score: int | None, reasons: list[str]
) -> None:
    """R15: mail address, phone number, name and birthday, and names that differ by little."""
    await open_file(salon, **person)
    await compared(salon)
    found = await pairs(salon)

    assert [each[2] for each in found] == ([reasons] if score else [])
    assert [abs(each[1] - (score or 0)) <= 3 for each in found] == ([True] if score else [])
    both_ways = await fetchval("SELECT count(*) FROM client_duplicates")
    assert both_ways == 2 * len(found)


async def test_a_birthday_speaks_for_and_against(salon: Salon) -> None:
    """R15: the same name and day is almost sure; the same name with another day is nobody's."""
    first = {"firstName": "Kim", "lastName": "Park"}
    await open_file(salon, **first, birthday="1990-01-02", phone="+31611111111")
    await open_file(salon, **first, birthday="1990-01-02", phone="+31622222222")
    await open_file(salon, **first, birthday="1991-01-02", phone="+31633333333")
    await compared(salon)

    assert await pairs(salon) == [
        ({"Kim Park"}, 92, ["SAME_NAME_AND_BIRTHDAY", "SAME_NAME"]),
    ]


async def test_files_are_compared_when_they_are_opened_and_changed(salon: Salon) -> None:
    """R15: an event is enough; what they no longer have in common goes."""
    other = await open_file(salon, firstName="Bo", lastName="Ek", email="ann@example.com")
    event = ClientUpdated(business_id=key(salon.business), subject=key(other))
    await rules.compare_one(event)
    assert [each[2] for each in await pairs(salon)] == [["SAME_EMAIL"]]

    given = {"input": {"id": other, "email": "bo@ek.example"}}
    await salon.does(CHANGE, "updateClient", given)
    await rules.compare_one(event)

    assert await pairs(salon) == []
    assert await fetch("SELECT * FROM client_duplicates") == []


@pytest.mark.parametrize("least", [-1, 101, -(2**31), 2**31 - 1])
async def test_a_score_that_is_none_is_refused_in_a_sentence(
    salon: Salon, caplog: pytest.LogCaptureFixture, least: int
) -> None:
    """PostgreSQL, whose column is narrower than an Int, is not asked."""
    answer = await salon.ask(DUPLICATES, {"min": least}, token=salon.token)

    [error] = answer["errors"]
    assert error["message"] == "A score is from 0 to 100."
    assert error["extensions"]["field"] == ["minScore"]
    assert "value" not in caplog.text


async def test_who_was_told_apart_does_not_come_back(salon: Salon) -> None:
    """R15: dismissed once, from either side, it is not listed again however often it is found."""
    other = await open_file(salon, firstName="Bo", lastName="Ek", email="ann@example.com")
    await compared(salon)
    given = {"input": {"clientId": other, "otherClientId": salon.client}}
    told = await salon.does(DISMISS, "dismissDuplicate", given)
    assert (told["problems"], told["clientDuplicate"]["dismissedAt"] is not None) == ([], True)
    await execute("DELETE FROM compared_files")
    await compared(salon)

    assert await pairs(salon) == []
    listed = "query($id: ID!) { node(id: $id) { ... on Client { duplicates { totalCount } } } }"
    for client in (other, salon.client):
        answer = await salon.ask(listed, {"id": client}, token=salon.token)
        assert answer["data"]["node"] == {"duplicates": {"totalCount": 0}}
    stranger = await open_file(salon, firstName="Cy", lastName="Ox", phone="+31600000000")
    given = {"input": {"clientId": stranger, "otherClientId": salon.client}}
    refused = await salon.does(DISMISS, "dismissDuplicate", given)
    assert [problem["code"] for problem in refused["problems"]] == ["NOT_FOUND"]


async def test_a_number_that_everybody_has_makes_no_crowd(salon: Salon) -> None:
    """R15: a hundred files with the salon's own number are not five thousand pairs."""
    by = Viewer(role=Role.OWNER, business_id=key(salon.business))
    people: list[Any] = [
        {"first_name": f"{chr(97 + n % 26) * 9}", "last_name": f"{n:09}", "phone": "+31201234567"}
        for n in range(100)
    ]
    async with log.Log().change(actor=None, business_id=by.business_id):
        await clients.create_clients(by, people)
    await compared(salon)

    assert await fetchval("SELECT count(*) FROM client_duplicates") <= 100 * 20 * 2


SPELLINGS = [
    ("Anna", "Mueller", "Anna", "M\u00fcller"),
    ("Sin\u00e9ad", "O\u2019Brien", "Sinead", "O'Brien"),
    ("I\u015f\u0131k", "Y\u0131ld\u0131z", "Isik", "Yildiz"),
    ("Jean-Luc", "Picard", "Jean Luc", "Picard"),
    ("Katharina", "Smith", "Catharina", "Smith"),
    ("Anna", "Jonson", "Anna", "Johnson"),
]


@pytest.mark.parametrize(("first", "last", "other_first", "other_last"), SPELLINGS)
async def test_a_name_is_the_same_in_another_spelling(
    salon: Salon, first: str, last: str, other_first: str, other_last: str
) -> None:
    """R15: apostrophes, umlauts, dots, hyphens, and a slip at either end of a name."""
    await open_file(salon, firstName=first, lastName=last)
    other = await open_file(salon, firstName=other_first, lastName=other_last, phone="+31699999999")
    await compared(salon)

    (pair,) = await pairs(salon)
    assert pair[2] in (["SAME_NAME"], ["SIMILAR_NAME"])
    assert other
