"""What belongs to a client's file is found without knowing the module that wrote it."""

from __future__ import annotations

from uuid import UUID

import pytest

from modules import client_data
from modules.client_data import ClientData
from modules.clients import rules
from modules.contract import Module
from modules.viewer import Viewer
from storage import catalogue
from storage.database import execute
from storage.models import uuid7
from storage.process import here
from tests.clients.conftest import Do

KEEPSAKES = """
CREATE TABLE keepsakes (
    business_id uuid NOT NULL, client_id uuid NOT NULL, what text NOT NULL, secret text,
    nth int GENERATED ALWAYS AS IDENTITY, double int GENERATED ALWAYS AS (length(what)) STORED,
    PRIMARY KEY (business_id, what, nth),
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX keepsakes_first ON keepsakes (business_id, client_id, lower(what))
    WHERE nth < 0;
"""


@pytest.fixture
async def zoe(by: Viewer, do: Do) -> UUID:
    """A client with three keepsakes, in a table of a module that is not there."""
    person = {"first_name": "Zoë", "last_name": "J", "phone": "+31612345678"}
    zoe: UUID = await do(rules.create_client, by, **person)
    await execute(KEEPSAKES)
    await execute(
        "INSERT INTO keepsakes (business_id, client_id, what, secret)"
        " SELECT $1, $2, what, 'hush' FROM unnest('{ring,cup,ring}'::text[]) AS what",
        by.business_id, zoe,
    )  # fmt: skip
    yield zoe
    here.modules = []


async def test_rows_of_an_unknown_table_are_counted_and_read(by: Viewer, zoe: UUID) -> None:
    """R72: a table no manifest mentions is found by its `client_id`; pages follow its key."""
    business = by.of_business()
    kind = next(k for k in await client_data.kinds() if k.table.name == "keepsakes")

    assert await client_data.counts(business, zoe) == {"keepsakes": 3}
    assert await client_data.counts(business, uuid7()) == {}
    assert [page async for page in client_data.rows(kind, business, zoe, page=2)] == [
        [
            {"what": "cup", "secret": "hush", "nth": 2, "double": 3},
            {"what": "ring", "secret": "hush", "nth": 1, "double": 4},
        ],
        [{"what": "ring", "secret": "hush", "nth": 3, "double": 4}],
    ]


async def test_a_manifest_says_how_rows_are_called_and_shown(by: Viewer, zoe: UUID) -> None:
    """R72: it adds words; it is not what makes a row belong."""
    told = ClientData(table="keepsakes", name="things kept", shows=("nth", "what"))
    here.modules = [Module(name="kept", client_data=[told])]
    business = by.of_business()
    kind = next(k for k in await client_data.kinds() if k.table.name == "keepsakes")

    assert await client_data.counts(business, zoe) == {"things kept": 3}
    [[first, *_]] = [page async for page in client_data.rows(kind, business, zoe)]
    assert list(first.items()) == [("nth", 2), ("what", "cup")]


async def test_the_profile_is_handed_out_without_what_is_internal(by: Viewer, zoe: UUID) -> None:
    """R72: every column of a file but those it is sorted and found by."""
    profile = await client_data.profile(by.of_business(), zoe)

    assert profile is not None
    assert (profile["first_name"], profile["tags"]) == ("Zoë", [])
    assert profile["phone"] == "+31612345678"
    assert not profile.keys() & {"sort_name", "search_text", "business_id"}
    assert await client_data.profile(by.of_business(), uuid7()) is None


async def test_the_catalogue_knows_what_keeps_rows_apart(by: Viewer, zoe: UUID) -> None:
    """What a merge and an export have to know of a table is in the database itself."""
    table = next(t for t in await catalogue.of_clients() if t.name == "keepsakes")

    assert table.key == ("business_id", "what", "nth")
    assert [(u.name, u.keys, u.condition) for u in table.uniques] == [
        ("keepsakes_first", ("business_id", "client_id", "lower(what)"), "(nth < 0)"),
        ("keepsakes_pkey", ("business_id", "what", "nth"), None),
    ]
    assert table.written == ("business_id", "client_id", "what", "secret", "nth")
    assert [(r.columns, r.target, r.on_delete) for r in table.references] == [
        (("business_id", "client_id"), "clients", "CASCADE")
    ]
