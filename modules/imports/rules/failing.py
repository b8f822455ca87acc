"""An import whose job was given up says so, and can be tried again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.errors import Refusal
from modules.events import Event
from modules.imports.events import (
    ImportCommitAsked,
    ImportReadingAsked,
    ImportRollbackAsked,
    ImportStage,
)
from modules.imports.models import ClientImport
from modules.jobs import given_up, job_changed, problem_of
from storage import database, jsonb, log
from storage.handlers import GivenUp


class ImportFailed(Refusal):
    """This import was tried again and again, and failed every time."""

    code = "IMPORT_FAILED"
    retryable = True
    remedy = "Ask for the same once more; if it fails again, tell the people behind this service."


DOING: Mapping[type[Event], ImportStage] = {
    ImportReadingAsked: ImportStage.READING,
    ImportCommitAsked: ImportStage.COMMITTING,
    ImportRollbackAsked: ImportStage.ROLLING_BACK,
}
"""What is under way after each event that asks a worker for something."""


def failed_while(found: ClientImport) -> ImportStage | None:
    """Tell what an import was at when it failed; None: it did not fail."""
    if found.state is not ImportStage.FAILED:
        return None
    return ImportStage(found.problem["doing"])


async def give_up(event: Event, why: GivenUp) -> None:
    """Say that a worker gave up, and why."""
    await fail(event, problem_of(given_up(ImportFailed, why)))


async def fail(
    event: Event, said: Mapping[str, Any], *, state: ImportStage = ImportStage.FAILED
) -> None:
    """Say that an import failed or cannot be read, unless it is at something else by now."""
    doing, reading = DOING[type(event)], getattr(event, "reading", None)
    problem: dict[str, Any] = {**said, "doing": doing.value}
    async with log.change(actor=None, business_id=event.business_id):
        done = await database.execute(
            _FAIL, event.business_id, event.subject, doing.value, state.value,
            jsonb.text(problem), reading,
        )  # fmt: skip
        if done != "UPDATE 0":
            job_changed(event.business_id, event.subject)


async def take_up(event: Event) -> None:
    """Go on where it failed, when its job is put back."""
    async with log.change(actor=None, business_id=event.business_id):
        done = await database.execute(
            _AGAIN, event.business_id, event.subject, DOING[type(event)].value,
            getattr(event, "reading", None),
        )  # fmt: skip
        if done != "UPDATE 0":
            job_changed(event.business_id, event.subject)


_FAIL = """
UPDATE client_imports SET state = $4::text, problem = $5::jsonb,
    staged = staged AND $4::text = 'FAILED'
WHERE business_id = $1 AND id = $2 AND state = $3 AND ($6::integer IS NULL OR reading = $6)"""
_AGAIN = """
UPDATE client_imports SET state = $3, problem = NULL
WHERE business_id = $1 AND id = $2 AND state = 'FAILED' AND problem->>'doing' = $3
    AND ($4::integer IS NULL OR reading = $4)"""
