"""What subscriptions tell of every event; jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from modules import jobs
from modules.accounts.types.account import Account
from modules.events import Happened
from schema import Job, id_of, interface, object, ref


@interface
class Change:
    """Something that happened, as a subscription tells of it, with a `kind` of its own."""

    subject_id: strawberry.ID | None
    """The id of what it is about; null when that is many at once, or forgotten since."""
    at: datetime
    """When the change happened."""
    actor: Account | None
    """Who did it; null when nobody did."""
    cursor: str
    """Pass it as `after` to go on from here."""


@object
class JobChange(Change):
    """Something that happened to a job of any kind."""

    kind: jobs.JobChangeKind
    """What happened to the job."""
    job: Job | None
    """The job as it is now; null when there is none, or it is not yours to see."""


def told(happened: Happened, about: type | None) -> dict[str, Any]:
    """Give what every change says of an event; its subject is an `about`, or many at once."""
    subject = happened.event.subject
    return {
        "subject_id": id_of(about, subject) if about is not None and subject.int else None,
        "at": happened.at,
        "actor": ref(Account, happened.actor) if happened.actor else None,
        "cursor": happened.cursor,
    }
