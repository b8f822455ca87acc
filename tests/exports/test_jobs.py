"""Jobs of every kind are watched and read alike: exports, imports, deletions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import UUID

import orjson
import pytest

from modules.contract import Module
from modules.erasure.rules import FINISHING, finishing
from modules.exports import rules
from modules.exports.events import ExportAsked
from modules.exports.rules import writing
from schema import Job
from schema.api import Asked, RequestRefused
from schema.composed import ComposedSchema
from schema.engine import Engine
from schema.tables import table_of
from storage import database as db
from storage.handlers import GivenUp, Reason
from tests.exports.conftest import Salon

JOB = """fragment J on Job { id __typename status progress { done total }
  problem { code message remedy } startedAt finishedAt }"""
WATCH = f"""subscription($id: ID!, $after: String) {{ jobChanges(id: $id, after: $after) {{
  kind subjectId at cursor actor {{ name }} job {{ ...J }} }} }} {JOB}"""
NODE = f"query($id: ID!) {{ node(id: $id) {{ id ...J }} }} {JOB}"
LIST = """mutation($input: ExportClientsInput!) { exportClients(input: $input) {
  export { id status } problems { code } } }"""
CREATE = """mutation($input: CreateClientInput!) { createClient(input: $input) {
  client { id } problems { code } } }"""
LOOK = "query($id: ID!) { clientDeletionPreview(clientId: $id) { token } }"
DELETE = """mutation($input: DeleteClientInput!) { deleteClient(input: $input) {
  receipt { id status } problems { code } } }"""
CURSOR = "{ viewer { business { cursor } } }"


@pytest.fixture
def enabled() -> list[str]:
    """All modules that have jobs."""
    return ["accounts", "services", "clients", "appointments", "imports", "exports", "erasure"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deletions wait for nobody."""
    monkeypatch.setattr(finishing, "TOLD", finishing.timedelta(0))
    monkeypatch.setattr(finishing, "LONGEST_PAUSE", 0.2)


async def _watch(
    engine: Engine, salon: Salon, id_: str, after: str | None = None
) -> AsyncGenerator[dict[str, Any], None]:
    viewer = await engine.viewer(salon.token)
    async for answer in engine.watch(Asked(WATCH, {"id": id_, "after": after}), viewer):
        told = orjson.loads(answer.body)
        assert "errors" not in told, told
        yield told["data"]["jobChanges"]


async def _until(
    engine: Engine, salon: Salon, id_: str, *wanted: str, after: str | None = None
) -> list[dict[str, Any]]:
    """Take what is told of a job until it has one of these statuses."""
    told = []
    async with asyncio.timeout(60), aclosing(_watch(engine, salon, id_, after)) as stream:
        async for change in stream:
            told.append(change)
            if change["job"]["status"] in wanted:
                return told
    raise AssertionError(told)


async def _erased(salon: Salon) -> str:
    made = await salon.do(CREATE, firstName="Zoltana", lastName="Querfeld", email="z@x.example")
    client = made["client"]["id"]
    token = (await salon.get(LOOK, id=client))["token"]
    gone = await salon.do(DELETE, id=client, token=token)
    assert gone["problems"] == []
    return str(gone["receipt"]["id"])


async def _cursor(salon: Salon) -> str:
    return str((await salon.get(CURSOR))["business"]["cursor"])


