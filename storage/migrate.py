"""The history of the tables: plain SQL files, each applied once, in order, by one runner."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import asyncpg

from storage import suitable
from storage.pool import Pool

Folders = Sequence[tuple[str, Path]]
"""Each module's name and its folder of migrations, required modules first."""

OWN: tuple[str, Path] = ("storage", Path(__file__).parent / "migrations")
LOCK = 7_270_010_001  # any number will do, as long as every runner asks for the same one
NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")


class MigrationError(Exception):
    """The files and the database disagree, or a file cannot be applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step in the history of one module's tables."""

    module: str
    name: str
    sql: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.module}/{self.name}"


def find(folders: Folders) -> list[Migration]:
    """List every migration: storage's own first, then the modules' in the given order."""
    return [m for module, folder in (OWN, *folders) for m in _of(module, folder)]


async def pending(connection: asyncpg.Connection | Pool, folders: Folders) -> list[Migration]:
    """List what is not applied yet; refuse when an applied file was changed since."""
    applied: dict[tuple[str, str], str] = {}
    if await connection.fetchval("SELECT to_regclass('schema_migration')"):
        rows = await connection.fetch("SELECT module, name, sha256 FROM schema_migration")
        applied = {(module, name): hashed for module, name, hashed in rows}
    return _not_in(applied, find(folders))


async def migrate(
    dsn: str, folders: Folders, on_step: Callable[[Migration], None] = lambda step: None
) -> list[Migration]:
    """Apply what is pending, each file in its own transaction, and say what was applied.

    Runners that start together wait for one another; the later ones find nothing left to do.
    `on_step` is told of each migration before it is applied. Raises PostgresError where the server
    will not do, and MigrationError.
    """
    await suitable.check(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration (module text, name text,"
            " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),"
            " PRIMARY KEY (module, name))"
        )
        steps = await pending(connection, folders)
        for step in steps:
            on_step(step)
            await _apply(connection, step)
    finally:
        await connection.close()
    return steps


async def _apply(connection: asyncpg.Connection, step: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(step.sql)
            await connection.execute(
                "INSERT INTO schema_migration (module, name, sha256) VALUES ($1, $2, $3)",
                step.module, step.name, step.sha256,
            )  # fmt: skip
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{step} cannot be applied: {error}") from error


def _of(module: str, folder: Path) -> Iterable[Migration]:
    for file in sorted(folder.glob("*.sql")):
        if not NAME.fullmatch(file.name):
            raise MigrationError(f"{file} must be named like 0001_what_changes.sql")
        sql = file.read_text(encoding="utf-8")
        hashed = sha256(sql.encode()).hexdigest()
        yield Migration(module=module, name=file.name, sql=sql, sha256=hashed)


def _not_in(applied: dict[tuple[str, str], str], steps: list[Migration]) -> list[Migration]:
    for step in steps:
        if applied.get((step.module, step.name), step.sha256) != step.sha256:
            raise MigrationError(
                f"{step} was changed after it was applied: undo that, add a new file"
            )
    return [step for step in steps if (step.module, step.name) not in applied]
