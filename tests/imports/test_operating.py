"""Whoever looks after the server hears of lists that are to be taken over; files have a quota."""

from __future__ import annotations

from typing import Any

import pytest

from modules.imports import operating
from storage import database as db
from storage.settings import Settings
from tests.portal.conftest import Mailbox, mails, salon, text
from tests.promises.conftest import Salon

__all__ = ["mails", "salon"]

REQUEST = """mutation { requestClientImport(input: {
  note: "Two boxes of cards", contactEmail: "Olga@salon.example"
}) { importRequest { id status } problems { code } } }"""
START = """mutation($size: Int!) { startClientImport(input: {
  fileName: "a.csv", contentType: "text/csv", size: $size
}) { clientImport { id } problems { code message field } } }"""
EXPORT = """mutation { exportClients(input: {format: CSV}) { problems { code } } }"""
OPERATOR = "help@operator.example"


@pytest.fixture
def enabled() -> list[str]:
    """Only what these tests are about."""
    return ["accounts", "appointments", "clients", "exports", "imports", "messaging", "services"]


@pytest.fixture
def limits() -> dict[str, Any]:
    """What the server is set to; parametrize it to change that."""
    return {"operator_email": OPERATOR}


@pytest.fixture
def settings(settings: Settings, limits: dict[str, Any]) -> Settings:
    """As somebody set it."""
    return settings.model_copy(update=limits)


async def test_a_request_reaches_the_operator_and_the_owner(salon: Salon, mails: Mailbox) -> None:
    """R19: who lists what is open, and marks it done."""
    made = await salon.does(REQUEST, "requestClientImport", {})
    assert made["problems"] == []

    for address in (OPERATOR, "olga@salon.example"):
        said = next(text(m) for m in await mails.to(address) if "Client list" in m["Subject"])
        assert said.startswith("Salon asked to have its client list taken over. It will be done by")
        assert "Note: Two boxes of cards\n" in said
        assert "Contact: olga@" in said
    listed = await operating.listed()
    id_ = await db.fetchval("SELECT id::text FROM import_requests")
    assert listed.startswith(f"{id_}  due ")
    assert listed.endswith("REQUESTED  Salon  olga@salon.example  Two boxes of cards")

    assert await operating.mark(id_) == f"{id_} is done."
    assert await operating.mark(id_) == f"No request {id_} is open."
    assert await operating.mark("x") == "No request x is open."
    assert await operating.listed() == "Nobody waits for a list to be taken over."
    assert await db.fetchval("SELECT status FROM import_requests") == "DONE"


@pytest.mark.parametrize("limits", [{"files_per_business": 2, "bytes_per_business": 1_000}])
async def test_a_business_keeps_so_many_files_and_bytes(salon: Salon) -> None:
    """What does not fit is refused with a remedy, and nothing is begun."""
    assert (await salon.does(START, "startClientImport", {"size": 600}))["problems"] == []
    large = await salon.does(START, "startClientImport", {"size": 401})
    assert large["problems"] == [
        {
            "code": "STORAGE_FULL",
            "message": "At most 1,000 bytes are kept.",
            "field": ["input", "size"],
        }
    ]
    assert (await salon.does(START, "startClientImport", {"size": 400}))["problems"] == []

    many = await salon.does(START, "startClientImport", {"size": 1})

    assert [p["code"] for p in many["problems"]] == ["STORAGE_FULL"]
    assert await db.fetchval("SELECT count(*) FROM client_imports") == 2
    assert await db.fetchval("SELECT count(*) FROM stored_objects") == 2
