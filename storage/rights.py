"""What the server's role may do in PostgreSQL: all in its own database, and nothing besides."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SUPERUSER = "regulars"
"""Made by initdb in our own PostgreSQL. It has no password: nobody connects as it."""
SERVER = "regulars_server"
"""As whom the server connects to its own PostgreSQL."""

SETTLE = Path(__file__).with_name("settle.sql").read_text(encoding="utf-8")
"""Gives the database to the server's role: run by our own PostgreSQL before it is used."""

_POWERS = {
    "rolsuper": "SUPERUSER",
    "rolcreaterole": "CREATEROLE",
    "rolcreatedb": "CREATEDB",
    "rolreplication": "REPLICATION",
    "rolbypassrls": "BYPASSRLS",
}
_GROUPS = ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files")


async def excess(connection: Connection) -> list[str]:
    """List what the connected role may do beyond its own database, by PostgreSQL's words for it."""
    role = await connection.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")
    assert role is not None  # whoever is connected has a role
    powers = [word for column, word in _POWERS.items() if role[column]]
    if role["rolsuper"]:
        return powers  # a superuser is a member of every group
    groups = await connection.fetch(
        "SELECT name FROM unnest($1::text[]) AS name WHERE pg_has_role(name, 'MEMBER')",
        list(_GROUPS),
    )
    return powers + [row["name"] for row in groups]
