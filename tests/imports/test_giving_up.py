"""Imports that are given up: what they say, how they go on, and how they end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from modules.imports.reading import process
from storage import database as db
from storage import housekeeping
from tests.imports.conftest import CANCEL, COMMIT, LOOK, READ, ROLL_BACK, Web

LIST = b"First Name,Last Name,Email\nBo,Dijk,bo@example.org\nCy,Ek,cy@example.org\n"
REFUSED = {"clientImport": None, "problems": [{"code": "IMPORT_NOT_READY", "field": None}]}
REMEDY = "Ask for the same once more; if it fails again, tell the people behind this service."
BROKEN = "Attempts: 5. The last one ended with an error of the server: RaiseError."
BREAK = """
CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE 'broken: secret/place'; END $$;
CREATE TRIGGER broken BEFORE {when} FOR EACH STATEMENT EXECUTE FUNCTION broken()"""
MEND = "DROP FUNCTION broken CASCADE"
PROBLEM = {
    "code": "IMPORT_FAILED",
    "message": BROKEN,
    "remedy": REMEDY,
}


async def broken(when: str) -> None:
    """Have the database refuse something, as a bug of ours would."""
    await db.execute(BREAK.format(when=when))


async def given_up(web: Web, id_: str) -> Any:
    """Wait until an import has failed, without the pauses between its attempts."""
    async with asyncio.timeout(120):
        while (found := await web.get(LOOK, id=id_))["stage"] != "FAILED":
            await db.execute("UPDATE job SET execute_after = now() WHERE status = 'queued'")
            await asyncio.sleep(0.1)
    return found


async def test_what_fails_again_and_again_says_so_and_goes_on_when_it_is_asked_again(
    web: Web,
) -> None:
    """R19: reading, committing and taking back, each named, each to be asked for once more."""
    id_ = await web.upload(LIST)
    await broken("INSERT ON import_rows")
    assert (await web.do(READ, id=id_))["problems"] == []
    failed = await given_up(web, id_)
    assert failed["problem"] == PROBLEM
    assert await web.do(COMMIT, id=id_) == REFUSED
    assert await web.do(ROLL_BACK, id=id_) == REFUSED
    await db.execute(MEND)
    assert (await web.do(READ, id=id_))["problems"] == []
    ready = await web.settled(id_)
    assert (ready["stage"], ready["problem"], ready["counts"]["create"]) == ("READY", None, 2)

    await broken("INSERT ON clients")
    assert (await web.do(COMMIT, id=id_))["problems"] == []
    failed = await given_up(web, id_)
    assert (failed["problem"], failed["effects"]["created"]) == (PROBLEM, 0)
    assert await web.do(READ, id=id_) == REFUSED
    assert await web.do(CANCEL, id=id_) == REFUSED
    assert await web.clients() == []
    await db.execute(MEND)
    done = await web.commit(id_)
    assert (done["stage"], done["problem"], done["effects"]["created"]) == ("COMMITTED", None, 2)

    await broken("DELETE ON clients")
    assert (await web.do(ROLL_BACK, id=id_))["problems"] == []
    failed = await given_up(web, id_)
    assert (failed["problem"], failed["effects"]["removed"]) == (PROBLEM, 0)
    assert await web.do(COMMIT, id=id_) == REFUSED
    assert len(await web.clients()) == 2
    await db.execute(MEND)
    back = await web.roll_back(id_)
    assert (back["stage"], back["problem"], back["effects"]["removed"]) == ("ROLLED_BACK", None, 2)
    assert await web.clients() == []


async def test_a_file_that_takes_too_long_fails_at_once_and_can_be_cancelled_or_expires(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried once, not five times; the file leaves with the import."""
    monkeypatch.setattr(process, "SILENCE", 0.0)
    cancelled, over = [await web.bring(LIST) for _ in range(2)]
    for id_ in (cancelled, over):
        found = await web.settled(id_)
        assert (found["stage"], found["problem"]["code"]) == ("FAILED", "FILE_TOO_DEMANDING")
    assert await db.fetchval("SELECT count(*) FROM job WHERE entrypoint LIKE '%Import%'") == 0

    assert (await web.do(CANCEL, id=cancelled))["problems"] == []
    await db.execute("UPDATE client_imports SET expires_at = now()")
    for sweep in web.sweeps:
        await sweep()
    await housekeeping.sweep()

    states = [(await web.get(LOOK, id=id_)) for id_ in (cancelled, over)]
    assert [(each["stage"], each["problem"]) for each in states] == [
        ("CANCELLED", None), ("EXPIRED", None),
    ]  # fmt: skip
    for doing in (READ, COMMIT, ROLL_BACK, CANCEL):
        assert await web.do(doing, id=over) == REFUSED
    kept = await db.fetchrow(
        "SELECT (SELECT count(*) FROM import_rows), count(file_key), (SELECT count(*) FROM"
        " stored_objects WHERE purpose = 'import' AND state <> 'DELETING') FROM client_imports"
    )
    assert tuple(kept or ()) == (0, 0, 0)
