"""What a business says about its clients: settings, as every module declares them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from modules import settings
from modules.clients.rules import ClientSettings
from modules.viewer import Role
from storage import database as db

READ = """query($id: ID!) { business: node(id: $id) { ... on Business {
  clientSettings { requireClientAccount acceptsNewClients version }
} } }"""
UPDATE = """mutation($input: UpdateClientSettingsInput!, $dry: Boolean! = false) {
  updateClientSettings(input: $input, dryRun: $dry) {
    business { clientSettings { requireClientAccount acceptsNewClients version } }
    problems { code field }
  }
}"""


def said(account: bool, new: bool, version: int) -> dict[str, Any]:
    """What is shown of settings."""
    return {"requireClientAccount": account, "acceptsNewClients": new, "version": version}


async def changes() -> list[list[str]]:
    """What the log says was changed."""
    rows = await db.fetch(
        "SELECT data FROM event WHERE kind = 'clients.ClientSettingsChanged' ORDER BY seq"
    )
    return [orjson.loads(row["data"])["changed"] for row in rows]


async def test_settings_have_defaults_until_somebody_changes_them(
    by: Any, stranger: Any, ask: Any, does: Any
) -> None:
    """They have a version, and the log says what changed; another business keeps its own."""
    id = f"biz_{by.business_id.hex}"
    assert (await ask(by, READ, id=id))["data"]["business"]["clientSettings"] == said(
        account=False, new=True, version=1
    )

    changed = await does(by, UPDATE, requireClientAccount=True)

    now = said(account=True, new=True, version=2)
    assert changed == {"business": {"clientSettings": now}, "problems": []}
    assert (await ask(by, READ, id=id))["data"]["business"]["clientSettings"] == now
    assert await settings.read(ClientSettings, by.business_id) == ClientSettings(
        require_client_account=True
    )
    assert await settings.read(ClientSettings, stranger.business_id) == ClientSettings()
    assert await changes() == [["require_client_account"]]


async def test_what_changes_nothing_is_no_change(by: Any, does: Any) -> None:
    """Neither in the log nor in the version."""
    await does(by, UPDATE, acceptsNewClients=False)
    for again in ({"acceptsNewClients": False}, {}, {"version": 2}):
        changed = await does(by, UPDATE, **again)
        assert changed["business"]["clientSettings"] == said(account=False, new=False, version=2)

    assert await changes() == [["accepts_new_clients"]]


async def test_an_edit_of_an_old_copy_is_refused(by: Any, does: Any) -> None:
    """So is a setting without a value, and nothing is changed."""
    await does(by, UPDATE, version=1, acceptsNewClients=False)

    stale = await does(by, UPDATE, version=1, requireClientAccount=True)
    null = await does(by, UPDATE, requireClientAccount=None, acceptsNewClients=None)

    assert stale == {
        "business": None,
        "problems": [{"code": "STALE_VERSION", "field": ["input", "version"]}],
    }
    assert null["problems"] == [
        {"code": "INVALID_INPUT", "field": ["input", name]}
        for name in ("requireClientAccount", "acceptsNewClients")
    ]
    assert await settings.read(ClientSettings, by.business_id) == ClientSettings(
        accepts_new_clients=False
    )
    assert await changes() == [["accepts_new_clients"]]


async def test_a_dry_run_and_the_staff_change_nothing(by: Any, ask: Any) -> None:
    """The staff see them; owners change them."""
    tried = await ask(by, UPDATE, input={"requireClientAccount": True}, dry=True)
    staff = replace(by, role=Role.STAFF)
    refused = await ask(staff, UPDATE, input={"requireClientAccount": True})
    seen = await ask(staff, READ, id=f"biz_{by.business_id.hex}")

    assert tried["data"]["updateClientSettings"]["business"]["clientSettings"] == said(
        account=True, new=True, version=2
    )
    assert [each["extensions"]["code"] for each in refused["errors"]] == ["FORBIDDEN"]
    assert seen["data"]["business"]["clientSettings"] == said(account=False, new=True, version=1)
    assert await changes() == []
