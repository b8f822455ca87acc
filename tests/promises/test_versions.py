"""An update of an old copy is refused."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.promises.conftest import Salon

UPDATE = """mutation($input: UpdateClientInput!) {
  updateClient(input: $input) {
    client { firstName version }
    problems { code field message retryable remedy }
    replayed
  }
}"""


async def update(salon: Salon, **given: Any) -> dict[str, Any]:
    """Update the salon's client."""
    return await salon.does(UPDATE, "updateClient", {"input": {"id": salon.client, **given}})


async def test_a_version_grows_with_every_update_and_a_stale_one_is_refused(salon: Salon) -> None:
    """The problem says which version it is by now; nothing changes."""
    first = await update(salon, version=1, firstName="Anna")
    stale = await update(salon, version=1, firstName="Anita")
    now = await update(salon, version=2)

    assert first == {
        "client": {"firstName": "Anna", "version": 2},
        "problems": [],
        "replayed": False,
    }
    assert stale == {
        "client": None,
        "problems": [
            {
                "code": "STALE_VERSION",
                "field": ["input", "version"],
                "message": "This is version 2 by now, not 1.",
                "retryable": False,
                "remedy": "Read it again, look at what changed, and send the new version.",
            }
        ],
        "replayed": False,
    }
    assert now["client"]["firstName"] == "Anna"


async def test_of_two_updates_of_one_version_one_wins(salon: Salon) -> None:
    """Racing editors: one is told that it is late."""
    payloads = await asyncio.gather(
        *(update(salon, version=1, firstName=f"Name {n}") for n in range(10))
    )
    codes = sorted(p["problems"][0]["code"] if p["problems"] else "" for p in payloads)
    assert codes == ["", *["STALE_VERSION"] * 9]
