"""Jobs one can watch: what is the same of everything that goes on after the answer.

A module's table of jobs is a `Job`, its GraphQL type a `schema.Job`; whatever it does to one of
them, `job_changed` tells those who watch it with `jobChanges`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields

from modules.errors import Refusal
from modules.events import Event, record
from modules.translations import Text, template
from modules.viewer import Viewer
from storage.handlers import GivenUp, Reason
from storage.models import Owned


class JobStatus(StrEnum):
    """How far a job has come."""

    WAITING = "WAITING"
    """It waits for somebody: to upload a file, to look at what was found, to let it go on."""
    RUNNING = "RUNNING"
    """A worker is at it, or will be as soon as there is a place."""
    DONE = "DONE"
    """It did what it was for."""
    FAILED = "FAILED"
    """It could not be done; `problem` says why."""
    CANCELLED = "CANCELLED"
    """Somebody cancelled it before it did anything."""
    EXPIRED = "EXPIRED"
    """Its time is over, and what it had made is gone."""


class JobChangeKind(StrEnum):
    """What happened to a job."""

    CURRENT = "CURRENT"
    """Nothing: it is told how the job is, as the first thing of every subscription."""
    PROGRESSED = "PROGRESSED"
    """It got further: see `progress`."""
    STATUS_CHANGED = "STATUS_CHANGED"
    """Its status changed, or the stage it is at."""


@dataclass(frozen=True, kw_only=True)
class JobChanged(Event):
    """A job got further, or its status changed; the subject is the job, of whatever kind."""

    kind: JobChangeKind


def job_changed(business_id: UUID, job_id: UUID, *, progressed: bool = False) -> None:
    """Record that a job's status changed or, where nothing but its progress did, that."""
    kind = JobChangeKind.PROGRESSED if progressed else JobChangeKind.STATUS_CHANGED
    record(JobChanged(business_id=business_id, subject=job_id, kind=kind))


def problem_of(refusal: Refusal) -> Mapping[str, Any]:
    """Give what a job's row keeps of why it failed: texts to be told in any reader's language."""
    return {
        "code": refusal.code,
        "message": refusal.template,
        "remedy": refusal.remedy,
        "values": dict(refusal.values),
        "retryable": refusal.retryable,
    }


_WHY: Mapping[Reason, str] = {
    Reason.ERROR: template(
        "Attempts: {times}. The last one ended with an error of the server: {detail}."
    ),
    Reason.LOST: template("Attempts: {times}. The server was lost in the middle of them."),
    Reason.SLOW: template("Attempts: {times}. The last one took longer than {seconds} s."),
    Reason.OUTSIDE: template("In vain for {hours} h: {detail}"),
}


def given_up(kind: type[Refusal], why: GivenUp) -> Refusal:
    """Say in a refusal of this kind why a worker gave a job up."""
    return kind(
        _WHY[why.reason],
        times=why.times,
        seconds=round(why.seconds),
        hours=round(why.seconds / 3600),
        detail=why.detail,
    )


def told(kept: Mapping[str, Any], reader: Viewer) -> tuple[str, str]:
    """Tell the message and the remedy of a problem that a row keeps, in the reader's language."""
    values = kept.get("values") or {}
    texts = Text(kept["message"], values), Text(kept["remedy"], values)
    return texts[0].told(reader.locale), texts[1].told(reader.locale)


class Job(Owned):
    """A row of a table of jobs, whose columns `schema.Job` shows by these names."""

    status = fields.CharEnumField(JobStatus, max_length=9, default=JobStatus.RUNNING)
    done = fields.IntField(default=0)
    """How many of `total` steps, rows or files are done."""
    total: int | None = fields.IntField(null=True)
    problem: Any = fields.JSONField(null=True)
    """What `problem_of` gives, while it is FAILED."""
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:  # noqa: D106 - Tortoise's own way to say it is no table
        abstract = True
