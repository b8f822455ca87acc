"""The history of the tables."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from storage.migrate import Migration, MigrationError, find, migrate, pending

STORAGES = [str(step) for step in find([])]


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    """The migrations of a module about cats."""
    folder = tmp_path / "cats"
    folder.mkdir()
    (folder / "0001_cats.sql").write_text("CREATE TABLE cat (id int); SELECT pg_sleep(0.05);")
    (folder / "0002_names.sql").write_text("ALTER TABLE cat ADD name text NOT NULL DEFAULT 'Tom'")
    return folder


async def _applied(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT module, name FROM schema_migration ORDER BY applied_at")
    await connection.close()
    return [f"{module}/{name}" for module, name in rows]


async def test_storage_comes_first_then_modules_in_their_order(empty_url: str, cats: Path) -> None:
    """Each file once, those of one module by name; a second run has nothing to do."""
    told: list[Migration] = []
    expected = [*STORAGES, "cats/0001_cats.sql", "cats/0002_names.sql"]

    done = await migrate(empty_url, [("cats", cats)], told.append)

    assert [str(step) for step in done] == expected
    assert told == done
    assert await _applied(empty_url) == expected
    assert await migrate(empty_url, [("cats", cats)]) == []


async def test_runners_that_start_together_apply_each_step_once(empty_url: str, cats: Path) -> None:
    """Five processes come up at once: one works, four wait, none fails."""
    runs = await asyncio.gather(*(migrate(empty_url, [("cats", cats)]) for _ in range(5)))

    assert sorted(len(done) for done in runs) == [0, 0, 0, 0, len(STORAGES) + 2]


async def test_a_file_changed_after_it_was_applied_is_refused(empty_url: str, cats: Path) -> None:
    """History is not rewritten, and nothing behind it is applied."""
    await migrate(empty_url, [("cats", cats)])
    (cats / "0001_cats.sql").write_text("CREATE TABLE cat (id bigint)")
    (cats / "0003_more.sql").write_text("CREATE TABLE more (id int)")

    with pytest.raises(
        MigrationError,
        match=r"^cats/0001_cats\.sql was changed after it was applied: undo that, add a new file$",
    ):
        await migrate(empty_url, [("cats", cats)])

    assert await _applied(empty_url) == [*STORAGES, "cats/0001_cats.sql", "cats/0002_names.sql"]


async def test_a_step_that_fails_leaves_nothing_behind(empty_url: str, cats: Path) -> None:
    """Half a file is not applied; what came before stays, and a mended file goes on from there."""
    broken = cats / "0002_names.sql"
    broken.write_text("CREATE TABLE half (id int); SELECT nonsense")

    with pytest.raises(MigrationError, match=r"^cats/0002_names\.sql cannot be applied: "):
        await migrate(empty_url, [("cats", cats)])

    assert await _applied(empty_url) == [*STORAGES, "cats/0001_cats.sql"]
    broken.write_text("CREATE TABLE half (id int)")
    assert [str(s) for s in await migrate(empty_url, [("cats", cats)])] == ["cats/0002_names.sql"]


async def test_pending_says_what_is_missing(empty_url: str, cats: Path) -> None:
    """An empty database misses everything, a migrated one nothing."""
    connection = await asyncpg.connect(empty_url)

    before = await pending(connection, [("cats", cats)])
    await migrate(empty_url, [("cats", cats)])
    after = await pending(connection, [("cats", cats)])

    assert ([str(s) for s in before], after) == (
        [*STORAGES, "cats/0001_cats.sql", "cats/0002_names.sql"],
        [],
    )
    await connection.close()


def test_a_file_without_a_number_is_refused(cats: Path) -> None:
    """Its place in the history would be a guess."""
    (cats / "later.sql").write_text("SELECT 1")

    with pytest.raises(MigrationError, match=r"later\.sql must be named like 0001_what_changes"):
        find([("cats", cats)])


async def test_a_change_of_a_row_is_counted(empty_url: str) -> None:
    """`bump_version()` is there for every module's tables."""
    await migrate(empty_url, [])
    connection = await asyncpg.connect(empty_url)
    await connection.execute(
        "CREATE TABLE cup (id int, version int NOT NULL DEFAULT 1);"
        "CREATE TRIGGER version BEFORE UPDATE ON cup FOR EACH ROW EXECUTE FUNCTION bump_version();"
        "INSERT INTO cup VALUES (1); UPDATE cup SET id = 2; UPDATE cup SET id = 3"
    )

    assert await connection.fetchval("SELECT version FROM cup") == 3
    await connection.close()
