"""Opening and changing clients' files."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat

from modules.clients import rules
from modules.clients.models import MarketingChannel
from modules.clients.rules import reaching
from modules.errors import NotFound, Refusal
from modules.text import NameRequired, TextNotAllowed, TextTooLong
from storage import database as db
from storage.models import uuid7
from tests.clients.conftest import everything, told

YES = {"channel": MarketingChannel.EMAIL, "granted": True}
JO: dict[str, Any] = {"first_name": "Jo", "last_name": "Smith", "email": "jo@example.org"}
PHONES = "SELECT phone FROM clients WHERE id = ANY($1) ORDER BY array_position($1, id)"
COLUMNS = (
    "first_name, last_name, email::text, phone, birthday, note, sort_name, search_text, version"
)


async def file(client: Any) -> dict[str, Any]:
    """What is in a file."""
    return dict(await db.fetchrow(f"SELECT {COLUMNS} FROM clients WHERE id = $1", client) or {})


async def test_a_file_is_opened_with_everything_in_its_usual_form(by: Any, do: Any) -> None:
    """R14: the provider opens a file and fills it in."""
    client = await do(
        rules.create_client,
        by,
        first_name="  Zoë ",
        last_name="van  der Berg",
        email="Zoe@EXAMPLE.org ",
        phone="06 1234 5678",
        birthday=date(1990, 2, 28),
        note="Likes\r\ntea ",
    )

    assert await file(client) == {
        "first_name": "Zoë",
        "last_name": "van der Berg",
        "email": "zoe@example.org",
        "phone": "+31612345678",
        "birthday": date(1990, 2, 28),
        "note": "Likes\ntea",
        "sort_name": "van der berg zoe",
        "search_text": "zoe van der berg zoe zo zoe@example.org +31612345678 0612345678",
        "version": 1,
    }
    kinds = await db.fetch("SELECT kind, subject FROM event")
    assert [tuple(row) for row in kinds] == [
        ("clients.ClientCreated", client),
        ("clients.ClientVerificationAsked", client),
    ]


@pytest.mark.parametrize(
    ("asked", "refusal", "field"),
    [
        ({"first_name": " "}, NameRequired, "first_name"),
        ({"last_name": None}, NameRequired, "last_name"),
        ({"email": None}, rules.EmailOrPhoneRequired, "email"),
        ({"email": "", "phone": " "}, rules.EmailOrPhoneRequired, "email"),
        ({"email": "jo"}, rules.EmailInvalid, "email"),
        ({"email": "jo@example.org\0"}, rules.EmailInvalid, "email"),
        ({"email": "a" * 10_000 + "@example.org"}, rules.EmailInvalid, "email"),
        ({"phone": "12"}, rules.PhoneInvalid, "phone"),
        ({"phone": "call me"}, rules.PhoneInvalid, "phone"),
        ({"phone": "+31 20 123 4567 ext. 8"}, rules.PhoneInvalid, "phone"),
        ({"phone": "020 123 4567", "phone_region": "XX"}, rules.PhoneRegionInvalid, "phone_region"),
        ({"birthday": date(1899, 12, 31)}, rules.BirthdayInvalid, "birthday"),
        ({"birthday": date(9999, 12, 31)}, rules.BirthdayInvalid, "birthday"),
        ({"first_name": "x" * 10_000}, TextTooLong, "first_name"),
        ({"last_name": "Sm\0ith"}, TextNotAllowed, "last_name"),
        ({"last_name": "\ud800"}, TextNotAllowed, "last_name"),
        ({"note": "x" * 10_001}, TextTooLong, "note"),
        ({"address": {"street": "x" * 501}}, TextTooLong, "address.street"),
        ({"address": {"postal_code": "x" * 21}}, TextTooLong, "address.postal_code"),
        ({"address": {"city": "x" * 10_000}}, TextTooLong, "address.city"),
        ({"address": {"region": "a\0"}}, TextNotAllowed, "address.region"),
        ({"address": {"country": "XX"}}, rules.CountryInvalid, "address.country"),
        ({"address": {"country": "Nederland"}}, rules.CountryInvalid, "address.country"),
        ({"tags": ["a", "x" * 51]}, TextTooLong, "tags.1"),
        ({"tags": ["a\0b"]}, TextNotAllowed, "tags.0"),
        ({"tags": [f"tag {n}" for n in range(51)]}, rules.TagsTooMany, "tags"),
        ({"preferred_staff_id": uuid7()}, NotFound, "preferred_staff_id"),
        ({"notes": [{"text": "a"}, {"text": " "}]}, rules.NoteEmpty, "notes.1.text"),
        ({"consents": [YES, {**YES, "granted": False}]}, rules.ChannelTwice, "consents.1.channel"),
        ({"consents": [{**YES, "how": "x" * 501}]}, TextTooLong, "consents.0.how"),
        (
            {"custom_fields": [{"field_id": uuid7(), "text": "a"}]},
            NotFound,
            "custom_fields.0.field_id",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(
    by: Any, do: Any, asked: dict[str, Any], refusal: type[Refusal], field: str
) -> None:
    """R15: both names and a mail address or a phone number, and all of it well formed."""
    client = await do(rules.create_client, by, **JO)
    before = await everything()

    for rule, also in ((rules.create_client, JO), (rules.update_client, {"client_id": client})):
        with pytest.raises(refusal) as caught:
            await do(rule, by, **{**also, **asked})
        assert caught.value.field == tuple(field.split("."))

    assert await everything() == before


@pytest.mark.parametrize("name", ["👩🏽‍🦰", "ليلى", "李", "O'Neil-Łukasz", "x" * 200, "e\u0301"])
async def test_names_of_any_script_are_kept(by: Any, do: Any, name: str) -> None:
    """Emoji and right-to-left letters as typed, up to 200 characters, accents composed."""
    client = await do(
        rules.create_client, by, first_name=name, last_name=name, phone="+14155552671"
    )

    kept = await db.fetchval("SELECT first_name FROM clients WHERE id = $1", client)
    assert kept == name.replace("e\u0301", "é")


async def test_one_of_mail_and_phone_is_enough(by: Any, do: Any, stranger: Any) -> None:
    """R15: either will do; a number is of the country the business is in, unless it says more."""
    for who, phone, region, kept in (
        (by, "020 794 0800", None, "+31207940800"),
        (stranger, "(212) 555-0123", None, "+12125550123"),
        (stranger, "020 7946 0018", "gb", "+442079460018"),
        (by, "00 1 212 555 0123", None, "+12125550123"),
    ):
        client = await do(
            rules.create_client,
            who,
            first_name="A",
            last_name="B",
            phone=phone,
            phone_region=region,
        )
        assert (await file(client))["phone"] == kept


async def test_phone_numbers_of_every_country_are_kept(by: Any, do: Any) -> None:
    """R15: however they are written down there, and with the country's code anywhere."""
    wrong = []
    for region in sorted(reaching.REGIONS):
        number = phonenumbers.example_number(region)
        assert number is not None
        kept = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        local = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        abroad = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
        name: Any = {"first_name": "A", "last_name": region}
        asked = [{**name, "phone": local, "phone_region": region}, {**name, "phone": abroad}]
        made = await do(rules.create_clients, by, asked)
        found = [row["phone"] for row in await db.fetch(PHONES, made)]
        if found != [kept, kept]:
            wrong.append((region, found, kept))

    assert wrong == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("o'brien+salon@example.org", "o'brien+salon@example.org"),
        ('"jo smith"@example.org', '"jo smith"@example.org'),
        ('"jo+smith"@example.org', "jo+smith@example.org"),
        ("jo@EXÄMPLE.org", "jo@exämple.org"),
    ],
)
async def test_addresses_with_quotes_and_plus_signs_are_kept(
    by: Any, do: Any, typed: str, kept: str
) -> None:
    """R15: whatever a mail server takes; quotes that nobody needs are dropped."""
    client = await do(rules.create_client, by, **{**JO, "email": typed})

    assert (await file(client))["email"] == kept


