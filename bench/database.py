"""The PostgreSQL all contenders share: the project's own, as durable as in production."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from pathlib import Path

import asyncpg

from bench.seed import seed
from modules import registry
from storage.embedded import Embedded
from storage.migrate import migrate

FOLDER = Path(__file__).resolve().parents[1] / ".data" / "bench"


@contextmanager
def postgres(folder: Path = FOLDER) -> Iterator[str]:
    """Run the bench's own PostgreSQL meanwhile; gives its address.

    It is the embedded one with its production settings: fsync, full_page_writes and
    synchronous_commit are on, for every contender alike.
    """
    here = Embedded.start(folder, lambda sentence: print(sentence, file=sys.stderr))
    try:
        yield here.dsn
    finally:
        here.stop()


def at(url: str, name: str) -> str:
    """Give the address of another database of the same server."""
    return f"{url.rpartition('/')[0]}/{name}"


@asynccontextmanager
async def fresh(url: str, scale: float) -> AsyncIterator[str]:
    """Give the address of a fresh copy of the data, gone afterwards.

    The data itself is made once for each scale and each state of the migrations.
    """
    admin = await asyncpg.connect(url)
    try:
        template = await _template(url, admin, scale)
        name = f"bench_{os.getpid()}"
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield at(url, name)
        finally:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def _template(url: str, admin: asyncpg.Connection, scale: float) -> str:
    folders = registry.migrations(registry.load(registry.built_in()))
    texts = [file.read_bytes() for _, folder in folders for file in sorted(folder.glob("*.sql"))]
    texts.append(Path(__file__).with_name("seed.py").read_bytes())
    name = f"data_{scale:g}_{_digest(texts)}".replace(".", "_")
    if await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        return name
    for row in await admin.fetch(
        "SELECT datname FROM pg_database WHERE datname ~ '^(data|bench|making)_'"
    ):
        await admin.execute(f"DROP DATABASE {row['datname']} WITH (FORCE)")
    print(f"Making the data at scale {scale:g}: this is done once.", file=sys.stderr)
    await admin.execute("CREATE DATABASE making_data")
    await fill(at(url, "making_data"), scale)
    await admin.execute(f"ALTER DATABASE making_data RENAME TO {name}")
    return name


async def fill(dsn: str, scale: float) -> None:
    """Migrate an empty database and put the data in."""
    await migrate(dsn, registry.migrations(registry.load(registry.built_in())))
    connection = await asyncpg.connect(dsn)
    try:
        await seed(connection, scale)
    finally:
        await connection.close()


def _digest(texts: list[bytes]) -> str:
    return sha256(b"".join(texts)).hexdigest()[:10]
