"""Opening, changing and taking back many files at once, set by set.

Checking them asks no database, so that it can be done in another process.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from modules import client_data
from modules.clients.events import (
    ClientsChanged,
    ClientsImported,
    ClientsTakenBack,
    ClientVerificationAsked,
)
from modules.clients.profile import FIELDS
from modules.clients.rules import verifying
from modules.clients.rules.folding import FOUND_BY_TYPES
from modules.clients.rules.links import LASTS
from modules.events import record
from modules.viewer import Viewer
from storage import database

TYPES = {
    **{each.name: each.kind.value for each in FIELDS if each.imported},
    **FOUND_BY_TYPES,
}
"""The columns of a file that lists can fill, and their types."""


class Remains(StrEnum):
    """Why a file that was to be taken back stays."""

    CHANGED = "CHANGED"
    """Somebody changed it since."""
    IN_USE = "IN_USE"
    """There is more of this client by now than the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What became of files that were to be taken back."""

    removed: list[UUID]
    remaining: dict[UUID, Remains]


async def open_many(by: Viewer, files: str, *, how: str, verify: bool = False) -> dict[UUID, int]:
    """Open many files that were checked before: JSON objects of `id` and columns.

    Gives their versions. Those that are there already stay as they are, so twice is harmless. What
    somebody with the same address withdrew their consent to is not agreed to here either. `how`
    is written down as the proof of what they agreed to. With `verify` those with a mail address are
    asked to prove it.
    """
    rows = await database.fetch(_OPEN, by.of_business(), files, how, by.account_id, verify)
    if rows:
        record(
            ClientsImported(business_id=by.of_business(), subject=by.of_business(), count=len(rows))
        )
    for row in rows:
        if row["link_id"] is not None:
            record(
                ClientVerificationAsked(
                    business_id=by.of_business(), subject=row["id"], link_id=row["link_id"]
                )
            )
    return {row["id"]: row["version"] for row in rows}


async def size_up() -> None:
    """Let PostgreSQL see how many files there are by now.

    What it planned for an empty list, such as the look-up behind a foreign key, would walk through
    all files of a business for each new one.
    """
    await database.execute("ANALYZE clients")


async def sort_in() -> None:
    """Sort in what waits to be, so that searches need not read it: after many files, and hourly."""
    await database.fetch(_SORT_IN)


async def hold_many(by: Viewer, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Give the columns and versions of files, and keep others from changing them meanwhile.

    Each also has `withdrawn`: the channels of marketing the client agreed to once and then no more.
    """
    rows = await database.fetch(_HOLD, by.of_business(), ids)
    return {row["id"]: orjson.loads(row["file"]) for row in rows}


async def rewrite_many(by: Viewer, files: str, *, how: str) -> dict[UUID, int]:
    """Write many files anew that are held: JSON objects of `id` and all columns.

    Gives their versions. `how` is written down as the proof of consents given and taken back.
    Whoever signed in with an address that is replaced does no longer; nobody gets a mail.
    """
    moved = await database.fetch(_MOVED, by.of_business(), files)
    if moved:
        await verifying.address_changed(by, {row["id"]: row["email"] for row in moved})
    rows = await database.fetch(_REWRITE, by.of_business(), files, how, by.account_id)
    if rows:
        record(
            ClientsChanged(business_id=by.of_business(), subject=by.of_business(), count=len(rows))
        )
    return {row["id"]: row["version"] for row in rows}


async def take_back_many(
    by: Viewer, versions: dict[UUID, int], *, besides: Collection[str]
) -> TakenBack:
    """Remove files as if they had never been opened: those of these versions nothing hangs on.

    `besides` names the tables whose rows are those of whoever takes them back. What is proof of the
    file's own consents goes with it: a later one would have changed the file.
    """
    ids = list(versions)
    held = await database.fetch(_VERSIONS, by.of_business(), ids)
    remaining = {
        row["id"]: Remains.CHANGED for row in held if row["version"] != versions[row["id"]]
    }
    tables = [
        kind.table.name
        for kind in await client_data.kinds()
        if not kind.said.stays and kind.table.name not in (*besides, *PROOF)
    ]
    if tables and held:
        used = await database.fetch(_used(tables), by.of_business(), ids)
        remaining |= {row["client_id"]: Remains.IN_USE for row in used}
    gone = await database.fetch(
        "DELETE FROM clients WHERE business_id = $1 AND id = ANY($2::uuid[]) RETURNING id",
        by.of_business(),
        [row["id"] for row in held if row["id"] not in remaining],
    )
    if gone:
        record(
            ClientsTakenBack(
                business_id=by.of_business(), subject=by.of_business(), count=len(gone)
            )
        )
    return TakenBack(removed=[row["id"] for row in gone], remaining=remaining)


def _used(tables: Sequence[str]) -> str:
    """Write the statement that finds who has rows in any of these tables."""
    return " UNION ".join(
        f"SELECT client_id FROM {table} WHERE business_id = $1 AND client_id = ANY($2::uuid[])"  # noqa: S608 -- the catalogue's own names
        for table in tables
    )


