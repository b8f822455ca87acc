"""The PostgreSQL all contenders share: the project's own, as durable as in production."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import asyncpg

from bench.seed import seed
from modules import registry
from storage.embedded import Embedded
from storage.migrate import migrate
from storage.rights import SERVER

FOLDER = Path(__file__).resolve().parents[1] / ".data" / "bench"
MORE = (
    f"ALTER ROLE {SERVER} CREATEDB",  # a copy of the data for each run
    f"GRANT SET ON PARAMETER session_replication_role TO {SERVER}",  # filled without triggers
)


@contextmanager
def postgres(folder: Path = FOLDER) -> Iterator[str]:
    """Run the bench's own PostgreSQL meanwhile; gives its address.

    It is the embedded one with its production settings: fsync, full_page_writes and
    synchronous_commit are on, for every contender alike.
    """
    here = Embedded.start(folder, lambda sentence: print(sentence, file=sys.stderr), more=MORE)
    try:
        yield here.dsn
    finally:
        here.stop()


def at(url: str, name: str) -> str:
    """Give the address of another database of the same server."""
    return f"{url.rpartition('/')[0]}/{name}"


@contextmanager
def copy(url: str, scale: float) -> Iterator[str]:
    """Give the address of a fresh copy of the data, gone afterwards.

    The data itself is made once for each scale and each state of the migrations.
    """
    name = f"bench_{os.getpid()}"
    asyncio.run(_copy(url, scale, name))
    try:
        yield at(url, name)
    finally:
        asyncio.run(_execute(url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _copy(url: str, scale: float, name: str) -> None:
    template = f"data_{scale:g}_{_state()}".replace(".", "_")
    known = await _execute(url, _KNOWN)
    if template not in known:
        print(f"Making the data at scale {scale:g}: this is done once.", file=sys.stderr)
        for other in known:
            await _execute(url, f"DROP DATABASE {other} WITH (FORCE)")
        making = "bench_making"
        await _execute(url, f"CREATE DATABASE {making}")
        await fill(at(url, making), scale)
        await _execute(url, f"ALTER DATABASE {making} RENAME TO {template}")
    await _execute(url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


async def _execute(url: str, statement: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def _state() -> str:
    """Name the state of all that makes the data what it is."""
    folders = registry.migrations(registry.load(registry.built_in()))
    files = [file for _, folder in folders for file in sorted(folder.glob("*.sql"))]
    texts = [file.read_bytes() for file in (*files, Path(__file__).with_name("seed.py"))]
    return sha256(b"".join(texts)).hexdigest()[:10]


async def fill(dsn: str, scale: float) -> None:
    """Migrate an empty database and put the data in."""
    await migrate(dsn, registry.migrations(registry.load(registry.built_in())))
    connection = await asyncpg.connect(dsn)
    try:
        await seed(connection, scale)
    finally:
        await connection.close()


_KNOWN = """
SELECT datname FROM pg_database
WHERE datname ~ '^(data|bench)_' AND datdba = current_user::regrole"""
