"""Jobs in the schema: one shape for everything that goes on after the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from modules import jobs
from modules.jobs import JobStatus
from modules.viewer import Viewer
from schema.declaring import computed
from schema.describing import enum, interface, object
from schema.ids import InvalidId, Ref, split
from schema.problems import GeneralProblem
from schema.tables import Node, table_of

enum(JobStatus)
JobChangeKind = enum(jobs.JobChangeKind)


@object
class Progress:
    """How much of something is done."""

    done: int
    """How many rows, files or steps are done."""
    total: int | None
    """Of how many; null as long as that is not known."""


@interface
class Job(Node):
    """Work that goes on after the answer: watch it with `jobChanges`.

    A table whose model is a `modules.jobs.Job` has all columns that are needed; whoever keeps them
    otherwise declares the same fields as computed ones.
    """

    started_at: datetime | None
    """When the work began, the last time it did; null before."""
    finished_at: datetime | None
    """When it ended, however it did; null as long as it goes on."""

    @computed(needs=("status",))
    def status(self) -> JobStatus:
        """How far the job has come."""
        row: Any = self
        return JobStatus(row.status)

    @computed(needs=("done", "total"))
    def progress(self) -> Progress:
        """How much of it is done."""
        row: Any = self
        return Progress(done=row.done, total=row.total)

    @computed(needs=("problem",))
    def problem(self, reader: Viewer) -> GeneralProblem | None:
        """Why it failed; null unless it did."""
        row: Any = self
        kept = orjson.loads(row.problem) if isinstance(row.problem, str) else row.problem
        return shown(kept, reader)


def shown(kept: Mapping[str, Any] | None, reader: Viewer) -> GeneralProblem | None:
    """Show a reader what a row keeps of why its job failed."""
    if kept is None:
        return None
    message, remedy = jobs.told(kept, reader)
    return GeneralProblem(
        code=kept["code"],
        message=message,
        field=None,
        retryable=kept.get("retryable", False),
        remedy=remedy,
    )


def job_of(id: str) -> Ref[Job]:
    """Refer to the job of any kind that has this id. Refuses: InvalidId."""
    prefix, key = split(id, field="id")
    if prefix not in _prefixes(Job):
        raise InvalidId("That is not the id of a job.", field="id")
    return Ref(prefix, key)


def _prefixes(of: type) -> set[str]:
    """List what ids of jobs begin with, whichever module they are of."""
    kinds: list[type] = of.__subclasses__()
    return {bound.prefix for kind in kinds if (bound := table_of(kind)) is not None}
