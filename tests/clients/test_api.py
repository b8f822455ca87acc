"""The client list over GraphQL."""

from __future__ import annotations

from typing import Any

import pytest

from modules.clients import rules

LIST = """
query List($id: ID!, $search: String, $order: ClientOrder, $after: String) {
  business: node(id: $id) { ... on Business {
    clients(search: $search, orderBy: $order, first: 2, after: $after) {
      totalCount
      nodes { fullName }
      pageInfo { hasNextPage endCursor }
    }
  } }
}"""
CREATE = """
mutation Create($input: CreateClientInput!) {
  createClient(input: $input) {
    client { fullName email phone birthday note version }
    problems { code field message remedy }
  }
}"""
UPDATE = """
mutation Update($input: UpdateClientInput!) {
  updateClient(input: $input) {
    client { fullName email version }
    problems { code field }
  }
}"""


@pytest.fixture
async def known(by: Any, do: Any) -> list[str]:
    """Three clients, in the order of their files; their ids."""
    people = [("Zoë", "Aa"), ("Łukasz", "Öz"), ("Abe", "de Vries")]
    return [
        "cli_"
        + (
            await do(
                rules.create_client, by, first_name=first, last_name=last, phone=f"+3161234567{n}"
            )
        ).hex
        for n, (first, last) in enumerate(people)
    ]


async def test_the_list_is_sorted_searched_and_paged(by: Any, ask: Any, known: Any) -> None:
    """R7: by folded names or by age, a page at a time."""

    async def page(**asked: Any) -> tuple[int, list[str], str | None]:
        answer = await ask(by, LIST, id=f"biz_{by.business_id.hex}", **asked)
        found = answer["data"]["business"]["clients"]
        info = found["pageInfo"]
        more = info["endCursor"] if info["hasNextPage"] else None
        return found["totalCount"], [each["fullName"] for each in found["nodes"]], more

    total, names, after = await page()
    assert (total, names) == (3, ["Zoë Aa", "Abe de Vries"])
    assert await page(after=after) == (3, ["Łukasz Öz"], None)
    by_name, by_age, back = {"field": "NAME"}, {"field": "CREATED_AT"}, {"direction": "DESC"}
    assert (await page(order={**by_name, **back}))[1] == [
        "Łukasz Öz",
        "Abe de Vries",
    ]
    assert (await page(order={**by_age, **back}))[1] == [
        "Abe de Vries",
        "Łukasz Öz",
    ]
    assert (await page(order=by_age))[1] == ["Zoë Aa", "Łukasz Öz"]
    assert await page(search="luka oz") == (1, ["Łukasz Öz"], None)
    assert await page(search="06 1234 5672") == (1, ["Abe de Vries"], None)
    assert await page(search="%") == (0, [], None)
    assert (await page(search=""))[0] == 3


async def test_nobody_sees_the_list_of_another_business(
    stranger: Any, ask: Any, by: Any, known: Any
) -> None:
    """Neither through the business nor by an id."""
    answer = await ask(stranger, LIST, id=f"biz_{by.business_id.hex}")
    assert answer == {"data": {"business": None}}

    for client in known:
        answer = await ask(stranger, "query($id: ID!) { node(id: $id) { id } }", id=client)
        assert answer == {"data": {"node": None}}
        answer = await ask(stranger, UPDATE, input={"id": client, "note": "Mine"})
        (problem,) = answer["data"]["updateClient"]["problems"]
        assert problem["code"] == "NOT_FOUND"


async def test_a_file_is_opened_and_changed(by: Any, ask: Any, known: Any) -> None:
    """R14: with what was typed, tidied; a stale change is refused."""
    typed = {"firstName": " Jo ", "lastName": "Smith", "email": "JO@Example.org"}
    answer = await ask(by, CREATE, input={**typed, "birthday": "1990-02-28"})
    assert answer["data"]["createClient"] == {
        "client": {
            "fullName": "Jo Smith",
            "email": "jo@example.org",
            "phone": None,
            "birthday": "1990-02-28",
            "note": None,
            "version": 1,
        },
        "problems": [],
    }

    change = {"id": known[0], "version": 1, "lastName": "Bee", "email": "zoe@example.org"}
    for expected in (
        {
            "client": {"fullName": "Zoë Bee", "email": "zoe@example.org", "version": 2},
            "problems": [],
        },
        {
            "client": None,
            "problems": [{"code": "STALE_VERSION", "field": ["input", "version"]}],
        },
    ):
        answer = await ask(by, UPDATE, input=change)
        assert answer["data"]["updateClient"] == expected


async def test_neither_mail_nor_phone_is_a_problem_with_a_remedy(by: Any, ask: Any) -> None:
    """R15: said with the path of the input, in words."""
    answer = await ask(by, CREATE, input={"firstName": "Jo", "lastName": "Smith"})

    assert answer["data"]["createClient"] == {
        "client": None,
        "problems": [
            {
                "code": "EMAIL_OR_PHONE_REQUIRED",
                "field": ["input", "email"],
                "message": "A client needs a mail address or a phone number.",
                "remedy": "Fill in at least one of the two.",
            }
        ],
    }
