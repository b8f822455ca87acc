"""The PostgreSQL that comes with Regulars."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from storage.embedded import Embedded, FolderInUse, PostgresError, reach

OWNER = """
import sys, time
from pathlib import Path
from storage.embedded import Embedded
print(Embedded.start(Path(sys.argv[1])).dsn, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder PostgreSQL's account can enter, also when the tests run as root."""
    base = Path(tempfile.mkdtemp(prefix="regulars-", dir="/tmp"))
    base.chmod(0o755)
    yield base / "data"
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def owner(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that runs the folder's PostgreSQL, and its address."""
    asked = [sys.executable, "-c", OWNER, str(folder)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process, process.stdout.readline().strip()
        process.kill()
    Embedded.start(folder).stop()  # what the killed one left behind


async def _run(dsn: str, *statements: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return [await connection.fetchval(statement) for statement in statements][-1]
    finally:
        await connection.close()


async def _eventually(dsn: str, statement: str) -> object:
    deadline = time.monotonic() + 20
    while True:
        try:
            return await _run(dsn, statement)
        except (OSError, asyncpg.PostgresError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


def _postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


async def test_rows_survive_a_restart_and_the_password_is_ours_alone(folder: Path) -> None:
    """The folder holds everything, and nobody else may read the password."""
    first = Embedded.start(folder)
    await _run(first.dsn, "CREATE TABLE kept AS SELECT 7 AS n")
    first.stop()
    again = time.monotonic()
    second = Embedded.start(folder)
    took = time.monotonic() - again

    assert await _run(second.dsn, "SELECT n FROM kept") == 7
    assert took < 5
    assert (folder / "postgres.password").stat().st_mode & 0o777 == 0o600
    assert (folder / "postgres").stat().st_mode & 0o777 == 0o700
    second.stop()


async def test_what_is_acknowledged_is_on_the_disk(folder: Path) -> None:
    """Durable settings, and nobody enters without the password."""
    here = Embedded.start(folder)
    durable = "SELECT string_agg(setting, ',' ORDER BY name) FROM pg_settings WHERE name IN"

    found = await _run(here.dsn, f"{durable} ('fsync', 'full_page_writes', 'synchronous_commit')")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await _run(here.dsn.replace("_server:", "_server:not"), "SELECT 1")

    assert found == "on,on,on"
    here.stop()


async def test_a_killed_postgres_comes_back_with_every_acknowledged_row(folder: Path) -> None:
    """While we run it is started again by itself, at the same address."""
    here = Embedded.start(folder)
    await _run(here.dsn, "CREATE TABLE kept (n int)")
    for n in range(20):
        await _run(here.dsn, f"INSERT INTO kept VALUES ({n})")

    os.kill(_postmaster(folder), signal.SIGKILL)

    assert await _eventually(here.dsn, "SELECT count(*) FROM kept") == 20
    here.stop()
    assert not (folder / "postgres" / "postmaster.pid").exists()


async def test_a_postgres_that_dies_again_and_again_is_started_again_and_again(
    folder: Path,
) -> None:
    """There is no number of deaths after which nobody looks after it."""
    here = Embedded.start(folder)
    for _ in range(6):
        os.kill(_postmaster(folder), signal.SIGKILL)
        await asyncio.sleep(0.2)
        assert await _eventually(here.dsn, "SELECT 1") == 1

    here.stop()


async def test_the_next_start_cleans_up_after_a_killed_owner(
    folder: Path, owner: tuple[subprocess.Popen[str], str]
) -> None:
    """Its PostgreSQL still runs: it is stopped first, never two on one folder."""
    process, dsn = owner
    await _run(dsn, "CREATE TABLE kept AS SELECT 1 AS n")
    orphan = _postmaster(folder)
    process.kill()
    process.wait()
    assert _alive(orphan)

    here = Embedded.start(folder)

    assert not _alive(orphan)
    assert await _run(here.dsn, "SELECT n FROM kept") == 1
    here.stop()


async def test_killing_owner_and_postgres_together_loses_nothing(
    folder: Path, owner: tuple[subprocess.Popen[str], str]
) -> None:
    """As when the machine goes down: the next start replays what was promised."""
    process, dsn = owner
    await _run(dsn, "CREATE TABLE kept AS SELECT 1 AS n")
    process.kill()
    os.kill(_postmaster(folder), signal.SIGKILL)
    process.wait()

    here = Embedded.start(folder)

    assert await _run(here.dsn, "SELECT n FROM kept") == 1
    here.stop()


async def test_a_stale_note_of_somebody_elses_process_is_no_obstacle(folder: Path) -> None:
    """After a crash the number in postmaster.pid may belong to any process by now."""
    Embedded.start(folder).stop()
    note = folder / "postgres" / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{folder}/postgres\n1\n5432\n\n127.0.0.1\n 1 1\nready\n")

    here = Embedded.start(folder)

    assert await _run(here.dsn, "SELECT 1") == 1
    here.stop()


async def test_a_second_server_on_the_folder_is_refused(
    folder: Path, owner: tuple[subprocess.Popen[str], str]
) -> None:
    """In one sentence, and the first one does not notice."""
    with pytest.raises(FolderInUse) as refused:
        Embedded.start(folder)

    assert str(refused.value) == (
        f"another server works on {folder}: stop it, or set DATA_DIR to another folder"
    )
    assert await _run(owner[1], "SELECT 1") == 1


async def test_a_command_beside_the_server_uses_its_database(
    folder: Path, owner: tuple[subprocess.Popen[str], str]
) -> None:
    """It joins while the server runs, and leaves it running."""
    with reach(folder) as dsn:
        assert dsn == owner[1]

    assert await _run(owner[1], "SELECT 1") == 1


async def test_a_command_without_a_server_starts_and_stops_its_own(folder: Path) -> None:
    """Nothing is left behind."""
    with reach(folder, make=True) as dsn:
        assert await _run(dsn, "SELECT 1") == 1
        started = _postmaster(folder)

    assert not _alive(started)


def test_a_lost_password_is_said(folder: Path) -> None:
    """Without it the data cannot be opened, and a new one is not made up."""
    Embedded.start(folder).stop()
    (folder / "postgres.password").unlink()

    with pytest.raises(PostgresError, match=r"postgres\.password is missing: without it nobody"):
        Embedded.start(folder)


async def test_a_half_made_cluster_is_made_anew(folder: Path) -> None:
    """A first start that was killed does not spoil the second."""
    (folder / "postgres.new").mkdir(parents=True)
    (folder / "postgres.new" / "PG_VERSION").write_text("18")

    here = Embedded.start(folder)

    assert await _run(here.dsn, "SELECT 1") == 1
    assert not (folder / "postgres.new").exists()
    here.stop()
