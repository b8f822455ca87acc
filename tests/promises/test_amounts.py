"""Amounts of money beyond what an `Int` holds, and the names errors call things by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schema.ids import InvalidId
from schema.scalars import LARGEST_AMOUNT
from tests.promises.conftest import BOOK, SERVICE, Ask, Salon

SPENT = """query($id: ID!, $least: MoneyInput) { viewer { business {
  clients(filter: { lifetimeValue: { atLeast: $least } }) {
    nodes { lifetimeValue { amountMinor } } }
} } node(id: $id) { ... on Client { lifetimeValue { amountMinor currency } } } }"""
BY_LITERAL = """{ viewer { business {
  clients(filter: { lifetimeValue: { atLeast: { amountMinor: 3000000001 } } }) {
  nodes { id }
} } } }"""
PREVIEW = """query($id: ID!) { viewer { role } again: clientImportPreview(clientImportId: $id) {
  token } }"""


async def test_three_visits_of_ten_million_rupiah_are_added_up(api: Ask, salon: Salon) -> None:
    """A sum is exact and found by its size, although it is more than an `Int` may be."""
    wedding = {
        "name": "Bridal make-up",
        "durationMinutes": 5,
        "price": {"amountMinor": 1_000_000_000},
        "staffIds": [salon.staff],
    }
    made = await salon.does(SERVICE, "createService", {"input": wedding})
    for hours in (2, 4, 6):
        starts = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=hours)
        slot = salon.slot() | {"serviceId": made["service"]["id"], "startsAt": starts.isoformat()}
        booked = await salon.does(BOOK, "bookAppointment", {"input": slot})
        assert booked["problems"] == []

    for least, there in ((3_000_000_000, 1), (3_000_000_001, 0), (LARGEST_AMOUNT, 0), (None, 1)):
        answer = await api(
            SPENT,
            {"id": salon.client, "least": least and {"amountMinor": least}},
            token=salon.token,
        )
        found = [{"lifetimeValue": {"amountMinor": 3_000_000_000}}] * there
        assert answer == {
            "data": {
                "viewer": {"business": {"clients": {"nodes": found}}},
                "node": {"lifetimeValue": {"amountMinor": 3_000_000_000, "currency": "EUR"}},
            }
        }
    answer = await api(BY_LITERAL, token=salon.token)
    assert answer == {"data": {"viewer": {"business": {"clients": {"nodes": []}}}}}


@pytest.mark.parametrize("value", [LARGEST_AMOUNT + 1, -(2**63), 1.5, "5", True, [1, 2]])
async def test_what_is_no_amount_is_refused(api: Ask, salon: Salon, value: Any) -> None:
    """Too large to be kept exactly, or no whole number."""
    answer = await api(
        SPENT, {"id": salon.client, "least": {"amountMinor": value}}, token=salon.token
    )

    assert answer.keys() == {"errors"}
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["BAD_USER_INPUT"]


async def test_an_error_of_a_query_is_told_in_the_names_of_the_api(api: Ask, salon: Salon) -> None:
    """`path` has response keys, aliases included, and `field` the argument as the schema has it."""
    answer = await api(PREVIEW, {"id": salon.client}, token=salon.token)

    assert answer == {
        "data": {"viewer": {"role": "OWNER"}, "again": None},
        "errors": [
            {
                "message": "Expected an id that starts with imp_, not cli_.",
                "path": ["again"],
                "extensions": {
                    "code": "BAD_USER_INPUT",
                    "problem": "INVALID_ID",
                    "remedy": InvalidId.remedy,
                    "field": ["clientImportId"],
                },
            }
        ],
    }