TAKEN_BACK = ", taken back"
"""How proof ends of what was only undone: nobody withdrew anything there."""
PROOF = ("client_consents", "client_links")
_NAMES = ", ".join(TYPES)
_GIVEN = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
_KEPT = {name: f"r.{name}" for name in TYPES} | {
    each.name: f"coalesce(r.{each.name}, {each.kind.empty})" for each in FIELDS if each.imported
}
"""What is written, and what stands in its place where there is nothing."""
_ROWS = f"jsonb_to_recordset($2::jsonb) AS r (id uuid, {_GIVEN})"
# What somebody withdrew: the last they said of a channel is a no.
_WITHDRAWN = f"""ARRAY(SELECT said.channel FROM (
    SELECT DISTINCT ON (s.channel) s.channel, s.granted FROM client_consents s
    WHERE s.business_id = c.business_id AND s.client_id = c.id
        AND coalesce(s.how, '') NOT LIKE '%{TAKEN_BACK}'
    ORDER BY s.channel, s.at DESC, s.id DESC) AS said WHERE NOT said.granted)"""  # noqa: S608 -- our own words
# A new file beside that of somebody who withdrew a consent does not bring it back either.
_STILL_AGREED = f"""ARRAY(SELECT agreed FROM unnest(r.consents) AS agreed WHERE NOT EXISTS (
    SELECT FROM clients c WHERE c.business_id = $1 AND agreed = ANY({_WITHDRAWN})
        AND (c.email = r.email::citext OR c.phone = r.phone)))"""  # noqa: S608 -- our own words
_PAIRS = ", ".join(f"'{name}', {name}" for name in ("version", "account_state", *TYPES))
_OPEN = f"""
WITH made AS (
    INSERT INTO clients (id, business_id, source, account_state, {_NAMES})
    SELECT r.id, $1, 'IMPORT',
        CASE WHEN $5::boolean AND r.email IS NOT NULL THEN 'UNVERIFIED' ELSE 'NONE' END,
        {", ".join((_KEPT | {"consents": _STILL_AGREED}).values())} FROM {_ROWS}
    ON CONFLICT (id) DO NOTHING RETURNING id, version, consents, email
), proof AS (
    INSERT INTO client_consents (business_id, client_id, channel, granted, how, recorded_by_id)
    SELECT $1, id, unnest(consents), true, $3::text, $4::uuid FROM made
), asked AS (
    INSERT INTO client_links (id, business_id, client_id, kind, email, expires_at)
    SELECT uuidv7(), $1, id, 'VERIFICATION', email, now() + interval '{LASTS.days} days'
    FROM made WHERE $5 AND email IS NOT NULL
    RETURNING id, client_id
)
SELECT made.id, version, asked.id AS link_id
FROM made LEFT JOIN asked ON asked.client_id = made.id"""  # noqa: S608 -- our own columns
_HOLD = f"""
SELECT id, jsonb_build_object({_PAIRS}, 'withdrawn', {_WITHDRAWN})::text AS file
FROM clients c WHERE business_id = $1 AND id = ANY($2::uuid[])
ORDER BY id FOR NO KEY UPDATE"""  # noqa: S608 -- our own words
# Of the others nothing was ever asked, so there is nothing to forget.
_MOVED = f"""
SELECT c.id, r.email FROM clients c JOIN {_ROWS} USING (id)
WHERE c.business_id = $1 AND c.account_state <> 'NONE' AND c.email IS DISTINCT FROM r.email::citext
"""  # noqa: S608 -- our own words
_REWRITE = f"""
WITH old AS (
    SELECT c.id, c.consents FROM clients c JOIN {_ROWS} USING (id) WHERE c.business_id = $1
), made AS (
    UPDATE clients c SET {", ".join(f"{name} = {value}" for name, value in _KEPT.items())}
    FROM {_ROWS} WHERE c.business_id = $1 AND c.id = r.id
    RETURNING c.id, c.version, c.consents
), proof AS (
    INSERT INTO client_consents (business_id, client_id, channel, granted, how, recorded_by_id)
    SELECT $1, made.id, channel, channel = ANY(made.consents), $3::text, $4::uuid
    FROM made JOIN old USING (id) CROSS JOIN unnest(made.consents || old.consents) AS channel
    WHERE (channel = ANY(made.consents)) <> (channel = ANY(old.consents))
)
SELECT id, version FROM made"""  # noqa: S608 -- our own words
_SORT_IN = """
SELECT gin_clean_pending_list(name::regclass)
FROM unnest('{client_words_parts,client_words_keys,clients_marked}'::text[]) AS waiting (name)"""
_VERSIONS = """
SELECT id, version FROM clients WHERE business_id = $1 AND id = ANY($2::uuid[])
ORDER BY id FOR UPDATE"""
