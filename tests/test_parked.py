"""What an operator sees of jobs that failed for good."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from storage.database import Database, execute, fetchval

PARK = """
WITH job AS (
    INSERT INTO job (priority, status, entrypoint, payload)
    VALUES (0, 'failed', 'messages:booked', '{}') RETURNING id
), tried AS (
    INSERT INTO job_log (job_id, status, priority, entrypoint)
    SELECT id, 'picked', 0, 'messages:booked' FROM job
)
INSERT INTO job_log (job_id, status, priority, entrypoint, traceback)
SELECT id, 'failed', 0, 'messages:booked', $1 FROM job
"""
TRACEBACK = (
    '{"exception_type": "OSError", "exception_message": "no mail server", "traceback": "deep down"}'
)


@pytest.fixture
def enabled() -> list[str]:
    """No modules: jobs are storage's own."""
    return []


async def regulars(database_url: str, *words: str) -> str:
    """Run the command line and give what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server",
        *words,
        env={**os.environ, "DATABASE_URL": database_url, "MODULES": "accounts", "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def test_a_parked_job_is_listed_with_its_error_and_can_be_tried_again(
    database: Database, database_url: str
) -> None:
    """The list says what went wrong; a retry puts the job back into the queue."""
    assert await regulars(database_url, "jobs") == "No job is parked.\n"
    await execute(PARK, TRACEBACK)
    number = await fetchval("SELECT id FROM job")

    listed = await regulars(database_url, "jobs")
    again = await regulars(database_url, "jobs", "--retry", str(number))
    unknown = await regulars(database_url, "jobs", "--retry", "999")

    assert "messages:booked" in listed
    assert "no mail server" in listed
    assert again == f"Job {number} is queued again.\n"
    assert unknown == "No job 999 is parked.\n"
    assert await fetchval("SELECT status::text FROM job") == "queued"