async def test_a_change_says_which_columns_it_changed(by: Any, do: Any) -> None:
    """Never what they hold; a change to what is there already is none, and counts as none."""
    client = await do(rules.create_client, by, **JO)

    await do(rules.update_client, by, client_id=client, first_name="Joe", email="jo@example.org")
    await do(rules.update_client, by, client_id=client, address={"city": "Ghent"}, tags=["b", "A"])
    await do(rules.update_client, by, client_id=client, address={"city": "Ghent"}, tags=["a", "b"])
    await do(rules.update_client, by, client_id=client, notes=[{"text": "Tea"}], consents=[YES])
    await do(rules.update_client, by, client_id=client, consents=[{**YES, "how": "By phone"}])

    assert await told() == [
        ("clients.ClientUpdated", changed)
        for changed in (["first_name"], ["city", "tags"], ["consents", "notes"], ["consents"])
    ]
    assert (await file(client))["version"] == 4


async def test_a_change_leaves_the_rest(by: Any, do: Any) -> None:
    """R7: what is left out stays; what is found by follows; null removes."""
    client = await do(rules.create_client, by, **JO, note="Tea")

    await do(rules.update_client, by, client_id=client, last_name="Ørsted", phone="+45 32 12 34 56")
    await do(rules.update_client, by, client_id=client, email=None, note=None)

    assert await file(client) == {
        "first_name": "Jo",
        "last_name": "Ørsted",
        "email": None,
        "phone": "+4532123456",
        "birthday": None,
        "note": None,
        "sort_name": "orsted jo",
        "search_text": "jo orsted jo oersted +4532123456",
        "version": 3,
    }


