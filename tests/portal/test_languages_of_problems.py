"""Problems are told in the language of the business, and fit whoever reads them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.portal.conftest import Ask
from tests.portal.test_own import BLOCK, do
from tests.promises.conftest import Salon

BOOK = """mutation($input: BookAppointmentInput!) {
  bookAppointment(input: $input) { problems { code field message remedy } }
}"""
MOVE = """mutation($input: RescheduleAppointmentInput!) {
  rescheduleAppointment(input: $input) { problems { code field message remedy } }
}"""
SPEAK = """mutation($input: UpdateBusinessInput!) {
  updateBusiness(input: $input) { problems { code field message remedy } }
}"""
SIGN_IN = """mutation($input: SignInInput!) {
  signIn(input: $input) { problems { code message remedy } }
}"""
PAGE = "{ viewer { business { clients(first: 101) { totalCount } } } }"


async def _speaks(salon: Salon, locale: str) -> None:
    payload = await salon.does(SPEAK, "updateBusiness", {"input": {"locale": locale}})
    assert payload["problems"] == []


@pytest.mark.parametrize(
    ("locale", "message", "remedy", "note"),
    [
        (
            "de-DE",
            "Das ist mehr als ein Jahr im Voraus.",
            "Wählen Sie eine Zeit innerhalb der nächsten 365 Tage.",
            "Das darf höchstens 5.000 Zeichen lang sein.",
        ),
        (
            "nl",
            "Dat is meer dan een jaar vooruit.",
            "Kies een tijd binnen de komende 365 dagen.",
            "Dat mag hoogstens 5.000 tekens lang zijn.",
        ),
        (
            "fr",
            "That is more than a year from now.",
            "Choose a time within the next 365 days.",
            "That may be at most 5,000 characters long.",
        ),
    ],
)
async def test_problems_are_in_the_language_of_the_business(
    salon: Salon, ann: str, server: str, *, locale: str, message: str, remedy: str, note: str
) -> None:
    """Message and remedy, numbers too, whatever a browser asks for; code and field never change."""
    await _speaks(salon, locale)
    late = {**salon.slot(24 * 500), "note": "x" * 5_001}
    expected = [
        {"code": "TEXT_TOO_LONG", "field": ["input", "note"], "message": note},
        {
            "code": "TOO_FAR_AHEAD",
            "field": ["input", "startsAt"],
            "message": message,
            "remedy": remedy,
        },
    ]

    async with httpx.AsyncClient(base_url=server, timeout=30) as http:
        for token in (salon.token, ann):
            answer = await http.post(
                "/graphql",
                json={"query": BOOK, "variables": {"input": late}},
                headers={"authorization": f"Bearer {token}", "accept-language": "en"},
            )
            problems = answer.json()["data"]["bookAppointment"]["problems"]
            assert problems[0].pop("remedy")
            assert problems == expected


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("nl-BE, en;q=0.5", "Het e-mailadres of het wachtwoord is onjuist."),
        ("fr, de;q=0.9", "Die E-Mail-Adresse oder das Passwort ist falsch."),
        ("fr", "The mail address or the password is wrong."),
        (None, "The mail address or the password is wrong."),
        ("de;q=;;," + "x" * 1000, "The mail address or the password is wrong."),
    ],
)
async def test_a_visitor_reads_what_their_browser_asks_for(
    salon: Salon, server: str, asked: str | None, message: str
) -> None:
    """Nobody is signed in, so no business says in which language."""
    given = {"email": "olga@salon.example", "password": "wrong horse battery"}
    headers = {"accept-language": asked} if asked else {}

    async with httpx.AsyncClient(base_url=server, timeout=30) as http:
        body = {"query": SIGN_IN, "variables": {"input": given}}
        answer = await http.post("/graphql", json=body, headers=headers)

    [problem] = answer.json()["data"]["signIn"]["problems"]
    assert (problem["code"], problem["message"]) == ("INVALID_CREDENTIALS", message)


async def test_what_a_query_refuses_is_in_that_language_as_well(api: Ask, salon: Salon) -> None:
    """Where a refusal is an error; what is wrong with a document stays English."""
    await _speaks(salon, "nl")

    refused = await api(PAGE, token=salon.token)
    wrong = await api("{ viewer { nothing } }", token=salon.token)

    [error] = refused["errors"]
    assert error["message"] == "Een pagina heeft 0 tot en met 100 rijen, niet 101."
    assert error["extensions"] == {
        "code": "BAD_USER_INPUT",
        "problem": "INVALID_PAGE",
        "remedy": "Vraag om first of last (0 tot en met 100), met cursors van deze lijst in deze"
        " volgorde.",
        "field": ["first"],
    }
    assert wrong["errors"][0]["message"].startswith("Cannot query field")


def _told(payload: dict[str, Any]) -> tuple[str, str, str]:
    [problem] = payload["problems"]
    return problem["code"], problem["message"], problem["remedy"]


async def test_a_client_reads_what_a_client_can_do(api: Ask, salon: Salon, ann: str) -> None:
    """The team reads of `despiteBlock` and of versions, a client of neither."""
    booked = (await salon.book())["appointment"]
    version = booked["version"]
    stale = {"id": booked["id"], "startsAt": salon.slot(2)["startsAt"], "version": version + 7}
    of_team = _told(await salon.does(MOVE, "rescheduleAppointment", {"input": stale}))
    of_client = _told(await do(api, ann, MOVE, **stale))
    past = {**salon.slot(), "startsAt": "2001-01-01T10:00:00Z"}
    past_of_team = _told(await salon.does(BOOK, "bookAppointment", {"input": past}))
    past_of_client = _told(await do(api, ann, BOOK, **past))
    await salon.does(BLOCK, "blockClient", {"id": salon.client})
    blocked_of_team = _told(await salon.does(BOOK, "bookAppointment", {"input": salon.slot(4)}))
    blocked_of_client = _told(await do(api, ann, BOOK, **salon.slot(4)))

    assert of_team == (
        "STALE_VERSION",
        f"This is version {version} by now, not {version + 7}.",
        "Read it again, look at what changed, and send the new version.",
    )
    assert of_client == (
        "STALE_VERSION",
        "This was changed in the meantime.",
        "Look at it as it is now, then try once more.",
    )
    assert past_of_team == (
        "STARTS_IN_PAST",
        "That time has passed.",
        "Choose a time to come; the team may enter visits of the last seven days.",
    )
    assert past_of_client == ("STARTS_IN_PAST", "That time has passed.", "Choose a time to come.")
    assert blocked_of_team == (
        "CLIENT_BLOCKED",
        "This client may not book.",
        "The team may book them all the same, with `despiteBlock: true`, or unblock them.",
    )
    assert blocked_of_client == (
        "CLIENT_BLOCKED",
        "You cannot book here yourself at the moment.",
        "Ask the business: its team can book for you.",
    )
