"""Removing the last traces of a file, as soon as its last notices have left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from modules.client_data import ADDRESSES
from modules.errors import Refusal
from modules.jobs import given_up, job_changed, problem_of
from storage import catalogue, database, jobs, jsonb, ledger, log
from storage.catalogue import CLIENT, Table
from storage.handlers import GivenUp, Handler

FINISH = "erasure.finish"
"""The job."""
TOLD = timedelta(seconds=10)
"""How long those who watch have to hear of it, before the log forgets whose file it was."""
STEPS = 5
"""The file is gone, its last notices have left, its rows, what the log and other rows say of it."""
PATIENCE = timedelta(days=3)
"""How long last notices may take to leave; then they are given up."""
LONGEST_PAUSE = 60.0
AT_ONCE = 5_000
"""Entries of the log that are looked at together."""
OF_OTHERS = frozenset({"clients", "invitations", "erasures"})
"""Tables with addresses that are not this file's: other files, and the team."""


class ErasureFailed(Refusal):
    """The file is gone, but its last traces could not be removed."""

    code = "ERASURE_FAILED"
    retryable = True
    remedy = "It is tried again every hour; if it stays like that, tell who runs this server."


async def finish(payload: dict[str, Any]) -> None:
    """Do what is left to do of an erasure, or put it off while notices wait to leave.

    Running it twice, or again after it died half-way, is harmless.
    """
    business_id, erasure_id = UUID(payload["business_id"]), UUID(payload["erasure_id"])
    erasure = await database.fetchrow(
        "SELECT *, now() - started_at AS age FROM erasures"
        " WHERE business_id = $1 AND id = $2 AND status = 'RUNNING'",
        business_id, erasure_id,
    )  # fmt: skip
    if erasure is None:
        return
    await ledger.delete_dropped(business_id)
    await _give_up_jobs(erasure, before=erasure["started_at"])
    waiting = erasure["age"] < TOLD or await _waits(erasure)
    if waiting and erasure["age"] < PATIENCE:
        await _later(payload)
        return
    traces = orjson.loads(erasure["traces"])
    tables = await catalogue.tables()
    await _reach(erasure, 2)
    await _drop_rows(erasure, traces, tables)
    await _reach(erasure, 3)
    entries = await _forget_in_log(erasure, traces)
    await _reach(erasure, 4)
    await _forget_in_rows(erasure, tables)
    async with log.change(actor=None, business_id=business_id):
        await _give_up_jobs(erasure, before=None)
        await _forget_in_jobs(erasure, traces)
        await _forget_answers(erasure)
        await database.execute(_DONE, business_id, erasure_id, jsonb.text({"log entries": entries}))
        job_changed(business_id, erasure_id)


async def _reach(erasure: asyncpg.Record, step: int) -> None:
    """Note that a step is done, unless it was before, and tell whoever watches."""
    async with log.change(actor=None, business_id=erasure["business_id"]):
        if await database.execute(_FURTHER, *_of(erasure), step) != "UPDATE 0":
            job_changed(*_of(erasure), progressed=True)


async def _give_up(payload: dict[str, Any], why: GivenUp) -> None:
    """Say that traces are left, and why."""
    problem = problem_of(given_up(ErasureFailed, why))
    await _become(payload, _FAILED, jsonb.text(problem))


async def _take_up(payload: dict[str, Any]) -> None:
    """Go on where it was given up."""
    await _become(payload, _AGAIN)


async def _become(payload: dict[str, Any], statement: str, *args: Any) -> None:
    """Change the status of an erasure, and tell whoever watches."""
    erasure = UUID(payload["business_id"]), UUID(payload["erasure_id"])
    async with log.change(actor=None, business_id=erasure[0]):
        if await database.execute(statement, *erasure, *args) != "UPDATE 0":
            job_changed(*erasure)


FINISHING = Handler(do=finish, given_up=_give_up, retried=_take_up)
"""What removes the last traces."""


async def resume() -> None:
    """Take up what was left undone, such as by a job that had to be parked."""
    for row in await database.fetch(_LEFT, FINISH):
        payload = {"business_id": str(row["business_id"]), "erasure_id": str(row["id"])}
        await _take_up(payload)
        await jobs.enqueue(FINISH, payload, key=f"{FINISH}:{row['id']}")


async def _later(payload: dict[str, Any]) -> None:
    """Come back after a while, which grows."""
    turn = int(payload.get("turn", 0))
    pause = timedelta(seconds=min(LONGEST_PAUSE, 2.0**turn))
    due: datetime = await database.fetchval("SELECT now() + $1::interval", pause)
    await jobs.enqueue(FINISH, {**payload, "turn": turn + 1}, run_at=due)


