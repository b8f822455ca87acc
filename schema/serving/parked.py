"""What an operator sees of jobs that failed for good, and how one is tried again."""

from __future__ import annotations

from rich.table import Table

from schema.serving.preparing import console
from storage.handlers import Handlers
from storage.jobs import parked, retry_parked


async def show() -> None:
    """List the parked jobs, the latest first."""
    waiting = await parked()
    if not waiting:
        console.print("No job is parked.")
        return
    table = Table("id", "job", "parked at", "tries", "error")
    for job in waiting:
        when = f"{job.parked_at:%Y-%m-%d %H:%M:%S} UTC"
        table.add_row(str(job.id), job.name, when, str(job.attempts), job.error)
    console.print(table)
    console.print("regulars jobs --retry ID puts one back into the queue.")


async def retry(id: int, handlers: Handlers) -> None:
    """Put one back into the queue, with all its attempts; its module hears of it."""
    again = await retry_parked(id, handlers)
    console.print(f"Job {id} is queued again." if again else f"No job {id} is parked.")
