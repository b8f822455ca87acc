"""Which clients: every filter, alone and combined, on a list of a few."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from modules.appointments.profile import FIGURES
from modules.clients import rules
from schema.api import Asked, RequestRefused
from schema.engine import Engine
from storage import database as db
from storage.read_connections import ReadConnections

SPENT = {"lifetimeValue": {"atLeast": {"amountMinor": 1}}}
MOST = {"field": "LIFETIME_VALUE", "direction": "DESC"}
LATEST = {"field": "LAST_VISIT_AT", "direction": "DESC"}
LIST = """
query($id: ID!, $filter: ClientFilter, $search: String, $order: ClientOrder) {
  business: node(id: $id) { ... on Business {
    clients(filter: $filter, search: $search, orderBy: $order) { totalCount nodes { firstName } }
  } }
}"""
NAMED = ("BAD_USER_INPUT", "TOO_COMPLEX", "GRAPHQL_PARSE_FAILED")
PEOPLE: list[tuple[str, dict[str, Any]]] = [
    ("Ada", {"tags": ["vip"], "visit_count": 9, "spent_minor": 90_000, "consents": ["EMAIL"]}),
    ("Bo", {"tags": ["vip", "bride"], "last_visit_at": datetime(2026, 3, 1, tzinfo=UTC)}),
    (
        "Cy",
        {"source": "IMPORT", "no_show_count": 2, "blocked_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ),
    ("Di", {"email": None, "late_cancel_count": 1, "consents": ["EMAIL", "SMS"]}),
    ("Ed", {"phone": None, "next_visit_at": datetime(2031, 3, 1, tzinfo=UTC)}),
    ("Fi", {"birthday": datetime(1990, 12, 24, tzinfo=UTC).date(), "account_state": "INVITED"}),
]

COLUMNS = {each.name for each in FIGURES}


@pytest.fixture
def enabled() -> list[str]:
    """What clients need, and what counts their visits."""
    return ["accounts", "clients", "services", "appointments"]


@pytest.fixture
def ask(engine: Engine) -> Any:
    """Asks for whoever meets a filter."""

    async def asking(by: Any, filter: Any, **asked: Any) -> Any:
        given = {"id": f"biz_{by.business_id.hex}", "filter": filter, **asked}
        return orjson.loads((await engine.answer(Asked(LIST, given), by)).body)

    return asking


@pytest.fixture
async def known(by: Any, do: Any, stranger: Any) -> Any:
    """Six clients who differ, and the same six of somebody else's."""
    for who in (by, stranger):
        await do(
            rules.create_clients,
            who,
            [
                {
                    "first_name": name,
                    "last_name": "Lee",
                    "email": f"{name}@example.org",
                    "phone": f"+3161234560{number}",
                }
                for number, (name, _) in enumerate(PEOPLE)
            ],
        )
        for name, values in PEOPLE:
            for column, value in values.items():
                table = "client_figures" if column in COLUMNS else "clients"
                await db.execute(
                    f"UPDATE {table} SET {column} = $3 WHERE id = (SELECT id FROM clients"
                    " WHERE business_id = $1 AND first_name = $2)",
                    who.business_id, name, value,
                )  # fmt: skip
    return by


