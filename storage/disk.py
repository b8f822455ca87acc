"""Whether there is room to write: in the folder of this machine, and at PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import asyncpg

from storage.outage import outage
from storage.pool import Pool, within

PROBE = (
    "CREATE TEMP TABLE room ON COMMIT DROP AS SELECT repeat('-', 1000) FROM generate_series(1, 500)"
)
"""Needs some pages that nobody has yet."""


async def lacking(folder: Path, floor: int, changes: Pool) -> str | None:
    """Say in a sentence where there is no room left, or None.

    The folder needs `floor` free bytes. PostgreSQL is asked only after it refused somebody for lack
    of room, until it accepts again.
    """
    free = await asyncio.to_thread(_free, folder)
    if free < floor:
        return f"The disk of {folder} is full: {free:,} bytes are free, DISK_FLOOR is {floor:,}."
    if outage.disk_full:
        try:
            async with changes.connection(first=True) as connection, within(connection):
                await connection.execute(PROBE)
        except asyncpg.DiskFullError:
            return "The disk of PostgreSQL is full."
        except asyncpg.InsufficientPrivilegeError:
            pass  # nobody lets us look: the next change will tell
        outage.has_disk()
    return None


def _free(folder: Path) -> int:
    """Count the free bytes where a folder is, or will be."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free
