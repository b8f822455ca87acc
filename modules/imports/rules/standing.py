"""How far an import is, in the words that all jobs have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.imports.events import ImportStage
from modules.jobs import JobStatus

STATUSES: Mapping[ImportStage, JobStatus] = {
    ImportStage.UPLOADING: JobStatus.WAITING,
    ImportStage.READING: JobStatus.RUNNING,
    ImportStage.READY: JobStatus.WAITING,
    ImportStage.UNREADABLE: JobStatus.FAILED,
    ImportStage.FAILED: JobStatus.FAILED,
    ImportStage.COMMITTING: JobStatus.RUNNING,
    ImportStage.STOPPED: JobStatus.WAITING,
    ImportStage.COMMITTED: JobStatus.DONE,
    ImportStage.ROLLING_BACK: JobStatus.RUNNING,
    ImportStage.ROLLED_BACK: JobStatus.DONE,
    ImportStage.CANCELLED: JobStatus.CANCELLED,
    ImportStage.EXPIRED: JobStatus.EXPIRED,
}
"""The status of an import at each of its stages."""
COUNTS = (
    "row_count",
    "read_count",
    "create_count",
    "update_count",
    "opened_count",
    "changed_count",
    "removed_count",
    "restored_count",
    "kept_count",
)
"""What `progress` counts with."""


def progress(row: Any, problem: Mapping[str, Any] | None) -> tuple[int, int | None]:
    """Say how many rows are done of how many, in what an import is at, was at last or failed at."""
    stage = ImportStage(row.state)
    if stage is ImportStage.FAILED and problem is not None:
        stage = ImportStage(problem["doing"])
    written = row.opened_count + row.changed_count
    if stage in (ImportStage.ROLLING_BACK, ImportStage.ROLLED_BACK):
        return row.removed_count + row.restored_count + row.kept_count, written
    if written or stage in (ImportStage.COMMITTING, ImportStage.COMMITTED):
        planned = row.create_count + row.update_count
        return written, written if stage is ImportStage.COMMITTED else max(written, planned)
    return row.read_count, row.row_count or None
