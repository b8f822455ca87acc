"""The profile of clients is described once: no column of a file is forgotten anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import modules.clients
from modules import profile
from modules.clients.profile import FIELDS, INTERNAL, PROFILE
from modules.contract import Module
from modules.imports.reading import words
from modules.imports.reading.fields import ImportField
from modules.viewer import Role
from storage import catalogue
from storage.database import Database

UNLISTED = {"preferred_staff_id", "account_id", "email_verified_at", "block_reason", "picture_id"}
"""Fields that a list of clients leaves out when it is handed out."""
UNSEEN = {"account_id", "picture_id", "custom"}
"""Fields the type `Client` does not have by themselves."""
BY_RULES = {
    *("source", "account_id", "account_state", "email_verified_at"),
    *("blocked_at", "block_reason", "picture_id", "created_at"),
}
"""Fields nobody fills in: rules write them."""
TEAMS = {"note", "tags", "preferred_staff_id", "custom"}
"""Fields the team fills in, and clients do not."""
NOT_BROUGHT_ALONG = BY_RULES | {"preferred_staff_id"}
"""Fields that no list of another program fills."""


async def test_every_column_of_a_file_is_described(
    database: Database, loaded: list[Module]
) -> None:
    """A column is a field of the profile, or an internal one that is named; and the other way."""
    tables = {table.name: {c.name for c in table.columns} for table in await catalogue.tables()}
    of_others = [each for each in profile.fields() if each.name not in PROFILE]

    assert tables["clients"] == PROFILE.keys() | INTERNAL | {
        each.name for each in of_others if each.table == "clients"
    }
    assert [f.name for f in of_others if f.name not in tables.get(f.table, ())] == []
    assert {each.name for each in of_others} >= {"visit_count", "next_visit_at"}


def test_clients_name_nothing_that_another_module_keeps(loaded: list[Module]) -> None:
    """What others count of clients is theirs alone: a file reads the same with them or without."""
    theirs = {each.name for each in profile.fields() if each.name not in PROFILE}
    theirs |= {each.table for each in profile.fields()} - {"clients"}
    package = Path(modules.clients.__path__[0])
    known = {
        (path.name, name)
        for path in package.rglob("*.py")
        for name in theirs
        if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))
    }

    assert theirs
    assert known == set()


def test_what_is_left_out_of_a_field_is_said_here_too() -> None:
    """A new field is listed, seen, filled in and brought along, unless somebody says it is not."""
    assert {each.name for each in FIELDS if not each.listed} == UNLISTED
    assert {each.name for each in FIELDS if not each.sees} == UNSEEN
    assert {each.name for each in FIELDS if not each.edits} == BY_RULES
    assert {each.name for each in FIELDS if Role.CLIENT not in each.edits} == BY_RULES | TEAMS
    assert {each.name for each in FIELDS if not each.imported} == NOT_BROUGHT_ALONG


def test_every_column_of_lists_is_of_the_profile_and_has_names() -> None:
    """What a list can bring along ends in a file, and is known by what other programs call it."""
    known = words.table("header_words").keys()
    own = {name for each in FIELDS if each.words for name in each.imported[:1]}

    assert {name for each in FIELDS for name in each.imported} == {*ImportField} - {"IGNORE"}
    assert {*ImportField} - known - own == {"CUSTOM"}