FILTERS: list[tuple[Any, str]] = [
    ({}, "Ada Bo Cy Di Ed Fi"),
    ({"tags": ["vip"]}, "Ada Bo"),
    ({"tags": [" VIP"], "not": {"tags": ["bride"]}}, "Ada"),
    ({"tags": ["bride", "nobody's"]}, "Bo"),
    ({"tags": []}, ""),
    ({"lastVisitAt": {"before": "2026-04-01T00:00:00Z"}}, "Bo"),
    ({"lastVisitAt": {"after": "2026-03-01T00:00:00Z"}}, "Bo"),
    ({"lastVisitAt": {"after": "2026-03-02T00:00:00Z"}}, ""),
    ({"lastVisitAt": {"never": True}}, "Ada Cy Di Ed Fi"),
    ({"not": {"lastVisitAt": {"after": "2026-01-01T00:00:00Z"}}}, "Ada Cy Di Ed Fi"),
    ({"nextVisitAt": {"never": True}}, "Ada Bo Cy Di Fi"),
    ({"nextVisitAt": {"never": False}}, "Ed"),
    ({"visitCount": {"atLeast": 9}}, "Ada"),
    ({"visitCount": {"atMost": 8}}, "Bo Cy Di Ed Fi"),
    ({"lifetimeValue": {"atLeast": {"amountMinor": 1}, "atMost": {"amountMinor": 90_000}}}, "Ada"),
    ({"noShowCount": {"atLeast": 1}}, "Cy"),
    ({"lateCancelCount": {"atLeast": 1}}, "Di"),
    (
        {
            "or": [
                {"lifetimeValue": {"atLeast": {"amountMinor": 1}}},
                {"tags": ["bride"]},
                {"noShowCount": {"atLeast": 2}},
            ]
        },
        "Ada Bo Cy",
    ),
    ({"not": {"visitCount": {"atLeast": 1}}, "tags": ["vip"]}, "Bo"),
    ({"not": {"or": [{"lastVisitAt": {"never": True}}, {"blocked": True}]}}, "Bo"),
    ({"lastVisitAt": None, "lifetimeValue": {}}, "Ada Bo Cy Di Ed Fi"),
    ({"birthdayMonth": [11, 12]}, "Fi"),
    ({"not": {"birthdayMonth": [11, 12]}}, "Ada Bo Cy Di Ed"),
    ({"source": ["IMPORT"]}, "Cy"),
    ({"source": ["IMPORT", "TEAM"]}, "Ada Bo Cy Di Ed Fi"),
    ({"consents": ["SMS", "POST"]}, "Di"),
    ({"consents": ["EMAIL"]}, "Ada Di"),
    ({"accountStatus": ["INVITED"]}, "Fi"),
    ({"blocked": True}, "Cy"),
    ({"blocked": False}, "Ada Bo Di Ed Fi"),
    ({"createdAt": {"toDate": "2020-01-01"}}, ""),
    ({"createdAt": {"fromDate": "2020-01-01"}}, "Ada Bo Cy Di Ed Fi"),
    ({"lifetimeValue": {"atLeast": {"amountMinor": 1, "currency": "EUR"}}}, "Ada"),
    ({"lifetimeValue": {"atLeast": {"amountMinor": 1, "currency": "USD"}}}, ""),
    ({"createdAt": {"before": "2020-01-01T00:00:00Z"}}, ""),
    ({"preferredStaffIds": ["stf_" + "0" * 32]}, ""),
    ({"hasEmail": False}, "Di"),
    ({"hasPhone": False}, "Ed"),
    ({"or": [{"blocked": True}, {"tags": ["bride"]}]}, "Bo Cy"),
    ({"or": []}, ""),
    ({"or": [{}, {"blocked": True}]}, "Ada Bo Cy Di Ed Fi"),
    ({"and": [{"tags": ["vip"]}, {"visitCount": {"atLeast": 1}}]}, "Ada"),
    ({"and": []}, "Ada Bo Cy Di Ed Fi"),
    ({"not": {}}, ""),
    ({"not": {"or": [{"tags": ["vip"]}, {"not": {"hasEmail": True}}]}}, "Cy Ed Fi"),
    ({"blocked": None, "tags": None}, "Ada Bo Cy Di Ed Fi"),
]


async def test_a_filter_leaves_whom_it_says(known: Any, ask: Any) -> None:
    """R7: alone, with a search, in whatever order; the total says how many."""
    for filter, names in FILTERS:
        for more in (
            {},
            {"search": "lee"},
            {"search": "lee", "order": MOST},
            {"order": LATEST},
        ):
            answer = await ask(known, filter, **more)
            assert "errors" not in answer, (filter, answer)
            found = answer["data"]["business"]["clients"]
            assert " ".join(sorted(e["firstName"] for e in found["nodes"])) == names, filter
            assert found["totalCount"] == len(names.split()), filter


