"""Marketing consent: what holds, and how it is proved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from storage import database as db

HISTORY = "consents consentHistory { nodes { channel granted how createdAt actor { name } } }"
CREATE = f"""mutation($input: CreateClientInput!) {{ createClient(input: $input) {{
  client {{ id {HISTORY} }} problems {{ code }} }} }}"""
UPDATE = f"""mutation($input: UpdateClientInput!) {{ updateClient(input: $input) {{
  client {{ {HISTORY} version }} problems {{ code field }} }} }}"""
ANN = {"firstName": "Ann", "lastName": "Lee", "phone": "+31612345678"}


def proofs(client: Any) -> list[tuple[str, bool, str | None, str]]:
    """What a file's history says, the latest first; all of it was just now."""
    nodes = client["consentHistory"]["nodes"]
    for each in nodes:
        assert datetime.now(UTC) - datetime.fromisoformat(each["createdAt"]) < timedelta(minutes=5)
    return [(e["channel"], e["granted"], e["how"], e["actor"]["name"]) for e in nodes]


async def test_every_yes_and_no_is_kept_with_who_when_and_how(mia: Any, does: Any) -> None:
    """R9, R10: what holds is what was said last; saying it again is no news unless it says how."""

    async def says(*consents: tuple[str, bool, str | None]) -> Any:
        given = [{"channel": c, "granted": g, "how": h} for c, g, h in consents]
        return (await does(mia, UPDATE, id=client, consents=given))["client"]

    first = (await does(mia, CREATE, **ANN))["client"]
    client = first.pop("id")
    yes = await says(("SMS", True, " Signed\r\nform "), ("POST", True, None))
    same = await says(("SMS", True, None), ("EMAIL", False, None))
    again = await says(("SMS", True, "On the phone"))
    no = await says(("SMS", False, None))

    assert (first["consents"], proofs(first)) == ([], [])
    assert yes["consents"] == ["SMS", "POST"]
    assert sorted(proofs(yes)) == [
        ("POST", True, None, "Mia"),
        ("SMS", True, "Signed\nform", "Mia"),
    ]
    assert (same["version"], proofs(same)) == (yes["version"], proofs(yes))
    assert proofs(again) == [("SMS", True, "On the phone", "Mia"), *proofs(yes)]
    assert no["consents"] == ["POST"]
    assert proofs(no) == [("SMS", False, None, "Mia"), *proofs(again)]


async def test_proofs_leave_with_their_file(mia: Any, does: Any) -> None:
    """R72: nothing about somebody outlives their file."""
    await does(mia, CREATE, **ANN, consents=[{"channel": "SMS", "granted": True}])
    assert await db.fetchval("SELECT count(*) FROM client_consents") == 1

    await db.execute("DELETE FROM clients")

    assert await db.fetchval("SELECT count(*) FROM client_consents") == 0
