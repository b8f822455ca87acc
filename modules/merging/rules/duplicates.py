"""Finding files that may be of the same person."""

from __future__ import annotations

from uuid import UUID

from modules.clients.events import ClientCreated, ClientsUnmerged, ClientUpdated
from modules.errors import InvalidInput, NotFound
from modules.events import Event
from modules.viewer import Viewer
from storage import database, jobs

COMPARE = "merging.compare"
"""The job that compares what was not compared yet."""
AT_ONCE = 500
"""Files that are compared in one statement."""
MOST = 20
"""How many others a file is compared with for one reason: who shares a number with more than that
shares it with everybody, as with the salon's own."""
CERTAIN = 100
"""The score of files that have everything in common."""
SIMILAR = 0.6
"""From when on two names are similar, of 1."""
NEAR = 40
"""How many names on either side are looked at, in the order of last names and of first names: those
that differ by little stand close to each other in one of the two. Comparing all that begin alike
would take a time that grows with the square of their number."""


def check_score(least: int) -> None:
    """Make sure that a score is one. Refuses: InvalidInput."""
    if not 0 <= least <= CERTAIN:
        raise InvalidInput("A score is from 0 to {most}.", field="min_score", most=CERTAIN)


async def compare_one(event: ClientCreated | ClientUpdated | ClientsUnmerged) -> None:
    """Compare a file that was opened or changed with the others."""
    await _compare(event.business_id, [event.subject])


async def compare_many(event: Event) -> None:
    """See to it that many files are compared, a few at a time."""
    await jobs.enqueue(
        COMPARE, {"business_id": str(event.business_id)}, key=f"{COMPARE}:{event.business_id}"
    )


async def compare(payload: dict[str, str]) -> None:
    """Compare all files of a business that changed since they were compared, or never were."""
    business_id = UUID(payload["business_id"])
    while due := await database.fetch(_DUE, business_id, AT_ONCE):
        await _compare(business_id, [row["id"] for row in due])


async def catch_up() -> None:
    """See to it that no business's files stay without being compared."""
    for row in await database.fetch(_BEHIND):
        payload = {"business_id": str(row["business_id"])}
        await jobs.enqueue(COMPARE, payload, key=f"{COMPARE}:{row['business_id']}")


async def dismiss(by: Viewer, *, client_id: UUID, other_client_id: UUID) -> UUID:
    """Note that two files are of two people; answers the pair. It does not come back."""
    pair: UUID | None = await database.fetchval(
        _DISMISS, by.of_business(), client_id, other_client_id
    )
    if pair is None:
        raise NotFound("These two are not thought to be the same.", field="other_client_id")
    return pair


async def _compare(business_id: UUID, client_ids: list[UUID]) -> None:
    async with database.transaction() as connection:
        # In one order for everybody, so that two who compare do not wait for each other in a ring.
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(business_id)
        )
        await connection.execute(_COMPARE, business_id, client_ids, MOST, SIMILAR, NEAR)