async def test_the_first_thing_told_is_how_a_job_is_now(engine: Engine, salon: Salon) -> None:
    """Of an import that waits, an export that is done and a deletion that is: without waiting."""
    waiting = await salon.upload(b"First name,Last name,Email\nAnn,Lee,ann@x.example\n")
    export = (await salon.do(LIST, format="CSV"))["export"]["id"]
    await _until(engine, salon, export, "DONE")  # before there is anybody it could list
    receipt = await _erased(salon)
    await _until(engine, salon, receipt, "DONE")

    found = {}
    for id_ in (waiting, export, receipt):
        async with asyncio.timeout(10), aclosing(_watch(engine, salon, id_)) as stream:
            first = await anext(stream)
        read = await salon.get(NODE, id=id_)
        assert (first["kind"], first["subjectId"], first["actor"]) == ("CURRENT", id_, None)
        assert first["job"] == read
        found[read["__typename"]] = read | {"id": ""}

    for each in found.values():
        times = each.pop("startedAt"), each.pop("finishedAt")
        assert (None in times) is (each["status"] == "WAITING")
    assert found == {
        "ClientImport": {
            "id": "", "__typename": "ClientImport", "status": "WAITING", "problem": None,
            "progress": {"done": 0, "total": None},
        },
        "Export": {
            "id": "", "__typename": "Export", "status": "DONE", "problem": None,
            "progress": {"done": 0, "total": 0},
        },
        "ErasureReceipt": {
            "id": "", "__typename": "ErasureReceipt", "status": "DONE", "problem": None,
            "progress": {"done": 5, "total": 5},
        },
    }  # fmt: skip


async def test_every_change_since_a_cursor_is_told_once_behind_how_things_are(
    engine: Engine, salon: Salon
) -> None:
    """Whoever breaks off anywhere goes on from there: the rest comes, whole and in order."""
    listed = await salon.upload(
        b"First name,Last name,Email\nAnn,Lee,ann@x.example\nBo,Lee,bo@x.example\n"
    )
    start = await _cursor(salon)
    await salon.do(
        "mutation($input: ReadClientImportInput!) { readClientImport(input: $input) {"
        " problems { code } } }",
        id=listed,
    )
    assert (await salon.settled(listed))["stage"] == "READY"
    assert (await salon.commit(listed))["stage"] == "COMMITTED"

    count = await db.fetchval(
        "SELECT count(*) FROM event WHERE kind = 'jobs.JobChanged' AND subject = $1",
        UUID(listed[4:]),
    )
    told = await _some(engine, salon, listed, start, count + 1)

    assert {each["subjectId"] for each in told} == {listed}
    assert told[0]["kind"] == "CURRENT"
    assert told[0]["cursor"] == start
    kinds = [each["kind"] for each in told[1:]]
    assert kinds.count("STATUS_CHANGED") == 4  # reading, ready, committing, committed
    assert "PROGRESSED" in kinds
    assert told[-1]["job"]["progress"] == {"done": 2, "total": 2}
    assert len({each["cursor"] for each in told}) == len(told)
    for place in range(1, len(told) - 1):
        rest = await _some(engine, salon, listed, told[place]["cursor"], len(told) - place)
        assert rest[0]["kind"] == "CURRENT"
        assert [_what(each) for each in rest[1:]] == [_what(each) for each in told[place + 1 :]]


def _what(change: dict[str, Any]) -> dict[str, Any]:
    """Leave out the cursor: for one place in the log there are several."""
    return {name: value for name, value in change.items() if name != "cursor"}


async def _some(
    engine: Engine, salon: Salon, id_: str, after: str, count: int
) -> list[dict[str, Any]]:
    told = []
    async with asyncio.timeout(30), aclosing(_watch(engine, salon, id_, after)) as stream:
        while len(told) < count:
            told.append(await anext(stream))
    return told


