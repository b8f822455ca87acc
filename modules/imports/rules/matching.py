"""Who in a list is somebody known: on the client list already, or in an earlier row."""

from __future__ import annotations

from uuid import UUID

from modules.imports.models import ImportSame
from modules.imports.rules.mapping import ImportDuplicates, Options
from storage import database

KEYS = {
    ImportSame.EMAIL: ("r.email", "c.email = r.email::citext"),
    ImportSame.PHONE_AND_NAME: (
        "r.phone || ' ' || (r.columns->>'sort_name')",
        "c.phone = r.phone AND c.sort_name = r.columns->>'sort_name'",
    ),
    ImportSame.PHONE: ("r.phone", "c.phone = r.phone"),
}
"""By what two rows are about the same person, and a row about a client."""


async def plan(business_id: UUID, import_id: UUID, options: Options) -> None:
    """Decide what becomes of each row, set by set, as a part of the transaction under way.

    After rows were staged, `size_up` comes first.
    """
    rules = {
        ImportSame.EMAIL: options.same_email,
        ImportSame.PHONE_AND_NAME: options.same_phone_and_name,
        ImportSame.PHONE: options.same_phone,
    }
    await database.execute(_AFRESH, business_id, import_id)
    for same, rule in rules.items():
        if rule is ImportDuplicates.CREATE:
            continue
        key, joined = KEYS[same]
        await database.execute(_TWINS.format(key=key), business_id, import_id, same.value)
        outcome = "SKIP" if rule is ImportDuplicates.SKIP else "UPDATE"
        await database.execute(
            _KNOWN.format(joined=joined),
            *(business_id, import_id, same.value, outcome, rule is ImportDuplicates.FILL_IN),
        )
    await database.execute(_ONCE, business_id, import_id)
    await count_outcomes(business_id, import_id)


async def size_up() -> None:
    """Let PostgreSQL see rows that were just staged, outside of transactions.

    It would compare each with every other one. Its lock on the table, which is everybody's, is held
    until a transaction ends.
    """
    await database.execute("ANALYZE import_rows")


async def count_outcomes(business_id: UUID, import_id: UUID) -> None:
    """Count what becomes of the rows there are, and sum it up."""
    await database.execute(_COUNT, business_id, import_id)


_AFRESH = """
UPDATE import_rows SET outcome = 'CREATE', same = NULL, same_as_row = NULL, client_id = NULL,
    fill_in = false
WHERE business_id = $1 AND import_id = $2 AND outcome IN ('UPDATE', 'SKIP')"""
# Of rows about the same person the first counts.
_TWINS = """
WITH people AS (
    SELECT r.id, r.row_number, min(r.row_number) OVER (PARTITION BY {key}) AS first
    FROM import_rows r
    WHERE r.business_id = $1 AND r.import_id = $2 AND r.outcome = 'CREATE' AND {key} IS NOT NULL
)
UPDATE import_rows r SET outcome = 'SKIP', same = $3, same_as_row = people.first
FROM people
WHERE r.business_id = $1 AND r.import_id = $2 AND r.id = people.id
    AND people.first < people.row_number"""
# Of clients like that the oldest counts.
_KNOWN = """
WITH people AS (
    SELECT DISTINCT ON (r.id) r.id, c.id AS client_id
    FROM import_rows r JOIN clients c ON c.business_id = $1 AND {joined}
    WHERE r.business_id = $1 AND r.import_id = $2 AND r.outcome = 'CREATE'
    ORDER BY r.id, c.created_at, c.id
)
UPDATE import_rows r SET outcome = $4, same = $3, client_id = people.client_id, fill_in = $5
FROM people
WHERE r.business_id = $1 AND r.import_id = $2 AND r.id = people.id"""
# Nobody's file is changed by two rows of one list.
_ONCE = """
WITH people AS (
    SELECT r.id, r.row_number, min(r.row_number) OVER (PARTITION BY r.client_id) AS first
    FROM import_rows r
    WHERE r.business_id = $1 AND r.import_id = $2 AND r.outcome = 'UPDATE'
)
UPDATE import_rows r SET outcome = 'SKIP', same_as_row = people.first
FROM people
WHERE r.business_id = $1 AND r.import_id = $2 AND r.id = people.id
    AND people.first < people.row_number"""
_COUNT = """
WITH counted AS (
    SELECT count(*) FILTER (WHERE outcome = 'CREATE') AS creates,
        count(*) FILTER (WHERE outcome = 'UPDATE') AS updates,
        count(*) FILTER (WHERE outcome = 'SKIP') AS skips,
        count(*) FILTER (WHERE outcome = 'PROBLEM') AS problems,
        coalesce(bit_xor(hashtextextended(
            concat_ws(' ', row_number, outcome, client_id, fill_in), 0)), 0) AS planned
    FROM import_rows WHERE business_id = $1 AND import_id = $2
)
UPDATE client_imports i SET create_count = creates, update_count = updates, skip_count = skips,
    problem_count = problems, planned = counted.planned
FROM counted WHERE i.business_id = $1 AND i.id = $2"""