async def test_a_filter_costs_one_statement_whatever_it_asks(
    known: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R7: one for the business and its total, one for the rows."""
    fetch, seen = ReadConnections.fetch, []

    async def noted(self: ReadConnections, query: str, *args: Any) -> Any:
        seen.append(query)
        return await fetch(self, query, *args)

    monkeypatch.setattr(ReadConnections, "fetch", noted)
    for filter in ({"tags": ["vip"]}, {"or": [{"not": {"tags": ["a"]}}, {"blocked": True}]}):
        for asked in (
            {"order": {"field": "NAME"}},
            {"order": LATEST},
            {"search": "lee"},
        ):
            seen.clear()
            await ask(known, filter, **asked)
            assert len(seen) == 2


async def test_choices_are_a_set(known: Any, ask: Any, engine: Engine) -> None:
    """Another order, or one of them twice, is the same question and needs no plan of its own."""
    answers = [
        await ask(known, {"source": source, "or": [{"consents": consents}, {"hasEmail": True}]})
        for source, consents in (
            (["IMPORT", "TEAM"], ["SMS", "POST"]),
            (["TEAM", "IMPORT"], ["POST", "SMS"]),
            (["TEAM", "IMPORT", "TEAM"], ["SMS", "POST", "SMS"]),
        )
    ]

    assert answers == [answers[0]] * 3
    assert "errors" not in answers[0]
    assert len((await engine._documents.find(Asked(LIST), "somebody"))._plans) == 1


async def test_what_a_module_keeps_of_clients_is_joined_once(
    known: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R7: however many conditions, and an order, look at it; so PostgreSQL sees them together."""
    fetch, seen = ReadConnections.fetch, []

    async def noted(self: ReadConnections, query: str, *args: Any) -> Any:
        seen.append(query)
        return await fetch(self, query, *args)

    monkeypatch.setattr(ReadConnections, "fetch", noted)
    several = {
        "lifetimeValue": {"atLeast": {"amountMinor": 1}},
        "or": [{"lastVisitAt": {"never": True}}, {"not": {"visitCount": {"atMost": 3}}}],
    }

    answer = await ask(known, several, order=MOST)

    found = answer["data"]["business"]["clients"]
    assert [each["firstName"] for each in found["nodes"]] == ["Ada"]
    assert [query.count('JOIN "client_figures"') for query in seen] == [1, 1]
    assert not any("IN (SELECT" in query for query in seen)


async def test_too_much_at_once_is_refused(known: Any, ask: Any, engine: Engine) -> None:
    """R7: neither too deep nor too long, said with the field and what to do."""
    deep: dict[str, Any] = {"blocked": True}
    for _ in range(5):
        deep = {"not": deep}
    wide = [{"or": [each] * 51} for each in ({"blocked": True}, {}, {"not": {}})]
    for filter in (deep, *wide, {"and": [{}] * 15_000}):
        answer = await ask(known, filter)
        (error,) = answer["errors"]
        assert error["extensions"]["problem"] == "FILTER_TOO_COMPLEX"
        assert error["extensions"]["field"] == ["filter"]
        assert error["path"] == ["business", "clients"]

    for levels in (20, 50, 200, 900):
        for _ in range(levels):
            deep = {"not": deep}
        answer = await ask(known, deep)
        (error,) = answer["errors"]
        assert error["extensions"]["code"] in NAMED
        written = "{not: " * levels + "{}" + "}" * levels
        clients = f"clients(filter: {written}) {{ totalCount }}"
        query = (
            f"query($id: ID!) {{ business: node(id: $id) {{ ... on Business {{ {clients} }} }} }}"
        )
        viewer, asked = known, {"id": f"biz_{known.business_id.hex}"}
        try:
            body = (await engine.answer(Asked(query, asked), viewer)).body
        except RequestRefused as refused:
            body = refused.answer.body
        (error,) = orjson.loads(body)["errors"]
        assert error["extensions"]["code"] in NAMED
