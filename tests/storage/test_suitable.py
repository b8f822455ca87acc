"""A PostgreSQL that will not do is refused before anything is done to it."""

from __future__ import annotations

import asyncio
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from storage import suitable
from storage.migrate import migrate
from storage.postgres import PostgresError, free_port

POOLER = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"


@contextmanager
def _pooler(url: str, mode: str) -> Iterator[str]:
    """Run PgBouncer in front of a database, in one of its modes; gives its address."""
    asked, port = urlsplit(url), free_port()
    folder = Path(tempfile.mkdtemp(prefix="regulars-", dir="/tmp"))
    folder.chmod(0o755)
    (folder / "users").write_text(f'"{asked.username}" "{asked.password}"\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host={asked.hostname} port={asked.port}\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {folder}/users\npool_mode = {mode}\n"
    )
    user = pwd.getpwnam("nobody").pw_uid
    with subprocess.Popen([POOLER, "-q", str(folder / "ini")], user=user) as process:
        netloc = f"{asked.username}:{asked.password}@127.0.0.1:{port}"
        yield asked._replace(netloc=netloc).geturl()
        process.terminate()
    shutil.rmtree(folder)


async def _up(url: str) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                await (await asyncpg.connect(url)).close()
            except OSError:
                await asyncio.sleep(0.02)
            else:
                return


@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_a_pooler_that_shares_connections_is_refused_in_a_sentence(
    empty_url: str, mode: str
) -> None:
    """And nothing was applied through it."""
    with ExitStack() as stack:
        url = stack.enter_context(_pooler(empty_url, mode))
        await _up(url)
        with pytest.raises(PostgresError, match="DATABASE_URL leads to a pooler that shares"):
            await migrate(url, [])

    connection = await asyncpg.connect(empty_url)
    assert await connection.fetchval("SELECT to_regclass('schema_migration')") is None
    await connection.close()


async def test_a_pooler_that_does_not_share_and_no_pooler_are_fine(empty_url: str) -> None:
    """PgBouncer in session mode passes on whole connections."""
    with _pooler(empty_url, "session") as url:
        await _up(url)
        assert await suitable.check(url) is None  # nothing is refused
    assert await suitable.check(empty_url) is None


async def test_an_older_postgres_is_refused_before_anything_is_applied(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a version that asks for a newer one than there is."""
    monkeypatch.setattr(suitable, "OLDEST", 19)

    with pytest.raises(PostgresError) as refused:
        await migrate(empty_url, [])

    connection = await asyncpg.connect(empty_url)
    found = connection.get_server_version()
    assert str(refused.value) == (
        f"DATABASE_URL leads to PostgreSQL {found.major}.{found.minor}:"
        " Regulars needs version 19 or later"
    )
    assert await connection.fetchval("SELECT to_regclass('schema_migration')") is None
    await connection.close()