# What makes a pair, each by an index of its own and with a limit; then what they add up to. Each
# reason leaves a part of the doubt: two of 60 leave 16 of 100, which is 84.
_COMPARE = """
WITH mine AS MATERIALIZED (
    SELECT id, version, email, phone, birthday, sort_name FROM clients
    WHERE business_id = $1 AND id = ANY ($2)
), hints AS (
    SELECT m.id, o.id AS other, 'SAME_EMAIL' AS reason, 70.0 AS weight FROM mine m
    CROSS JOIN LATERAL (SELECT c.id FROM clients c
        WHERE c.business_id = $1 AND c.email = m.email AND c.id <> m.id LIMIT $3) o
    UNION ALL
    SELECT m.id, o.id, 'SAME_PHONE', 60.0 FROM mine m
    CROSS JOIN LATERAL (SELECT c.id FROM clients c
        WHERE c.business_id = $1 AND c.phone = m.phone AND c.id <> m.id LIMIT $3) o
    UNION ALL
    SELECT m.id, o.id, 'SAME_NAME_AND_BIRTHDAY', 85.0 FROM mine m
    CROSS JOIN LATERAL (SELECT c.id FROM clients c
        WHERE c.business_id = $1 AND c.birthday = m.birthday AND c.sort_name = m.sort_name
            AND c.id <> m.id LIMIT $3) o
    UNION ALL
    SELECT m.id, o.id, CASE WHEN o.sort_name = m.sort_name THEN 'SAME_NAME' ELSE 'SIMILAR_NAME' END,
        CASE WHEN o.sort_name = m.sort_name THEN 50.0
            ELSE 45.0 * similarity(o.sort_name, m.sort_name) END
    FROM mine m
    JOIN client_words w ON w.id = m.id
    CROSS JOIN LATERAL (
        SELECT c.id, c.sort_name FROM (
            (SELECT id, sort_name FROM client_words WHERE business_id = $1
                AND sort_name = m.sort_name ORDER BY id LIMIT $3 + 1)
            UNION (SELECT id, sort_name FROM client_words WHERE business_id = $1
                AND sort_name < m.sort_name ORDER BY sort_name DESC, id DESC LIMIT $5)
            UNION (SELECT id, sort_name FROM client_words WHERE business_id = $1
                AND sort_name > m.sort_name ORDER BY sort_name, id LIMIT $5)
            UNION (SELECT id, sort_name FROM client_words WHERE business_id = $1
                AND starts < w.starts ORDER BY starts DESC, id DESC LIMIT $5)
            UNION (SELECT id, sort_name FROM client_words WHERE business_id = $1
                AND starts > w.starts ORDER BY starts, id LIMIT $5)
            UNION (SELECT id, sort_name FROM clients WHERE business_id = $1
                AND birthday = m.birthday ORDER BY sort_name, id LIMIT 10 * $5)
        ) c
        WHERE c.id <> m.id AND similarity(c.sort_name, m.sort_name) >= $4
        ORDER BY similarity(c.sort_name, m.sort_name) DESC, c.id LIMIT $3) near
    JOIN clients o ON o.business_id = $1 AND o.id = near.id
    WHERE o.birthday IS NULL OR m.birthday IS NULL OR o.birthday = m.birthday
), scored AS (
    SELECT id, other, array_agg(reason ORDER BY weight DESC, reason) AS reasons,
        greatest(1, least(99, round(100 - 100 * exp(sum(ln(1 - weight / 100))))))::smallint AS score
    FROM hints GROUP BY id, other
), pairs AS (
    SELECT DISTINCT ON (client_id, other_client_id) * FROM (
        SELECT id AS client_id, other AS other_client_id, score, reasons FROM scored
        UNION ALL SELECT other, id, score, reasons FROM scored
    ) AS both_ways
    ORDER BY client_id, other_client_id, score DESC
), gone AS (
    DELETE FROM client_duplicates d USING mine m
    WHERE d.business_id = $1 AND m.id IN (d.client_id, d.other_client_id)
        AND d.dismissed_at IS NULL
        AND NOT EXISTS (SELECT FROM pairs p
            WHERE p.client_id = d.client_id AND p.other_client_id = d.other_client_id)
), put AS (
    INSERT INTO client_duplicates (business_id, client_id, other_client_id, score, reasons)
    SELECT $1, p.client_id, p.other_client_id, p.score, p.reasons FROM pairs p
    ON CONFLICT (business_id, client_id, other_client_id)
        DO UPDATE SET score = excluded.score, reasons = excluded.reasons
)
INSERT INTO compared_files (business_id, client_id, version)
SELECT $1, id, version FROM mine
ON CONFLICT (business_id, client_id) DO UPDATE SET version = excluded.version"""
_DUE = """
SELECT c.id FROM clients c
LEFT JOIN compared_files f ON f.business_id = c.business_id AND f.client_id = c.id
WHERE c.business_id = $1 AND f.version IS DISTINCT FROM c.version
LIMIT $2"""
_BEHIND = """
SELECT DISTINCT c.business_id FROM clients c
LEFT JOIN compared_files f ON f.business_id = c.business_id AND f.client_id = c.id
WHERE f.version IS DISTINCT FROM c.version"""
_DISMISS = """
WITH both_ways AS (
    UPDATE client_duplicates SET dismissed_at = coalesce(dismissed_at, now())
    WHERE business_id = $1 AND (client_id, other_client_id) IN (($2, $3), ($3, $2))
    RETURNING id, client_id
)
SELECT id FROM both_ways WHERE client_id = $2"""