async def _waits(erasure: asyncpg.Record) -> bool:
    """Tell whether a job that names the file is still to be done."""
    return bool(await database.fetchval(_WAITS, *_of(erasure), FINISH))


async def _give_up_jobs(erasure: asyncpg.Record, *, before: datetime | None) -> None:
    """Give up the jobs about what is gone: those put down before, in the end all of them."""
    await database.execute(_GIVE_UP, *_of(erasure), FINISH, before)


async def _drop_rows(
    erasure: asyncpg.Record, traces: dict[str, Any], tables: Sequence[Table]
) -> None:
    """Delete what names the file without referring to it, and what holds one of its addresses."""
    business_id = erasure["business_id"]
    shared = await _shared(erasure, traces)
    mine = [address for address in traces["addresses"] if address not in shared]
    for table in tables:
        if table.of_clients and table.name != "stored_objects":
            await database.execute(
                f"DELETE FROM {table.name} WHERE business_id = $1 AND {CLIENT} = $2",  # noqa: S608 -- the catalogue's names
                business_id,
                UUID(traces["client_id"]),
            )
        holding = [name for name in ADDRESSES if table.has(name)]
        if mine and holding and table.name not in OF_OTHERS:
            found = " OR ".join(f"lower({name}::text) = ANY ($2)" for name in holding)
            await database.execute(
                f"DELETE FROM {table.name} WHERE business_id = $1 AND ({found})",  # noqa: S608 -- the catalogue's names
                business_id,
                [address.lower() for address in mine],
            )


async def _shared(erasure: asyncpg.Record, traces: dict[str, Any]) -> set[str]:
    """Find the addresses that somebody else at the business has too: what they got is theirs."""
    rows = await database.fetch(_SHARED, erasure["business_id"], traces["addresses"])
    return {row["address"] for row in rows}


async def _forget_in_log(erasure: asyncpg.Record, traces: dict[str, Any]) -> int:
    """Put nobody in the places of the file's ids, page by page; answers in how many entries."""
    account = await database.fetchval(
        _NOT_OF_THE_TEAM, erasure["business_id"], traces["account_id"]
    )
    after: int | None = 0
    count = 0
    while after is not None:
        row = await database.fetchrow(_FORGET_EVENTS, *_of(erasure), after, AT_ONCE, account)
        assert row is not None  # an aggregate has a row
        after, count = row["last"], count + row["count"]
    return count


async def _forget_in_rows(erasure: asyncpg.Record, tables: Sequence[Table]) -> None:
    """Do the same in the business's other tables: ids that refer to nothing, and JSON."""
    for table in tables:
        referring = {column for each in table.references for column in each.columns}
        if table.name in ("event", "erasures", "erasure_ids"):
            continue
        for column in table.columns:
            if column.name in referring or column.name in table.key or column.generated:
                continue
            if column.type == "uuid" and column.name not in ("business_id", CLIENT):
                nobody = "'00000000-0000-0000-0000-000000000000'" if column.required else "NULL"
                await database.execute(
                    f"UPDATE {table.name} t SET {column.name} = {nobody} FROM erasure_ids i"  # noqa: S608 -- the catalogue's names
                    " WHERE t.business_id = $1 AND i.business_id = $1 AND i.erasure_id = $2"
                    f" AND i.id = t.{column.name}",
                    *_of(erasure),
                )
            elif column.type in ("jsonb", "json", "uuid[]"):
                said = f"t.{column.name}::text"
                await database.execute(
                    f"UPDATE {table.name} t SET {column.name} ="  # noqa: S608 -- the catalogue's names
                    f" erasure_forgetting({said}, $1, $2)::{column.type}"
                    f" WHERE t.business_id = $1 AND EXISTS (SELECT erasure_named({said}, $1, $2))",
                    *_of(erasure),
                )


async def _forget_in_jobs(erasure: asyncpg.Record, traces: dict[str, Any]) -> None:
    """Drop what failed jobs said of the file."""
    words = [*traces["addresses"], traces["name"]]
    await database.execute(_FORGET_LOGS, *_of(erasure), words)


async def _forget_answers(erasure: asyncpg.Record) -> None:
    """Keep that a request was answered, but not with whom: sent again, it opens no new file."""
    await database.execute(_FORGET_ANSWERS, *_of(erasure))


