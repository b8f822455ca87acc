"""What the server's role may do, and how a folder of an earlier version is brought there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from modules import registry
from storage import postgres, rights
from storage.embedded import Embedded
from storage.migrate import migrate, pending
from storage.postgres import Account, Cluster

ALL = registry.migrations(registry.load(registry.built_in()))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder PostgreSQL's account can enter, also when the tests run as root."""
    base = Path(tempfile.mkdtemp(prefix="regulars-", dir="/tmp"))
    base.chmod(0o755)
    yield base / "data"
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
async def earlier(folder: Path) -> Path:
    """A folder as earlier versions made it: the superuser has the password and owns all."""
    folder.mkdir()
    account = Account.suitable(folder / "postgres")
    here = Cluster(
        data=folder / "postgres",
        log=folder / "postgres.log",
        programs=postgres.programs(account, folder / "programs"),
        account=account,
    )
    here.create("theirs", durable=False)
    (folder / "postgres.password").write_text("theirs")
    process = here.start(port := postgres.free_port(), postgres.THROW_AWAY)
    dsn = here.dsn("theirs", port, rights.SUPERUSER)
    await migrate(dsn, ALL)
    await _run(
        dsn,
        "INSERT INTO businesses VALUES (uuidv7(), 'Salon', 'UTC', 'EUR')",
        'CREATE SCHEMA "It\'s" CREATE TABLE "a ""name""" (id serial)',
        "CREATE DOMAIN wide AS text",
        "CREATE MATERIALIZED VIEW seen AS SELECT 1",
    )
    postgres.stop(process)
    return folder


async def _run(dsn: str, *statements: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return [await connection.fetch(statement) for statement in statements][-1]
    finally:
        await connection.close()


OF_OTHERS = f"""
SELECT oid::regclass::text FROM pg_class c
WHERE relowner <> '{rights.SERVER}'::regrole AND relkind <> 'i' AND NOT EXISTS (
    SELECT FROM pg_namespace n WHERE n.oid = relnamespace
        AND (nspname ~ '^pg_' OR nspname = 'information_schema'))
UNION ALL SELECT oid::regprocedure::text FROM pg_proc p
WHERE proowner <> '{rights.SERVER}'::regrole AND oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
UNION ALL SELECT typname FROM pg_type t
WHERE typowner <> '{rights.SERVER}'::regrole AND oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_depend WHERE objid = t.oid AND deptype IN ('e', 'i'))
"""


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "CREATE TABLE t (line text); COPY t FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT rolpassword FROM pg_authid",
        "SELECT lo_import('/etc/passwd')",
        "CREATE DATABASE another",
        "CREATE ROLE another",
        f"ALTER ROLE {rights.SUPERUSER} PASSWORD 'known'",
        f"SET ROLE {rights.SUPERUSER}",
        f"ALTER ROLE {rights.SERVER} SUPERUSER",
        "ALTER SYSTEM SET archive_command = 'true'",
        "CREATE EXTENSION file_fdw",
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc', 'getpid'",
        "SET session_replication_role = replica",
    ],
)
async def test_the_servers_role_has_no_power_beyond_its_database(
    database_url: str, statement: str
) -> None:
    """R29: no programs, no files of the machine, no other databases and no other roles."""
    connection = await asyncpg.connect(database_url)
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedFileError)):
        await connection.execute(statement)
    await connection.close()


async def test_the_embedded_one_is_used_as_that_role(folder: Path) -> None:
    """It owns its database, everything it migrated and nothing else."""
    here = Embedded.start(folder)
    await migrate(here.dsn, ALL)
    connection = await asyncpg.connect(here.dsn)

    role = await connection.fetchval("SELECT current_user")
    may = await rights.excess(connection)
    owned = await connection.fetch(
        "SELECT datname FROM pg_database WHERE datdba = current_user::regrole"
    )
    others = await connection.fetch(OF_OTHERS)

    assert (role, may, [row[0] for row in owned], others) == (rights.SERVER, [], ["postgres"], [])
    await connection.close()
    here.stop()


async def test_nobody_can_connect_as_the_superuser(folder: Path) -> None:
    """Not with the folder's password, and not without one."""
    here = Embedded.start(folder)
    as_superuser = here.dsn.replace(f"{rights.SERVER}:", f"{rights.SUPERUSER}:")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(as_superuser)

    here.stop()


async def test_a_folder_of_an_earlier_version_is_given_to_the_role(earlier: Path) -> None:
    """With rows and password; it can be migrated further, and a second start is the same."""
    for _ in range(2):
        here = Embedded.start(earlier)
        connection = await asyncpg.connect(here.dsn)

        assert await connection.fetchval("SELECT current_user") == rights.SERVER
        assert await connection.fetchval("SELECT name FROM businesses") == "Salon"
        assert await connection.fetch(OF_OTHERS) == []
        assert await pending(connection, ALL) == []
        assert await rights.excess(connection) == []
        await connection.execute('ALTER TABLE "It\'s"."a ""name""" ADD COLUMN more int')
        await connection.execute('ALTER TABLE "It\'s"."a ""name""" DROP COLUMN more')
        await connection.close()
        here.stop()
    assert (earlier / "postgres.password").read_text() == "theirs"


async def test_a_superuser_is_told_from_the_servers_role(
    postgres_url: str, database_url: str
) -> None:
    """And a role that was given one power more, by that power's name."""
    admin = await asyncpg.connect(postgres_url)
    plain = await asyncpg.connect(database_url)
    powers = ["SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS"]

    assert await rights.excess(admin) == powers
    assert await rights.excess(plain) == []
    await admin.execute(f"GRANT pg_read_server_files TO {rights.SERVER}")
    await admin.execute(f"ALTER ROLE {rights.SERVER} CREATEDB")
    more = await rights.excess(plain)
    await admin.execute(f"REVOKE pg_read_server_files FROM {rights.SERVER}")
    await admin.execute(f"ALTER ROLE {rights.SERVER} NOCREATEDB")

    assert more == ["CREATEDB", "pg_read_server_files"]
    await admin.close()
    await plain.close()
