"""How clients come and go: figures in their files, kept true by the database itself."""

from __future__ import annotations

from storage import database


async def count_ended() -> None:
    """Count the visits that are over since the last time, and look for the next ones."""
    await database.execute("SELECT count_ended_visits()")