async def test_a_long_list_tells_how_far_it_is(
    engine: Engine, salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows written of all there are, while it is being written; both forms end with all of them."""
    monkeypatch.setattr(writing, "TOLD_EVERY", 500)
    seen: list[int] = []
    real = writing.database.execute

    async def noting(sql: str, *args: Any) -> Any:
        if sql == writing._FURTHER:
            seen.append(args[2])
        return await real(sql, *args)

    monkeypatch.setattr(writing.database, "execute", noting)
    await db.execute(
        "INSERT INTO clients"
        " (id, business_id, first_name, last_name, email, sort_name, search_text)"
        " SELECT uuidv7(), $1, 'Ann', 'Lee', 'ann' || n || '@x.example', 'lee ann', 'ann lee'"
        " FROM generate_series(1, 1200) AS n",
        UUID(salon.business_id[4:]),
    )
    for form in ("CSV", "JSON_LINES"):
        seen.clear()
        start = await _cursor(salon)
        export = (await salon.do(LIST, format=form))["export"]["id"]
        told = await _until(engine, salon, export, "DONE")
        assert seen == [500, 1000]
        assert told[-1]["job"]["progress"] == {"done": 1200, "total": 1200}
        changes = await _some(engine, salon, export, start, 5)
        assert [each["kind"] for each in changes] == [
            "CURRENT", "PROGRESSED", "PROGRESSED", "PROGRESSED", "STATUS_CHANGED",
        ]  # fmt: skip


FULL = GivenUp(reason=Reason.ERROR, times=8, detail="DiskFullError")


async def test_a_job_that_is_given_up_is_failed_and_says_why(engine: Engine, salon: Salon) -> None:
    """An export and a deletion; both go on when they are taken up again."""
    export = (await salon.do(LIST, format="CSV"))["export"]["id"]
    receipt = await _erased(salon)
    await _until(engine, salon, export, "DONE")
    await _until(engine, salon, receipt, "DONE")
    business = UUID(salon.business_id[4:])
    await db.execute("UPDATE exports SET status = 'RUNNING', object_key = NULL, finished_at = NULL")
    await db.execute("UPDATE erasures SET status = 'RUNNING', finished_at = NULL, traces = '{}'")
    start = await _cursor(salon)
    event = ExportAsked(business_id=business, subject=UUID(export[4:]))
    payload = {"business_id": str(business), "erasure_id": str(UUID(receipt[4:]))}
    assert rules.WRITING.given_up is not None
    assert FINISHING.given_up is not None
    assert FINISHING.retried is not None

    await rules.WRITING.given_up(event, FULL)
    await FINISHING.given_up(payload, FULL)
    failed = [(await _some(engine, salon, id_, start, 2))[-1] for id_ in (export, receipt)]
    await FINISHING.retried(payload)
    again = await salon.get(NODE, id=receipt)

    assert [(each["kind"], each["job"]["status"]) for each in failed] == [
        ("STATUS_CHANGED", "FAILED"),
        ("STATUS_CHANGED", "FAILED"),
    ]
    assert [each["job"]["problem"]["code"] for each in failed] == [
        "EXPORT_FAILED",
        "ERASURE_FAILED",
    ]
    assert {each["job"]["problem"]["message"] for each in failed} == {
        "Attempts: 8. The last one ended with an error of the server: DiskFullError."
    }
    assert all(each["job"]["finishedAt"] for each in failed)
    assert (again["status"], again["problem"], again["finishedAt"]) == ("RUNNING", None, None)


async def test_only_jobs_are_watched_and_only_ones_own(engine: Engine, salon: Salon) -> None:
    """An id of anything else is refused at once; what is not there is null, as anywhere."""
    for wrong in ("", "job", "biz_" + "0" * 32, "nix_" + "0" * 32, "exp_" + "g" * 32):
        with pytest.raises(RequestRefused) as refused:
            await anext(_watch(engine, salon, wrong))
        [error] = orjson.loads(refused.value.answer.body)["errors"]
        assert error["extensions"]["problem"] == "INVALID_ID", error
        assert error["extensions"]["field"] == ["id"], error

    async with asyncio.timeout(10), aclosing(_watch(engine, salon, "exp_" + "0" * 32)) as stream:
        first = await anext(stream)
    assert (first["kind"], first["job"]) == ("CURRENT", None)


def test_every_table_of_jobs_is_a_job_in_the_schema(composed: ComposedSchema) -> None:
    """What has the columns of a job is read and watched as one."""
    from modules import jobs  # noqa: PLC0415

    found = {
        cls.__name__: issubclass(cls, Job)
        for cls in composed.tables.values()
        if (bound := table_of(cls)) and issubclass(bound.model, jobs.Job)
    }

    assert found == {"Export": True, "ErasureReceipt": True}


@pytest.fixture
def composed(loaded: list[Module]) -> ComposedSchema:
    """The schema of these modules."""
    import schema  # noqa: PLC0415

    return schema.build(loaded)