def _of(erasure: asyncpg.Record) -> tuple[UUID, UUID]:
    return erasure["business_id"], erasure["id"]


_WAITS = """
SELECT EXISTS (SELECT FROM job WHERE status IN ('queued', 'picked') AND entrypoint <> $3
    AND EXISTS (SELECT erasure_named(convert_from(payload, 'UTF8'), $1, $2)))"""
_GIVE_UP = """
WITH gone AS (
    DELETE FROM job WHERE status <> 'picked' AND entrypoint <> $3
        AND ($4::timestamptz IS NULL OR created < $4)
        AND EXISTS (SELECT erasure_named(convert_from(payload, 'UTF8'), $1, $2))
    RETURNING id
)
DELETE FROM job_log USING gone WHERE job_id = gone.id"""
_SHARED = """
SELECT address FROM unnest($2::text[]) AS asked (address)
WHERE EXISTS (SELECT FROM clients c WHERE c.business_id = $1
        AND (c.email = address::citext OR c.phone = address))
    OR EXISTS (SELECT FROM memberships m JOIN accounts a ON a.id = m.account_id
        WHERE m.business_id = $1 AND m.role IN ('OWNER', 'STAFF') AND a.email = lower(address))"""
# A member of the team who was a client as well goes on having done what they did.
_NOT_OF_THE_TEAM = """
SELECT $2::uuid WHERE NOT EXISTS (SELECT FROM memberships
    WHERE business_id = $1 AND account_id = $2::uuid AND role IN ('OWNER', 'STAFF'))"""
_FORGET_EVENTS = """
WITH page AS (
    SELECT seq FROM event WHERE business_id = $1 AND seq > $3 ORDER BY seq LIMIT $4
), gone AS (
    UPDATE event e SET
        subject = CASE WHEN EXISTS (SELECT FROM erasure_ids i
            WHERE i.business_id = $1 AND i.erasure_id = $2 AND i.id = e.subject)
            OR e.subject = $5 THEN '00000000-0000-0000-0000-000000000000' ELSE e.subject END,
        actor = nullif(e.actor, $5),
        data = CASE WHEN $5 IS NULL THEN erasure_forgetting(e.data::text, $1, $2)
            ELSE replace(erasure_forgetting(e.data::text, $1, $2), $5::text,
                '00000000-0000-0000-0000-000000000000') END::jsonb
    FROM page
    WHERE e.seq = page.seq AND (e.actor = $5 OR e.subject = $5
        OR EXISTS (SELECT erasure_named(e.subject || e.data::text, $1, $2)))
    RETURNING 1
)
SELECT (SELECT max(seq) FROM page) AS last, (SELECT count(*) FROM gone) AS count"""
_FORGET_LOGS = """
UPDATE job_log SET traceback = NULL WHERE traceback IS NOT NULL AND (
    EXISTS (SELECT erasure_named(traceback::text, $1, $2))
    OR EXISTS (SELECT FROM unnest($3::text[]) AS word
        WHERE strpos(lower(traceback::text), lower(word)) > 0))"""
_FORGET_ANSWERS = """
UPDATE idempotency SET answer =
    convert_to(erasure_forgetting(convert_from(answer, 'UTF8'), $1, $2), 'UTF8')
WHERE EXISTS (SELECT erasure_named(convert_from(answer, 'UTF8'), $1, $2))"""
_DONE = """
WITH forgotten AS (DELETE FROM erasure_ids WHERE business_id = $1 AND erasure_id = $2)
UPDATE erasures SET status = 'DONE', finished_at = now(), traces = NULL, went = went || $3,
    done = total
WHERE business_id = $1 AND id = $2 AND status = 'RUNNING'"""
_FURTHER = """
UPDATE erasures SET done = $3
WHERE business_id = $1 AND id = $2 AND status = 'RUNNING' AND done < $3"""
_FAILED = """
UPDATE erasures SET status = 'FAILED', finished_at = now(), problem = $3::jsonb
WHERE business_id = $1 AND id = $2 AND status = 'RUNNING'"""
_AGAIN = """
UPDATE erasures SET status = 'RUNNING', finished_at = NULL, problem = NULL
WHERE business_id = $1 AND id = $2 AND status = 'FAILED'"""
_LEFT = """
SELECT business_id, id FROM erasures e
WHERE status <> 'DONE' AND started_at < now() - interval '1 hour' AND NOT EXISTS (
    SELECT FROM job WHERE entrypoint = $1 AND status IN ('queued', 'picked')
        AND strpos(convert_from(payload, 'UTF8'), e.id::text) > 0)"""
