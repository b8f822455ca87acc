"""Whatever module wrote it, whether or not it is on, and whatever breaks in between: it goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from modules.contract import Module
from modules.erasure.rules import finishing
from storage.database import fetch, fetchval
from storage.process import here
from tests.erasure.conftest import both, delete, found, open_file
from tests.promises.conftest import Salon

Work = Callable[[], Awaitable[None]]

WORDS = ["zoltana", "querfeld", "31612345678"]
NOTE = """mutation($input: AddClientNoteInput!) {
  addClientNote(input: $input) { problems { code } } }"""
GROUP = """mutation($input: CreateGroupInput!) {
  createGroup(input: $input) { problems { code } } }"""
MERGE = """mutation($input: MergeClientsInput!) {
  mergeClients(input: $input) { problems { code } } }"""


async def furnish(salon: Salon) -> list[str]:
    """Write something of the client in every module there is; answers the ids to look for."""
    booked = await salon.book()
    for query, name, given in (
        (NOTE, "addClientNote", {"clientId": salon.client, "text": "Zoltana likes tea"}),
        (GROUP, "createGroup", {"name": "Regulars", "clientIds": [salon.client]}),
    ):
        assert (await salon.does(query, name, {"input": given}))["problems"] == []
    notes = await fetch("SELECT id FROM client_notes")
    ids = [*both(salon.client), *both(booked["appointment"]["id"])]
    return [*ids, *(each for row in notes for each in (row["id"].hex, str(row["id"])))]


async def test_modules_that_are_off_leave_nothing_behind(
    salon: Salon, work: Work, loaded: list[Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R72: their tables are there, their code is not; C10: their numbers are kept all the same."""
    ids = await furnish(salon)
    await work()
    on = [m for m in loaded if m.name in ("accounts", "services", "clients", "erasure")]
    monkeypatch.setattr(here, "modules", on)
    payload = await delete(salon)
    assert (payload["problems"], payload["cancelled"]) == ([], [])
    await work()

    assert await found([*WORDS, *ids]) == []
    assert await fetchval("SELECT count(*) FROM appointments") == 0


async def test_files_that_were_merged_into_it_go_as_well(salon: Salon, work: Work) -> None:
    """R72: the copies that would undo the merge, and the id of the file that was there before."""
    other = await open_file(salon, firstName="Wilhelmar", email="w@old.example")
    ids = await furnish(salon)
    given = {"input": {"survivorId": salon.client, "otherId": other}}
    assert (await salon.does(MERGE, "mergeClients", given))["problems"] == []
    await work()
    assert await found(["wilhelmar"]) != []
    assert (await delete(salon))["problems"] == []
    await work()

    assert await found([*WORDS, "wilhelmar", *ids, *both(other)]) == []


async def test_an_erasure_that_dies_half_way_goes_on(
    salon: Salon, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R72: whatever was done already is done again, and does no harm."""
    ids = await furnish(salon)
    await work()
    await delete(salon)
    steps = ("_drop_rows", "_forget_in_log", "_forget_in_rows", "_forget_in_jobs")
    [erasure] = await fetch("SELECT business_id, id FROM erasures")
    payload = {"business_id": str(erasure["business_id"]), "erasure_id": str(erasure["id"])}
    monkeypatch.setattr(finishing, "PATIENCE", finishing.timedelta(0))

    async def dies(*_: object) -> None:
        raise RuntimeError("the machine stopped")

    for step in steps:
        with monkeypatch.context() as breaking:
            breaking.setattr(finishing, step, dies)
            with pytest.raises(RuntimeError, match="stopped"):
                await finishing.finish(payload)
        assert await fetchval("SELECT status FROM erasures") == "RUNNING"
    await finishing.finish(payload)
    await work()

    assert await fetchval("SELECT status FROM erasures") == "DONE"
    assert await found([*WORDS, *ids]) == []
    assert await fetch("SELECT * FROM erasure_ids") == []


async def test_an_erasure_nobody_works_on_is_taken_up(salon: Salon, work: Work) -> None:
    """R72: such as one whose job had to be parked."""
    await delete(salon)
    await work()
    business = UUID(salon.business.partition("_")[2])
    statement = """INSERT INTO erasures (id, business_id, went, traces, started_at)
        VALUES (uuidv7(), $1, '{}', $2, now() - interval '2 hours')"""
    traces = '{"client_id": "01a22079-e72a-7650-9a9d-7358a5bc638a", "account_id": null,'
    await fetch(statement, business, traces + ' "addresses": [], "name": "Nobody"}')
    await finishing.resume()
    await finishing.resume()
    assert await fetchval("SELECT count(*) FROM job") == 1
    await work()

    assert await fetchval("SELECT count(*) FROM erasures WHERE status = 'DONE'") == 2
