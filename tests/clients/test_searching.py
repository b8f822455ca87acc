"""Finding a client by whatever somebody remembers."""

from __future__ import annotations

from typing import Any

import pytest

from modules.clients import rules
from storage import database as db

SEARCH = """
SELECT first_name FROM clients WHERE business_id = $1 AND search_text LIKE $2
ORDER BY sort_name, id LIMIT 21"""


@pytest.fixture
async def known(by: Any, do: Any, stranger: Any) -> Any:
    """Four clients, and one of somebody else's who is like all of them."""
    await do(
        rules.create_clients,
        by,
        [
            {"first_name": "Zoë", "last_name": "de Vries", "phone": "06 1234 5678"},
            {"first_name": "Łukasz", "last_name": "Öztürk", "email": "lu_k@example.org"},
            {"first_name": "Søren", "last_name": "Strauß", "email": "100%@example.org"},
            {"first_name": "محمد", "last_name": "علي", "phone": "+1 212 555 0123"},
        ],
    )
    await do(
        rules.create_client,
        stranger,
        first_name="Zoë Łukasz",
        last_name="Søren محمد",
        email="zoe@example.org",
    )
    return by


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("zoe", ["Zoë"]),
        ("ZOË", ["Zoë"]),
        ("zo vri", ["Zoë"]),
        ("vries zo", ["Zoë"]),
        ("lukasz ozturk", ["Łukasz"]),
        ("soren", ["Søren"]),
        ("strauss", ["Søren"]),
        ("محمد", ["محمد"]),
        ("@example.org", ["Łukasz", "Søren"]),
        ("lu_k@", ["Łukasz"]),
        ("_", ["Łukasz"]),
        ("0%", ["Søren"]),
        ("06-1234", ["Zoë"]),
        ("+31 6 1234 5678", ["Zoë"]),
        ("(212) 555", ["محمد"]),
        ("0031612", ["Zoë"]),
        ("\\", []),
        ("nobody", []),
        ("", ["Łukasz", "Søren", "Zoë", "محمد"]),
        ("zoe\0", ["Zoë"]),
    ],
)
async def test_any_part_of_name_mail_or_phone_finds(
    known: Any, typed: str, found: list[str]
) -> None:
    """R7: accents, capitals, and how a number is written do not matter."""
    rows = await db.fetch(SEARCH, known.business_id, rules.pattern(typed))

    assert sorted(row["first_name"] for row in rows) == sorted(found)


async def test_a_search_for_somebody_rare_does_not_read_every_file(by: Any) -> None:
    """Also when the statement was prepared long ago and ran often."""
    await db.execute(
        "INSERT INTO clients (business_id, first_name, last_name, email, sort_name, search_text)"
        " SELECT $1, 'F' || n, 'L' || n, n || '@example.org', 'l' || n || ' f' || n,"
        " 'f' || n || ' l' || n || ' f' || n || ' ' || n || '@example.org'"
        " FROM generate_series(1, 20000) n",
        by.business_id,
    )
    async with db.transaction() as connection:
        await connection.execute("ANALYZE clients")
        await connection.execute(f"PREPARE search AS {SEARCH}")
        search = f"EXECUTE search ('{by.business_id}', '%f1234%')"
        for _ in range(10):
            await connection.fetch(search)
        plan = await connection.fetch(f"EXPLAIN (COSTS OFF) {search}")

    assert "clients_search" in "\n".join(row[0] for row in plan)
