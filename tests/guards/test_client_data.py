"""Whatever belongs to a client's file can be found by the catalogue, and goes with the file."""

from __future__ import annotations

from modules import registry
from modules.client_data import PROFILE
from storage import catalogue
from storage.catalogue import CLIENT, OTHER
from storage.database import Database, fetch

NAMED = """
SELECT c.relname AS table, a.attname AS column FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    AND a.attname ~ '(^|_)clients?(_|$)' AND a.atttypid IN ('uuid'::regtype, 'uuid[]'::regtype)
"""
KEPT_WITHOUT_A_REFERENCE = {
    "stored_objects": "its rows outlive the file until the bytes in the store are gone",
    "messages": "messaging does not require clients",
    "client_merges": "its `other_client_id` is that of a file that is a part of another by now",
    "parting_notices": "what last notices say outlives the file until they have left",
}
"""Tables with a `client_id` that does not refer to a file, and why."""
PARTS = {
    "client_words": "what a file is found by: written by a trigger, so merges and exports leave it",
    "client_figures": "how they come and go: counted by triggers, whatever moves or goes",
}
"""Tables whose rows are a part of the file's own row and have its id, and why."""


async def test_every_reference_to_a_client_is_by_client_id(database: Database) -> None:
    """R72: by the business and the client, and the row goes when the file goes."""
    wrong = [
        (table.name, reference)
        for table in await catalogue.tables()
        for reference in table.references
        if reference.target == PROFILE
        and not (
            reference.on_delete == "CASCADE"
            and (
                (
                    table.of_clients
                    and reference.columns in (("business_id", CLIENT), ("business_id", OTHER))
                    and reference.target_columns == ("business_id", "id")
                )
                or (table.name in PARTS and reference.columns == ("id",))
            )
        )
    ]

    assert wrong == []


async def test_every_client_id_is_held_to_a_file_or_says_why_not(database: Database) -> None:
    """R72: no row can be written for a client who is not there any more."""
    free = {
        table.name
        for table in await catalogue.of_clients()
        for column in (CLIENT, OTHER)
        if table.has(column)
        and not any(r.columns == ("business_id", column) for r in table.references)
    }

    assert free - KEPT_WITHOUT_A_REFERENCE.keys() == set()


async def test_a_file_is_found_in_every_table_by_an_index(database: Database) -> None:
    """R72: deleting one file never walks through everybody's rows."""
    slow = [
        (table.name, column)
        for table in await catalogue.of_clients()
        for column in (CLIENT, OTHER)
        if table.has(column)
        and not {("business_id", column), (column, "business_id")} & table.leading
    ]

    assert slow == []


async def test_rows_of_files_can_be_told_apart(database: Database) -> None:
    """R72: each has a primary key; and what hangs on one goes with it, or lets go of it."""
    everything = await catalogue.tables()
    ours = {table.name for table in everything if table.of_clients}
    keyless = [table.name for table in everything if table.of_clients and not table.key]
    holding = [
        (table.name, reference)
        for table in everything
        for reference in table.references
        if reference.target in ours and reference.on_delete not in ("CASCADE", "SET NULL")
    ]

    assert keyless == []
    assert holding == []


async def test_nothing_else_names_clients(database: Database) -> None:
    """R72: a column that holds a client's id is called `client_id`, beside a `business_id`."""
    bound = {table.name for table in await catalogue.of_clients()}
    wrong = [
        (row["table"], row["column"])
        for row in await fetch(NAMED)
        if row["column"] not in (CLIENT, OTHER) or row["table"] not in bound
    ]

    assert wrong == []


async def test_manifests_name_tables_that_are_there(database: Database) -> None:
    """R72: what they say of a table is true of it."""
    known = {table.name: table for table in await catalogue.of_clients()}
    loaded = registry.load(registry.built_in())
    said = [each for module in loaded for each in module.client_data]
    wrong = [
        (each.table, column)
        for each in said
        for column in (*each.shows, *each.yields)
        if each.table not in known or not known[each.table].has(column)
    ]

    assert [each.table for each in said if each.table not in known] == []
    assert wrong == []
    assert len({each.table for each in said}) == len(said)