async def test_two_changes_never_remove_both_ways_to_reach_a_client(by: Any, do: Any) -> None:
    """R15: whoever comes second is refused, and the database would refuse too."""
    client = await do(rules.create_client, by, **JO, phone="+31612345678")

    done = await asyncio.gather(
        do(rules.update_client, by, client_id=client, email=None),
        do(rules.update_client, by, client_id=client, phone=None),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in done) == ["EmailOrPhoneRequired", "UUID"]
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE clients SET email = NULL, phone = NULL")


async def test_files_of_another_business_are_not_found(by: Any, do: Any, stranger: Any) -> None:
    """No different from an id of nobody."""
    client = await do(rules.create_client, by, **JO)
    before = await everything()

    for nobody in (client, uuid7()):
        with pytest.raises(NotFound) as caught:
            await do(rules.update_client, stranger, client_id=nobody, note="Mine")
        assert caught.value.field == ("id",)

    assert await everything() == before


async def test_many_files_are_opened_at_once_or_none(by: Any, do: Any) -> None:
    """Checked like single ones; the log has one entry."""
    bad = {"first_name": "A", "last_name": "B"}
    with pytest.raises(rules.EmailOrPhoneRequired):
        await do(rules.create_clients, by, [JO, bad])
    assert await everything() == [0]

    made = await do(rules.create_clients, by, [JO, {**JO, "phone": "06 12345678"}])

    assert [(await file(each))["phone"] for each in made] == [None, "+31612345678"]
    kinds = await db.fetch("SELECT kind, data::text FROM event")
    assert [tuple(row) for row in kinds] == [("clients.ClientsImported", '{"count": 2}')]


async def test_a_birthday_may_be_today_wherever_it_is(by: Any, do: Any) -> None:
    """Somewhere tomorrow has begun already."""
    today = datetime.now(UTC).date()
    await do(rules.create_client, by, **JO, birthday=today + timedelta(days=1))
    with pytest.raises(rules.BirthdayInvalid):
        await do(rules.create_client, by, **JO, birthday=today + timedelta(days=2))
